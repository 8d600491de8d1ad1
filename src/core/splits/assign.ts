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
 * first, by rows. `reason`: the largest group first, to where its reasons are wanted most, by rows. `fixed` groups are there already.
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
  else if (by === 'reason') byReason(open, groups, shares, seed, found);
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

/** Groups go to the split that lacks most of their rows, reason by reason; ties by the group's hash. */
function byReason(open: readonly Group[], all: readonly Group[], shares: SplitShares, seed: number, found: Map<string, SplitName>): void {
  const totals = new Map<string, number>();
  for (const { reasons } of all) for (const [reason, rows] of Object.entries(reasons)) totals.set(reason, (totals.get(reason) ?? 0) + rows);
  const have = new Map<string, number>();
  const key = (split: SplitName, reason: string) => `${split}/${reason}`;
  const lacking = (split: SplitName, { reasons }: Group) =>
    Object.entries(reasons).reduce(
      (sum, [reason, rows]) => sum + rows * ((totals.get(reason) ?? 0) * shares[split] - (have.get(key(split, reason)) ?? 0)),
      0,
    );
  const hash = new Map(open.map(({ id }) => [id, uuid5(`stratify/${seed}/${id}`, labelerNamespace)]));
  const ordered = open.toSorted((a, b) => b.rows - a.rows || compareText(hash.get(a.id) ?? '', hash.get(b.id) ?? ''));
  for (const group of ordered) {
    const allowed = splitNames.filter((name) => shares[name] > 0);
    const split = allowed.reduce((best, name) => (lacking(name, group) > lacking(best, group) + 1e-9 ? name : best), allowed[0] ?? 'train');
    found.set(group.id, split);
    for (const [reason, rows] of Object.entries(group.reasons)) have.set(key(split, reason), (have.get(key(split, reason)) ?? 0) + rows);
  }
}
