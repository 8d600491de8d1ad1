import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addText, isExact, likenesses, minHash, newTextIndex } from '../../../src/core/splits/duplicates.ts';
import { jaccard, normalized, shinglesOf } from '../../../src/core/splits/shingles.ts';

describe('two tellings of the same fault', () => {
  it('are equal without what is volatile: ids, times, addresses, numbers, pod suffixes', () => {
    const first =
      'Pod cart-7d9f8b6c5d-x2k4z at 10.1.2.3 failed 7 times since 2026-01-01T10:00:00Z, uid 6ab2e973-ab7b-4836-b18c-71cdc526dac9';
    const second =
      'Pod cart-6c5d7d9f8b-z9q7w at 10.9.9.9 failed 12 times since 2026-03-09T23:59:59.5Z, uid 00000000-ab7b-4836-b18c-71cdc526dac9';
    expect(normalized(first)).toBe(normalized(second));
  });

  it('differ where the exit code or the reason does', () => {
    expect(normalized('terminated with exit code 137')).not.toBe(normalized('terminated with exit code 1'));
    expect(normalized('OOMKilled')).not.toBe(normalized('Error'));
  });

  it('share a number in the index', () => {
    const index = newTextIndex();
    expect([addText(index, 'waited 5 s'), addText(index, 'something else'), addText(index, 'waited 9 s')]).toEqual([0, 1, 0]);
    expect(index.shingles).toHaveLength(2);
  });
});

describe('similarity', () => {
  it('is the share of word 3-grams that both have', () => {
    const [one, other] = [shinglesOf('a b c d'), shinglesOf('a b c e')];
    expect(jaccard(one, other)).toBeCloseTo(1 / 3);
    expect(jaccard(one, one)).toBe(1);
  });

  it('is between 0 and 1, and the same from both sides', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const [one, other] = [shinglesOf(normalized(a)), shinglesOf(normalized(b))];
        expect(jaccard(one, other)).toBe(jaccard(other, one));
        expect(jaccard(one, other)).toBeGreaterThanOrEqual(0);
        expect(jaccard(one, other)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

const words = [
  'pod',
  'node',
  'service',
  'waits',
  'fails',
  'volume',
  'claim',
  'image',
  'probe',
  'limit',
  'memory',
  'secret',
  'route',
  'dns',
  'quota',
  'taint',
];
/** A long text of words that only its number decides about. */
function made(number: number, changed = -1): string {
  let state = number * 2654435761 + 12345;
  return Array.from({ length: 120 }, (_, position) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return position === changed ? 'changed' : `${words[state % words.length]}${String.fromCharCode(97 + ((state >>> 8) % 26))}`;
  }).join(' ');
}

describe('near-duplicates', () => {
  it('of few texts are found by comparing all', () => {
    const index = newTextIndex();
    for (let number = 0; number < 20; number += 1) addText(index, made(number));
    const copy = addText(index, made(7, 60));
    const near = [...likenesses(index, 0.7)].filter(({ similarity }) => similarity >= 0.7);
    expect(isExact(index)).toBe(true);
    expect(near).toEqual([{ a: 7, b: copy, similarity: expect.closeTo(0.95, 1) }]);
  });

  it('of many texts are found by MinHash, each pair once', () => {
    const index = newTextIndex();
    const total = 2100;
    for (let number = 0; number < total; number += 1) addText(index, made(number));
    for (let number = 0; number < 50; number += 1) addText(index, made(number, 60));
    const near = [...likenesses(index, 0.7)].filter(({ similarity }) => similarity >= 0.7);
    expect(isExact(index)).toBe(false);
    const pairs = near.map(({ a, b }) => `${a}-${b}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(near.filter(({ a, b }) => b === total + a)).toHaveLength(50);
  });

  it('have signatures that agree as often as they are alike', () => {
    const [one, other] = [shinglesOf(made(1)), shinglesOf(made(1, 60))];
    const [left, right] = [minHash(one), minHash(other)];
    const same = left.filter((value, index) => value === right[index]).length / left.length;
    expect(Math.abs(same - jaccard(one, other))).toBeLessThan(0.1);
  });
});
