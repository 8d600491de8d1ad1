import { shortHash } from '../../model/uuid.ts';
import { isPlaceholder } from './masks.ts';

/**
 * Log lines of one kind: the masked words that all of them share, `<*>` where they differ. `count` lines were seen, the first and last at
 * (milliseconds since the epoch); `steadyMs` is since when they have come without a long silence.
 */
export type Template = {
  words: string[];
  count: number;
  firstMs: number;
  lastMs: number;
  steadyMs: number;
  book: Book;
  /** The template that it has become a part of. */
  into?: Template;
};

type Shape = { words: string[]; template: Template };
/** Lines of as many words with the same first plain word. Above `shapeLimit` distinct ones they are one template. */
type Leaf = { shapes: Map<string, Shape>; whole?: Template; usedMs: number };

/**
 * The templates of one container of a workload: a Drain tree (He et al., ICWS 2017) of fixed depth: number of words, first plain word, leaf.
 * `sinceMs` is the time of the oldest line.
 */
export type Book = { leaves: Map<string, Leaf>; heads: Map<number, Set<string> | 'any'>; shapes: number; sinceMs: number };

/** Bounds of the tree, and the share of equal plain words that makes two lines one template. */
export const templateLimits = { similarity: 0.5, shapesPerLeaf: 24, headsPerLength: 100, shapesPerBook: 600 };

const silenceMs = 300_000;

/** A book without lines. */
export function newBook(): Book {
  return { leaves: new Map(), heads: new Map(), shapes: 0, sinceMs: Number.POSITIVE_INFINITY };
}

/**
 * Takes a line (masked words, time in milliseconds) and returns its template.
 *
 * Which lines share a template, its words and its counts depend on the set of lines only, never on their order: lines of a leaf belong
 * together when a chain of lines links them, each `similarity` alike to the next, and each bound that is passed makes coarser what it
 * bounds, once and for all. Only two things depend on order: `steadyMs`, and what is forgotten when a book exceeds `shapesPerBook`.
 */
export function learn(book: Book, words: string[], atMs: number): Template {
  if (atMs < book.sinceMs) book.sinceMs = atMs;
  const leaf = leafOf(book, words);
  leaf.usedMs = atMs;
  const template = leaf.whole === undefined ? shapeIn(book, leaf, words) : generalized(leaf.whole, words);
  count(template, atMs);
  return template;
}

/** The template that a template has become a part of, or itself. */
export function settled(template: Template): Template {
  let last = template;
  while (last.into !== undefined) last = last.into;
  if (last !== template) template.into = last;
  return last;
}

/** A name for a template: the same words always have the same. Other lines may still make the words, and so the name, more general. */
export function templateId({ words }: Template): string {
  return shortHash(words.join(' '));
}

function count(template: Template, atMs: number): void {
  template.count += 1;
  if (atMs < template.firstMs) template.firstMs = atMs;
  if (atMs - template.lastMs > silenceMs) template.steadyMs = atMs;
  if (atMs > template.lastMs) template.lastMs = atMs;
}

function leafOf(book: Book, words: string[]): Leaf {
  const length = words.length;
  const heads = book.heads.get(length) ?? new Set();
  const head = heads === 'any' ? '<*>' : (words.find((word) => !isPlaceholder(word)) ?? '');
  const known = book.leaves.get(`${length} ${head}`);
  if (known !== undefined) return known;
  if (heads !== 'any') {
    heads.add(head);
    book.heads.set(length, heads);
    if (heads.size > templateLimits.headsPerLength) return uniteLength(book, length, heads);
  }
  const leaf: Leaf = { shapes: new Map(), usedMs: 0 };
  book.leaves.set(`${length} ${head}`, leaf);
  return leaf;
}

/** Lines of one length begin in too many ways: all of them become one leaf. */
function uniteLength(book: Book, length: number, heads: Set<string>): Leaf {
  const united: Leaf = { shapes: new Map(), usedMs: 0 };
  for (const head of heads) {
    const leaf = book.leaves.get(`${length} ${head}`);
    if (leaf === undefined) continue;
    book.leaves.delete(`${length} ${head}`);
    const whole = wholeOf(book, leaf);
    if (united.whole !== undefined) book.shapes -= 1;
    united.whole = united.whole === undefined ? whole : merged(united.whole, whole);
  }
  book.heads.set(length, 'any');
  book.leaves.set(`${length} <*>`, united);
  return united;
}

function shapeIn(book: Book, leaf: Leaf, words: string[]): Template {
  const text = words.join(' ');
  const known = leaf.shapes.get(text);
  if (known !== undefined) return settled(known.template);
  let template = newTemplate(book, words);
  for (const shape of leaf.shapes.values()) {
    const other = settled(shape.template);
    if (other !== template && isAlike(shape.words, words)) template = merged(other, template);
  }
  // Words cut out of a line would keep the whole line in memory.
  leaf.shapes.set(text, { words: text.split(' '), template });
  book.shapes += 1;
  if (leaf.shapes.size > templateLimits.shapesPerLeaf) template = wholeOf(book, leaf);
  if (book.shapes > templateLimits.shapesPerBook) forgetOldest(book, leaf);
  return template;
}

function newTemplate(book: Book, words: string[]): Template {
  return {
    words: words.join(' ').split(' '),
    count: 0,
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: Number.NEGATIVE_INFINITY,
    steadyMs: Number.POSITIVE_INFINITY,
    book,
  };
}

/**
 * Whether enough of the words that a program wrote itself are equal, beyond the first, which all lines of a leaf share. What was masked
 * says nothing either way.
 */
function isAlike(some: string[], others: string[]): boolean {
  let plain = -1;
  let equal = -1;
  for (let index = 0; index < some.length; index += 1) {
    const [one, other] = [some[index] as string, others[index] as string];
    if (isPlaceholder(one) && isPlaceholder(other)) continue;
    plain += 1;
    if (one === other) equal += 1;
  }
  return equal >= templateLimits.similarity * plain;
}

/** All lines of a leaf as one template; the leaf stays so. */
function wholeOf(book: Book, leaf: Leaf): Template {
  if (leaf.whole !== undefined) return leaf.whole;
  let whole: Template | undefined;
  for (const { template } of leaf.shapes.values()) {
    const other = settled(template);
    if (other !== whole) whole = whole === undefined ? other : merged(whole, other);
  }
  book.shapes -= leaf.shapes.size - 1;
  leaf.shapes = new Map();
  leaf.whole = whole ?? newTemplate(book, []);
  return leaf.whole;
}

function merged(into: Template, part: Template): Template {
  generalized(into, part.words);
  into.count += part.count;
  into.firstMs = Math.min(into.firstMs, part.firstMs);
  into.lastMs = Math.max(into.lastMs, part.lastMs);
  into.steadyMs = Math.min(into.steadyMs, part.steadyMs);
  part.into = into;
  return into;
}

function generalized(template: Template, words: string[]): Template {
  for (let index = 0; index < words.length; index += 1) if (template.words[index] !== words[index]) template.words[index] = '<*>';
  return template;
}

/** Lets go of the leaf that was used longest ago. */
function forgetOldest(book: Book, kept: Leaf): void {
  let oldest: [string, Leaf] | undefined;
  for (const entry of book.leaves) if (entry[1] !== kept && (oldest === undefined || entry[1].usedMs < oldest[1].usedMs)) oldest = entry;
  if (oldest === undefined) return;
  book.leaves.delete(oldest[0]);
  book.shapes -= Math.max(1, oldest[1].shapes.size);
}
