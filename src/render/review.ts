import chalk from 'chalk';
import { shortId } from '../core/incidents.ts';
import { formatRef } from '../core/model/resource.ts';
import { quoted } from '../core/model/text.ts';
import type { ReviewImport } from '../core/review-files.ts';
import type { QueueCause, QueueItem } from '../core/review-queue.ts';
import type { SessionSummary } from '../core/review-session.ts';
import { cell, clip, counted, wrap } from './text.ts';

const causes: Record<QueueCause, string> = {
  conflict: 'causes too close',
  margin: 'next cause is near',
  quality: 'low score',
  rare: 'rare reason',
  'new-rule': 'rule not reviewed',
  sample: 'random tenth',
  rest: '',
};

/** The queue as a table, in its order; where that has no room, three lines a label. */
export function queueTable(items: readonly QueueItem[], waiting: number, reviewer: string, width: number): string {
  if (items.length === 0) return `Nothing waits for ${clip(reviewer, 60)}.`;
  const rest = wrap(`${items.length} of ${counted(waiting, 'label')} that wait for ${clip(reviewer, 60)}.`, width);
  const lines = width < 96 ? items.flatMap((item) => queueLines(item, width)) : queueRows(items, width);
  return [...lines, '', ...rest].join('\n');
}

function queueRows(items: readonly QueueItem[], width: number): string[] {
  const reasonWidth = Math.min(28, Math.max(6, ...items.map(({ reason }) => reason.length)));
  const room = width - 8 - 2 - 18 - 2 - reasonWidth - 2 - 6 - 2 - 7 - 2;
  const row = (values: string[]) => values.join('  ').trimEnd();
  const header = row(['LABEL   ', cell('WHY', 18), cell('REASON', reasonWidth), 'MARGIN', 'QUALITY', 'RESOURCE']);
  const lines = items.map((item) =>
    row([
      chalk.cyan(cell(shortId(item.labelId), 8)),
      cell(whyText(item), 18),
      cell(item.reason, reasonWidth),
      marginText(item).padStart(6),
      item.quality.toFixed(2).padStart(7),
      clip(formatRef(item.resource), room),
    ]),
  );
  return [chalk.dim(header), ...lines];
}

function queueLines(item: QueueItem, width: number): string[] {
  const facts = [whyText(item), `quality ${item.quality.toFixed(2)}`, ...(item.margin === 1 ? [] : [`margin ${marginText(item)}`])];
  return [
    `${chalk.cyan(cell(shortId(item.labelId), 8))}  ${chalk.bold(clip(item.reason, width - 10))}`,
    `          ${clip(formatRef(item.resource), width - 10)}`,
    `          ${chalk.dim(clip(facts.filter(Boolean).join(', '), width - 10))}`,
  ];
}

function whyText({ stale, cause }: QueueItem): string {
  return stale ? 'stale review' : causes[cause];
}

function marginText({ margin }: QueueItem): string {
  return margin === 1 ? '-' : margin.toFixed(2);
}

/** The line above a label that is under review. */
export function reviewHeading(item: QueueItem, { position, of }: { position: number; of: number }, width: number): string {
  const why = [
    causes[item.cause],
    item.stale ? 'an earlier review is stale' : '',
    item.state === 'unreviewed' ? '' : `others: ${item.state}`,
  ];
  const text = clip([`Label ${position} of ${of}`, ...why.filter(Boolean)].join(' · '), width);
  return `\n${chalk.dim('─'.repeat(Math.min(width, 100)))}\n${chalk.bold(text)}\n`;
}

/** What a session wrote. */
export function sessionText({ written, edited, left, reviewer, kept }: SessionSummary, width: number): string {
  const events = Object.values(written).reduce((sum, count) => sum + count, 0);
  if (events + left === 0 && kept === undefined) return `Nothing waits for ${clip(reviewer, 60)}.`;
  const parts = [
    `${written.accept} accepted${edited > 0 ? ` (${edited} edited)` : ''}`,
    `${written.reject} rejected`,
    `${written.skip} skipped`,
    ...(written.undone > 0 ? [`${written.undone} taken back`] : []),
  ];
  const lost =
    kept === undefined ? '' : `\nWhat you said last could not be stored. The same command with --import ${quoted(kept)} adds it.`;
  const text = `${clip(reviewer, 60)}: ${parts.join(', ')}. ${counted(left, 'label')} of this queue left; the same command goes on.`;
  return wrap(text, width).join('\n') + lost;
}

/** What an import of reviews did. */
export function reviewImportText({ file, reviews, added, known, stale, unknown, refusedCount }: ReviewImport): string {
  const shown = (count: number) => count.toLocaleString('en-US');
  const lines = [`${counted(reviews, 'review')} in ${clip(file, 200)}: ${shown(added)} added, ${shown(known)} known already`];
  if (stale > 0) lines.push(`${shown(stale)} stale: the label says something else now`);
  if (unknown > 0) lines.push(`${shown(unknown)} of labels that are not in this store; they are kept`);
  if (refusedCount > 0) lines.push(`${counted(refusedCount, 'line')} refused`);
  return lines.join('\n');
}
