import { Flags } from '@oclif/core';
import type { DatasetOptions } from './core/dataset.ts';
import { usageError } from './core/errors.ts';
import type { Config } from './core/model/config.ts';
import { stringifyJson } from './core/model/json.ts';
import type { LabelFilter, LabelType } from './core/model/label.ts';
import { type Category, taxonomy } from './core/model/taxonomy.ts';
import { shortHash } from './core/model/uuid.ts';
import type { Rule } from './core/rules/rule.ts';

const formats = ['json', 'jsonl', 'csv', 'yaml', 'parquet'] as const;
const trainers = ['hf', 'openai', 'openai-dpo', 'trl', 'axolotl', 'llama-factory', 'alpaca', 'sharegpt'] as const;
const types: LabelType[] = ['troubleshooting', 'resource_optimization'];
const reviewed = ['accepted', 'rejected', 'disputed', 'unreviewed', 'any', 'all'] as const;
const dataset = { helpGroup: 'DATASET (with --to)' };

/** How labels are split unless flags say otherwise. */
export const splitDefaults = { split: 'train=0.8,validation=0.1,test=0.1', seed: 3, similarity: 0.7, maxPerCluster: 1 };

/** Flags that choose labels. */
export const filterFlags = {
  type: Flags.option({ options: types, summary: 'Only labels of this type' })(),
  reason: Flags.string({ summary: 'Only labels of this reason', helpValue: 'REASON' }),
  category: Flags.option({
    options: Object.keys(taxonomy) as Category[],
    summary: 'Only labels of this category',
    helpValue: 'CATEGORY',
  })(),
  cluster: Flags.string({ summary: 'Only labels of this cluster', helpValue: 'ID' }),
  since: Flags.string({ summary: 'Only labels from this time on', helpValue: 'TIME' }),
  until: Flags.string({ summary: 'Only labels before this time', helpValue: 'TIME' }),
  'min-quality': Flags.string({ summary: 'Only labels with at least this overall score, 0 to 1', helpValue: 'SCORE' }),
  reviewed: Flags.option({
    options: reviewed,
    summary: 'Only labels of which people said this (any: some verdict; all: no filter, and --to keeps rejected and disputed ones)',
  })(),
};

type FilterFlags = {
  type?: LabelType | undefined;
  reason?: string | undefined;
  category?: Category | undefined;
  cluster?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  'min-quality'?: string | undefined;
  reviewed?: (typeof reviewed)[number] | undefined;
};

/** What the filter flags ask for, in their order. Errors are usage errors (exit code 2). */
export async function filterOf(flags: FilterFlags): Promise<LabelFilter> {
  const { parseReason } = await import('./core/check.ts');
  const { qualityBound } = await import('./core/export/filter.ts');
  const { type, reason, category, cluster, since, until, reviewed: state, 'min-quality': quality } = flags;
  return {
    type,
    reason: reason === undefined ? undefined : parseReason(reason),
    category,
    cluster,
    since,
    until,
    minQuality: quality === undefined ? undefined : qualityBound(quality),
    reviewed: state === 'all' ? undefined : state,
  };
}

/** Flags of `export`. */
export const exportFlags = {
  format: Flags.option({ options: formats, exactlyOne: ['format', 'to'], summary: 'Labels as one flat file of this format' })(),
  to: Flags.option({ options: trainers, summary: 'A dataset of examples to train on, as this consumer reads it' })(),
  store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
  out: Flags.string({
    char: 'o',
    summary: 'File to write, - for standard output (default: ./dataset.FORMAT); with --to a directory (./dataset)',
    helpValue: 'PATH',
  }),
  ...filterFlags,
  split: Flags.string({ ...dataset, summary: 'Shares of the splits', helpValue: 'SHARES', default: splitDefaults.split }),
  seed: Flags.integer({ ...dataset, summary: 'Another seed gives other splits', default: splitDefaults.seed }),
  'group-by': Flags.option({
    ...dataset,
    options: ['incident', 'cluster', 'scenario'] as const,
    summary: 'What stays in one split: incidents, workloads and near-duplicates; or besides, all of a cluster or kind of situation',
    default: 'incident' as const,
  })(),
  'split-by': Flags.option({
    ...dataset,
    options: ['hash', 'time'] as const,
    summary: 'Assign groups by hash, or the oldest to the first split',
    default: 'hash' as const,
  })(),
  stratify: Flags.boolean({ ...dataset, summary: 'Give each split its share of every reason', exclusive: ['base'] }),
  base: Flags.string({ ...dataset, summary: 'An earlier dataset: its rows stay in their splits', helpValue: 'DIR' }),
  similarity: Flags.string({
    ...dataset,
    summary: 'Labels at least this alike (Jaccard, 0 to 1) are near-duplicates',
    helpValue: 'SHARE',
    default: String(splitDefaults.similarity),
  }),
  'max-per-cluster': Flags.integer({
    ...dataset,
    summary: 'Keep the best N of near-duplicates',
    helpValue: 'N',
    default: splitDefaults.maxPerCluster,
    min: 1,
  }),
  'max-per-reason': Flags.integer({ ...dataset, summary: 'Keep the best N labels of each reason', helpValue: 'N', min: 1 }),
  'json-answer': Flags.boolean({ ...dataset, summary: 'Answers are JSON objects' }),
  check: Flags.boolean({ ...dataset, summary: 'Check what was written as its consumers will read it', default: true, allowNo: true }),
};

type Given = {
  split: string;
  seed: number;
  'group-by': DatasetOptions['groupBy'];
  'split-by': 'hash' | 'time';
  stratify: boolean;
  base?: string | undefined;
  similarity: string;
  'max-per-cluster': number;
  'max-per-reason'?: number | undefined;
  'json-answer': boolean;
  reviewed?: string | undefined;
  check: boolean;
  config?: string | undefined;
};

/** What the dataset flags ask for, with the files that they name read. Errors are usage errors (exit code 2). */
export async function datasetOptions(flags: Given, filter: LabelFilter, config: Config, rules: readonly Pick<Rule, 'id' | 'title'>[]) {
  const { parseSplit } = await import('./core/splits/assign.ts');
  const { readBase } = await import('./core/dataset/base.ts');
  const { loadTemplates } = await import('./core/templates.ts');
  const { stratify, base } = flags;
  if (stratify && flags['split-by'] === 'time') {
    throw usageError('SPLIT_CONFLICT', '--stratify and --split-by time decide about the same', { suggestions: ['give one of them'] });
  }
  const titles = new Map(rules.map(({ id, title }) => [id, title]));
  return {
    filter,
    shares: parseSplit(flags.split),
    seed: flags.seed,
    groupBy: flags['group-by'],
    splitBy: stratify ? ('reason' as const) : flags['split-by'],
    similarity: similarityOf(flags.similarity),
    maxPerCluster: flags['max-per-cluster'],
    ...(flags['max-per-reason'] === undefined ? {} : { maxPerReason: flags['max-per-reason'] }),
    keepRejected: flags.reviewed === 'all',
    ...(base === undefined ? {} : { base: await readBase(base) }),
    json: flags['json-answer'],
    check: flags.check,
    wordings: await loadTemplates(config.templates),
    titleOf: (id: string) => titles.get(id) ?? '',
    configHash: shortHash(stringifyJson(config)),
  };
}

function similarityOf(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share > 0 && share <= 1) return share;
  throw usageError('INVALID_SIMILARITY', `--similarity is "${text}", expected a number above 0 and up to 1`, {
    suggestions: ['--similarity 0.7'],
  });
}
