import { type Placed, planDataset } from '../dataset/plan.ts';
import type { LabelFilter } from '../model/label.ts';
import { type SplitName, splitNames } from '../model/training.ts';
import type { SplitShares } from '../splits/assign.ts';
import type { LabelStore } from '../store/store.ts';

/** One split: its share as asked for, and what came into it. `examples` is null where none were made. */
export type SplitCount = { split: SplitName; share: number; groups: number; labels: number; examples: number | null };

/**
 * That the splits share nothing: computed of the labels as `export --to` would split them (`store`), or what a dataset says (`dataset`).
 * `keys` count by kind what forms groups, `left` labels by why they were left out. `sharedKeys` stand in more than one split, so do
 * `equalPrompts` (null: no prompts were made). `holds` says whether both are 0 and the similarity is below its limit.
 */
export type SplitProof = {
  from: 'store' | 'dataset';
  facts: [name: string, value: string][];
  splits: SplitCount[];
  keys: [kind: string, count: number][];
  left: [why: string, count: number][];
  sharedKeys: number;
  equalPrompts: number | null;
  highestSimilarity: number;
  similarityLimit: number;
  method: string;
  holds: boolean;
};

/** A proof, and in which split a label stands. */
export type Splits = { proof: SplitProof; placeOf: (labelId: string) => { split: SplitName; group: string } | undefined };

/** How `export --to` splits without further flags. */
export type SplitDefaults = { shares: SplitShares; seed: number; similarity: number; maxPerCluster: number };

/** Splits labels as `export --to` would with this filter. Reads them once, and holds about 1.5 KB of each. */
export async function computedSplits(
  store: Pick<LabelStore, 'select' | 'reviews'>,
  filter: LabelFilter,
  defaults: SplitDefaults,
): Promise<Splits> {
  const plan = await planDataset(store, { ...defaults, filter, groupBy: 'incident', splitBy: 'hash' });
  const { sharedGroups: sharedKeys, highestSimilarity, similarityLimit, method } = plan.proof;
  const count = newCount();
  for (const place of plan.placed.values()) countPlace(count, place);
  return {
    proof: {
      from: 'store',
      facts: [
        ['seed', String(defaults.seed)],
        ['group by', 'incident'],
        ['assigned by', 'hash'],
        ['kept of near-duplicates', String(defaults.maxPerCluster)],
      ],
      splits: countsOf(count, defaults.shares, {}),
      keys: keysOf(count),
      left: Object.entries(plan.excluded).filter(([, labels]) => labels > 0),
      sharedKeys,
      equalPrompts: null,
      highestSimilarity,
      similarityLimit,
      method,
      holds: sharedKeys === 0 && highestSimilarity < similarityLimit,
    },
    placeOf: (id) => plan.placed.get(id),
  };
}

type Place = Pick<Placed, 'split' | 'group' | 'keys'>;

/** What is counted of placed labels; `homes` is the split in which a key was first seen. */
export type PlaceCount = {
  groups: Map<string, SplitName>;
  labels: Map<SplitName, number>;
  homes: Map<string, SplitName>;
  shared: Set<string>;
};

/** Counts of no label. */
export function newCount(): PlaceCount {
  return { groups: new Map(), labels: new Map(), homes: new Map(), shared: new Set() };
}

/** Counts one label more. */
export function countPlace({ groups, labels, homes, shared }: PlaceCount, { split, group, keys }: Place): void {
  groups.set(group, split);
  labels.set(split, (labels.get(split) ?? 0) + 1);
  for (const key of [...keys, group]) {
    const home = homes.get(key) ?? split;
    homes.set(key, home);
    if (home !== split) shared.add(key);
  }
}

/** The splits with their counts; those without share and labels are left out. */
export function countsOf(
  { groups, labels }: PlaceCount,
  shares: Partial<SplitShares>,
  examples: Partial<Record<SplitName, number>> | Record<string, never>,
): SplitCount[] {
  const made = Object.keys(examples).length > 0;
  return splitNames
    .map((split) => ({
      split,
      share: shares[split] ?? 0,
      groups: [...groups.values()].filter((home) => home === split).length,
      labels: labels.get(split) ?? 0,
      examples: made ? (examples[split] ?? 0) : null,
    }))
    .filter((count) => count.share > 0 || count.labels > 0);
}

const kinds: [prefix: string, told: string][] = [
  ['incident', 'incidents'],
  ['workload', 'workloads'],
  ['text', 'texts, near-duplicates as one'],
  ['cluster', 'clusters'],
  ['scenario', 'kinds of situation'],
];

/** How many keys of each kind form groups. */
export function keysOf({ homes }: PlaceCount): SplitProof['keys'] {
  return kinds
    .map(([prefix, told]): [string, number] => [told, [...homes.keys()].filter((key) => key.startsWith(`${prefix}/`)).length])
    .filter(([, keys]) => keys > 0);
}
