import type { CaptureRecord } from '../model/capture.ts';
import type { LogLine } from '../model/event.ts';
import { detectLevel } from './logs/level.ts';
import { maskedWords, podStem } from './logs/masks.ts';
import { type Book, learn, newBook, settled, type Template, templateId } from './logs/templates.ts';

/** What was heard of every container of every workload, the one that has been silent for longest first. */
export type Heard = { books: Map<string, Book>; shapes: number };

/** A log line that was kept, and the template that it belongs to (none for an empty line). */
export type HeardLine = { seq: number; said: LogLine; template: Template | undefined };

const shapeLimit = 10_000;
const leadSeconds = 300;
const watchedSeconds = 60;

/** Nothing was heard yet. */
export function newHeard(): Heard {
  return { books: new Map(), shapes: 0 };
}

/** Takes a log line: into the templates of its container, which all pods of a workload share. Memory is bounded: the longest silent go. */
export function hear(heard: Heard, { line, at }: CaptureRecord & { kind: 'log' }): Template | undefined {
  const words = typeof line.message === 'string' ? maskedWords(line.message) : [];
  // Old lines are read when a recording begins: what counts is when they were written.
  const written = Date.parse(line.timestamp);
  const atMs = Number.isNaN(written) ? Date.parse(at) : written;
  if (words.length === 0 || Number.isNaN(atMs)) return undefined;
  const key = `${line.namespace}/${podStem(line.pod)}/${line.container}`;
  const book = heard.books.get(key) ?? newBook();
  heard.books.delete(key);
  heard.books.set(key, book);
  const before = book.shapes;
  const template = learn(book, words, atMs);
  heard.shapes += book.shapes - before;
  for (const [oldest, { shapes }] of heard.books) {
    if (heard.shapes <= shapeLimit || oldest === key) break;
    heard.books.delete(oldest);
    heard.shapes -= shapes;
  }
  return template;
}

/**
 * What the recording knows of a line's template, for a signal: its id, when it first came and since when steadily, and since when the
 * container is heard.
 */
export function habitOf(template: Template): Record<'template' | 'firstHeardAt' | 'steadySince' | 'heardSince', string> {
  const known = settled(template);
  const time = (ms: number) => new Date(ms).toISOString();
  return {
    template: templateId(known),
    firstHeardAt: time(known.firstMs),
    steadySince: time(known.steadyMs),
    heardSince: time(known.book.sinceMs),
  };
}

/**
 * A kept line as evidence. `fresh` if nothing of its kind came before the onset (RFC 3339) of what went wrong: its template was first
 * seen at most 5 minutes before (and not in the first half of the time that the container was heard), and there was time to hear it.
 */
export function lineAt({ said, template }: HeardLine, onset: string): LogLine {
  if (template === undefined) return said;
  const known = settled(template);
  const onsetMs = Date.parse(onset);
  const watchedMs = onsetMs - known.book.sinceMs;
  if (!(watchedMs >= watchedSeconds * 1000)) return said;
  if (known.firstMs < onsetMs - Math.min(leadSeconds * 1000, watchedMs / 2)) return said;
  const fresh = { template: templateId(known), count: known.count, heardSeconds: Math.round((known.firstMs - known.book.sinceMs) / 1000) };
  return { ...said, level: detectLevel(said.line.message).level, fresh };
}
