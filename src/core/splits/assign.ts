import { usageError } from '../errors.ts';
import { compareText } from '../model/text.ts';
import { type SplitName, splitNames } from '../model/training.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';

/** Shares of the splits, adding up to 1. */
export type SplitShares = Record<SplitName, number>;

/** What must not be torn apart: `rows` labels, the newest of `newest` (RFC 3339), and how many rows have each reason. */
export type Group = { id: string; rows: number; newest: string; reasons: Readonly<Record<string, number>> };

export type SplitBy = 'hash' | 'time' | 'reason';

/** `train=0.8,validation=0.1,test=0.1`; a part that is left out is empty. Throws SPLIT_INVALID (exit code 2). */
export function parseSplit(text: string): SplitShares {
  const shares: SplitShares = { train: 0, validation: 0, test: 0 };
  for (const part of text.split(',')) {
    const [, name = '', share = ''] = /^(\w+)=(\d*\.?\d+)$/.exec(part.trim()) ?? [];
    if (!(splitNames as readonly string[]).includes(name)) throw invalid(text);
    shares[name as SplitName] += Number(share);
  }
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-6) throw invalid(text);
  return shares;
}

function invalid(text: string): Error {
  return usageError('SPLIT_INVALID', `--split: found "${text}", expected shares of train, validation and test that add up to 1`, {
    suggestions: ['--split train=0.8,validation=0.1,test=0.1'],
  });
}

/**
 * The split of each group. `hash`: by the group's id and the seed alone, so that it stays where it is when others come. `time`: the oldest
 * first, by rows. `reason`: each split its share of every reason, by rows. `fixed` groups are there already.
 */
export function assign(
  groups: readonly Group[],
  by: SplitBy,
  shares: SplitShares,
  seed: number,
  fixed: ReadonlyMap<string, SplitName> = new Map(),
): Map<string, SplitName> {
  const found = new Map(fixed);
  const open = groups.filter(({ id }) => !fixed.has(id));
  if (by === 'time') byTime(open, groups, shares, found);
  else if (by === 'reason') byReason(open, shares, seed, found);
  else for (const { id } of open) found.set(id, splitOf(id, shares, seed));
  return found;
}

/** The split of one group by its hash. */
export function splitOf(group: string, shares: SplitShares, seed: number): SplitName {
  const hash = Number.parseInt(uuid5(`split/${seed}/${group}`, labelerNamespace).slice(0, 8), 16) / 0x1_0000_0000;
  return splitAt(hash, shares);
}

function splitAt(position: number, shares: SplitShares): SplitName {
  let bound = 0;
  for (const name of splitNames) {
    bound += shares[name];
    if (shares[name] > 0 && position < bound - 1e-9) return name;
  }
  return splitNames.findLast((name) => shares[name] > 0) ?? 'train';
}

function byTime(open: readonly Group[], all: readonly Group[], shares: SplitShares, found: Map<string, SplitName>): void {
  const total = all.reduce((sum, { rows }) => sum + rows, 0);
  let before = 0;
  for (const { id, rows } of open.toSorted((a, b) => Date.parse(a.newest) - Date.parse(b.newest) || compareText(a.id, b.id))) {
    found.set(id, splitAt(before / total, shares));
    before += rows;
  }
}

/**
 * Systematic sampling: reason after reason (a group has that of most of its rows), each group goes to the split that lacks most rows up to
 * here. So each split gets its share of a reason as far as groups allow, and its share of all where reasons have a group or two.
 */
function byReason(open: readonly Group[], shares: SplitShares, seed: number, found: Map<string, SplitName>): void {
  const hash = (text: string) => uuid5(`stratify/${seed}/${text}`, labelerNamespace);
  const drawn = open.map((group) => ({ ...group, reason: hash(mainReason(group)), place: hash(group.id) }));
  drawn.sort((a, b) => compareText(a.reason, b.reason) || b.rows - a.rows || compareText(a.place, b.place));
  const allowed = splitNames.filter((name) => shares[name] > 0);
  const lacking = { train: 0, validation: 0, test: 0 };
  for (const { id, rows } of drawn) {
    for (const name of allowed) lacking[name] += rows * shares[name];
    const split = allowed.reduce((best, name) => (lacking[name] > lacking[best] + 1e-9 ? name : best), allowed[0] ?? 'train');
    lacking[split] -= rows;
    found.set(id, split);
  }
}

/** The reason of most rows, of equals the first by name. */
function mainReason({ reasons }: Group): string {
  const [first] = Object.entries(reasons).sort(([a, rows], [b, others]) => others - rows || compareText(a, b));
  return first?.[0] ?? '';
}
