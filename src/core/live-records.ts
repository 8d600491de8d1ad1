import type { CaptureRecord } from './model/capture.ts';

/** Looks up records of the capture by `seq`; those that exist. */
export type Pick = (seqs: Iterable<number>) => Promise<Map<number, CaptureRecord>>;

/**
 * The records at hand for checking evidence while a capture is written: those of the last two refreshes (they may not be on the disk yet),
 * those that labels cited lately, and through `pick` all that were flushed. `arrivals` says when a batch was received, in epoch ms.
 */
export type LiveRecords = {
  pick: Pick;
  recent: Map<number, CaptureRecord>;
  before: Map<number, CaptureRecord>;
  cited: Map<number, CaptureRecord>;
  arrivals: { from: number; to: number; at: number }[];
};

const keptRecent = 20_000;
const keptCited = 1_000;
const keptArrivals = 10_000;

/** Nothing is at hand but what `pick` finds. */
export function newLiveRecords(pick: Pick): LiveRecords {
  return { pick, recent: new Map(), before: new Map(), cited: new Map(), arrivals: [] };
}

/** Takes a batch that was received at `at` (epoch ms). */
export function noteRecords({ recent, arrivals }: LiveRecords, records: readonly CaptureRecord[], at: number): void {
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) return;
  // In a burst the oldest are on the disk long before they are asked for.
  for (const record of records) if (recent.size < keptRecent) recent.set(record.seq, record);
  arrivals.push({ from: first.seq, to: last.seq, at });
  if (arrivals.length > 2 * keptArrivals) arrivals.splice(0, keptArrivals);
}

/** To be called once per refresh: forgets the records that were there before the last one. */
export function turnOver(live: LiveRecords): void {
  live.before = live.recent;
  live.recent = new Map();
}

/** The wanted records as far as the capture holds them. */
export async function recordsOf(live: LiveRecords, seqs: Iterable<number>): Promise<Map<number, CaptureRecord>> {
  const found = new Map<number, CaptureRecord>();
  const missing: number[] = [];
  for (const seq of new Set(seqs)) {
    const record = live.recent.get(seq) ?? live.before.get(seq) ?? live.cited.get(seq);
    if (record === undefined) missing.push(seq);
    else found.set(seq, record);
  }
  if (missing.length > 0) for (const [seq, record] of await live.pick(missing)) found.set(seq, record);
  for (const [seq, record] of found) {
    live.cited.delete(seq);
    live.cited.set(seq, record);
  }
  for (const oldest of live.cited.keys()) {
    if (live.cited.size <= keptCited) break;
    live.cited.delete(oldest);
  }
  return found;
}

/** When a record was received, epoch ms; undefined if that is long ago or was before this process. */
export function arrivedAt({ arrivals }: LiveRecords, seq: number): number | undefined {
  return arrivals.findLast(({ from, to }) => from <= seq && seq <= to)?.at;
}
