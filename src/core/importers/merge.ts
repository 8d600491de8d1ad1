import type { RecordDraft } from '../model/capture.ts';

/** A record with its place in time. Inside one source times never go back. */
export type Timed = { ms: number; draft: RecordDraft };

type Cursor = { order: number; head: Timed; rest: Iterator<Timed> };

/** Merges sources by time; at the same moment the earlier source of the list comes first. Holds one record per source. */
export function* mergeByTime(sources: Iterable<Timed>[]): Generator<RecordDraft> {
  const heap: Cursor[] = [];
  const iterators = sources.map((source) => source[Symbol.iterator]());
  try {
    for (const [order, rest] of iterators.entries()) {
      const { value, done } = rest.next();
      if (!done) push(heap, { order, head: value, rest });
    }
    for (let first = heap[0]; first !== undefined; first = heap[0]) {
      yield first.head.draft;
      const { value, done } = first.rest.next();
      if (done) dropFirst(heap);
      else {
        first.head = value;
        sink(heap, 0);
      }
    }
  } finally {
    for (const iterator of iterators) iterator.return?.();
  }
}

/** Times that went back are held at the newest time seen so far. */
export function* neverBack(source: Iterable<Timed>, at: (ms: number) => string): Generator<Timed> {
  let last = Number.NEGATIVE_INFINITY;
  for (const { ms, draft } of source) {
    if (ms >= last) {
      last = ms;
      yield { ms, draft };
    } else yield { ms: last, draft: { ...draft, at: at(last), atSource: 'derived' } };
  }
}

function before(a: Cursor, b: Cursor): boolean {
  return a.head.ms < b.head.ms || (a.head.ms === b.head.ms && a.order < b.order);
}

function push(heap: Cursor[], cursor: Cursor): void {
  heap.push(cursor);
  let index = heap.length - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!before(heap[index] as Cursor, heap[parent] as Cursor)) return;
    swap(heap, index, parent);
    index = parent;
  }
}

function dropFirst(heap: Cursor[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  sink(heap, 0);
}

function sink(heap: Cursor[], from: number): void {
  let index = from;
  for (;;) {
    let least = index;
    for (const child of [2 * index + 1, 2 * index + 2]) {
      if (child < heap.length && before(heap[child] as Cursor, heap[least] as Cursor)) least = child;
    }
    if (least === index) return;
    swap(heap, index, least);
    index = least;
  }
}

function swap(heap: Cursor[], a: number, b: number): void {
  const cursor = heap[a] as Cursor;
  heap[a] = heap[b] as Cursor;
  heap[b] = cursor;
}
