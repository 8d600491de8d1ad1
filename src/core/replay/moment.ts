import { usageError } from '../errors.ts';
import { parseDuration } from '../model/duration.ts';

/**
 * The moment that a text names, in epoch milliseconds, given when the recording begins: RFC 3339, `end`, or a time since the beginning (`10m`).
 * Throws REPLAY_BAD_TIME (exit code 2) at once.
 */
export function momentOf(text: string): (begin: number) => number {
  if (text === 'end') return () => Number.POSITIVE_INFINITY;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return () => time;
  const seconds = parseDuration(text);
  if (seconds !== undefined) return (begin) => begin + seconds * 1000;
  throw usageError('REPLAY_BAD_TIME', `${JSON.stringify(text)} is no time`, {
    suggestions: ['give it as RFC 3339 (2026-01-31T12:00:00Z), or since the beginning of the recording (10m)'],
  });
}

/** A moment given to the second may lie this much outside of the recording. */
const slackMs = 1000;

/** Throws REPLAY_OUTSIDE (exit code 2) for a moment before the first or after the last record; `last` is undefined while more may come. */
export function refuseOutside(dir: string, at: number, first: number, last?: number): void {
  const range =
    at <= first - slackMs
      ? `begins at ${isoTime(first)}`
      : last !== undefined && Number.isFinite(at) && at >= last + slackMs
        ? `lasts from ${isoTime(first)} to ${isoTime(last)}`
        : undefined;
  if (range === undefined) return;
  throw usageError('REPLAY_OUTSIDE', `${isoTime(at)} is not in ${dir}: the recording ${range}`, {
    suggestions: [`k8s-labeler capture info ${dir}`],
  });
}

/** RFC 3339 in UTC of epoch milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
