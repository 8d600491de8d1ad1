import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../../src/core/importers/json.ts';
import { folder, pod, read, watchLine } from './folder.ts';

const parsed = (text: string | Buffer) => parseDocument(Buffer.from(text as string), 'pods.json', 7);
const nested = (levels: number, inside = '') => `${'{"a":['.repeat(levels / 2)}${inside}${']}'.repeat(levels / 2)}`;

describe('a JSON document', () => {
  it('may begin with a byte order mark', () => {
    expect(parsed('\uFEFF{"a":1}')).toEqual({ value: { a: 1 } });
  });

  it.each(['fffe7b00', 'feff007b'])('in UTF-16, as Windows PowerShell writes it, is named so (%s)', (hex) => {
    expect(parsed(Buffer.from(hex, 'hex'))).toEqual({ problem: { file: 'pods.json', line: 7, found: 'UTF-16 text', expected: 'UTF-8' } });
  });

  it('that is deeper than any object of Kubernetes is refused; brackets in its texts do not count', () => {
    expect(parsed(nested(500))).toHaveProperty('value');
    expect(parsed(nested(502))).toMatchObject({ problem: { line: 7, found: 'more than 500 levels' } });
    expect(parsed(nested(20_000))).toHaveProperty('problem');
    expect(parsed(`["${'['.repeat(1000)}", "\\"${'{'.repeat(1000)}"]`)).toHaveProperty('value');
  });
});

it('a line that is too deep costs only itself', async () => {
  const web = watchLine('ADDED', pod('web', 1, '2026-03-01T10:00:00Z'));
  const deep = watchLine('ADDED', pod('deep', 2, '2026-03-01T10:00:00Z', { spec: 'here' })).replace('"here"', nested(20_000));
  const root = folder({ 'pods.json': web + deep });
  const { records, report } = await read('watch', root);
  expect([records.length, report.skipped.length]).toEqual([1, 1]);
});

it('a dump in UTF-16 is skipped with its reason, as JSON and as YAML', async () => {
  const yaml = Buffer.from('\uFEFFapiVersion: v1\nkind: Pod\n', 'utf16le');
  const { report } = await read('dump', folder({ 'a.yaml': yaml, 'b.json': Buffer.from('\uFEFF{}', 'utf16le') }));
  expect(report.skipped.map(({ file, found }) => [file, found])).toEqual([
    ['a.yaml', 'UTF-16 text'],
    ['b.json', 'UTF-16 text'],
  ]);
});
