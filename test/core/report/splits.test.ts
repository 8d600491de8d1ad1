import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportDataset } from '../../../src/core/dataset.ts';
import { datasetSplits } from '../../../src/core/report/dataset-proof.ts';
import { computedSplits } from '../../../src/core/report/splits.ts';
import { datasetOptionsFor, demoStore } from '../dataset/demo-store.ts';
import { reportBasics } from './report-page.ts';

let demo: Awaited<ReturnType<typeof demoStore>>;
const written: Record<string, Awaited<ReturnType<typeof exportDataset>>> = {};
beforeAll(async () => {
  demo = await demoStore();
  for (const to of ['hf', 'trl'] as const) {
    const options = await datasetOptionsFor(to, join(demo.dir, to));
    written[to] = await exportDataset(demo.store, { ...options, shares: reportBasics.defaults.shares });
  }
});
afterAll(() => demo.close());

/** A copy of the dataset in which one file was changed. */
async function changed(file: string, change: (text: string) => string, from = 'hf'): Promise<string> {
  const dir = join(demo.dir, 'changed');
  await rm(dir, { recursive: true, force: true });
  await cp(join(demo.dir, from), dir, { recursive: true });
  await writeFile(join(dir, file), change(await readFile(join(dir, file), 'utf8')));
  return dir;
}

describe('splits that are computed of a store', () => {
  it('are those of an export without further flags: the same places, groups and similarity', async () => {
    const { proof, placeOf } = await computedSplits(demo.store, {}, reportBasics.defaults);
    const exported = await datasetSplits(join(demo.dir, 'hf'));
    expect(proof.splits.map(({ examples: _, ...rest }) => rest)).toEqual(exported.proof.splits.map(({ examples: _, ...rest }) => rest));
    expect(proof.keys).toEqual(exported.proof.keys);
    expect(proof.highestSimilarity).toBe(written.hf?.proof.highestSimilarity);
    for await (const { id } of demo.store.select()) expect(placeOf(id)).toMatchObject(exported.placeOf(id) ?? {});
  });

  it('count prompts only where prompts were made', async () => {
    expect((await computedSplits(demo.store, {}, reportBasics.defaults)).proof.equalPrompts).toBeNull();
    expect((await datasetSplits(join(demo.dir, 'hf'))).proof.equalPrompts).toBe(0);
  });

  it('are empty, and share nothing, where no label is', async () => {
    const { proof } = await computedSplits(demo.store, { cluster: 'nowhere' }, reportBasics.defaults);
    expect(proof).toMatchObject({ sharedKeys: 0, highestSimilarity: 0, keys: [], left: [], holds: true });
    expect(proof.splits.map(({ labels, groups }) => labels + groups)).toEqual([0, 0, 0]);
  });
});

describe('the proof of a dataset', () => {
  it.each(['hf', 'trl'])('is read wherever %s keeps it', async (to) => {
    const { proof } = await datasetSplits(join(demo.dir, to));
    const { groups, examples, datasetId, proof: made } = written[to]!;
    expect(Object.fromEntries(proof.splits.map(({ split, groups: count }) => [split, count]))).toEqual(groups);
    expect(Object.fromEntries(proof.splits.map(({ split, examples: count }) => [split, count]))).toEqual(examples);
    expect(proof).toMatchObject({ highestSimilarity: made.highestSimilarity, similarityLimit: 0.7, method: made.method, holds: true });
    expect(proof.facts).toContainEqual(['dataset', datasetId]);
    expect(proof.facts).toContainEqual(['seed', '3']);
  });

  it('is not believed: a group that stands in two splits is found by counting again', async () => {
    const lines = (await readFile(join(demo.dir, 'hf', 'splits.jsonl'), 'utf8')).trim().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as { split: string; group_id: string });
    const twin = rows.findIndex(({ group_id: id }, index) => rows.some((row, other) => other !== index && row.group_id === id));
    expect(twin).toBeGreaterThanOrEqual(0);
    rows[twin]!.split = rows[twin]!.split === 'test' ? 'train' : 'test';
    const dir = await changed('splits.jsonl', () => rows.map((row) => JSON.stringify(row)).join('\n'));
    const { proof } = await datasetSplits(dir);
    expect(proof.sharedKeys).toBeGreaterThan(0);
    expect(proof.holds).toBe(false);
  });

  it('does not hold when the manifest says that prompts are shared', async () => {
    const dir = await changed('validation.json', (text) => text.replace('"equal_prompts": 0', '"equal_prompts": 2'));
    expect((await datasetSplits(dir)).proof).toMatchObject({ equalPrompts: 2, holds: false });
  });

  it.each([
    ['manifest.json', (text: string) => text.replace('"seed": 3', '"seed": "three"'), 'inputs.seed'],
    ['manifest.json', () => '{"tool":"someone else"}', 'tool'],
    ['manifest.json', () => 'not JSON', 'expected JSON, found not JSON'],
    [
      'validation.json',
      (text: string) => text.replace('"highest_similarity": ', '"highest_similarity": -'),
      'leak_proof.highest_similarity',
    ],
    ['splits.jsonl', (text: string) => text.replace('"split":"', '"split":"other'), 'splits.jsonl:1: split'],
  ])('with a broken %s is refused with the place', async (file, change, place) => {
    const dir = await changed(file, change);
    const refused = { code: 'DATASET_INVALID', exitCode: 2 };
    await expect(datasetSplits(dir)).rejects.toMatchObject({ ...refused, message: expect.stringContaining(file) });
    await expect(datasetSplits(dir)).rejects.toMatchObject({ message: expect.stringContaining(place) });
  });

  it.each(['manifest.json', 'splits.jsonl'])('without %s is none', async (file) => {
    const dir = await changed(file, (text) => text);
    await rm(join(dir, file));
    await expect(datasetSplits(dir)).rejects.toMatchObject({
      code: 'DATASET_NOT_FOUND',
      exitCode: 2,
      message: expect.stringContaining(file),
    });
  });
});
