import type { Reason } from '../model/taxonomy.ts';

/** What decides which labels are kept. `trust`: 2 where a reviewer wrote something anew, 1 where people accept it, -1 where not all do. */
export type Choice = { id: string; reason: Reason; quality: number; trust: number };

type Caps<T> = { maxPerCluster: number; maxPerReason?: number; isFixed: (choice: T) => boolean };

/**
 * Of each near-duplicate cluster and of each reason the best labels, by what people said, quality, then id; those that are fixed (an earlier dataset has
 * them) come first and are never left out. The kept ones stand in the order in which they came.
 */
export function chosenLabels<T extends Choice>(all: readonly T[], clusterOf: (choice: T) => string, caps: Caps<T>) {
  const ranked = all.toSorted(
    (a, b) => Number(caps.isFixed(b)) - Number(caps.isFixed(a)) || b.trust - a.trust || b.quality - a.quality || (a.id < b.id ? -1 : 1),
  );
  const excluded = { 'near-duplicate': 0, 'reason-cap': 0 };
  const clusters = new Map<string, number>();
  const reasons = new Map<string, number>();
  const kept = new Set<string>();
  for (const one of ranked) {
    const alike = taken(clusters, clusterOf(one));
    const same = reasons.get(one.reason) ?? 0;
    if (!caps.isFixed(one) && alike >= caps.maxPerCluster) excluded['near-duplicate'] += 1;
    else if (!caps.isFixed(one) && same >= (caps.maxPerReason ?? Number.POSITIVE_INFINITY)) excluded['reason-cap'] += 1;
    else {
      kept.add(one.id);
      clusters.set(clusterOf(one), alike + 1);
      reasons.set(one.reason, same + 1);
    }
  }
  return { kept: all.filter(({ id }) => kept.has(id)), excluded };
}

function taken(counts: ReadonlyMap<string, number>, key: string): number {
  return counts.get(key) ?? 0;
}
