import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Card, readCard } from './card.ts';
import { type Finding, listed, problem } from './finding.ts';
import { bySplit, dataFile, formatOf } from './listing.ts';
import type { DataFile } from './rows.ts';
import type { Target } from './target.ts';

/** A folder as `load_dataset` takes it: the files of the card's configs, or without a card all data files outside of formats/. */
export async function hfTarget(target: Target): Promise<Target> {
  const { root, names } = target;
  const findings: Finding[] = [...legacyFindings(names)];
  const card = names.includes('README.md') ? await readCard(await readFile(join(root, 'README.md'), 'utf8'), names) : undefined;
  if (card === undefined) {
    const what = names.includes('README.md') ? 'README.md has no front matter' : 'the folder has no README.md';
    findings.push({
      file: 'README.md',
      line: 0,
      ...problem('CARD_MISSING', '', `${what}: load_dataset guesses configs and splits from file names`),
    });
  } else findings.push(...card.problems.map(({ line, problem: one }) => ({ file: 'README.md', line, ...one })));
  const files = card !== undefined && card.configs > 0 ? cardFiles(root, card) : allFiles(root, names);
  return { ...target, files, findings: [...findings, ...formatFindings(files)], info: card?.info ?? [] };
}

function cardFiles(root: string, { splits }: Card): DataFile[] {
  return splits.flatMap(({ config, split, files }) =>
    files.flatMap((name) => {
      const file = dataFile(root, name);
      return file === undefined ? [] : [{ ...file, config, split }];
    }),
  );
}

function allFiles(root: string, names: readonly string[]): DataFile[] {
  return names
    .filter((name) => formatOf(name) !== undefined && !/^(?:formats|schema)\//.test(name))
    .sort(bySplit)
    .flatMap((name) => {
      const file = dataFile(root, name);
      return file === undefined ? [] : [{ ...file, config: 'default', split: file.split ?? 'train' }];
    });
}

function legacyFindings(names: readonly string[]): Finding[] {
  const found: Finding[] = [];
  if (names.includes('state.json')) {
    const message = 'found state.json: load_dataset refuses the folder ("saved using save_to_disk")';
    found.push({ file: 'state.json', line: 0, ...problem('LEGACY_FILE', '', message) });
  }
  if (names.includes('dataset_infos.json')) {
    const message = 'found dataset_infos.json: it is read as metadata of an old kind, and wrong counts in it stop load_dataset';
    found.push({ file: 'dataset_infos.json', line: 0, ...problem('LEGACY_FILE', '', message, { severity: 'warning' }) });
  }
  return found;
}

/** The builder is chosen from the first files only, so that one folder has one format. */
function formatFindings(files: readonly DataFile[]): Finding[] {
  const formats = [...new Set(files.map(({ format }) => (format === 'jsonl' ? 'json' : format)))];
  const [first] = files;
  if (first === undefined) return [];
  const other = files.find(({ format }) => (format === 'jsonl' ? 'json' : format) !== formats[0]);
  if (other !== undefined) {
    const message = `found ${listed(formats)} files, expected one format: load_dataset reads all as ${formats[0]}, and fails on this one`;
    return [{ file: other.name, line: 0, ...problem('MIXED_FORMATS', '', message) }];
  }
  if (first.format === 'parquet' || first.config === 'default') return [];
  const message = `the configs list ${first.format} files: their types are guessed from the first rows`;
  return [{ file: 'README.md', line: 1, ...problem('CARD_FORMAT', '/configs', message) }];
}
