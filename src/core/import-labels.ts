import { captureError, LabelerError } from './errors.ts';
import type { SkippedInput } from './importers/importer.ts';
import { type LabelFormat, labelFiles } from './importers/labels/files.ts';
import { checkedLabels } from './label-input.ts';
import { type LabelSpool, newLabelSpool } from './label-spool.ts';
import type { LabelStore, ReplaceResult } from './store/store.ts';

export type LabelImportOptions = { createdAt: string; signal?: AbortSignal; onProgress?: (labels: number) => void };

/**
 * What an import of labels did. `skipped` holds the first 1,000 problems (exit code 6), `skippedCount` counts all; `repeated` are labels that
 * the files hold more than once, equal.
 */
export type LabelImportResult = {
  format: 'labels';
  files: { name: string; format: LabelFormat; labels: number }[];
  labels: number;
  captures: ({ captureId: string } & Omit<ReplaceResult, 'removed'>)[];
  repeated: number;
  skipped: SkippedInput[];
  skippedCount: number;
};

const shownProblems = 1000;

/**
 * Reads label files back into a store, one transaction per capture; other labels of a capture stay. Malformed rows are skipped and
 * reported; a capture that the store refuses is reported and left as it was. Throws IMPORT_EMPTY if there is no label, LABELS_FOREIGN,
 * LABELS_UNREADABLE (exit code 3), and errors of the store; nothing was stored then, or whole captures.
 */
export async function importLabels(paths: string[], store: LabelStore, options: LabelImportOptions): Promise<LabelImportResult> {
  const spool = await newLabelSpool();
  const result: LabelImportResult = { format: 'labels', files: [], labels: 0, captures: [], repeated: 0, skipped: [], skippedCount: 0 };
  try {
    for (const path of paths) await readInto(spool, path, result, options);
    if (result.labels + result.skippedCount === 0) throw empty(paths);
    for (const captureId of spool.captures()) {
      options.signal?.throwIfAborted();
      await storeCapture(store, spool, captureId, result, options.createdAt);
    }
    return result;
  } finally {
    await spool.close();
  }
}

async function readInto(spool: LabelSpool, path: string, result: LabelImportResult, { signal, onProgress }: LabelImportOptions) {
  for (const file of labelFiles(path)) {
    const before = result.labels;
    for await (const row of checkedLabels(file)) {
      signal?.throwIfAborted();
      if ('problem' in row) {
        skip(result, row.problem);
        continue;
      }
      spool.add(row.label, { file: file.name, line: row.line });
      result.labels += 1;
      if (result.labels % 1000 === 0) onProgress?.(result.labels);
    }
    result.files.push({ name: file.name, format: file.format, labels: result.labels - before });
  }
}

/** Relationships are no part of flat files: those that are stored stay. */
async function storeCapture(store: LabelStore, spool: LabelSpool, captureId: string, result: LabelImportResult, createdAt: string) {
  const problems: SkippedInput[] = [];
  let repeated = 0;
  const labels = spool.read(captureId, ({ file, line }, equal) => {
    if (equal) repeated += 1;
    else
      problems.push({ file, line, pointer: '/id', found: 'another label with an id that was read before', expected: 'one label per id' });
  });
  try {
    const relationships = store.captureRelationships(captureId);
    const { removed: _none, ...stored } = await store.mergeCapture(captureId, { labels, relationships }, createdAt);
    result.captures.push({ captureId, ...stored });
    result.repeated += repeated;
    for (const problem of problems) skip(result, problem);
  } catch (error) {
    if (!(error instanceof LabelerError) || error.code !== 'STORE_INVALID_ROW') throw error;
    skip(result, {
      file: `capture ${captureId}`,
      found: error.message,
      expected: 'labels that belong to this capture alone; none of it was stored',
    });
  }
}

function skip(result: LabelImportResult, problem: SkippedInput): void {
  result.skippedCount += 1;
  if (result.skipped.length < shownProblems) result.skipped.push(problem);
}

function empty(paths: string[]): LabelerError {
  return captureError('IMPORT_EMPTY', `no label in ${paths.join(', ')}: the file is empty, or an export of no labels`, {
    suggestions: ['expected labels as k8s-labeler export --format json, jsonl, csv, yaml or parquet writes them'],
  });
}
