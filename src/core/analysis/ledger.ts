import { secondsBetween } from '../model/time.ts';
import type { ClusterState } from '../state/state.ts';

/**
 * What is remembered of closed incidents, so that no two have the same key: per workload the next ordinal and when the last one closed.
 * Workloads that are gone are forgotten after a day; `floor` is above every ordinal that was forgotten.
 */
export type Ledger = { closed: Map<string, { next: number; count: number; at: string }>; floor: number; prunedAt: string };

const keptSeconds = 86_400;
const pruneSeconds = 3600;

/** A ledger without entries. */
export function newLedger(): Ledger {
  return { closed: new Map(), floor: 0, prunedAt: '' };
}

/** The ordinal of a workload's open or next incident. */
export function nextOrdinal(ledger: Ledger, key: string): number {
  return ledger.closed.get(key)?.next ?? ledger.floor;
}

/** How many incidents of the workload closed before, as far as it is remembered, and when the last one did. */
export function earlierIncidents(ledger: Ledger, key: string): { earlierIncidents: number; lastIncidentAt?: string } {
  const known = ledger.closed.get(key);
  return known === undefined ? { earlierIncidents: 0 } : { earlierIncidents: known.count, lastIncidentAt: known.at };
}

/** Notes that the workload's incident closed. */
export function noteClosed(ledger: Ledger, key: string, at: string): void {
  const next = nextOrdinal(ledger, key) + 1;
  const count = (ledger.closed.get(key)?.count ?? 0) + 1;
  // Entries stand in the order of closing.
  ledger.closed.delete(key);
  ledger.closed.set(key, { next, count, at });
}

/** An incident does not reach back into the one before it. */
export function openedNotBefore(ledger: Ledger, key: string, at: string): string {
  const before = ledger.closed.get(key)?.at ?? '';
  return secondsBetween(at, before) > 0 ? before : at;
}

/** Forgets workloads that have been gone for long, about once an hour of capture time. */
export function pruneLedger(ledger: Ledger, state: ClusterState): void {
  if (ledger.prunedAt === '') ledger.prunedAt = state.now;
  if (secondsBetween(ledger.prunedAt, state.now) < pruneSeconds) return;
  ledger.prunedAt = state.now;
  for (const [key, { next, at }] of ledger.closed) {
    if (secondsBetween(at, state.now) < keptSeconds) return;
    if (state.byUid.has(key) || state.byName.has(key)) continue;
    ledger.closed.delete(key);
    ledger.floor = Math.max(ledger.floor, next);
  }
}
