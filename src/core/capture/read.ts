import type { CaptureRecord, SegmentClass } from '../model/capture.ts';
import { type CaptureProblem, corruptError } from './errors.ts';
import { openManifest } from './manifest.ts';
import { type LaneFiles, listLanes } from './segment-files.ts';
import { type LineCursor, openLines, readMembers, type SegmentReading } from './segment-reader.ts';

export type ReadOptions = {
  /** Only these classes; default all. */
  classes?: readonly SegmentClass[];
  /** Leaves out what lies wholly before this seq; a few records before it may still come. */
  fromSeq?: number;
  signal?: AbortSignal;
  /** Told about the torn end of a capture that was not closed; reading goes on. */
  onProblem?: (problem: CaptureProblem) => void;
  /** Most records of a batch; default 100: they die young, which is what a garbage collector likes. */
  batchSize?: number;
};

/**
 * The records of a capture in the order of `seq`, in arrays; memory does not grow with the length of the capture.
 * A capture that was not closed (kill -9) is read up to its last whole line. Errors of `openManifest`, and CAPTURE_CORRUPT.
 */
export async function* readBatches(dir: string, options: ReadOptions = {}): AsyncGenerator<CaptureRecord[]> {
  const manifest = await openManifest(dir);
  const torn = manifest.status === 'open' ? (options.onProblem ?? (() => undefined)) : undefined;
  const lanes = await listLanes(dir, manifest, options.classes);
  const streams = lanes.map((files) => readLane(files, { dir, torn, fromSeq: options.fromSeq }));
  yield* mergeBySeq(streams, dir, options);
}

/** Like `readBatches`, one record at a time. */
export async function* readCapture(dir: string, options: ReadOptions = {}): AsyncGenerator<CaptureRecord> {
  for await (const batch of readBatches(dir, options)) yield* batch;
}

async function* readLane(files: LaneFiles, reading: SegmentReading): AsyncGenerator<LineCursor> {
  let lastSeq = 0;
  for (const file of files) {
    if ((file.sealed?.lastSeq ?? Number.POSITIVE_INFINITY) < (reading.fromSeq ?? 0)) continue;
    for await (const member of readMembers(file, reading)) {
      const lines = openLines(member, reading.dir, lastSeq);
      if (lines.seq !== Number.POSITIVE_INFINITY) yield lines;
      ({ lastSeq } = lines);
    }
  }
}

type Head = { lane: AsyncGenerator<LineCursor>; lines: LineCursor };

async function* mergeBySeq(lanes: AsyncGenerator<LineCursor>[], dir: string, { batchSize = 100, signal }: ReadOptions) {
  try {
    const heads: Head[] = [];
    for (const lane of lanes) await advance(heads, lane);
    let batch: CaptureRecord[] = [];
    while (heads.length > 0) {
      const [head, limit] = lowest(heads, dir);
      const { lines } = head;
      while (lines.seq < limit && batch.length < batchSize) batch.push(lines.take());
      if (batch.length === batchSize) {
        signal?.throwIfAborted();
        yield batch;
        batch = [];
      }
      if (lines.seq === Number.POSITIVE_INFINITY) {
        heads.splice(heads.indexOf(head), 1);
        await advance(heads, head.lane);
      }
    }
    signal?.throwIfAborted();
    if (batch.length > 0) yield batch;
  } finally {
    await Promise.all(lanes.map((lane) => lane.return(undefined)));
  }
}

async function advance(heads: Head[], lane: AsyncGenerator<LineCursor>): Promise<void> {
  const next = await lane.next();
  if (next.done !== true) heads.push({ lane, lines: next.value });
}

/** The head with the lowest seq, and the lowest seq of the others. */
function lowest(heads: Head[], dir: string): [Head, number] {
  let [head] = heads as [Head];
  let limit = Number.POSITIVE_INFINITY;
  for (const other of heads) {
    if (other === head) continue;
    const { seq } = other.lines;
    if (seq === head.lines.seq) throw corruptError(dir, { file: 'segments' }, `seq ${seq} twice`, 'every seq once');
    if (seq < head.lines.seq) [head, limit] = [other, head.lines.seq];
    else limit = Math.min(limit, seq);
  }
  return [head, limit];
}
