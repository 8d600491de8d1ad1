import chalk from 'chalk';
import type { ImportResult } from '../core/import.ts';
import { oneLine } from '../core/model/text.ts';

/** What an import made, for people: records, time span, what was masked and ignored, and the next command. */
export function renderImport(result: ImportResult, bin: string): string {
  const { manifest } = result;
  const counts = (all: Record<string, number>) =>
    Object.entries(all)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ') || 'none';
  const rows = [
    ['capture', result.out],
    ['format', result.format],
    ['records', counts(result.records)],
    ['time', `${result.from} to ${result.to}`],
    ['cluster', manifest.clusters.map(({ name }) => name).join(', ')],
    ['covered', manifest.coverage.map(({ resource }) => resource).join(', ') || 'not known: absence proves nothing'],
    ['masked', counts(result.masked)],
    ['ignored', counts(result.ignored)],
    ['skipped', `${result.skipped.length} malformed`],
  ] as const;
  const table = rows.map(([name, value]) => `${chalk.bold(name.padEnd(9))} ${oneLine(value, 200)}`);
  return [...table, '', `next: ${chalk.cyan(`${bin} generate ${oneLine(result.out)}`)}`].join('\n');
}

/** One line for each malformed input: file, line, found, expected. */
export function renderSkipped({ skipped }: ImportResult): string[] {
  return skipped.map(
    ({ file, line, found, expected }) =>
      `${chalk.yellow('skipped')} ${oneLine(file)}${line === undefined ? '' : `:${line}`}: found ${oneLine(found)}, expected ${oneLine(expected)}`,
  );
}
