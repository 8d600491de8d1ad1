import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SplitName, splitNames } from '../../../src/core/model/training.ts';
import { assign, type Group, parseSplit, splitOf } from '../../../src/core/splits/assign.ts';

const shares = parseSplit('train=0.6,validation=0.2,test=0.2');
const groupOf = (id: string, rows = 1, reasons: Record<string, number> = { A: rows }, newest = '2026-01-01T00:00:00Z'): Group => ({
  id,
  rows,
  newest,
  reasons,
});
const rowsIn = (groups: Group[], splits: Map<string, SplitName>, split: SplitName) =>
  groups.filter(({ id }) => splits.get(id) === split).reduce((sum, { rows }) => sum + rows, 0);

describe('shares', () => {
  it.each(['train=0.5', 'train=2,test=-1', 'dev=1', '', 'train'])('are refused where they make no sense: %j', (text) => {
    expect(() => parseSplit(text)).toThrow(/expected shares/);
  });

  it('may leave out a part, which then gets nothing', () => {
    const only = parseSplit('test=1');
    fc.assert(
      fc.property(fc.string(), fc.integer(), (group, seed) => {
        expect(splitOf(group, only, seed)).toBe('test');
      }),
    );
  });
});

describe('a split by hash', () => {
  it('has about the shares that were asked for', () => {
    const counts = { train: 0, validation: 0, test: 0 };
    for (let group = 0; group < 5000; group += 1) counts[splitOf(`g${group}`, shares, 7)] += 1;
    expect(counts.train / 5000).toBeCloseTo(0.6, 1);
    expect(counts.test / 5000).toBeCloseTo(0.2, 1);
  });

  it('moves no group when others come', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 40 }), fc.nat(40), fc.integer(), (ids, cut, seed) => {
        const all = assign(
          ids.map((id) => groupOf(id)),
          'hash',
          shares,
          seed,
        );
        const some = assign(
          ids.slice(0, cut).map((id) => groupOf(id)),
          'hash',
          shares,
          seed,
        );
        for (const [id, split] of some) expect(all.get(id)).toBe(split);
      }),
    );
  });
});

describe('a split by time', () => {
  it('has nothing in train that is newer than anything in test', () => {
    const groups = Array.from({ length: 50 }, (_, day) =>
      groupOf(
        `g${(day * 7) % 50}`,
        1 + (day % 3),
        {},
        `2026-01-01T${String(day % 24).padStart(2, '0')}:${String(day).padStart(2, '0')}:00Z`,
      ),
    );
    const splits = assign(groups, 'time', shares, 1);
    const times = (split: SplitName) => groups.filter(({ id }) => splits.get(id) === split).map(({ newest }) => Date.parse(newest));
    expect(Math.max(...times('train'))).toBeLessThanOrEqual(Math.min(...times('validation')));
    expect(Math.max(...times('validation'))).toBeLessThanOrEqual(Math.min(...times('test')));
    expect(rowsIn(groups, splits, 'train') / groups.reduce((sum, { rows }) => sum + rows, 0)).toBeCloseTo(0.6, 1);
  });
});

describe('a stratified split', () => {
  it('gives every split its share of each reason, by rows and not by groups', () => {
    const groups = Array.from({ length: 60 }, (_, index) =>
      groupOf(`g${index}`, index % 10 === 0 ? 10 : 1, { [index % 2 === 0 ? 'A' : 'B']: index % 10 === 0 ? 10 : 1 }),
    );
    const splits = assign(groups, 'reason', shares, 1);
    for (const reason of ['A', 'B']) {
      const own = groups.filter(({ reasons }) => reason in reasons);
      const total = own.reduce((sum, { rows }) => sum + rows, 0);
      expect(rowsIn(own, splits, 'train') / total).toBeCloseTo(0.6, 1);
      expect(rowsIn(own, splits, 'test') / total).toBeCloseTo(0.2, 1);
    }
  });
});

it('a stratified split of reasons with one group each gives every split its share of all, and another share by another seed', () => {
  const groups = Array.from({ length: 40 }, (_, index) => groupOf(`g${index}`, 1, { [`R${index}`]: 1 }));
  const sides = [1, 2].map((seed) => assign(groups, 'reason', shares, seed));
  for (const splits of sides) {
    expect(splitNames.map((name) => rowsIn(groups, splits, name))).toEqual([24, 8, 8]);
  }
  expect(sides[0]).not.toEqual(sides[1]);
});

it('what has a split already keeps it, however the others are assigned', () => {
  const fixed = new Map<string, SplitName>([['old', 'test']]);
  for (const by of ['hash', 'time', 'reason'] as const) {
    for (const seed of [1, 2, 3])
      expect(assign([groupOf('old'), groupOf('new')], by, parseSplit('train=1'), seed, fixed).get('old')).toBe('test');
  }
  expect(splitNames).toContain('test');
});
