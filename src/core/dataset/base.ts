import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode, usageError } from '../errors.ts';
import { oneLine } from '../model/text.ts';
import { type SplitName, splitNames } from '../model/training.ts';
import { linesIn } from '../spool.ts';

/** The file of a dataset that says in which split each of its labels stands, one JSON object per line, ordered by `label_id`. */
export const splitsFile = 'splits.jsonl';

/** A line of `splits.jsonl`. `keys` decide what belongs together. */
export type SplitRow = {
  label_id: string;
  split: SplitName;
  group_id: string;
  incident_id: string;
  dup_cluster_id: string;
  content_hash: string;
  keys: string[];
};

/** An earlier dataset: its id, and in which split its labels stand. */
export type Base = { id: string; splits: Map<string, SplitName>; rows: { label: string; split: SplitName; keys: string[] }[] };

/** Reads where an earlier dataset has its rows. Throws BASE_NOT_FOUND and BASE_INVALID (exit code 2) with file:line. */
export async function readBase(dir: string): Promise<Base> {
  const file = join(dir, splitsFile);
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) {
    throw usageError('BASE_NOT_FOUND', `--base: ${dir} is no dataset of this tool: it has no ${splitsFile}`, {
      suggestions: ['name a folder that `k8s-labeler export --to … --out DIR` has written'],
    });
  }
  const base: Base = { id: await idOf(dir), splits: new Map(), rows: [] };
  let number = 0;
  for await (const line of linesIn(file)) {
    number += 1;
    if (line.trim() === '') continue;
    const row = parsed(line, `${file}:${number}`);
    base.splits.set(row.label_id, row.split);
    base.rows.push({ label: row.label_id, split: row.split, keys: row.keys });
  }
  return base;
}

async function idOf(dir: string): Promise<string> {
  const file = join(dir, 'manifest.json');
  try {
    return String((JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>).dataset_id ?? '');
  } catch (error) {
    throw invalid(file, systemCode(error) === '' ? 'it is no JSON' : `it cannot be read (${systemCode(error)})`);
  }
}

function parsed(line: string, place: string): SplitRow {
  let row: Partial<SplitRow>;
  try {
    row = JSON.parse(line) as Partial<SplitRow>;
  } catch {
    throw invalid(place, `expected a JSON object, found ${oneLine(line, 60)}`);
  }
  const { label_id: label, split, keys } = row;
  if (typeof label !== 'string') throw invalid(place, 'label_id: expected a text');
  if (!splitNames.includes(split as SplitName)) {
    throw invalid(place, `split: expected ${splitNames.join(', ')}, found ${oneLine(String(split), 40)}`);
  }
  if (!Array.isArray(keys)) throw invalid(place, 'keys: expected a list of texts');
  return row as SplitRow;
}

function invalid(place: string, what: string) {
  return usageError('BASE_INVALID', `--base: ${place}: ${what}`, { suggestions: ['export the dataset again, without --base'] });
}
