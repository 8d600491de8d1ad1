import { closeSync, existsSync, openSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readSpan } from '../scan.ts';
import { firstFields } from './head.ts';
import type { LabelReader } from './reader.ts';

export type LabelFormat = 'json' | 'jsonl' | 'csv' | 'yaml' | 'parquet';

/** A file of labels. `name` stands for it in messages. */
export type LabelFile = { path: string; name: string; format: LabelFormat };

const readers: Record<LabelFormat, () => Promise<LabelReader>> = {
  json: async () => (await import('./json.ts')).readJson,
  jsonl: async () => (await import('./json.ts')).readJsonl,
  csv: async () => (await import('./csv.ts')).readCsv,
  yaml: async () => (await import('./yaml.ts')).readYaml,
  parquet: async () => (await import('./parquet.ts')).readParquet,
};

/** The reader of a file's format; each is loaded when it is needed. */
export function labelReader({ format }: LabelFile): Promise<LabelReader> {
  return readers[format]();
}

const ofLabels = ['question', 'answer', 'evidence', 'hypotheses', 'capture_id', 'incident_id', 'rule_ids', 'quality'];

/**
 * Whether a path holds labels: a Parquet or CSV file, a file whose first object has the fields of a label, or a folder of Parquet files
 * (its own, or those in `labels/`). Looks at names and the first MiB only.
 */
export function holdsLabels(path: string): boolean {
  if (statSync(path).isDirectory()) return parquetFiles(path).length > 0;
  const format = formatOfFile(path);
  if (format === 'parquet' || format === 'csv') return true;
  const fields = firstFields(headOf(path, 1_048_576).toString('utf8'), format);
  return fields.filter((field) => ofLabels.includes(field)).length >= 2;
}

/** The files below a path that hold labels, sorted by name. */
export function labelFiles(path: string): LabelFile[] {
  if (!statSync(path).isDirectory()) return [{ path, name: basename(path), format: formatOfFile(path) }];
  return parquetFiles(path).map((file) => ({ path: join(path, file), name: file, format: 'parquet' as const }));
}

/** The Parquet files of a dataset folder: those in `labels/`, else its own. Paths below the folder. */
function parquetFiles(folder: string): string[] {
  const below = existsSync(join(folder, 'labels')) && statSync(join(folder, 'labels')).isDirectory() ? 'labels' : '';
  return readdirSync(join(folder, below), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
    .map(({ name }) => join(below, name))
    .sort();
}

/** The format by the first bytes where these decide, else by the extension. */
function formatOfFile(path: string): LabelFormat {
  const head = headOf(path, 4096);
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  if (head.toString('latin1', 0, 4) === 'PAR1' || extension === 'parquet') return 'parquet';
  if (extension === 'csv') return 'csv';
  const text = head.toString('utf8').replace('\ufeff', '').trimStart();
  if (text.startsWith('[')) return 'json';
  if (text.startsWith('{')) return extension === 'json' ? 'json' : 'jsonl';
  if (extension === 'yaml' || extension === 'yml' || /^(?:---\s|[\w"]+: )/.test(text)) return 'yaml';
  return extension === 'json' ? 'json' : 'jsonl';
}

function headOf(path: string, bytes: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    return readSpan(fd, 0, bytes);
  } finally {
    closeSync(fd);
  }
}
