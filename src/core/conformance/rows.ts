import type { Problem } from './finding.ts';
import type { LlamaLayout } from './llama-info.ts';

export type DataFormat = 'jsonl' | 'json' | 'csv' | 'parquet';

/**
 * A data file: `name` is its POSIX path below what is validated, `split` is known from a card or guessed from the name, `config` of a card,
 * `layout` of a dataset_info.json.
 */
export type DataFile = {
  path: string;
  name: string;
  format: DataFormat;
  split?: string;
  config?: string;
  layout?: LlamaLayout;
};

/**
 * One step of reading: a row with its line (from 1), or something wrong with the bytes of a place. `wholeFloats`: the row may hold numbers
 * such as 1.0, which are fractions to a reader of types and integers once parsed.
 */
export type Read =
  | { kind: 'row'; line: number; value: unknown; wholeFloats?: boolean }
  | { kind: 'problem'; line: number; problem: Problem };
