import { jaccard, normalized, shinglesOf } from './shingles.ts';

/**
 * Texts in the order in which they were added. Equal texts (after what is volatile is taken out) share one number; only distinct texts cost
 * memory, about 1 KB each.
 */
export type TextIndex = { numbers: Map<string, number>; shingles: Uint32Array[] };

/** Two distinct texts and how alike they are (Jaccard similarity of word 3-grams). */
export type Likeness = { a: number; b: number; similarity: number };

/** An index without texts. */
export function newTextIndex(): TextIndex {
  return { numbers: new Map(), shingles: [] };
}

/** Adds a text and returns its number. */
export function addText(index: TextIndex, text: string): number {
  const plain = normalized(text);
  const known = index.numbers.get(plain);
  if (known !== undefined) return known;
  const number = index.shingles.length;
  index.numbers.set(plain, number);
  index.shingles.push(shinglesOf(plain));
  return number;
}

const mostCompared = 2000;

/**
 * Pairs of texts that may be alike, with their similarity: all pairs of up to 2,000 distinct texts, else those that MinHash brings together
 * (112 permutations, 14 bands of 8: a pair with similarity 0.8 is found with probability 0.93, Leskovec et al., Mining of Massive Datasets,
 * §3.4). Pairs whose sizes rule out `least` are left out.
 */
export function* likenesses({ shingles }: Pick<TextIndex, 'shingles'>, least: number): Generator<Likeness> {
  const pairs = isExact({ shingles }) ? allPairs(shingles.length) : candidates(shingles);
  for (const [a, b] of pairs) {
    const [one, other] = [shingles[a] as Uint32Array, shingles[b] as Uint32Array];
    if (Math.min(one.length, other.length) < least * Math.max(one.length, other.length)) continue;
    yield { a, b, similarity: jaccard(one, other) };
  }
}

/** Whether all pairs are compared. */
export function isExact({ shingles }: Pick<TextIndex, 'shingles'>): boolean {
  return shingles.length <= mostCompared;
}

function* allPairs(size: number): Generator<[number, number]> {
  for (let a = 0; a < size; a += 1) for (let b = a + 1; b < size; b += 1) yield [a, b];
}

const bands = 14;
const rows = 8;
const longestBucket = 50;

/** Pairs that share a band. In a crowded band each text is paired with the first ones only: they are alike among themselves. */
function* candidates(shingles: readonly Uint32Array[]): Generator<[number, number]> {
  const seen = new Set<number>();
  const buckets: Map<number, number[]>[] = Array.from({ length: bands }, () => new Map());
  for (const [b, set] of shingles.entries()) {
    const signature = minHash(set);
    for (let band = 0; band < bands; band += 1) {
      const key = bandKey(signature, band);
      const bucket = buckets[band]?.get(key);
      if (bucket === undefined) buckets[band]?.set(key, [b]);
      else {
        for (const a of bucket) {
          const pair = a * shingles.length + b;
          if (seen.has(pair)) continue;
          seen.add(pair);
          yield [a, b];
        }
        if (bucket.length < longestBucket) bucket.push(b);
      }
    }
  }
}

/** The smallest value of each permutation over a set; fixed permutations, so that equal sets have equal signatures everywhere. */
export function minHash(set: Uint32Array): Uint32Array {
  const signature = new Uint32Array(bands * rows).fill(0xffffffff);
  for (const member of set) {
    for (let index = 0; index < signature.length; index += 1) {
      const value = mixed(member, index);
      if (value < (signature[index] as number)) signature[index] = value;
    }
  }
  return signature;
}

/** One of 112 mixing functions on 32 bits (multiply, xor-shift; constants of Murmur3's finalizer). */
function mixed(member: number, index: number): number {
  let value = Math.imul(member ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function bandKey(signature: Uint32Array, band: number): number {
  let key = 0;
  for (let row = 0; row < rows; row += 1) key = (key * 31 + (signature[band * rows + row] as number)) % 0x1f_ffff_ffff_ffff;
  return key;
}
