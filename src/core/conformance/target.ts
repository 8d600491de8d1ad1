import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { systemCode, usageError } from '../errors.ts';
import { readCard } from './card.ts';
import type { Conformance } from './conformance.ts';
import { type ConsumerName, conformances } from './consumers/consumers.ts';
import { type Fields, type Finding, problem } from './finding.ts';
import { hfTarget } from './hf-folder.ts';
import { bySplit, dataFile, filesBelow, formatOf } from './listing.ts';
import { llamaTarget } from './llama-folder.ts';
import type { DataFile } from './rows.ts';

/** What is validated: `root` is the folder that all names are relative to, `base` the part of it that is for the consumer ('' for all). */
export type Target = {
  root: string;
  base: string;
  names: string[];
  files: DataFile[];
  findings: Finding[];
  /** `dataset_info` of a card: row counts that must fit. */
  info: Fields[];
};

/** A path that exists: a file, or a folder with the files below it. Throws PATH_UNREADABLE (exit code 2). */
export async function openPath(path: string): Promise<{ kind: 'file' | 'folder'; root: string; names: string[] }> {
  const found = await stat(path).catch((error: unknown) => {
    throw usageError('PATH_UNREADABLE', `cannot read ${path} (${systemCode(error)}), expected a dataset file or folder`, { cause: error });
  });
  if (found.isDirectory()) {
    const names = await filesBelow(path).catch((error: unknown) => {
      throw usageError('PATH_UNREADABLE', `cannot read the folder ${path} (${systemCode(error)})`, { cause: error });
    });
    return { kind: 'folder', root: path, names };
  }
  if (found.isFile()) return { kind: 'file', root: dirname(path), names: [basename(path)] };
  throw usageError('PATH_UNREADABLE', `${path} is neither a file nor a folder`);
}

/**
 * The data files of a path that a consumer reads: the file, the files of a folder, those of `formats/CONSUMER` in a dataset for the Hugging
 * Face Hub or else the Parquet views that the consumer reads. `files` is empty where there is nothing for it.
 */
export async function resolveTarget(path: string, consumer: ConsumerName): Promise<Target> {
  const { kind, root, names } = await openPath(path);
  const rules: Conformance = conformances[consumer];
  const target: Target = { root, base: '', names, files: [], findings: [], info: [] };
  if (kind === 'file') return fileTarget(target, path, consumer);
  if (consumer === 'hf') return hfTarget(target);
  const own = `formats/${consumer}`;
  if (names.some((name) => name.startsWith(`${own}/`))) target.base = own;
  if (consumer === 'llama-factory') return llamaTarget(target);
  if (target.base !== '') return { ...target, files: usable(directFiles(target), rules, target.findings) };
  const views = await viewFiles(target, rules);
  return { ...target, files: views ?? usable(directFiles(target), rules, target.findings) };
}

async function fileTarget(target: Target, path: string, consumer: ConsumerName): Promise<Target> {
  const [name = ''] = target.names;
  const file = dataFile(target.root, name);
  if (file === undefined) {
    const found = extname(name) === '' ? 'no extension' : extname(name);
    throw usageError(
      'FORMAT_UNKNOWN',
      `${path} is no dataset file: found ${formatOf(name) ?? found}, expected .jsonl, .json, .csv or .parquet`,
    );
  }
  if (consumer === 'llama-factory') {
    const beside = await filesBelow(target.root, '', 6);
    return llamaTarget({ ...target, names: beside }, name);
  }
  return { ...target, files: usable([file], conformances[consumer], target.findings) };
}

/** Files of a format that the consumer does not read are findings, and are not read. */
function usable(files: DataFile[], { formats, linesOnly }: Conformance, findings: Finding[]): DataFile[] {
  return files.filter((file) => {
    if (formats.includes(file.format)) return true;
    const expected = linesOnly ? 'JSON Lines' : formats.join(', ');
    findings.push({ file: file.name, line: 0, ...problem('FORMAT_UNREAD', '', `the file is ${file.format}, expected ${expected}`) });
    return false;
  });
}

/** The data files directly in the folder, or in its `data/`. */
function directFiles({ root, base, names }: Target): DataFile[] {
  const below = base === '' ? '' : `${base}/`;
  const inside = names.filter((name) => name.startsWith(below)).map((name) => name.slice(below.length));
  const direct = inside.filter((name) => !name.includes('/') && formatOf(name) !== undefined);
  const chosen = direct.length > 0 ? direct : inside.filter((name) => /^data\/[^/]+$/.test(name));
  return chosen.sort(bySplit).flatMap((name) => dataFile(root, below + name) ?? []);
}

/** The configs of a dataset card that the consumer reads: ours by their names, else all. Undefined if no card lists configs. */
async function viewFiles({ root, names }: Target, { views, formats }: Conformance): Promise<DataFile[] | undefined> {
  if (!names.includes('README.md')) return undefined;
  const card = await readCard(await readFile(join(root, 'README.md'), 'utf8'), names);
  if (card === undefined || card.splits.length === 0) return undefined;
  const ours = card.splits.some(({ config }) => config === 'labels');
  const wanted = card.splits.filter(({ config }) => views.includes(config) || !ours);
  return wanted.flatMap(({ config, split, files }) =>
    files.flatMap((name) => {
      const file = dataFile(root, name);
      return file === undefined || !formats.includes(file.format) ? [] : [{ ...file, config, split }];
    }),
  );
}
