/**
 * A literal pre-test over many anchors at once: every third position of a text is looked up in a table of the anchors' trigrams,
 * and only a hit there compares characters. A text without any anchor costs a table look-up per three characters.
 */
export type Prefilter = { table: Uint16Array; buckets: Entry[][] };

type Literal = { codes: Uint8Array; owners: number[] };
type Entry = { literal: Literal; offset: number };

// Folds letter case (and a few punctuation pairs, which only lets more through).
function fold(code: number): number {
  return code | 0x20;
}

function trigram(a: number, b: number, c: number): number {
  return ((a & 31) << 10) | ((b & 31) << 5) | (c & 31);
}

function literalsOf(anchors: string[][]): Literal[] {
  const owners = new Map<string, number[]>();
  anchors.forEach((literals, owner) => {
    for (const literal of literals) owners.set(literal, [...(owners.get(literal) ?? []), owner]);
  });
  return [...owners].map(([literal, list]) => {
    if (literal.length < 5) throw new RangeError(`anchor "${literal}" is shorter than 5 characters`);
    return { codes: Uint8Array.from(literal, (character) => fold(character.charCodeAt(0))), owners: list };
  });
}

/** Builds the table. `anchors[i]` are the literals of owner `i`; each needs at least 5 ASCII characters. */
export function newPrefilter(anchors: string[][]): Prefilter {
  const table = new Uint16Array(32768);
  const buckets: Entry[][] = [[]];
  for (const literal of literalsOf(anchors)) {
    for (let offset = 0; offset < 3; offset += 1) {
      const key = trigram(literal.codes[offset] ?? 0, literal.codes[offset + 1] ?? 0, literal.codes[offset + 2] ?? 0);
      if (table[key] === 0) table[key] = buckets.push([]) - 1;
      buckets[table[key] ?? 0]?.push({ literal, offset });
    }
  }
  return { table, buckets };
}

function startsAt(text: string, start: number, codes: Uint8Array): boolean {
  const length = codes.length;
  if (start < 0 || start + length > text.length) return false;
  // Last character first: literals that share a trigram rarely share their end.
  for (let index = length - 1; index >= 0; index -= 1) {
    if (fold(text.charCodeAt(start + index)) !== codes[index]) return false;
  }
  return true;
}

function note(hits: Map<number, number[]>, owners: number[], start: number, limit: number): void {
  for (const owner of owners) {
    const found = hits.get(owner);
    if (found === undefined) hits.set(owner, [start]);
    else if (found.length < limit && found.at(-1) !== start) found.push(start);
  }
}

/** Owners whose anchors occur, each with the offsets found (at most `limit` of them); undefined when there is none. */
export function anchorHits(prefilter: Prefilter, text: string, limit: number): Map<number, number[]> | undefined {
  const { table, buckets } = prefilter;
  const last = text.length - 2;
  let hits: Map<number, number[]> | undefined;
  for (let position = 0; position < last; position += 3) {
    const bucket = table[trigram(text.charCodeAt(position), text.charCodeAt(position + 1), text.charCodeAt(position + 2))];
    if (bucket === undefined || bucket === 0) continue;
    for (const { literal, offset } of buckets[bucket] ?? []) {
      if (!startsAt(text, position - offset, literal.codes)) continue;
      hits ??= new Map();
      note(hits, literal.owners, position - offset, limit);
    }
  }
  return hits;
}
