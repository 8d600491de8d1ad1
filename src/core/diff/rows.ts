import { captureError } from '../errors.ts';
import type { Label } from '../model/label.ts';

/** One row of what is compared. A folder of examples knows only the split and the hash of a label. `edits`, as JSON, is what a reviewer wrote. */
export type DiffRow = { id: string; label?: Label; split?: string; group?: string; contentHash?: string; edits?: string };

/** A row that is on both sides, or on one. */
export type Pair = { before?: DiffRow; after?: DiffRow };

/** Passes rows on and throws DIFF_UNORDERED or DIFF_TWICE (exit code 3) where ids do not rise: only ordered rows can be compared as they come. */
export async function* rising(rows: AsyncIterable<DiffRow>, name: string): AsyncGenerator<DiffRow> {
  let last: DiffRow | undefined;
  for await (const row of rows) {
    if (last !== undefined && row.id === last.id) throw twice(last, row, name);
    if (last !== undefined && row.id < last.id) throw unordered(last, row, name);
    last = row;
    yield row;
  }
}

/** Rows of several sources, each ordered by id, as one that is. */
export async function* merged(sources: AsyncIterable<DiffRow>[]): AsyncGenerator<DiffRow> {
  const readers = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(readers.map(async (reader) => ({ reader, head: await reader.next() })));
    for (;;) {
      const least = leastOf(heads);
      if (least === undefined) return;
      yield least.head.value as DiffRow;
      least.head = await least.reader.next();
    }
  } finally {
    for (const reader of readers) await reader.return?.(undefined);
  }
}

type Head = { reader: AsyncIterator<DiffRow>; head: IteratorResult<DiffRow> };

function leastOf(heads: Head[]): Head | undefined {
  let least: { of: Head; id: string } | undefined;
  for (const of of heads) {
    if (of.head.done !== true && (least === undefined || of.head.value.id < least.id)) least = { of, id: of.head.value.id };
  }
  return least?.of;
}

/** Pairs rows of two sides, both ordered by id, by their id. */
export async function* paired(before: AsyncIterable<DiffRow>, after: AsyncIterable<DiffRow>): AsyncGenerator<Pair> {
  const [left, right] = [before[Symbol.asyncIterator](), after[Symbol.asyncIterator]()];
  try {
    let was = await left.next();
    let is = await right.next();
    while (was.done !== true || is.done !== true) {
      const takeLeft = was.done !== true && (is.done === true || was.value.id <= is.value.id);
      const takeRight = is.done !== true && (was.done === true || is.value.id <= was.value.id);
      yield { ...(takeLeft ? { before: was.value } : {}), ...(takeRight ? { after: is.value } : {}) };
      if (takeLeft) was = await left.next();
      if (takeRight) is = await right.next();
    }
  } finally {
    await left.return?.(undefined);
    await right.return?.(undefined);
  }
}

function unordered(last: DiffRow, row: DiffRow, name: string) {
  return captureError('DIFF_UNORDERED', `${name} is not ordered by id: ${row.id} comes after ${last.id}`, {
    suggestions: [`order it by reading it into a store: k8s-labeler import ${name} --store ordered.duckdb, then compare that`],
  });
}

function twice(last: DiffRow, row: DiffRow, name: string) {
  const where = last.split !== row.split && last.split !== undefined ? `, in the splits ${last.split} and ${row.split}` : '';
  return captureError('DIFF_TWICE', `${name} holds the label ${row.id} twice${where}`, {
    suggestions: ['export the dataset again: a label belongs to one split, once'],
  });
}
