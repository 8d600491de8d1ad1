import { hash } from 'node:crypto';
import { comparableTime, type LogLine } from './line.ts';

/**
 * How far the log of a container has been read: every line from `floor` on, which is where reading would go on. `sinceTime` of the API has
 * whole seconds, so a resumed log begins with lines that were read before; these are told by time and content, as often as they occurred.
 * Times are those of `comparableTime`; `last` is the newest, '' if nothing was read yet.
 */
export type Position = { floor: string; last: string; lastTimestamp: string; seen: Seen[]; held: boolean };

type Seen = { time: string; digest: string };

/**
 * Lines that a log opened now may begin with, by digest, and how many of each. `found` once one was met, `passed` once a line was new:
 * what then bears an older time comes from a clock that was set back.
 */
export type Overlap = { floor: string; counts: Map<string, number>; found: boolean; passed: boolean };

/** Above so many lines in one second only those of the newest moment are remembered. */
const mostSeen = 4096;
const swapMs = 100;

/** Nothing was read yet. */
export function newPosition(): Position {
  return { floor: '', last: '', lastTimestamp: '', seen: [], held: false };
}

/** After an earlier recording that ended with these lines, all of this timestamp. */
export function positionAfter(timestamp: string, messages: string[]): Position {
  const time = comparableTime(timestamp);
  if (time === undefined) return newPosition();
  const seen = messages.map((message) => ({ time, digest: digestOf(time, message) }));
  return { floor: time, last: time, lastTimestamp: timestamp, seen, held: false };
}

/** `sinceTime` with which nothing of a current log is missed; undefined if nothing was read yet. */
export function sinceTimeOf({ floor, seen }: Position): string | undefined {
  const from = floor !== '' ? floor.slice(0, 19) : secondBefore(seen[0]?.time ?? '');
  return from === '' ? undefined : `${from}Z`;
}

/** The same of the log of the instance before: what has been read may be of the one after it already. */
export function previousSinceTimeOf({ floor }: Position): string | undefined {
  return floor === '' ? undefined : `${floor.slice(0, 19)}Z`;
}

/** What a log that is opened now may repeat. */
export function overlapOf({ floor, seen }: Position): Overlap {
  const counts = new Map<string, number>();
  for (const { digest } of seen) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  return { floor, counts, found: false, passed: false };
}

/** True if the line was read before. Otherwise it is noted. A line without timestamp counts as of the moment of the line before it. */
export function isRepeated(position: Position, overlap: Overlap, { timestamp, message }: LogLine): boolean {
  const time = comparableTime(timestamp) ?? position.last;
  const digest = digestOf(timestamp === '' ? '' : time, message);
  const count = overlap.counts.get(digest) ?? 0;
  if (count > 0) overlap.counts.set(digest, count - 1);
  if (count > 0 || (time < overlap.floor && !overlap.passed)) {
    overlap.found = true;
    return true;
  }
  overlap.passed = true;
  note(position, time, timestamp, digest);
  return false;
}

/** Keeps the floor where it is, while nobody knows whether the lines to come are of the instance that one thinks. */
export function hold(position: Position): void {
  position.held = true;
}

/** Lets the floor rise again to the second of the newest line. */
export function release(position: Position): void {
  position.held = false;
  raise(position, secondBefore(position.last));
}

function note(position: Position, time: string, timestamp: string, digest: string): void {
  if (time >= position.last && timestamp !== '') {
    position.last = time;
    position.lastTimestamp = timestamp;
  }
  if (!position.held && position.last.slice(0, 19) > position.floor) raise(position, secondBefore(position.last));
  position.seen.push({ time, digest });
  if (position.seen.length > mostSeen) raise(position, position.last);
}

/** The second of a time, or the one before if that has just begun: lines of stdout and stderr swap by microseconds. */
function secondBefore(time: string): string {
  return time === '' ? '' : new Date(Date.parse(`${time.slice(0, 23)}Z`) - swapMs).toISOString().slice(0, 19);
}

function raise(position: Position, floor: string): void {
  if (floor <= position.floor) return;
  position.floor = floor;
  position.seen = position.seen.filter(({ time }) => time >= floor);
}

function digestOf(time: string, message: string): string {
  return hash('sha1', `${time} ${message}`, 'base64');
}
