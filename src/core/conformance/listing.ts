import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFile, DataFormat } from './rows.ts';

const extensions = new Map<string, DataFormat>([
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['json', 'json'],
  ['csv', 'csv'],
  ['parquet', 'parquet'],
]);

/** JSON files that stand beside data and hold none. */
const notData =
  /(?:^|\/)(?:manifest|dataset_infos?|dataset_dict|state|config|croissant|metadata|package|tokenizer|tokenizer_config|special_tokens_map|generation_config)\.json$|\.schema\.json$|(?:^|\/)splits\.jsonl$/;

const deepest = 6;
const mostFiles = 100_000;

/** The files below a folder as sorted POSIX paths; hidden ones are left out, links to folders are not followed. */
export async function filesBelow(root: string, below = '', depth = 0): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(join(root, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || found.length > mostFiles) continue;
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (depth < deepest) found.push(...(await filesBelow(root, name, depth + 1)));
    } else if (entry.isFile() || (await stat(join(root, name)).catch(() => undefined))?.isFile()) found.push(name);
  }
  return found;
}

/** The format of a data file by its name; undefined if it is none. */
export function formatOf(name: string): DataFormat | undefined {
  return notData.test(name) ? undefined : extensions.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
}

const splitWords = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['validation', 'validation'],
  ['valid', 'validation'],
  ['val', 'validation'],
  ['dev', 'validation'],
  ['test', 'test'],
  ['testing', 'test'],
  ['eval', 'test'],
  ['evaluation', 'test'],
]);

/** The split that a file name tells, as `datasets` guesses it: train-00000-of-00001.parquet, data_test.jsonl. Undefined where it tells none. */
export function splitOfName(name: string): string | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  const word = base.split(/[^a-z]+/).find((part) => splitWords.has(part));
  return splitWords.get(word ?? '');
}

const splitOrder = ['train', 'validation', 'test', 'other'];

/** Train before validation before test before the rest, so that a leak is told where it does harm; else in the order of names. */
export function bySplit(a: string, b: string): number {
  const rank = (name: string) => splitOrder.indexOf(splitOfName(name) ?? 'other');
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

/** A data file of a folder; undefined if the name is of none. */
export function dataFile(root: string, name: string): DataFile | undefined {
  const format = formatOf(name);
  return format === undefined ? undefined : { path: join(root, name), name, format, split: splitOfName(name) };
}

/** Whether a path matches a pattern of a dataset card: * and ? inside a name, ** for any folders. */
export function matches(pattern: string, path: string): boolean {
  const parts = pattern
    .replace(/^\.\//, '')
    .split('/')
    .filter((part, index, all) => part !== '**' || all[index - 1] !== '**');
  return matchParts(parts, path.split('/'));
}

/** Both lists are walked once, with one way back to the last `**`. */
function matchParts(pattern: readonly string[], path: readonly string[]): boolean {
  return walk(
    pattern.length,
    path.length,
    (at) => pattern[at] === '**',
    (at, to) => matchText(pattern[at] ?? '', path[to] ?? ''),
  );
}

function matchText(pattern: string, text: string): boolean {
  return walk(
    pattern.length,
    text.length,
    (at) => pattern[at] === '*',
    (at, to) => pattern[at] === '?' || pattern[at] === text[to],
  );
}

/** Matching with one kind of star in time (pattern × text), without recursion: patterns come from foreign cards. */
function walk(
  patternLength: number,
  textLength: number,
  isStar: (at: number) => boolean,
  same: (at: number, to: number) => boolean,
): boolean {
  let [at, to, star, mark] = [0, 0, -1, 0];
  while (to < textLength) {
    if (at < patternLength && !isStar(at) && same(at, to)) {
      at += 1;
      to += 1;
    } else if (at < patternLength && isStar(at)) {
      star = at;
      mark = to;
      at += 1;
    } else if (star >= 0) {
      at = star + 1;
      mark += 1;
      to = mark;
    } else return false;
  }
  while (at < patternLength && isStar(at)) at += 1;
  return at === patternLength;
}
