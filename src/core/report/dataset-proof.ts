import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { splitsFile } from '../dataset/base.ts';
import { LabelerError, systemCode, usageError } from '../errors.ts';
import { oneLine } from '../model/text.ts';
import { splitNames } from '../model/training.ts';
import { linesIn } from '../spool.ts';
import { countPlace, countsOf, keysOf, newCount, type Splits } from './splits.ts';

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const counts = z.partialRecord(z.enum(splitNames), count);

const validation = z.object({
  leak_proof: z.object({
    shared_groups: count,
    equal_prompts: count,
    highest_similarity: share,
    similarity_limit: share,
    method: z.string(),
  }),
  rows: z.object({ examples: counts }),
  excluded: z.record(z.string(), z.unknown()),
});

const manifest = z.object({
  tool: z.string().startsWith('k8s-labeler '),
  dataset_id: z.uuid(),
  to: z.string(),
  inputs: z.object({
    split: z.partialRecord(z.enum(splitNames), share),
    seed: z.int(),
    group_by: z.string(),
    split_by: z.string(),
    max_per_cluster: count,
  }),
  validation: validation.optional(),
});

const row = z.object({ label_id: z.string(), split: z.enum(splitNames), group_id: z.string(), keys: z.array(z.string()) });

/**
 * Reads the proof of a dataset that `export --to` has written, and counts its groups and keys again. Throws DATASET_NOT_FOUND and
 * DATASET_INVALID (exit code 2) with file and field.
 */
export async function datasetSplits(dir: string): Promise<Splits> {
  const file = join(dir, 'manifest.json');
  const { tool, dataset_id: id, to, inputs, validation: inside } = parsed(manifest, await textOf(file, dir), file);
  const beside = join(dir, 'validation.json');
  const { leak_proof: leaks, rows, excluded } = inside ?? parsed(validation, await textOf(beside, dir), beside);
  const found = newCount();
  const places = await readPlaces(join(dir, splitsFile), dir, (place) => countPlace(found, place));
  const sharedKeys = Math.max(leaks.shared_groups, found.shared.size);
  return {
    proof: {
      from: 'dataset',
      facts: [
        ['folder', oneLine(basename(resolve(dir)), 80)],
        ['dataset', id],
        ['written by', oneLine(tool, 60)],
        ['for', oneLine(to, 40)],
        ['seed', String(inputs.seed)],
        ['group by', oneLine(inputs.group_by, 40)],
        ['assigned by', oneLine(inputs.split_by, 40)],
        ['kept of near-duplicates', String(inputs.max_per_cluster)],
      ],
      splits: countsOf(found, inputs.split, rows.examples),
      keys: keysOf(found),
      left: Object.entries(excluded).flatMap(([why, labels]): [string, number][] =>
        typeof labels === 'number' && labels > 0 && why !== 'equal_prompt' ? [[oneLine(why, 60), labels]] : [],
      ),
      sharedKeys,
      equalPrompts: leaks.equal_prompts,
      highestSimilarity: leaks.highest_similarity,
      similarityLimit: leaks.similarity_limit,
      method: oneLine(leaks.method, 60),
      holds: sharedKeys === 0 && leaks.equal_prompts === 0 && leaks.highest_similarity < leaks.similarity_limit,
    },
    placeOf: (label) => places.get(label),
  };
}

type Place = NonNullable<ReturnType<Splits['placeOf']>>;

async function readPlaces(file: string, dir: string, each: (place: Place & { keys: string[] }) => void): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  let number = 0;
  try {
    for await (const line of linesIn(file)) {
      number += 1;
      if (line.trim() === '') continue;
      const { label_id: label, split, group_id: group, keys } = parsed(row, line, `${file}:${number}`);
      each({ split, group, keys });
      places.set(label, { split, group });
    }
  } catch (error) {
    throw error instanceof LabelerError || systemCode(error) === '' ? error : notFound(file, dir, error);
  }
  return places;
}

async function textOf(file: string, dir: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => Promise.reject(notFound(file, dir, error)));
}

function parsed<T>(schema: z.ZodType<T>, text: string, place: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(place, `expected JSON, found ${oneLine(text, 60)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(place, `${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'does not fit'}`);
}

function notFound(file: string, dir: string, error: unknown) {
  return usageError('DATASET_NOT_FOUND', `--dataset: ${dir} is no dataset of this tool: cannot read ${file} (${systemCode(error)})`, {
    suggestions: ['name a folder that `k8s-labeler export --to … --out DIR` has written'],
  });
}

function invalid(place: string, what: string) {
  return usageError('DATASET_INVALID', `--dataset: ${place}: ${what}`, { suggestions: ['export the dataset again'] });
}
