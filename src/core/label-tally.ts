import type { Refresh } from './live-labels.ts';

/**
 * What became of labels so far; `locked` counts refreshes that found the store in use by somebody else. In ms, the newest ones: `waits`
 * from the receipt of the first record that a refresh brought in to its commit, `latencies` from that of the newest record that a label cites.
 */
export type LabelTally = {
  inserted: number;
  updated: number;
  removed: number;
  rejected: number;
  locked: number;
  waits: number[];
  latencies: number[];
};

const keptTimes = 10_000;

/** Nothing has been stored. */
export function newLabelTally(): LabelTally {
  return { inserted: 0, updated: 0, removed: 0, rejected: 0, locked: 0, waits: [], latencies: [] };
}

/** Counts a refresh. */
export function noteRefresh(tally: LabelTally, { stored, rejected, waitedMs, latenciesMs }: Refresh): void {
  tally.inserted += stored.inserted;
  tally.updated += stored.updated;
  tally.removed += stored.removed;
  tally.rejected += rejected.length;
  keep(tally.waits, [waitedMs]);
  keep(tally.latencies, latenciesMs);
}

function keep(times: number[], more: number[]): void {
  times.push(...more);
  if (times.length > 2 * keptTimes) times.splice(0, keptTimes);
}

/** What half, 95 % and all of some times do not exceed, in ms; undefined without any. */
export function spreadOf(times: readonly number[]): { p50: number; p95: number; max: number } | undefined {
  if (times.length === 0) return undefined;
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? 0 };
}
