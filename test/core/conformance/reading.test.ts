import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConsumerName, conformances } from '../../../src/core/conformance/consumers/consumers.ts';
import { readRows } from '../../../src/core/conformance/read.ts';
import type { DataFormat } from '../../../src/core/conformance/rows.ts';
import { parseJson, stringifyJson } from '../../../src/core/model/json.ts';
import { resolvePointer } from '../../../src/core/model/pointer.ts';
import { validate } from '../../../src/core/validate.ts';
import { folder, found, foundInRows, jsonl } from './check.ts';

const row = (index: number | string) => ({ instruction: `a${index}`, input: '', output: 'b' });

async function read(content: string | Buffer, format: DataFormat, needsLines = false) {
  const name = `rows.${format}`;
  const path = join(await folder({ [name]: content }), name);
  const items: unknown[] = [];
  for await (const item of readRows({ path, name, format }, needsLines)) {
    items.push(item.kind === 'row' ? [item.line, item.value] : [item.line, item.problem.code]);
  }
  return items;
}

describe('JSON Lines', () => {
  it.each<[string, string | Buffer, unknown[]]>([
    [
      'rows with their lines',
      '{"a":1}\n{"a":2}\n',
      [
        [1, { a: 1 }],
        [2, { a: 2 }],
      ],
    ],
    ['a last line without an end', '{"a":1}', [[1, { a: 1 }]]],
    ['a line separator of Unicode inside a text', '{"a":"\u2028"}\n', [[1, { a: '\u2028' }]]],
    [
      'a mark',
      '\ufeff{"a":1}\n',
      [
        [1, 'BOM'],
        [1, { a: 1 }],
      ],
    ],
    [
      'CR LF, told once',
      '{"a":1}\r\n{"a":2}\r\n',
      [
        [1, 'CRLF'],
        [1, { a: 1 }],
        [2, { a: 2 }],
      ],
    ],
    [
      'an empty line',
      '{"a":1}\n\n{"a":2}\n',
      [
        [1, { a: 1 }],
        [2, 'BLANK_LINE'],
        [3, { a: 2 }],
      ],
    ],
    [
      'a broken line, and the rows after it',
      '{"a":\n{"a":2}\n',
      [
        [1, 'JSON_INVALID'],
        [2, { a: 2 }],
      ],
    ],
    ['a raw NUL', Buffer.from('{"a":"\u0000"}\n'), [[1, 'JSON_INVALID']]],
    [
      'bytes that are no UTF-8',
      Buffer.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}\n')]),
      [
        [1, 'INVALID_UTF8'],
        [1, { a: '\ufffd' }],
      ],
    ],
    ['integers beyond 2^53 exactly', '{"a":9007199254740993}\n', [[1, { a: 9007199254740993n }]]],
    ['no line at all', '', []],
  ])('are read: %s', async (_, content, expected) => {
    expect(await read(content, 'jsonl')).toEqual(expected);
  });

  it('may have lines of any length, which are told above a megabyte', async () => {
    const long = { a: 'x'.repeat(3_000_000) };
    expect(await read(jsonl([{ a: 1 }, long, { a: 2 }]), 'jsonl')).toEqual([
      [1, { a: 1 }],
      [2, 'LINE_LONG'],
      [2, long],
      [3, { a: 2 }],
    ]);
  });
});

describe('JSON arrays', () => {
  it.each<[string, string, unknown[]]>([
    [
      'elements with their lines',
      '[\n{"a":1},\n{"a":\n2}\n]\n',
      [
        [2, { a: 1 }],
        [3, { a: 2 }],
      ],
    ],
    [
      'one line',
      '[{"a":[1,{"b":"]"}]},{"a":"\\"},{"}]',
      [
        [1, { a: [1, { b: ']' }] }],
        [1, { a: '"},{' }],
      ],
    ],
    ['no element', ' [ ] ', []],
    [
      'a comma at the end',
      '[{"a":1},]',
      [
        [1, { a: 1 }],
        [1, 'JSON_INVALID'],
      ],
    ],
    ['no comma', '[{"a":1}\n{"a":2}]', [[1, 'JSON_INVALID']]],
    [
      'an array that does not end',
      '[{"a":1},\n{"a":2}',
      [
        [1, { a: 1 }],
        [2, 'JSON_INVALID'],
      ],
    ],
    [
      'something behind the array',
      '[1]\nx',
      [
        [1, 1],
        [2, 'JSON_INVALID'],
      ],
    ],
    [
      'a file called .json with one object per line',
      '{"a":1}\n{"a":2}\n',
      [
        [1, { a: 1 }],
        [2, { a: 2 }],
      ],
    ],
    ['a wrapper on one line', '{"metadata":{},"data":[{"a":1}]}', [[1, 'JSON_WRAPPER']]],
    ['a wrapper over several lines', '{\n "data": [\n  {"a":1}\n ]\n}\n', [[1, 'JSON_WRAPPER']]],
  ])('are read: %s', async (_, content, expected) => {
    expect(await read(content, 'json')).toEqual(expected);
  });

  it('give every element, however it is laid out and whatever its size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue(), { maxLength: 12 }),
        fc.constantFrom(undefined, 1, 3),
        fc.boolean(),
        async (values, space, pad) => {
          const plain = parseJson(JSON.stringify(values)) as unknown[];
          const all = pad ? [...plain, 'é'.repeat(200_000)] : plain;
          const items = (await read(stringifyJson(all, space), 'json')) as [number, unknown][];
          expect(items.map(([, value]) => value)).toEqual(all);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('CSV', () => {
  it.each<[string, string, unknown[]]>([
    [
      'rows with the line on which they start',
      'a,b\n1,"x\ny"\n2,z\n',
      [
        [2, { a: '1', b: 'x\ny' }],
        [4, { a: '2', b: 'z' }],
      ],
    ],
    ['cells that pandas takes as missing', '\ufeffa,b\r\n,NA\r\n', [[2, { a: null, b: null }]]],
    [
      'a row with a cell too many, which ends the reading',
      'a,b\n1,2\n1,2,3\n',
      [
        [2, { a: '1', b: '2' }],
        [3, 'CSV_INVALID'],
      ],
    ],
    ['a quote that does not end', 'a\n"x\n', [[2, 'CSV_INVALID']]],
  ])('is read: %s', async (_, content, expected) => {
    expect(await read(content, 'csv')).toEqual(expected);
  });
});

describe('texts of rows', () => {
  it.each<[string, string, string[]]>([
    ['half of a surrogate pair', '{"instruction":"\\ud800","input":"","output":"b"}\n', ['LONE_SURROGATE rows.jsonl:1 /instruction']],
    ['an escaped NUL', '{"instruction":"a\\u0000","input":"","output":"b"}\n', ['NUL_CHARACTER-W rows.jsonl:1 /instruction']],
    ['a terminal escape', '{"instruction":"\\u001b[2J a","input":"","output":"b"}\n', ['ANSI_ESCAPE-W rows.jsonl:1 /instruction']],
    ['an unfilled template', '{"instruction":"Why {{ pod }}?","input":"","output":"b"}\n', ['TEMPLATE_MARK-W rows.jsonl:1 /instruction']],
    ['an object that became text', '{"instruction":"a","input":"","output":"[object Object]"}\n', ['TEMPLATE_MARK-W rows.jsonl:1 /output']],
    [
      'undefined as a value',
      '{"instruction":"pod: undefined\\nx","input":"","output":"b"}\n',
      ['TEMPLATE_MARK-W rows.jsonl:1 /instruction'],
    ],
    ['undefined in a sentence', '{"instruction":"the variable is undefined there","input":"","output":"b"}\n', []],
    ['a row that is a list', '{"instruction":"a","input":"","output":"b"}\n[1]\n', ['ROW_NOT_OBJECT rows.jsonl:2']],
    [
      'a row that is nested without end',
      `{"instruction":"a","input":"","output":"b","x":${'['.repeat(5000)}${']'.repeat(5000)}}\n`,
      ['ROW_DEEP rows.jsonl:1'],
    ],
    ['no rows', '', ['EMPTY rows.jsonl']],
  ])('are checked: %s', async (_, content, expected) => {
    expect(await foundInRows(content, 'alpaca')).toEqual(expected);
  });

  it('that are equal in one file are told with the line of the first', async () => {
    expect(await foundInRows([row(1), row(2), { ...row(1), instruction: ' a1 ' }], 'alpaca')).toEqual(['DUPLICATE_ROW-W rows.jsonl:3']);
  });
});

describe('columns of JSON Lines', () => {
  const score = (value: unknown, index: number) => ({ ...row(index), score: value });
  it.each<[string, unknown[], string[]]>([
    ['1, then 0.5', [1, 0.5], ['COLUMN_TYPE_CHANGES-W rows.jsonl:2 /score']],
    ['0.5, then 1', [0.5, 1], []],
    ['an empty list, then a filled one', [[], [1]], ['COLUMN_TYPE_CHANGES-W rows.jsonl:2 /score']],
    ['null, then anything', [null, 'x'], []],
    ['a text, then a number', ['x', 1], ['COLUMN_TYPE_CHANGES rows.jsonl:2 /score']],
    ['an object, then a list', [{ a: 1 }, [1]], ['COLUMN_TYPE_CHANGES rows.jsonl:2 /score']],
    ['another type inside of lists', [[{ a: 1 }], [{ b: 2 }, { a: 'x' }]], ['COLUMN_TYPE_CHANGES rows.jsonl:2 /score/1/a']],
    [
      'a time, then a text',
      ['2026-03-01T10:00:00Z', 'never'],
      ['TIMESTAMP_COLUMN-W rows.jsonl:1 /score', 'COLUMN_TYPE_CHANGES-W rows.jsonl:2 /score'],
    ],
  ])('have one type: %s', async (_, values, expected) => {
    expect(await foundInRows(values.map(score), 'alpaca')).toEqual(expected);
  });

  it('that change their type are an error in a file that is read in pieces, and across files', async () => {
    const filler = Array.from({ length: 3000 }, (_, index) => ({ ...score(1, index), output: 'x'.repeat(500) }));
    expect(await foundInRows([...filler, score(0.5, 3001)], 'alpaca')).toEqual(['COLUMN_TYPE_CHANGES rows.jsonl:3001 /score']);
    const dir = await folder({ 'train-00000-of-00002.jsonl': [score(1, 1)], 'train-00001-of-00002.jsonl': [score(0.5, 2)] });
    expect(await found(dir, 'alpaca')).toEqual(['COLUMN_TYPE_CHANGES train-00001-of-00002.jsonl:1 /score']);
  });

  it('are fractions where they are written as 1.0', async () => {
    const lines = '{"instruction":"a","input":"","output":"b","score":1.0}\n{"instruction":"b","input":"","output":"b","score":0.5}\n';
    expect(await foundInRows(lines, 'alpaca')).toEqual([]);
  });

  it('of arrays are not followed: they are read at once', async () => {
    const path = join(await folder({}), 'rows.json');
    await writeFile(path, JSON.stringify([score(1, 1), score(0.5, 2)]));
    expect(await found(path, 'alpaca')).toEqual([]);
  });
});

describe('hostile rows', () => {
  const hostile = fc.oneof(
    fc.constantFrom('constructor', '__proto__', 'toString', 'system', 'user', 'assistant', 'human', 'gpt', 'tool', ''),
    fc.jsonValue(),
  );
  const message = fc.record(
    { role: hostile, content: hostile, from: hostile, value: hostile, tool_calls: hostile, weight: hostile },
    { requiredKeys: [] },
  );
  const cell = fc.oneof(hostile, fc.array(fc.oneof(message, hostile), { maxLength: 4 }));
  const names = [
    'messages',
    'prompt',
    'completion',
    'chosen',
    'rejected',
    'label',
    'text',
    'tools',
    'conversations',
    'instruction',
    'input',
    'output',
    'system',
    'preferred_output',
    'constructor',
  ];
  const rows = fc.array(fc.dictionary(fc.constantFrom(...names), cell, { maxKeys: 6 }), { minLength: 1, maxLength: 4 });

  it.each(Object.keys(conformances) as ConsumerName[])('never break the checks for %s, and pointers lead into them', async (consumer) => {
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const path = join(await folder({ 'rows.jsonl': list }), 'rows.jsonl');
        const { findings } = await validate(path, { consumer });
        for (const { pointer, line } of findings) {
          const parent = pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
          if (line > 0) expect(resolvePointer(JSON.parse(JSON.stringify(list[line - 1])), parent)).toBeDefined();
        }
      }),
      { numRuns: 60 },
    );
  });
});
