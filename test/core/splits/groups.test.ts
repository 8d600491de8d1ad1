import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitNames } from '../../../src/core/model/training.ts';
import { clustersOf, groupItems, type Item } from '../../../src/core/splits/groups.ts';

const keysArbitrary = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), { minLength: 1, maxLength: 3 }), {
  maxLength: 12,
});

describe('items', () => {
  it('that share a key are in one group, also over others', () => {
    const [one, two, three, four] = groupItems([{ keys: ['a'] }, { keys: ['c', 'b'] }, { keys: ['a', 'b'] }, { keys: ['d'] }]);
    expect([one?.key, two?.key, three?.key]).toEqual(['a', 'a', 'a']);
    expect(four?.key).toBe('d');
  });

  it('have the same groups in whatever order they come', () => {
    fc.assert(
      fc.property(keysArbitrary, (all) => {
        const items: Item[] = all.map((keys) => ({ keys }));
        const there = groupItems(items).map((one) => one?.key);
        const back = groupItems(items.toReversed()).map((one) => one?.key);
        expect(back.reverse()).toEqual(there);
      }),
    );
  });

  it('never stand in two groups: no key is in more than one', () => {
    fc.assert(
      fc.property(keysArbitrary, (all) => {
        const homes = new Map<string, string>();
        for (const [index, placement] of groupItems(all.map((keys) => ({ keys }))).entries()) {
          for (const key of all[index] ?? []) {
            expect(homes.get(key) ?? placement?.key).toBe(placement?.key);
            homes.set(key, placement?.key ?? '');
          }
        }
      }),
    );
  });

  it('keep the split that they have, and one that would join two splits is in none', () => {
    const placements = groupItems([
      { keys: ['x', 'a'] },
      { keys: ['a'], split: 'train' },
      { keys: ['b'], split: 'test' },
      { keys: ['a', 'b'] },
      { keys: ['b', 'c'] },
    ]);
    expect(placements.map((one) => one?.split)).toEqual(['train', 'train', 'test', undefined, 'test']);
    expect(placements[3]).toBeUndefined();
  });

  it('without a split never pull one that has a split into another', () => {
    const item = fc.record({
      keys: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 2 }),
      split: fc.option(fc.constantFrom(...splitNames), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 10 }), (items) => {
        const homes = new Map<string, string>();
        for (const [index, placement] of groupItems(items as Item[]).entries()) {
          if (placement?.split === undefined) continue;
          const given = items[index]?.split;
          if (given !== undefined) expect(placement.split).toBe(given);
          expect(homes.get(placement.key) ?? placement.split).toBe(placement.split);
          homes.set(placement.key, placement.split);
        }
      }),
    );
  });
});

it('clusters are what pairs connect, under their smallest number', () => {
  expect(
    clustersOf(6, [
      { a: 4, b: 2 },
      { a: 2, b: 5 },
      { a: 0, b: 1 },
    ]),
  ).toEqual([0, 0, 2, 3, 2, 2]);
});
