import type { Label } from '../model/label.ts';
import { toCsv } from './csv.ts';
import { toJson, toJsonl } from './json.ts';
import { writeParquet } from './parquet.ts';
import { toYaml } from './yaml.ts';

/** A format: text formats yield pieces of the file, binary ones write a file. Labels come ordered by id; equal labels give equal bytes. */
export type Exporter<T = Label> =
  | { kind: 'text'; text: (rows: AsyncIterable<T>) => AsyncIterable<string> }
  | { kind: 'file'; write: (rows: AsyncIterable<T>, path: string) => Promise<void> };

/** Every format under the name that `--format` takes, which is also the extension of its files. */
export const exporters = {
  json: { kind: 'text', text: toJson },
  jsonl: { kind: 'text', text: toJsonl },
  csv: { kind: 'text', text: toCsv },
  yaml: { kind: 'text', text: toYaml },
  parquet: { kind: 'file', write: writeParquet },
} as const satisfies Record<string, Exporter>;

export type ExportFormat = keyof typeof exporters;
