import type { ClusterStatus } from '../core/cluster/record-cluster.ts';
import type { RecordResult, RecordStatus } from '../core/record.ts';
import type { Progress } from './progress.ts';
import { bytesText, counted, fieldLines } from './text.ts';

/** How often a line is printed where there is no terminal, in seconds. */
const plainSeconds = 30;

/**
 * The callback for `recordClusters`: a live line on a terminal, else a plain line at the start and every 30 s. What is denied or not
 * reachable is told once. `more` is added to the line. Nothing without a progress.
 */
export function recordReporter(progress: Progress | undefined, out: string, more: () => string = () => ''): (status: RecordStatus) => void {
  if (progress === undefined) return () => undefined;
  const told = new Set<string>();
  let plainAt = Number.NEGATIVE_INFINITY;
  let before = { seconds: 0, total: 0 };
  return (status) => {
    for (const warning of status.clusters.flatMap(warningsOf)) {
      if (!told.has(warning)) progress.warn(warning);
      told.add(warning);
    }
    if (plainAt === Number.NEGATIVE_INFINITY) progress.done(`recording into ${out}`);
    const line = [statusLine(status, before), more()].filter(Boolean).join(' · ');
    before = { seconds: status.seconds, total: status.tally.total };
    if (status.seconds - plainAt >= plainSeconds) {
      if (plainAt !== Number.NEGATIVE_INFINITY) progress.done(line);
      plainAt = status.seconds;
    }
    progress.update(() => line);
  };
}

function warningsOf({ name, state, denied }: ClusterStatus): string[] {
  if (state === 'unreachable') return [`${name} does not answer; it is asked again every 30 s`];
  return denied.map(({ resource }) => `${name}: no right to list and watch ${resource} (k8s-labeler doctor tells what that costs)`);
}

/** `00:01:30  24 of 24 streams  12,204 records  310/s  0 gaps  4.1 MiB  lag 0 ms`. */
function statusLine({ seconds, clusters, tally, bytes, lagMs }: RecordStatus, before: { seconds: number; total: number }): string {
  const streams = clusters.flatMap((cluster) => cluster.streams);
  const watching = streams.filter(({ phase }) => phase === 'watching').length;
  const rate = Math.round((tally.total - before.total) / Math.max(0.001, seconds - before.seconds));
  const logs = clusters.reduce((sum, cluster) => sum + (cluster.logs?.followed ?? 0), 0);
  return [
    elapsed(seconds),
    `${watching} of ${counted(streams.length, 'stream')}`,
    ...(logs > 0 ? [counted(logs, 'log')] : []),
    counted(tally.total, 'record'),
    `${rate.toLocaleString('en-US')}/s`,
    counted(tally.gaps, 'gap'),
    bytesText(bytes),
    `lag ${Math.round(lagMs)} ms`,
  ].join(' · ');
}

function elapsed(seconds: number): string {
  const whole = Math.floor(seconds);
  return [whole / 3600, (whole / 60) % 60, whole % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
}

/** What was recorded, what is missing from it, and what to do `next`: a command, by default to label it. */
export function recordPage(
  { out, manifest, tally, clusters, reason, resumedFrom }: RecordResult,
  width: number,
  next = `k8s-labeler generate ${out}`,
): string {
  const kinds = Object.entries(tally.records).map(([kind, count]) => `${count.toLocaleString('en-US')} ${kind}`);
  const masked = Object.entries(manifest.masking.counts).map(([rule, count]) => `${count} ${rule}`);
  const rows: [string, string][] = [
    ['capture', out],
    ...(resumedFrom === undefined ? [] : [['resumed', `nothing was recorded between ${resumedFrom} and the start`] as [string, string]]),
    ...clusters.map(({ name, state, streams }): [string, string] => [
      'cluster',
      `${name}: ${state === 'unreachable' ? 'never answered' : counted(streams.length, 'stream')}`,
    ]),
    ['records', `${counted(tally.total, 'record')}: ${kinds.join(', ')}`],
    ['gaps', tally.drops === 0 ? String(tally.gaps) : `${tally.gaps}, ${counted(tally.drops, 'dropped record')}`],
    ...clusters.flatMap(missingOf),
    ['masked', masked.length === 0 ? 'nothing' : masked.join(', ')],
    ['ended', reason],
    ...(next === '' ? [] : [['next', next] as [string, string]]),
  ];
  return fieldLines(rows, width);
}

function missingOf({ denied, logs }: ClusterStatus): [string, string][] {
  const refused = denied.map(({ resource }) => resource);
  const left = logs?.waiting ?? [];
  const names = left.slice(0, 5).map(({ namespace, pod, container }) => `${namespace}/${pod}/${container}`);
  return [
    ...(refused.length === 0 ? [] : [['denied', refused.join(', ')] as [string, string]]),
    ...(left.length === 0
      ? []
      : [['no logs of', `${names.join(', ')}${left.length > 5 ? ` and ${left.length - 5} more` : ''}`] as [string, string]]),
  ];
}
