import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pointerOf } from '../model/pointer.ts';
import { type Finding, listed, named, problem } from './finding.ts';
import { bySplit, dataFile, formatOf } from './listing.ts';
import { type LlamaEntry, llamaEntries } from './llama-info.ts';
import type { DataFile } from './rows.ts';
import type { Target } from './target.ts';

const infoName = 'dataset_info.json';

/**
 * The files that dataset_info.json names, each with its layout. `only`: one file of the folder, read as the entries say that name it. Without
 * a dataset_info.json the files are read as LLaMA-Factory's defaults are, after the error.
 */
export async function llamaTarget(target: Target, only?: string): Promise<Target> {
  const { root, base, names } = target;
  const below = base === '' ? '' : `${base}/`;
  const info = below + infoName;
  if (!names.includes(info)) {
    const files = dataFiles(target).filter(({ name }) => only === undefined || name === only);
    if (files.length === 0) return target;
    const message = `found no ${infoName} beside ${listed(files.slice(0, 3).map(({ name }) => name))}: LLaMA-Factory knows no dataset of that name`;
    return { ...target, files, findings: [...target.findings, { file: info, line: 0, ...problem('INFO_MISSING', '', message) }] };
  }
  const findings: Finding[] = [...target.findings];
  const add = (one: ReturnType<typeof problem>) => findings.push({ file: info, line: 0, ...one });
  const parsed = jsonOf(await readFile(join(root, info), 'utf8'));
  if ('error' in parsed) {
    add(problem('INFO_INVALID', '', `the file is no JSON: ${parsed.error}`));
    return { ...target, files: [], findings };
  }
  const { entries, problems } = llamaEntries(parsed.value);
  for (const one of problems) add(one);
  const files: DataFile[] = [];
  for (const entry of entries) {
    const found = entryFiles(entry, target, below);
    if (only !== undefined && !found.some(({ name }) => name === only)) continue;
    for (const one of [...entry.problems, ...placeProblems(entry, found)]) add(one);
    files.push(...found.filter(({ name }) => only === undefined || name === only));
  }
  const named = new Set(files.map(({ name }) => name));
  for (const { name } of only === undefined ? dataFiles(target) : dataFiles(target).filter((file) => file.name === only)) {
    if (!named.has(name))
      findings.push({ file: name, line: 0, ...problem('FILE_UNLISTED', '', `${infoName} does not name this file: it is not used`) });
  }
  return { ...target, files, findings };
}

function jsonOf(text: string): { value: unknown } | { error: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function dataFiles({ root, base, names }: Target): DataFile[] {
  const below = base === '' ? '' : `${base}/`;
  return names
    .filter((name) => name.startsWith(below) && !name.slice(below.length).includes('/') && formatOf(name) !== undefined)
    .sort(bySplit)
    .flatMap((name) => dataFile(root, name) ?? []);
}

/** The file of an entry, or all files of its folder. Only what stands in the listing is taken: a name cannot lead out of the folder. */
function entryFiles({ fileName, layout }: LlamaEntry, { root, names }: Target, below: string): DataFile[] {
  if (fileName === undefined) return [];
  const wanted = below + fileName.replace(/^\.\//, '').replace(/\/$/, '');
  return names
    .filter((name) => name === wanted || name.startsWith(`${wanted}/`))
    .flatMap((name) => {
      const file = dataFile(root, name);
      return file === undefined ? [] : [{ ...file, layout }];
    });
}

function placeProblems({ name, fileName }: LlamaEntry, files: readonly DataFile[]): ReturnType<typeof problem>[] {
  if (fileName === undefined) return [];
  const pointer = pointerOf(name, 'file_name');
  if (files.length === 0)
    return [problem('FILE_MISSING', pointer, `found no data file ${named(fileName)} in the folder: LLaMA-Factory stops`)];
  const types = [...new Set(files.map((file) => file.name.slice(file.name.lastIndexOf('.') + 1)))];
  if (types.length === 1) return [];
  return [problem('FILE_TYPES', pointer, `the folder holds ${listed(types)} files, expected one type: LLaMA-Factory stops`)];
}
