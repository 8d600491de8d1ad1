import type { SkippedInput } from '../importer.ts';

/**
 * One row of a label file as it was found, unchecked, or what is wrong with it. `line` counts from 1 in text files;
 * in Parquet it is the number of the row.
 */
export type LabelRow = { line: number; value: unknown } | { problem: SkippedInput };

/** Reads one file; `name` stands for it in problems. Memory does not follow its size. Throws LABELS_FOREIGN and LABELS_UNREADABLE. */
export type LabelReader = (path: string, name: string) => AsyncIterable<LabelRow>;

/** The longest row that is read, in bytes. */
export const maxRowBytes = 64 * 1024 * 1024;

/** A row that is longer than `maxRowBytes`. */
export function tooLong(file: string, line: number): { problem: SkippedInput } {
  return { problem: { file, line, found: 'a row of more than 64 MiB', expected: 'a label of at most 64 MiB' } };
}

/** A row that is not UTF-8. */
export function notUtf8(file: string, line: number): { problem: SkippedInput } {
  return { problem: { file, line, found: 'bytes that are not UTF-8', expected: 'UTF-8 text' } };
}
