/** What differs between two tellings of the same fault, in the order in which it is replaced. Reasons and exit codes stay. */
const volatile: readonly [RegExp, string][] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uid>'],
  [/\bsha256:[0-9a-f]{12,64}\b/g, '<digest>'],
  [/\b\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d(?:\.\d+)?(?:z|[+-]\d\d:\d\d)?/g, '<time>'],
  [/\b\d\d:\d\d:\d\d(?:\.\d+)?\b/g, '<time>'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, '<ip>'],
  [/-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '-<pod>'],
  [/\bexit(?: code)? (\d+)/g, 'exit<$1>'],
  [/\d+(?:\.\d+)?(?![\d>])/g, '<n>'],
];

/** A text without what is volatile in it (ids, times, addresses, numbers, pod suffixes), in lower case. */
export function normalized(text: string): string {
  const plain = volatile.reduce((result, [pattern, put]) => result.replace(pattern, put), text.toLowerCase());
  return plain
    .replace(/exit<(\d+)>/g, 'exit $1')
    .replace(/\s+/g, ' ')
    .trim();
}

const gram = 3;

/** The hashes of the word 3-grams of a normalised text, each once, in ascending order. A text of fewer words is one gram. */
export function shinglesOf(text: string): Uint32Array {
  const words = text.match(/[a-z0-9<>_./-]+/g) ?? [];
  const found = new Set<number>();
  for (let start = 0; start + gram <= Math.max(gram, words.length); start += 1)
    found.add(fnv1a(words.slice(start, start + gram).join(' ')));
  return Uint32Array.from(found).sort();
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** The Jaccard similarity of two sorted sets: shared members / all members, 0 to 1. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let [left, right, shared] = [0, 0, 0];
  while (left < a.length && right < b.length) {
    const [one, other] = [a[left] as number, b[right] as number];
    if (one === other) shared += 1;
    if (one <= other) left += 1;
    if (other <= one) right += 1;
  }
  const all = a.length + b.length - shared;
  return all === 0 ? 1 : shared / all;
}
