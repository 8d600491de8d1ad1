import { pointerOf } from '../model/pointer.ts';
import { described, type Fields, isFields, keysText, named, type Problem, problem } from './finding.ts';
import { matches } from './listing.ts';

/** One split of one config, with the files of the folder that it names. */
export type CardSplit = { config: string; split: string; files: string[]; pointer: string };

/** What a dataset card says: problems have a line in README.md and a pointer into its front matter. */
export type Card = { splits: CardSplit[]; info: Fields[]; configs: number; problems: { line: number; problem: Problem }[] };

const splitName = /^\w+(\.\w+)*$/;

/**
 * The front matter of README.md, checked as `load_dataset` reads it (datasets: utils/metadata.py, load.py). `names` are the files of the
 * folder. Undefined if there is no front matter.
 */
export async function readCard(text: string, names: readonly string[]): Promise<Card | undefined> {
  const front = /^\ufeff?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text)?.[1];
  if (front === undefined) return undefined;
  const { parseDocument, LineCounter } = await import('yaml');
  const lines = new LineCounter();
  // The loader takes the last of two equal keys.
  const document = parseDocument(front, { lineCounter: lines, uniqueKeys: false });
  const lineOf = (path: readonly (string | number)[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
      if (node?.range !== undefined) return lines.linePos(node.range[0]).line + 1;
    }
    return 1;
  };
  const problems: Card['problems'] = [];
  const add = (code: Problem['code'], path: (string | number)[], message: string, more: Partial<Problem> = {}) =>
    problems.push({ line: lineOf(path), problem: problem(code, pointerOf(...path), message, more) });
  const [failure] = document.errors;
  const card: unknown = failure === undefined ? document.toJS({ maxAliasCount: 100 }) : undefined;
  if (failure !== undefined || !isFields(card)) {
    add(
      'CARD_INVALID',
      [],
      failure === undefined ? `the front matter is ${described(card)}, expected fields` : (failure.message.split('\n', 1)[0] ?? ''),
    );
    return { splits: [], info: [], configs: 0, problems };
  }
  const info = [card.dataset_info].flat().filter(isFields);
  return { ...configsOf(card.configs, names, add), info, problems };
}

type Add = (code: Problem['code'], path: (string | number)[], message: string, more?: Partial<Problem>) => void;

function configsOf(configs: unknown, names: readonly string[], add: Add): Pick<Card, 'splits' | 'configs'> {
  if (configs === undefined) return { splits: [], configs: 0 };
  if (!Array.isArray(configs)) {
    add('CARD_CONFIG', ['configs'], `configs is ${described(configs)}, expected a list`);
    return { splits: [], configs: 0 };
  }
  const splits: CardSplit[] = [];
  const known = new Set<string>();
  for (const [index, config] of configs.entries()) {
    const path = ['configs', index];
    if (!isFields(config) || typeof config.config_name !== 'string') {
      add('CARD_CONFIG', path, `found ${described(config)}, expected config_name and data_files`);
      continue;
    }
    if (known.has(config.config_name))
      add('CARD_CONFIG', [...path, 'config_name'], `the config ${named(config.config_name)} is listed twice`);
    known.add(config.config_name);
    splits.push(...dataFiles(config, path, names, add));
  }
  const defaults = configs.filter((config) => isFields(config) && config.default === true).length;
  if (configs.length > 1 && defaults === 0 && !known.has('default')) {
    add('CARD_DEFAULT', ['configs'], `found ${configs.length} configs without a default: load_dataset fails unless a config is named`);
  } else if (defaults > 1) add('CARD_DEFAULT', ['configs'], `found ${defaults} default configs, expected one`);
  return { splits, configs: configs.length };
}

function dataFiles(config: Fields, path: (string | number)[], names: readonly string[], add: Add): CardSplit[] {
  const name = String(config.config_name);
  const at = [...path, 'data_files'];
  const { data_files: given } = config;
  if (typeof given === 'string') return filesOf(name, 'train', [given], at, names, add);
  if (!Array.isArray(given) || given.length === 0) {
    add('CARD_CONFIG', at, `found ${described(given)} as data_files, expected a list of {split, path}`);
    return [];
  }
  if (given.every((item) => typeof item === 'string')) return filesOf(name, 'train', given, at, names, add);
  const seen = new Set<unknown>();
  return given.flatMap((item, index) => {
    const here = [...at, index];
    const keys = isFields(item) ? Object.keys(item).sort().join() : '';
    const paths = isFields(item) ? [item.path].flat() : [];
    if (!isFields(item) || keys !== 'path,split' || typeof item.split !== 'string' || !paths.every((one) => typeof one === 'string')) {
      const found = isFields(item) ? keysText(Object.keys(item)) : described(item);
      add('CARD_CONFIG', here, `found ${found}, expected exactly the keys split and path, both texts`);
      return [];
    }
    if (!splitName.test(item.split)) {
      add(
        'SPLIT_NAME',
        [...here, 'split'],
        `the split is named ${named(item.split)}, expected letters, digits, _ and dots: load_dataset refuses it`,
      );
    }
    if (seen.has(item.split)) add('CARD_CONFIG', [...here, 'split'], `the split ${named(item.split)} is listed twice`);
    seen.add(item.split);
    return filesOf(name, item.split, paths, [...here, 'path'], names, add);
  });
}

function filesOf(
  config: string,
  split: string,
  patterns: unknown[],
  at: (string | number)[],
  names: readonly string[],
  add: Add,
): CardSplit[] {
  const files = names.filter((name) => patterns.some((pattern) => matches(String(pattern), name)));
  for (const pattern of patterns) {
    if (names.some((name) => matches(String(pattern), name))) continue;
    add('FILE_MISSING', at, `no file of the folder fits ${named(pattern)}: load_dataset raises FileNotFoundError`);
  }
  return files.length === 0 ? [] : [{ config, split, files, pointer: pointerOf(...at) }];
}

/** Row counts in the card's dataset_info that differ from those of the files: `load_dataset` raises NonMatchingSplitsSizesError. */
export function infoProblems(info: readonly Fields[], rowsOf: (config: string, split: string) => number | undefined): Problem[] {
  return info.flatMap((entry, index) => {
    const config = typeof entry.config_name === 'string' ? entry.config_name : 'default';
    const splits = Array.isArray(entry.splits) ? entry.splits.filter(isFields) : [];
    return splits.flatMap(({ name, num_examples: told }, position) => {
      const found = rowsOf(config, String(name));
      if (found === undefined || told === undefined || Number(told) === found) return [];
      const message = `dataset_info says ${described(told)} rows of ${config}/${String(name)}, found ${found}: load_dataset raises NonMatchingSplitsSizesError`;
      return [problem('CARD_INFO', pointerOf('dataset_info', index, 'splits', position, 'num_examples'), message)];
    });
  });
}
