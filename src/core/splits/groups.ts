import type { SplitName } from '../model/training.ts';

/** Something with keys; items that share one belong together. `split` is set where it is decided already. */
export type Item = { keys: readonly string[]; split?: SplitName };

/** A group's smallest key, and the split that one of its items had already. */
export type Placement = { key: string; split?: SplitName };

/**
 * The groups of items: connected components over their keys. Items with a split come first, then the others in their order. One that joins
 * groups of different splits belongs to none (undefined), and joins nothing.
 */
export function groupItems(items: readonly Item[]): (Placement | undefined)[] {
  const parents = new Map<string, string>();
  const splits = new Map<string, SplitName>();
  const joined: boolean[] = items.map(() => true);
  const order = [...items.keys()].sort((a, b) => Number(items[a]?.split === undefined) - Number(items[b]?.split === undefined) || a - b);
  for (const index of order) {
    const { keys = [], split } = items[index] ?? {};
    const roots = [...new Set(keys.map((key) => rootOf(parents, key)))];
    const known = new Set([...roots.flatMap((root) => splits.get(root) ?? []), ...(split === undefined ? [] : [split])]);
    if (known.size > 1) joined[index] = false;
    else join(parents, splits, roots, [...known][0]);
  }
  return items.map(({ keys }, index) => {
    const [first] = keys;
    if (joined[index] !== true || first === undefined) return undefined;
    const key = rootOf(parents, first);
    const split = splits.get(key);
    return split === undefined ? { key } : { key, split };
  });
}

/** One group of several; its smallest key stands for it. */
function join(parents: Map<string, string>, splits: Map<string, SplitName>, roots: string[], split: SplitName | undefined): void {
  const [root, ...others] = roots.sort();
  if (root === undefined) return;
  for (const other of others) parents.set(other, root);
  if (split !== undefined) splits.set(root, split);
}

function rootOf(parents: Map<string, string>, key: string): string {
  let at = key;
  for (;;) {
    const parent = parents.get(at);
    if (parent === undefined) parents.set(at, at);
    if (parent === undefined || parent === at) return at;
    const above = parents.get(parent) ?? parent;
    parents.set(at, above);
    at = above;
  }
}

/** The clusters that pairs make: for each of `size` numbers the smallest number of its cluster. */
export function clustersOf(size: number, pairs: Iterable<{ a: number; b: number }>): number[] {
  const clusters = Array.from({ length: size }, (_, index) => index);
  const find = (item: number): number => {
    let at = item;
    while (clusters[at] !== at) {
      clusters[at] = clusters[clusters[at] as number] as number;
      at = clusters[at] as number;
    }
    return at;
  };
  for (const { a, b } of pairs) {
    const [one, other] = [find(a), find(b)];
    if (one !== other) clusters[Math.max(one, other)] = Math.min(one, other);
  }
  return clusters.map((_, item) => find(item));
}
