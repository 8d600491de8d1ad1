import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportLabels } from '../../src/core/export/export.ts';
import { type ExportFormat, exporters } from '../../src/core/export/exporters.ts';
import { writeTarget } from '../../src/core/export/target.ts';
import { importLabels } from '../../src/core/import-labels.ts';
import { labelFiles } from '../../src/core/importers/labels/files.ts';
import { checkedLabels } from '../../src/core/label-input.ts';
import { type Label, orderedLabel } from '../../src/core/model/label.ts';
import { openStore } from '../../src/core/store/open.ts';
import { folder } from './importers/folder.ts';
import { hostileTexts, labelId, labelsArbitrary, optimizationLabel, troubleshootingLabel } from './label-arbitrary.ts';

const formats = Object.keys(exporters) as ExportFormat[];
const createdAt = '2026-03-02T00:00:00.000Z';

async function* stream(labels: Label[]) {
  yield* labels;
}

async function exported(format: ExportFormat, labels: Label[], root = folder()): Promise<string> {
  const path = join(root, `labels.${format}`);
  await writeTarget(exporters[format], stream(labels), { path });
  return path;
}

async function readBack(path: string): Promise<Label[]> {
  const labels: Label[] = [];
  for (const file of labelFiles(path)) {
    for await (const row of checkedLabels(file)) {
      if ('problem' in row) throw new Error(JSON.stringify(row.problem));
      labels.push(row.label);
    }
  }
  return labels;
}

const big = 2n ** 63n + 1n;
const tricky = [...hostileTexts, "'=1", "''+x", "'", "'plain", '＝1', "'＠x", 'a\r', 'a\rb', '"', 'long key '.repeat(200)];
const hostile: Label[] = tricky.map((text, n) =>
  troubleshootingLabel(n, {
    answer: text,
    question: text,
    impact: text,
    rule_ids: [text],
    incident_id: text,
    evidence: [
      { ...troubleshootingLabel(n).evidence[0]!, note: text, value: { [text]: text, big, list: [1.5, null, -7] } },
      { ...troubleshootingLabel(n).evidence[0]!, id: 'e2', value: text, ablation: 'necessary' },
    ],
  }),
);
const long = `${'x'.repeat(1024 * 1024)}\n"=1`;
hostile.push(troubleshootingLabel(800, { answer: long, evidence: [{ ...troubleshootingLabel().evidence[0]!, value: { long } }] }));
hostile.push(optimizationLabel(900), optimizationLabel(901, { resource: { ...optimizationLabel().resource, spec: { n: big, '': '=1' } } }));
hostile.push(
  troubleshootingLabel(902, { hypotheses: [{ reason: 'RuntimeHeapOom', subject: 's', confidence: 0, rule_id: 'r', fate: 'weaker' }] }),
);

describe('an exported file', () => {
  it.each(formats)('as %s gives every label back as it was', async (format) => {
    expect(await readBack(await exported(format, hostile))).toEqual(hostile);
    const root = folder();
    await fc.assert(
      fc.asyncProperty(labelsArbitrary(), async (labels) => {
        expect(await readBack(await exported(format, labels, root))).toEqual(labels);
      }),
      { numRuns: format === 'parquet' ? 30 : 60 },
    );
  });

  it('imported and exported again has the same bytes, in and across all formats', async () => {
    const root = folder();
    const labels = hostile.map((label, n) => ({ ...label, capture_id: n % 2 === 0 ? 'cap-a' : 'cap-b' }));
    const first = await openStore(join(root, 'first.duckdb'));
    for (const captureId of ['cap-a', 'cap-b']) {
      await first.replaceCapture(captureId, { labels: labels.filter((label) => label.capture_id === captureId) }, createdAt);
    }
    for (const format of formats) await exportLabels(first, { format, out: join(root, `first.${format}`), filter: {} });
    await first.close();
    for (const format of formats) {
      const store = await openStore(join(root, `${format}.duckdb`));
      const result = await importLabels([join(root, `first.${format}`)], store, { createdAt });
      expect(result).toMatchObject({ labels: labels.length, skippedCount: 0, repeated: 0 });
      for (const other of formats) {
        await exportLabels(store, { format: other, out: join(root, `again.${other}`), filter: {} });
        const same = (await readFile(join(root, `again.${other}`))).equals(await readFile(join(root, `first.${other}`)));
        expect(same, `${format} → ${other}`).toBe(true);
      }
      await store.close();
    }
  });

  it('may be printed in another way: keys in any order, over many lines, with a byte order mark, with CRLF', async () => {
    const labels = [troubleshootingLabel(1), optimizationLabel(2)];
    const reversed = labels.map((label) => Object.fromEntries(Object.entries(label).reverse()));
    const lines = reversed.map((label) => JSON.stringify(label)).join('\r\n');
    const pretty = `\ufeff${JSON.stringify(reversed, null, 2)}\n`;
    const rows = readFileSync(await exported('csv', labels.map((label) => ({ ...label, answer: 'x' })) as Label[]), 'utf8');
    const root = folder({
      'a.jsonl': `\ufeff${lines}`,
      'b.json': pretty,
      'c.json': reversed.map((label) => JSON.stringify(label, null, 1)).join('\n'),
      'd.csv': `\ufeff${rows.replaceAll('\n', '\r\n').replace(/\[(\d)\. /g, '$1. ')}`,
    });
    for (const name of ['a.jsonl', 'b.json', 'c.json'])
      expect(JSON.stringify(await readBack(join(root, name)))).toBe(JSON.stringify(labels.map(orderedLabel)));
    expect((await readBack(join(root, 'd.csv'))).map(({ answer }) => answer)).toEqual(['x', 'x']);
  });

  it('may be a folder of Parquet files with columns of the dataset beside those of its labels', async () => {
    const root = folder({ 'labels/README.md': 'x' });
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create()).connect();
    for (const [n, split] of ['train', 'test'].entries()) {
      const path = await exported('parquet', [troubleshootingLabel(n)]);
      const out = join(root, 'labels', `${split}-00000-of-00001.parquet`);
      await connection.run(`COPY (SELECT *, '${split}' AS split, 'g' AS group_id FROM '${path}') TO '${out}' (FORMAT parquet)`);
    }
    connection.disconnectSync();
    expect(await readBack(root)).toEqual([troubleshootingLabel(1), troubleshootingLabel(0)]);
  });
});

describe('importing labels', () => {
  const stored = async (root: string, ...paths: string[]) => {
    const store = await openStore(join(root, 's.duckdb'));
    try {
      const result = await importLabels(paths, store, { createdAt });
      const labels: Label[] = [];
      for await (const label of store.select()) labels.push(label);
      return { result, labels };
    } finally {
      await store.close();
    }
  };

  it('changes nothing when done twice, and keeps the other labels and all relationships of a capture', async () => {
    const root = folder();
    const [one, two, three] = [1, 2, 3].map((n) => troubleshootingLabel(n)) as [Label, Label, Label];
    const relationship = {
      id: labelId(50),
      source_label_id: one.id,
      target_label_id: two.id,
      relationship_type: 'same_incident',
      metadata: null,
    };
    const store = await openStore(join(root, 's.duckdb'));
    await store.replaceCapture('cap-a', { labels: [one, two], relationships: [relationship] }, createdAt);
    await store.close();
    const path = await exported('jsonl', [{ ...one, answer: 'edited' } as Label, three]);
    const first = await stored(root, path);
    expect(first.result.captures).toEqual([{ captureId: 'cap-a', inserted: 1, updated: 1, unchanged: 0 }]);
    expect(first.labels.map(({ answer }) => answer).sort()).toEqual(['edited', three.answer, two.answer].sort());
    const again = await stored(root, path);
    expect(again.result.captures).toEqual([{ captureId: 'cap-a', inserted: 0, updated: 0, unchanged: 2 }]);
    const reader = await openStore(join(root, 's.duckdb'));
    expect(await reader.relationships(one.id)).toEqual([relationship]);
    await reader.close();
  });

  it('counts a label that is given twice, and reports one whose content differs', async () => {
    const label = troubleshootingLabel(1);
    const root = folder();
    const path = await exported('jsonl', [label, label, { ...label, answer: 'another' } as Label]);
    const { result, labels } = await stored(root, path);
    expect(result).toMatchObject({ repeated: 1, skippedCount: 1, skipped: [{ file: 'labels.jsonl', line: 3, pointer: '/id' }] });
    expect(labels).toEqual([label]);
  });

  it('leaves a capture as it was when one of its labels belongs to another, and stores the rest', async () => {
    const root = folder();
    const label = troubleshootingLabel(1);
    const other = troubleshootingLabel(2, { capture_id: 'cap-c' });
    const path = await exported('jsonl', [
      label,
      { ...label, capture_id: 'cap-b' } as Label,
      { ...troubleshootingLabel(3), capture_id: 'cap-b' },
      other,
    ]);
    const { result, labels } = await stored(root, path);
    expect(labels.map(({ capture_id }) => capture_id).sort()).toEqual(['cap-a', 'cap-c']);
    expect(result).toMatchObject({ skippedCount: 1, skipped: [{ file: 'capture cap-b', found: expect.stringContaining('cap-a') }] });
  });

  it('takes labels of older versions, which lack the newer optional fields', async () => {
    const label = troubleshootingLabel(1);
    expect(label.hypotheses[0]).not.toHaveProperty('fate');
    expect(label.evidence[0]).not.toHaveProperty('ablation');
    const root = folder({ 'old.jsonl': `${JSON.stringify(label)}\n` });
    expect((await stored(root, join(root, 'old.jsonl'))).labels).toEqual([label]);
  });
});

describe('a malformed row', () => {
  const good = troubleshootingLabel(1);
  const problemsOf = async (path: string) => {
    const problems: unknown[] = [];
    let labels = 0;
    for (const file of labelFiles(path)) {
      for await (const row of checkedLabels(file)) {
        if ('problem' in row) problems.push(row.problem);
        else labels += 1;
      }
    }
    return { problems, labels };
  };
  const line = (over: object) => JSON.stringify({ ...good, ...over });
  const { evidence: _evidence, ...withoutEvidence } = good;

  it.each([
    ['a reason that there is not', line({ reason: 'Gremlins' }), '/reason', '"Gremlins"', /^one of \d+ known values/],
    ['no evidence', JSON.stringify(withoutEvidence), '/evidence', 'nothing', 'array'],
    ['an unknown field', line({ confidense: 1 }), '/confidense', 'the field confidense', 'no such field; did you mean confidence?'],
    ['a text for a number', line({ confidence: 'high' }), '/confidence', '"high"', 'number'],
    ['a score out of range', line({ quality: { ...good.quality, relevance: 2 } }), '/quality/relevance', '2', /1/],
    ['a lone surrogate', line({ answer: 'x' }).replace('"x"', '"\\ud83d"'), '/answer', /lone surrogate/, 'well-formed Unicode'],
    ['an id that is no UUID', line({ id: 'x' }), '/id', '"x"', /UUID/],
    ['an id in upper case', line({ id: good.id.toUpperCase() }), '/id', good.id.toUpperCase(), 'a UUID in lower case'],
    ['a time without seconds', line({ timestamp: '2026-03-01T10:00Z' }), '/timestamp', /10:00Z/, /RFC 3339/],
    ['a type that there is not', line({ type: 'poem' }), '/type', '"poem"', 'troubleshooting or resource_optimization'],
    ['another capture of evidence', line({ evidence: [{ ...good.evidence[0], seq: -1 }] }), '/evidence/0/seq', '-1', />=0/],
    ['a list', '[1]', '', 'a list of 1', 'object'],
  ])('of JSON Lines with %s costs only itself and is named by line and pointer', async (_what, text, pointer, found, expected) => {
    const root = folder({ 'a.jsonl': `${JSON.stringify(good)}\n${text}\n${JSON.stringify(troubleshootingLabel(2))}\n` });
    const { problems, labels } = await problemsOf(join(root, 'a.jsonl'));
    const matching = (wanted: string | RegExp) => (typeof wanted === 'string' ? wanted : expect.stringMatching(wanted));
    expect(problems).toEqual([{ file: 'a.jsonl', line: 2, pointer, found: matching(found), expected: matching(expected) }]);
    expect(labels).toBe(2);
  });

  it('that is cut off at the end of the file is reported; those before it are read', async () => {
    const labels = [good, troubleshootingLabel(2), troubleshootingLabel(3)];
    for (const [format, cut, last] of [
      ['jsonl', 200, 3],
      ['json', 200, 4],
      ['csv', 200, undefined],
    ] as const) {
      const bytes = await readFile(await exported(format, labels));
      const root = folder({ [`a.${format}`]: bytes.subarray(0, bytes.length - cut) });
      const { problems, labels: read } = await problemsOf(join(root, `a.${format}`));
      expect(read, format).toBe(2);
      expect(problems[0], format).toMatchObject({ file: `a.${format}`, ...(last === undefined ? {} : { line: last }) });
    }
  });

  it('of YAML costs only its document', async () => {
    const text = readFileSync(await exported('yaml', [good, troubleshootingLabel(2)]), 'utf8');
    const root = folder({ 'a.yaml': `${text}---\nid: [\n---\nid: {}\n` });
    const { problems, labels } = await problemsOf(join(root, 'a.yaml'));
    expect(labels).toBe(2);
    expect(problems).toMatchObject(
      [{ file: 'a.yaml', expected: /YAML/ }, { pointer: '/type' }].map((item) => ({
        ...item,
        ...('expected' in item ? { expected: expect.stringMatching(/valid YAML/) } : {}),
      })),
    );
  });

  it('of CSV is named by the line on which it begins', async () => {
    const [header = '', ...rows] = (await readFile(await exported('csv', [{ ...good, answer: 'x' } as Label]), 'utf8')).split('\n');
    const row = rows[0] ?? '';
    const broken = row.replace('"[{""id""', '"[{""id"""').replace(/"\[\{""id"""/, '"[{""id""');
    const root = folder({
      'a.csv': [header, row, '"only","two\nlines"', row.replace(',high,', ',wild,'), broken.replace('[{""id""', '[{id""'), row, ''].join(
        '\n',
      ),
      'b.csv': [header, row, `"never closed${row.replaceAll('"', '')}`].join('\n'),
    });
    expect((await problemsOf(join(root, 'a.csv'))).problems).toMatchObject([
      { line: 3, found: '2 cells' },
      { line: 5, pointer: '/severity', found: '"wild"' },
      { line: 6, pointer: '/evidence', expected: 'JSON text in column evidence_json' },
    ]);
    expect((await problemsOf(join(root, 'b.csv'))).problems).toMatchObject([
      { line: 3, found: expect.stringContaining('inside a quoted cell') },
    ]);
  });

  it.each(['jsonl', 'json', 'csv', 'yaml'] as const)('of %s that is not UTF-8 is reported', async (format) => {
    const bytes = await readFile(await exported(format, [{ ...good, answer: 'QQQ' } as Label]));
    bytes[bytes.indexOf('QQQ')] = 0xff;
    const root = folder({ [`a.${format}`]: bytes });
    expect((await problemsOf(join(root, `a.${format}`))).problems[0]).toMatchObject({ found: 'bytes that are not UTF-8' });
  });

  it('of JSON with a raw NUL is reported', async () => {
    const root = folder({ 'a.jsonl': `${line({ answer: 'QQQ' }).replace('QQQ', '\0')}\n` });
    expect((await problemsOf(join(root, 'a.jsonl'))).problems).toMatchObject([{ line: 1, expected: expect.stringMatching(/JSON/) }]);
  });

  it('longer than 64 MiB is passed over, and the next one read', async () => {
    const root = folder({ 'a.jsonl': `${JSON.stringify(good)}\n"${'x'.repeat(65 * 1024 * 1024)}"\n${JSON.stringify(good)}\n` });
    const { problems, labels } = await problemsOf(join(root, 'a.jsonl'));
    expect({ problems, labels }).toMatchObject({ problems: [{ line: 2, found: 'a row of more than 64 MiB' }], labels: 2 });
  });
});

describe('a file of something else', () => {
  const failing = async (path: string) => {
    const store = await openStore(join(folder(), 's.duckdb'));
    try {
      await importLabels([path], store, { createdAt });
    } finally {
      await store.close();
    }
  };

  it('is named with the columns that no label has and the nearest that there are', async () => {
    const text = await readFile(await exported('csv', [troubleshootingLabel(1)]), 'utf8');
    const root = folder({ 'a.csv': text.replace(/severity/, 'severety'), 'b.csv': 'a,b\n1,2\n' });
    await expect(failing(join(root, 'a.csv'))).rejects.toMatchObject({
      code: 'LABELS_FOREIGN',
      exitCode: 3,
      message: 'a.csv is no table of labels: columns that no label has: severety (did you mean severity?); columns missing: severity',
    });
    await expect(failing(join(root, 'b.csv'))).rejects.toThrow(/columns that no label has: a, b; columns missing: id, type/);
  });

  it('is refused at its first row: a foreign JSONL, a wrapper object, examples for a trainer', async () => {
    const root = folder({
      'a.jsonl': '{"prompt": "x", "completion": "y"}\n',
      'b.json': JSON.stringify({ metadata: {}, data: [troubleshootingLabel(1)] }),
      'c.jsonl': '17\n',
    });
    await expect(failing(join(root, 'a.jsonl'))).rejects.toThrow(
      'a.jsonl holds no labels: its first row has the fields prompt, completion',
    );
    await expect(failing(join(root, 'b.json'))).rejects.toMatchObject({
      code: 'LABELS_FOREIGN',
      message: expect.stringContaining('metadata, data'),
    });
    await expect(failing(join(root, 'c.jsonl'))).rejects.toThrow(/the value 17/);
  });

  it('is refused when it is a Parquet file with other columns, or a torn one', async () => {
    const root = folder();
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(`COPY (SELECT 1 AS id, 'x' AS answers) TO '${join(root, 'a.parquet')}' (FORMAT parquet)`);
    connection.disconnectSync();
    await expect(failing(join(root, 'a.parquet'))).rejects.toThrow(/answers \(did you mean answer\?\); columns missing: type/);
    const bytes = await readFile(await exported('parquet', [troubleshootingLabel(1)]));
    writeFileSync(join(root, 'b.parquet'), bytes.subarray(0, bytes.length - 50));
    await expect(failing(join(root, 'b.parquet'))).rejects.toMatchObject({ code: 'LABELS_UNREADABLE', exitCode: 3 });
  });

  it.each(['a.jsonl', 'a.json', 'a.yaml', 'a.csv'])('is refused when it is empty: %s', async (name) => {
    await expect(failing(join(folder({ [name]: '' }), name))).rejects.toMatchObject({ code: 'IMPORT_EMPTY', exitCode: 3 });
  });
});
