import { Flags } from '@oclif/core';
import type { LabelType } from './core/model/label.ts';

const formats = ['json', 'jsonl', 'csv', 'yaml', 'parquet'] as const;
const trainers = ['openai', 'trl', 'axolotl', 'llama-factory', 'alpaca', 'sharegpt'] as const;
const types: LabelType[] = ['troubleshooting', 'resource_optimization'];

/** Flags of `export`. */
export const exportFlags = {
  format: Flags.option({ options: formats, exactlyOne: ['format', 'to'], summary: 'Labels as one flat file of this format' })(),
  to: Flags.option({ options: trainers, summary: 'Examples to train on, as this consumer reads them, split by incident and workload' })(),
  split: Flags.string({ summary: 'With --to: shares of the splits', helpValue: 'SHARES', default: 'train=0.8,validation=0.1,test=0.1' }),
  seed: Flags.integer({ summary: 'With --to: another seed gives other splits', default: 1 }),
  store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
  out: Flags.string({
    char: 'o',
    summary: 'File to write, - for standard output (default: ./dataset.FORMAT); with --to a directory (./dataset)',
    helpValue: 'PATH',
  }),
  type: Flags.option({ options: types, summary: 'Only labels of this type' })(),
  cluster: Flags.string({ summary: 'Only labels of this cluster', helpValue: 'ID' }),
  since: Flags.string({ summary: 'Only labels from this time on', helpValue: 'TIME' }),
  until: Flags.string({ summary: 'Only labels before this time', helpValue: 'TIME' }),
  'min-quality': Flags.string({ summary: 'Only labels with at least this overall score, 0 to 1', helpValue: 'SCORE' }),
};
