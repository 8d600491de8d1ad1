import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differs, diffLabels } from '../../src/core/diff.ts';
import { type ExportFormat, exporters } from '../../src/core/export/exporters.ts';
import { writeTarget } from '../../src/core/export/target.ts';
import type { Label } from '../../src/core/model/label.ts';
import { openStore } from '../../src/core/store/open.ts';
import { folder } from './importers/folder.ts';
import { labelId, labelsArbitrary, optimizationLabel, troubleshootingLabel } from './label-arbitrary.ts';

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

async function* stream(labels: Label[]) {
  yield* labels;
}

async function storeOf(labels: Label[]): Promise<string> {
  const path = join(folder(), 's.duckdb');
  const store = await openStore(path);
  await store.replaceCapture('cap-a', { labels }, '2026-03-02T00:00:00.000Z');
  await store.close();
  return path;
}

async function fileOf(format: ExportFormat, labels: Label[]): Promise<string> {
  const path = join(folder(), `labels.${format}`);
  await writeTarget(exporters[format], stream([...labels].sort(byId)), { path });
  return path;
}

/** A folder as `export --to hf` lays it out: one Parquet file for each split, with or without its columns. */
async function datasetOf(splits: Record<string, Label[]>, columns = true): Promise<string> {
  const root = folder();
  mkdirSync(join(root, 'labels'));
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create()).connect();
  for (const [split, labels] of Object.entries(splits)) {
    const extra = columns ? `, '${split}' AS split, 'g-' || id AS group_id` : '';
    const out = join(root, 'labels', `${split}-00000-of-00001.parquet`);
    await connection.run(`COPY (SELECT *${extra} FROM '${await fileOf('parquet', labels)}' ORDER BY id) TO '${out}' (FORMAT parquet)`);
  }
  connection.disconnectSync();
  return root;
}

const examplesOf = (rows: object[]) => folder({ 'splits.jsonl': `${rows.map((row) => JSON.stringify(row)).join('\n')}\n` });

const labels: Label[] = [...Array.from({ length: 6 }, (_, n) => troubleshootingLabel(n)), optimizationLabel(10)];
const [first, second, third] = labels as [Label, Label, Label];

describe('a comparison', () => {
  it('of a store with every file that was exported of it finds nothing', async () => {
    const store = await storeOf(labels);
    for (const format of Object.keys(exporters) as ExportFormat[]) {
      const result = await diffLabels(store, await fileOf(format, labels));
      expect(differs(result), format).toBe(false);
      expect(result).toMatchObject({ unchanged: 7, before: { kind: 'store', labels: 7 }, after: { kind: format, labels: 7 } });
    }
  });

  it('names labels that were added, removed and changed, with the fields that changed', async () => {
    const changed = {
      ...second,
      severity: 'critical',
      answer: 'x'.repeat(500),
      quality: { ...second.quality, overall_score: 0.5 },
      evidence: [],
    } as Label;
    const result = await diffLabels(await storeOf([first, second]), await fileOf('jsonl', [changed, third]));
    expect(result.added.map(({ id }) => id)).toEqual([third.id]);
    expect(result.removed).toEqual([
      { id: first.id, reason: 'ContainerLimitOom', resource: 'Deployment shop/cart-0', overall_score: 0.85 },
    ]);
    expect(result.changed).toMatchObject([
      {
        id: second.id,
        fields: [
          { field: 'answer' },
          { field: 'severity', before: 'high', after: 'critical' },
          { field: 'evidence', before: '1 items', after: '0 items' },
          { field: 'quality.overall_score', before: 0.85, after: 0.5 },
        ],
      },
    ]);
    expect(result.reasons).toEqual({ ContainerLimitOom: { before: 2, after: 2, added: 1, removed: 1, changed: 1 } });
    expect(result.fields).toEqual({ answer: 1, evidence: 1, 'quality.overall_score': 1, severity: 1 });
    expect(result.quality).toEqual({ before: 0.85, after: (0.5 + 0.85) / 2 });
  });

  it('sees no difference in the order of keys', async () => {
    const [before, after] = [first, { ...first, context: Object.fromEntries(Object.entries(first.context).reverse()) }];
    expect((await diffLabels(await fileOf('jsonl', [before]), await fileOf('json', [after as Label]))).unchanged).toBe(1);
  });

  it('accounts for every label of both sides, and backwards gives the mirror image', async () => {
    const root = folder();
    const write = async (name: string, some: Label[]) => {
      const path = join(root, name);
      await writeTarget(exporters.jsonl, stream([...some].sort(byId)), { path });
      return path;
    };
    await fc.assert(
      fc.asyncProperty(labelsArbitrary(), labelsArbitrary(), async (one, two) => {
        const [a, b] = [
          await write('a.jsonl', [...one]),
          await write('b.jsonl', [...two, ...one.slice(1).filter((l) => !two.some(({ id }) => id === l.id))]),
        ];
        const [there, back] = [await diffLabels(a, b), await diffLabels(b, a)];
        expect(there.before.labels).toBe(there.removed.length + there.changed.length + there.unchanged);
        expect(there.after.labels).toBe(there.added.length + there.changed.length + there.unchanged);
        expect(back.added).toEqual(there.removed);
        expect(back.changed.map(({ id }) => id)).toEqual(there.changed.map(({ id }) => id));
        expect((await diffLabels(a, a)).unchanged).toBe(one.length);
      }),
      { numRuns: 30 },
    );
  });
});

describe('splits', () => {
  const [train, test] = [labels.slice(0, 4), labels.slice(4)];

  it.each([true, false])(
    'of dataset folders are told by columns or by file names (columns: %s), and a row that moved is named',
    async (columns) => {
      const before = await datasetOf({ train, test }, columns);
      const after = await datasetOf({ train: train.slice(1), test: [first, ...test] }, columns);
      const result = await diffLabels(before, after);
      expect(result.moved).toEqual([
        expect.objectContaining({ id: first.id, from: 'train', to: 'test', ...(columns ? { group: `g-${first.id}` } : {}) }),
      ]);
      expect(result).toMatchObject({ unchanged: 7, splits: { train: { before: 4, after: 3 }, test: { before: 3, after: 4 } } });
    },
  );

  it('of folders of examples are told by splits.jsonl in any order, content by its hash', async () => {
    const row = (n: number, split: string, content_hash = 'h') => ({
      label_id: labelId(n),
      split,
      group_id: `g${n}`,
      incident_id: 'i',
      content_hash,
    });
    const before = examplesOf([row(1, 'train'), row(2, 'test'), row(3, 'train')]);
    const after = examplesOf([row(4, 'train'), row(3, 'train', 'other'), row(2, 'train')]);
    const result = await diffLabels(before, after);
    expect([result.added, result.removed].map(([entry]) => entry?.id)).toEqual([labelId(4), labelId(1)]);
    expect(result.moved).toEqual([{ id: labelId(2), from: 'test', to: 'train', group: 'g2' }]);
    expect(result.changed).toEqual([{ id: labelId(3), fields: [{ field: 'content_hash', before: 'h', after: 'other' }] }]);
    expect(result.quality).toEqual({ before: null, after: null });
  });

  it('that one side does not know are no difference', async () => {
    const result = await diffLabels(await storeOf(labels), await datasetOf({ train, test }));
    expect([differs(result), result.unchanged]).toEqual([false, 7]);
  });
});

describe('a side that cannot be compared', () => {
  it.each([
    ['is not ordered by id', 'DIFF_UNORDERED', [...labels].sort(byId).reverse()],
    ['holds a label twice', 'DIFF_TWICE', [first, first]],
    ['holds a malformed row', 'DIFF_ROW', [{ ...first, severity: 'wild' }]],
  ])('because it %s says so', async (_why, code, rows) => {
    const root = folder({ 'a.jsonl': rows.map((row) => `${JSON.stringify(row)}\n`).join('') });
    await expect(diffLabels(join(root, 'a.jsonl'), await fileOf('jsonl', labels))).rejects.toMatchObject({ code, exitCode: 3 });
  });

  it('because a label is in two splits says which', async () => {
    const broken = await datasetOf({ train: [first, second], test: [first] });
    await expect(diffLabels(broken, broken)).rejects.toThrow(`holds the label ${first.id} twice, in the splits test and train`);
  });

  it('is named when it is missing or something else', async () => {
    const root = folder({ 'a.txt': 'plain text', 'dir/x': '' });
    for (const name of ['none', 'a.txt', 'dir']) {
      await expect(diffLabels(join(root, name), root)).rejects.toMatchObject({ code: 'DIFF_INPUT', exitCode: 3 });
    }
  });
});
