import { usageError } from '../errors.ts';
import { parseDuration } from '../model/duration.ts';
import type { LabelFilter } from '../model/label.ts';

/** A filter and how many labels it left out, after those before it. */
export type FilterStep = { filter: keyof LabelFilter; value: string | number; removed: number };

/**
 * A time bound as RFC 3339: a time as it is, or a duration (`24h`, `7d`) counted back from `newest`, the newest label of the store.
 * Throws INVALID_TIME (exit code 2).
 */
export function timeBound(flag: string, text: string, newest: string | undefined): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  const seconds = parseDuration(text);
  const time = new Date(newest === undefined ? 0 : Date.parse(newest) - (seconds ?? Number.NaN) * 1000);
  if (seconds !== undefined && !Number.isNaN(time.getTime())) return time.toISOString();
  throw usageError('INVALID_TIME', `${flag} is "${text}", expected an RFC 3339 time or a duration before the newest label`, {
    suggestions: [`${flag} 2026-03-01T10:00:00Z`, `${flag} 24h`, `${flag} 7d`],
  });
}

/** What each filter removes when they are applied one after the other, in the order in which they are given. */
export async function filterSteps(count: (filter: LabelFilter) => Promise<number>, filter: LabelFilter): Promise<FilterStep[]> {
  const steps: FilterStep[] = [];
  let before = await count({});
  let applied: LabelFilter = {};
  for (const [name, value] of Object.entries(filter)) {
    if (value === undefined) continue;
    applied = { ...applied, [name]: value };
    const left = await count(applied);
    steps.push({ filter: name as keyof LabelFilter, value, removed: before - left });
    before = left;
  }
  return steps;
}

/** `--min-quality` as a number from 0 to 1. Throws INVALID_QUALITY (exit code 2). */
export function qualityBound(text: string): number {
  const quality = Number(text);
  if (text.trim() !== '' && quality >= 0 && quality <= 1) return quality;
  throw usageError('INVALID_QUALITY', `--min-quality is "${text}", expected a number from 0 to 1`, { suggestions: ['--min-quality 0.6'] });
}
