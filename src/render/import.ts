import chalk from 'chalk';
import type { ImportResult } from '../core/import.ts';
import type { LabelImportResult } from '../core/import-labels.ts';
import { oneLine, printable } from '../core/model/text.ts';
import { wrap } from './text.ts';

/** What an import made, for people: records, time span, what was masked and ignored, and the next command. */
export function renderImport(result: ImportResult, bin: string, width: number): string {
  const { manifest } = result;
  const counted = (all: Record<string, number>) => Object.entries(all).map(([name, count]) => `${count} ${name}`);
  const counts = (all: Record<string, number>) => counted(all).join(', ') || 'none';
  const rows = [
    ['capture', result.out],
    ['format', result.format],
    ['records', counts(result.records)],
    ['time', `${result.from} to ${result.to}`],
    ['cluster', manifest.clusters.map(({ name }) => name).join(', ')],
    ['covered', manifest.coverage.map(({ resource }) => resource).join(', ') || 'not known: absence proves nothing'],
    ['masked', counts(result.masked)],
    ['ignored', counted(result.ignored).join('\n') || 'none'],
    ['skipped', `${result.skipped.length} malformed`],
  ] as const;
  return page(rows, `${bin} generate ${printable(result.out)}`, width);
}

/** What an import of labels did to the store, for people. */
export function renderLabelImport(result: LabelImportResult & { store: string }, bin: string, width: number): string {
  const total = (name: 'inserted' | 'updated' | 'unchanged') => result.captures.reduce((sum, capture) => sum + capture[name], 0);
  const files = result.files.map(({ name, format, labels }) => `${name} (${format}, ${labels})`);
  const rows = [
    ['store', result.store],
    ['files', files.slice(0, 5).join(', ') + (files.length > 5 ? ` and ${files.length - 5} more` : '')],
    ['labels', `${total('inserted')} new, ${total('updated')} changed, ${total('unchanged')} as they were`],
    ['captures', String(result.captures.length)],
    ['repeated', `${result.repeated} given more than once`],
    ['skipped', `${result.skippedCount} malformed`],
  ] as const;
  return page(rows, `${bin} store info --store ${printable(result.store)}`, width);
}

/** Names with their values (untrusted) wrapped beside them; the first row is a path, which stays whole. */
function page(rows: readonly (readonly [name: string, value: string])[], next: string, width: number): string {
  const table = rows.flatMap(([name, value], row) => {
    const lines = row === 0 ? [printable(value)] : wrap(value, width - 10);
    return lines.map((line, index) => `${chalk.bold((index === 0 ? name : '').padEnd(9))} ${line}`);
  });
  return [...table, '', `next: ${chalk.cyan(next)}`].join('\n');
}

/** One line for each malformed input: file, line, JSON pointer, found, expected; with labels, the first 20. */
export function renderSkipped({ skipped, skippedCount }: Pick<ImportResult, 'skipped'> & { skippedCount?: number }): string[] {
  const shown = skippedCount === undefined ? skipped : skipped.slice(0, 20);
  const lines = shown.map(({ file, line, pointer, found, expected }) => {
    const place = `${oneLine(file)}${line === undefined ? '' : `:${line}`}${pointer === undefined ? '' : `: ${oneLine(pointer)}`}`;
    return `${chalk.yellow('skipped')} ${place}: found ${oneLine(found)}, expected ${oneLine(expected)}`;
  });
  const more = (skippedCount ?? shown.length) - shown.length;
  return more > 0 ? [...lines, chalk.yellow(`and ${more} more: --json lists up to 1,000`)] : lines;
}
