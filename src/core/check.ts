import { usageError } from './errors.ts';
import { qualityBound } from './export/filter.ts';
import { byUrgency, type Incident, incidentOf } from './incidents.ts';
import { type Severity, severities } from './model/event.ts';
import { isFault, type Label } from './model/label.ts';
import { nearest } from './model/nearest.ts';
import { isReason, type Reason, taxonomy } from './model/taxonomy.ts';

/** What a dataset or a cluster must keep to. Each one given is one check; `failOn` counts incidents of that severity or worse. */
export type Thresholds = {
  failOn: { severity: Severity; count: number }[];
  maxReason: { reason: Reason; max: number }[];
  requireReason: Reason[];
  minLabels?: number;
  minQuality?: number;
};

/** One check: what was found, what is allowed, and the incidents that missed it (worst first, at most five). */
export type Check = { name: string; passed: boolean; found: number | null; allowed: string; offenders: Incident[] };

export type CheckReport = { passed: boolean; labels: number; checks: Check[] };

export type ThresholdTexts = { failOn?: string[]; maxReason?: string[]; requireReason?: string[]; minLabels?: number; minQuality?: string };

/** What applies when nothing is asked for: no incident of severity high or critical. */
export const defaultThresholds: Thresholds = { failOn: [{ severity: 'high', count: 1 }], maxReason: [], requireReason: [] };

/** Thresholds as they are written on the command line; none at all gives the default. Errors of the parsers below (exit code 2). */
export function thresholdsOf(texts: ThresholdTexts): Thresholds {
  if (Object.values(texts).every((value) => value === undefined)) return defaultThresholds;
  return {
    failOn: (texts.failOn ?? []).map(parseFailOn),
    maxReason: (texts.maxReason ?? []).map(parseMaxReason),
    requireReason: (texts.requireReason ?? []).map(parseReason),
    ...(texts.minLabels === undefined ? {} : { minLabels: texts.minLabels }),
    ...(texts.minQuality === undefined ? {} : { minQuality: qualityBound(texts.minQuality) }),
  };
}

const maxOffenders = 5;

type Tally = { count: number; offenders: Incident[] };
type Criterion = {
  name: string;
  allowed: string;
  counts: (label: Label) => boolean;
  judge: (tally: Tally) => Pick<Check, 'passed' | 'found'>;
  listed: boolean;
};

/** Holds labels against thresholds in one pass. Memory does not grow with their number. */
export async function checkLabels(labels: AsyncIterable<Label>, thresholds: Thresholds): Promise<CheckReport> {
  const criteria = criteriaOf(thresholds).map((criterion) => ({ criterion, tally: { count: 0, offenders: [] } as Tally }));
  let total = 0;
  for await (const label of labels) {
    total += 1;
    for (const { criterion, tally } of criteria) if (criterion.counts(label)) add(tally, label);
  }
  const checks = criteria.map(({ criterion: { name, allowed, judge, listed }, tally }) => {
    const judged = judge(tally);
    return { name, allowed, ...judged, offenders: listed && !judged.passed ? tally.offenders : [] };
  });
  return { passed: checks.every(({ passed }) => passed), labels: total, checks };
}

function add(tally: Tally, label: Label): void {
  tally.count += 1;
  tally.offenders = [...tally.offenders, incidentOf(label)].sort(byUrgency).slice(0, maxOffenders);
}

function criteriaOf({ failOn, maxReason, requireReason, minLabels, minQuality }: Thresholds): Criterion[] {
  const says = (label: Label, reason: Reason) => label.reason === reason || label.modifiers.includes(reason);
  const atMost = (max: number) => ({
    allowed: `at most ${max}`,
    judge: ({ count }: Tally) => ({ found: count, passed: count <= max }),
    listed: true,
  });
  const atLeast = (min: number) => ({
    allowed: `at least ${min}`,
    judge: ({ count }: Tally) => ({ found: count, passed: count >= min }),
    listed: false,
  });
  return [
    ...failOn.map(({ severity, count }) => ({
      name: severity === 'critical' ? 'critical incidents' : `incidents of severity ${severity} or worse`,
      counts: (label: Label) => isFault(label) && severities.indexOf(label.severity) <= severities.indexOf(severity),
      ...atMost(count - 1),
    })),
    ...maxReason.map(({ reason, max }) => ({
      name: `labels with ${reason}`,
      counts: (label: Label) => says(label, reason),
      ...atMost(max),
    })),
    ...requireReason.map((reason) => ({ name: `labels with ${reason}`, counts: (label: Label) => says(label, reason), ...atLeast(1) })),
    ...(minLabels === undefined ? [] : [{ name: 'labels', counts: () => true, ...atLeast(minLabels) }]),
    ...(minQuality === undefined ? [] : [qualityCriterion(minQuality)]),
  ];
}

function qualityCriterion(minimum: number): Criterion {
  return {
    name: 'labels of lower quality',
    allowed: `none below ${minimum}`,
    counts: (label) => label.quality.overall_score < minimum,
    judge: ({ count }) => ({ found: count, passed: count === 0 }),
    listed: true,
  };
}

/** `high` or `high:3` (fails from three on). Throws INVALID_THRESHOLD (exit code 2). */
export function parseFailOn(text: string): Thresholds['failOn'][number] {
  const [, word = '', number = '1'] = /^([a-z]+)(?::(\d+))?$/i.exec(text) ?? [];
  const severity = severities.find((one) => one === word.toLowerCase());
  const count = Number(number);
  if (severity !== undefined && Number.isSafeInteger(count) && count > 0) return { severity, count };
  throw usageError(
    'INVALID_THRESHOLD',
    `--fail-on is "${text}", expected a severity, or a severity and how many: ${severities.join(', ')}`,
    {
      suggestions: ['--fail-on high', '--fail-on medium:3 (fails from three on)'],
    },
  );
}

/** `ContainerLimitOom=0`. Throws INVALID_THRESHOLD or UNKNOWN_REASON (exit code 2). */
export function parseMaxReason(text: string): Thresholds['maxReason'][number] {
  const [, name = '', number = ''] = /^([^=]*)=(\d+)$/.exec(text) ?? [];
  const max = Number(number);
  if (number !== '' && Number.isSafeInteger(max)) return { reason: parseReason(name), max };
  throw usageError('INVALID_THRESHOLD', `--max-reason is "${text}", expected REASON=NUMBER`, {
    suggestions: ['--max-reason ContainerLimitOom=0'],
  });
}

/** A reason of the taxonomy, whatever its case. Throws UNKNOWN_REASON (exit code 2) with the nearest. */
export function parseReason(text: string): Reason {
  const all: readonly string[] = Object.values(taxonomy).flat();
  const found = all.find((reason) => reason.toLowerCase() === text.toLowerCase());
  if (found !== undefined && isReason(found)) return found;
  const meant = nearest(text, all);
  throw usageError('UNKNOWN_REASON', `there is no reason "${text}"`, {
    suggestions: [
      ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
      'all reasons: k8s-labeler rules list, and --missing for those without a rule',
    ],
  });
}
