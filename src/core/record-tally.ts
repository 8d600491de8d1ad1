import type { StreamSpec } from './cluster/api.ts';
import type { Coverage, RecordDraft } from './model/capture.ts';

/** What a recording amounts to so far. `records` counts by kind, `coverage` is by stream, `lastAt` by cluster. */
export type Tally = {
  records: Record<string, number>;
  total: number;
  gaps: number;
  drops: number;
  coverage: Map<string, Coverage>;
  lastAt: Map<string, string>;
};

/** A tally of nothing, or what an earlier run of the same capture has covered. */
export function newTally(): Tally {
  return { records: {}, total: 0, gaps: 0, drops: 0, coverage: new Map(), lastAt: new Map() };
}

/**
 * Counts a record. A stream covers its resource from the end of its first whole list on; one with a label selector proves no absence and
 * covers nothing.
 */
export function noteDraft(tally: Tally, draft: RecordDraft, streams: ReadonlyMap<string, StreamSpec>): void {
  tally.total += 1;
  tally.records[draft.kind] = (tally.records[draft.kind] ?? 0) + 1;
  tally.lastAt.set(draft.cluster, draft.at);
  if (draft.kind === 'gap') tally.gaps += 1;
  if (draft.kind === 'drop') tally.drops += draft.count;
  if (draft.kind !== 'sync' || draft.phase !== 'list-end' || tally.coverage.has(draft.stream)) return;
  const spec = streams.get(draft.stream);
  if (spec === undefined || spec.labelSelector !== undefined) return;
  const { resource, kind } = spec.type;
  const namespaces = [spec.namespace ?? '*'];
  tally.coverage.set(draft.stream, { cluster: draft.cluster, resource, kind, namespaces, from: draft.at, to: draft.at });
}

/** The coverage as of the newest record of each cluster, with that of an earlier run in front of it. */
export function coverageOf({ coverage, lastAt }: Tally, earlier: Coverage[] = []): Coverage[] {
  const now = [...coverage.values()].map((entry) => ({ ...entry, to: lastAt.get(entry.cluster) ?? entry.to }));
  const same = (a: Coverage, b: Coverage) =>
    a.cluster === b.cluster && a.resource === b.resource && a.kind === b.kind && a.namespaces.join() === b.namespaces.join();
  const continued = now.map((entry) => ({ ...entry, from: earlier.find((before) => same(before, entry))?.from ?? entry.from }));
  return [...earlier.filter((before) => !now.some((entry) => same(before, entry))), ...continued];
}
