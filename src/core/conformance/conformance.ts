import type { Dialogue } from './dialogue.ts';
import { type Code, type Fields, isFields, type Problem } from './finding.ts';
import type { DataFile, DataFormat } from './rows.ts';

/** A problem that is known only after the last row; `line` 0 means the whole file. */
export type LateProblem = { line: number; problem: Problem };

/** The checks of one file, fed with its rows in order. */
export type FileChecks = { row: (row: Fields, line: number) => Problem[]; end: (rows: number) => LateProblem[] };

/**
 * The rules of one consumer. `formats`: the files it reads. `linesOnly`: JSON Lines only. `typed`: its loader takes the types of JSON columns
 * from the first rows. `forgives`: byte problems that its reader bears, which become warnings. `views`: the Parquet configs of our datasets
 * that it reads. `open` starts the checks of a file; `dialogue` is what a row means, or undefined where it means nothing.
 */
export type Conformance = {
  formats: readonly DataFormat[];
  linesOnly: boolean;
  typed: boolean;
  forgives: readonly Code[];
  views: readonly string[];
  open: (file: DataFile) => FileChecks;
  dialogue: (row: Fields, file: DataFile) => Dialogue | undefined;
};

/** What loaders of the Hugging Face `datasets` library have in common. */
export const datasetsLoader = {
  formats: ['jsonl', 'json', 'csv', 'parquet'],
  linesOnly: false,
  typed: true,
  forgives: ['BOM', 'CRLF'],
} as const satisfies Partial<Conformance>;

/** Checks that look at each row alone. */
export function rowChecks(row: (row: Fields) => Problem[]): FileChecks {
  return { row, end: () => [] };
}

/** A text that says something. */
export function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** Whether a row has a column with something in it. */
export function has(row: unknown, column: string): boolean {
  return isFields(row) && row[column] !== undefined && row[column] !== null;
}
