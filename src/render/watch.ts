import chalk from 'chalk';
import { incidentOf, shortId } from '../core/incidents.ts';
import { type LabelTally, spreadOf } from '../core/label-tally.ts';
import type { LabelChange } from '../core/live-rows.ts';
import { isFault } from '../core/model/label.ts';
import { quoted } from '../core/model/text.ts';
import type { WatchOptions, WatchResult } from '../core/watch.ts';
import { incidentBlocks } from './incidents.ts';
import type { Progress } from './progress.ts';
import { recordReporter } from './record.ts';
import { clip, counted, fieldLines } from './text.ts';

/**
 * The callbacks for `watchClusters`: a live line as of `record` with the labels so far; every new fault as a block, what became of it in a
 * line. `print` puts text on stdout. Nothing without a progress.
 */
export function watchReporter(
  progress: Progress | undefined,
  out: string,
  print: (text: string) => void,
  width: () => number,
): Pick<WatchOptions, 'onStatus' | 'onRefresh' | 'onProgress'> {
  if (progress === undefined) return {};
  let labels = '';
  const onStatus = recordReporter(progress, out, () => labels);
  let locked = 0;
  return {
    onStatus(status, tally) {
      labels = labelsText(tally);
      if (tally.locked > 0 && locked === 0) progress.warn('another process has the label store open: labels wait until it has finished');
      locked = tally.locked;
      onStatus(status);
    },
    onRefresh({ changes }) {
      const lines = changes.flatMap((change) => changeLines(change, width()));
      if (lines.length === 0) return;
      progress.clear();
      print(lines.join('\n'));
    },
    onProgress: ({ phase, records }) => progress.update(() => `${phase}: ${counted(records, 'record')}`),
  };
}

/** `4 labels, 1.1 s behind`. */
function labelsText(tally: LabelTally): string {
  const waits = spreadOf(tally.waits);
  const stored = counted(tally.inserted - tally.removed, 'label');
  return waits === undefined ? stored : `${stored}, stored within ${secondsText(waits.p95)}`;
}

/** What people want to know at once: a new fault in full, and when an incident turns out to be something else, gets worse, or is over. */
export function changeLines(change: LabelChange, width: number): string[] {
  const { label } = change;
  const incident = incidentOf(label);
  if (change.type === 'new' && isFault(label)) return incidentBlocks([incident], width, () => '');
  const { before } = change;
  const same = before !== undefined && before.reason === label.reason && before.severity === label.severity;
  if (change.type === 'updated' && same) return [];
  const was = before === undefined ? '' : ` (was ${before.severity} ${before.reason})`;
  const what = { new: 'seen', updated: 'now', removed: 'no more' }[change.type];
  const text = `${what}: ${label.severity} ${label.reason}, ${incident.resource}${was}  ${shortId(incident.id)}`;
  return [chalk.dim(clip(text, width))];
}

/** What became of the labels, how fast they were stored, and what to do next. */
export function watchPage({ labels, capture }: Pick<WatchResult, 'labels' | 'capture'>, store: string, width: number): string {
  const { inserted, updated, removed, rejected, locked } = labels;
  const changed = [`${inserted} new`, `${updated} updated`, `${removed} removed`, ...(rejected > 0 ? [`${rejected} rejected`] : [])];
  const checked = capture === undefined ? 'not gone through again: its oldest part was dropped' : checkText(capture.stored);
  const rows: [string, string][] = [
    ['labels', changed.join(', ')],
    ['behind', spreadText(labels.waits, 'from a record to the labels that it changes')],
    ['evidence', spreadText(labels.latencies, 'from the newest evidence to its label; some facts must stand for a while to count')],
    ...(locked > 0 ? [['waited', `${counted(locked, 'time')} for another process that had the label store open`] as [string, string]] : []),
    ['checked', checked],
    ['next', `k8s-labeler incident list --store ${/^[\w./-]+$/.test(store) ? store : quoted(store)}`],
  ];
  return fieldLines(rows, width);
}

function checkText({ inserted, updated, removed, unchanged }: NonNullable<WatchResult['capture']>['stored']): string {
  const same = `${counted(unchanged, 'label')} as generate makes them of the whole capture`;
  const corrected = inserted + updated + removed;
  return corrected === 0 ? same : `${same}; ${inserted} added, ${updated} corrected, ${removed} removed`;
}

function spreadText(times: readonly number[], what: string): string {
  const spread = spreadOf(times);
  if (spread === undefined) return 'nothing was stored';
  const { p50, p95, max } = spread;
  return `${secondsText(p50)} (95 %: ${secondsText(p95)}, at most ${secondsText(max)}) ${what}`;
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
