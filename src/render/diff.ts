import chalk from 'chalk';
import { type FieldChange, versionFields } from '../core/diff/compare.ts';
import type { DiffChange, DiffCounts, DiffEntry, DiffMove, DiffResult } from '../core/diff.ts';
import { oneLine } from '../core/model/text.ts';
import { cell, clip, counted, inline, textWidth } from './text.ts';

type View = { all: boolean; width: number };

const shownRows = 20;
const barWidth = 30;

/** Differences of two collections of labels, for people: counts by reason with bars, lists of 20 unless `all`, and a last line with the sums. */
export function diffPage(result: DiffResult, view: View): string {
  const { before, after, added, removed, changed, moved } = result;
  const [versions, others] = parted(changed, (change) => change.fields.every(({ field }) => versionFields.includes(field)));
  const blocks = [
    [side('before', before), side('after', after)],
    reasonLines(result.reasons, view),
    section('Added', added, chalk.green('+'), entryText, view),
    section('Removed', removed, chalk.red('-'), entryText, view),
    section('Changed', others, chalk.yellow('~'), changeText, view),
    versions.length === 0 ? [] : [`Only ${versionFields.join(', ')} differ: ${counted(versions.length, 'label')}`],
    splitLines(result.splits),
    section('Moved between splits (no row may)', moved, chalk.red('!'), moveText, view),
    [lastLine(result, view.width)],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function side(name: string, { path, kind, labels }: DiffResult['before']): string {
  return `${name.padEnd(6)}  ${oneLine(path)} (${kind}, ${counted(labels, 'label')})`;
}

/** Reasons of which something differs, as `git diff --stat` shows files. */
function reasonLines(reasons: DiffResult['reasons'], view: View): string[] {
  const rows = Object.entries(reasons).filter(([, counts]) => weight(counts) > 0);
  if (rows.length === 0) return [];
  const shown = view.all ? rows : rows.slice(0, shownRows);
  const name = Math.max(...shown.map(([reason]) => textWidth(oneLine(reason))));
  const numbers = shown.map(([, { before, after }]) => `${before} → ${after}`);
  const number = Math.max(...numbers.map((text) => text.length));
  const most = Math.max(...shown.map(([, counts]) => weight(counts)));
  const lines = shown.map(([reason, counts], n) => ` ${cell(reason, name)} | ${(numbers[n] ?? '').padStart(number)} ${bar(counts, most)}`);
  return [...lines, ...more(rows.length - shown.length)];
}

function weight({ added, removed, changed }: DiffCounts): number {
  return added + removed + changed;
}

function bar({ added, removed, changed }: DiffCounts, most: number): string {
  const length = (count: number) => (count === 0 ? 0 : Math.max(1, Math.round((count * Math.min(most, barWidth)) / most)));
  return chalk.green('+'.repeat(length(added))) + chalk.red('-'.repeat(length(removed))) + chalk.yellow('~'.repeat(length(changed)));
}

function section<T extends DiffEntry>(
  title: string,
  entries: T[],
  mark: string,
  text: (entry: T) => string,
  { all, width }: View,
): string[] {
  if (entries.length === 0) return [];
  const shown = all ? entries : entries.slice(0, shownRows);
  const reason = Math.max(...shown.map((entry) => textWidth(oneLine(entry.reason ?? ''))));
  const lines = shown.map((entry) => {
    const head = `${entry.id.slice(0, 8)}  ${reason === 0 ? '' : `${cell(entry.reason ?? '', reason)}  `}`;
    return ` ${mark} ${head}${all ? oneLine(text(entry), 4000) : clip(text(entry), width - 3 - textWidth(head))}`;
  });
  return [chalk.bold(`${title}: ${entries.length}`), ...lines, ...more(entries.length - shown.length)];
}

function more(count: number): string[] {
  return count > 0 ? [chalk.dim(`   and ${count} more: --all`)] : [];
}

function entryText({ resource = '', overall_score }: DiffEntry): string {
  return `${resource}${overall_score === undefined ? '' : `, quality ${overall_score.toFixed(2)}`}`;
}

function changeText({ resource, fields }: DiffChange): string {
  return `${resource === undefined ? '' : `${resource}: `}${fields.map(fieldText).join(', ')}`;
}

function fieldText({ field, before, after }: FieldChange): string {
  const name = field.replace('quality.overall_score', 'quality');
  if (before === undefined || after === undefined || shownText(before).length + shownText(after).length > 60) return name;
  return `${name} ${shownText(before)} → ${shownText(after)}`;
}

function shownText(value: string | number | null): string {
  if (value === null) return 'none';
  return typeof value === 'number' ? String(Math.round(value * 1000) / 1000) : oneLine(value);
}

function moveText({ resource, from, to, group }: DiffMove): string {
  return [`${from} → ${to}`, resource, group === undefined ? undefined : `group ${group}`].filter((part) => part !== undefined).join(', ');
}

function splitLines(splits: DiffResult['splits']): string[] {
  const rows = Object.entries(splits).map(([name, { before, after }]) => `${oneLine(name)} ${before} → ${after}`);
  return rows.length === 0 ? [] : [`Splits: ${rows.join(', ')}`];
}

function lastLine({ added, removed, changed, moved, unchanged, quality }: DiffResult, width: number): string {
  const counts = [
    chalk.green(`${added.length} added`),
    chalk.red(`${removed.length} removed`),
    chalk.yellow(`${changed.length} changed`),
    `${unchanged} unchanged`,
    ...(moved.length === 0 ? [] : [chalk.red(`${moved.length} moved between splits`)]),
  ];
  const mean = (value: number | null) => (value === null ? 'none' : value.toFixed(3));
  const scored = quality.before === null && quality.after === null ? [] : [`mean quality ${mean(quality.before)} → ${mean(quality.after)}`];
  return inline([inline(counts, ', ', width), ...scored], '; ', width);
}

function parted<T>(items: T[], chosen: (item: T) => boolean): [T[], T[]] {
  return [items.filter(chosen), items.filter((item) => !chosen(item))];
}
