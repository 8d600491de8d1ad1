import { changesOf, type FieldChange } from './diff/compare.ts';
import { type DiffRow, type Pair, paired } from './diff/rows.ts';
import { type DiffInput, diffInput } from './diff-input.ts';

/** A label, as far as it is known: a folder of examples has no content. */
export type DiffEntry = { id: string; reason?: string; resource?: string; overall_score?: number };
export type DiffChange = DiffEntry & { fields: FieldChange[] };
export type DiffMove = DiffEntry & { from: string; to: string; group?: string };
export type DiffSide = { path: string; kind: string; labels: number };
export type DiffCounts = { before: number; after: number; added: number; removed: number; changed: number };

/**
 * What two collections of labels have not in common, each list ordered by id. `moved` are labels that both have, in different splits.
 * Means of `quality` are over `quality.overall_score` and null without labels. Keys of records are sorted.
 */
export type DiffResult = {
  before: DiffSide;
  after: DiffSide;
  added: DiffEntry[];
  removed: DiffEntry[];
  changed: DiffChange[];
  moved: DiffMove[];
  unchanged: number;
  reasons: Record<string, DiffCounts>;
  splits: Record<string, { before: number; after: number }>;
  fields: Record<string, number>;
  quality: { before: number | null; after: number | null };
};

/** Compares two stores, files or folders in one pass over both; memory follows the differences only. Errors of `diffInput`. */
export async function diffLabels(beforePath: string, afterPath: string, signal?: AbortSignal): Promise<DiffResult> {
  const before = await diffInput(beforePath);
  try {
    const after = await diffInput(afterPath);
    try {
      return await compared(before, after, signal);
    } finally {
      await after.close();
    }
  } finally {
    await before.close();
  }
}

/** Whether there is any difference. */
export function differs({ added, removed, changed, moved }: DiffResult): boolean {
  return added.length + removed.length + changed.length + moved.length > 0;
}

async function compared(before: DiffInput, after: DiffInput, signal: AbortSignal | undefined): Promise<DiffResult> {
  const side = ({ path, kind }: DiffInput): DiffSide => ({ path, kind, labels: 0 });
  const result: DiffResult = {
    before: side(before),
    after: side(after),
    added: [],
    removed: [],
    changed: [],
    moved: [],
    unchanged: 0,
    reasons: {},
    splits: {},
    fields: {},
    quality: { before: null, after: null },
  };
  const sums = { before: { sum: 0, count: 0 }, after: { sum: 0, count: 0 } };
  for await (const pair of paired(before.rows, after.rows)) {
    signal?.throwIfAborted();
    for (const name of ['before', 'after'] as const) countSide(result, sums[name], name, pair[name]);
    countPair(result, pair);
  }
  for (const name of ['before', 'after'] as const) {
    const { sum, count } = sums[name];
    result.quality[name] = count === 0 ? null : sum / count;
  }
  return { ...result, reasons: byName(result.reasons), splits: byName(result.splits), fields: byName(result.fields) };
}

function countSide(result: DiffResult, sum: { sum: number; count: number }, name: 'before' | 'after', row: DiffRow | undefined): void {
  if (row === undefined) return;
  result[name].labels += 1;
  if (row.split !== undefined) {
    result.splits[row.split] ??= { before: 0, after: 0 };
    (result.splits[row.split] as DiffCounts)[name] += 1;
  }
  if (row.label === undefined) return;
  sum.sum += row.label.quality.overall_score;
  sum.count += 1;
  reasonCounts(result, row)[name] += 1;
}

function countPair(result: DiffResult, { before, after }: Pair): void {
  if (before === undefined || after === undefined) {
    const row = (before ?? after) as DiffRow;
    const name = before === undefined ? 'added' : 'removed';
    result[name].push(entryOf(row));
    if (row.label !== undefined) reasonCounts(result, row)[name] += 1;
    return;
  }
  const fields = rowChanges(before, after);
  if (fields.length === 0) result.unchanged += 1;
  else {
    result.changed.push({ ...entryOf(after), fields });
    if (after.label !== undefined) reasonCounts(result, after).changed += 1;
    for (const { field } of fields) result.fields[field] = (result.fields[field] ?? 0) + 1;
  }
  if (before.split === undefined || after.split === undefined || before.split === after.split) return;
  const group = after.group ?? before.group;
  result.moved.push({ ...entryOf(after), from: before.split, to: after.split, ...(group === undefined ? {} : { group }) });
}

/** Without the labels themselves, their hashes tell whether they are equal. */
function rowChanges(before: DiffRow, after: DiffRow): FieldChange[] {
  if (before.label !== undefined && after.label !== undefined) {
    const anew = before.edits !== undefined && after.edits !== undefined && before.edits !== after.edits;
    return [...changesOf(before.label, after.label), ...(anew ? [{ field: 'edits' }] : [])];
  }
  const known = before.contentHash !== undefined && after.contentHash !== undefined;
  return known && before.contentHash !== after.contentHash
    ? [{ field: 'content_hash', before: before.contentHash as string, after: after.contentHash as string }]
    : [];
}

function reasonCounts({ reasons }: DiffResult, { label }: DiffRow): DiffCounts {
  const reason = label?.reason ?? '';
  reasons[reason] ??= { before: 0, after: 0, added: 0, removed: 0, changed: 0 };
  return reasons[reason];
}

function entryOf({ id, label }: DiffRow): DiffEntry {
  if (label === undefined) return { id };
  const { kind, namespace, name } = label.resource;
  const resource = `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
  return { id, reason: label.reason, resource, overall_score: label.quality.overall_score };
}

function byName<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
