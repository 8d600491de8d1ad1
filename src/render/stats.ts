import chalk from 'chalk';
import type { StoreStats } from '../core/stats.ts';
import { cell, counted, textWidth, wrap } from './text.ts';

const shownRows = 12;
const widestName = 34;

/** The distributions of a store, each a heading and aligned bars, the longest for its largest number; the most frequent first unless they have an order. */
export function statsPage(stats: StoreStats, width: number, all: boolean): string {
  const { labels, captures, clusters, quality, bands, reviews, tokens } = stats;
  if (labels === 0) return wrap('The store holds no labels: `k8s-labeler generate` makes them.', width).join('\n');
  const places = `${counted(captures, 'capture')}, ${counted(Object.keys(clusters).length, 'cluster')}`;
  const mean = quality === null ? '' : `, mean quality ${quality.mean.toFixed(2)}`;
  const sections: [string, [string, number][]][] = [
    ['Reasons', frequent(stats.reasons)],
    ['Categories', frequent(stats.categories)],
    ['Severities', ordered(stats.severities, ['critical', 'high', 'medium', 'low', 'info'])],
    ['Quality', [...Object.entries(bands)]],
    ['Reviews', [...Object.entries(reviews)]],
    ['Sources', frequent(stats.sources)],
    ['Clusters', frequent(clusters)],
    ...(tokens === undefined
      ? []
      : [[`Tokens (median ${tokens.median}, max ${tokens.max})`, tokenRows(tokens)] as [string, [string, number][]]]),
  ];
  const bars = sections.map(([title, rows]) => [chalk.bold(title), ...barLines(rows, labels, width, all)].join('\n'));
  return [wrap(`${counted(labels, 'label')} of ${places}${mean}`, width).join('\n'), ...bars].join('\n\n');
}

function frequent(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
}

function ordered(counts: Readonly<Record<string, number>>, names: readonly string[]): [string, number][] {
  return names.map((name) => [name, counts[name] ?? 0]);
}

function tokenRows({ buckets }: NonNullable<StoreStats['tokens']>): [string, number][] {
  const rows = buckets.filter(({ rows: count }) => count > 0);
  return rows.map(({ upTo, rows: count }) => [upTo === undefined ? 'more' : `up to ${upTo}`, count]);
}

/** A name, a number and a bar for each row; what is cut off is summed in a last line. */
function barLines(rows: readonly [string, number][], total: number, width: number, all: boolean): string[] {
  const shown = all ? rows : rows.slice(0, shownRows);
  const rest = rows.slice(shown.length);
  const name = Math.min(widestName, Math.max(4, ...shown.map(([text]) => textWidth(text))));
  const digits = Math.max(1, ...shown.map(([, count]) => String(count).length));
  const room = Math.max(4, width - name - digits - 14);
  const most = Math.max(1, ...shown.map(([, count]) => count));
  const lines = shown.map(([text, count]) => {
    const bar = count === 0 ? '' : '█'.repeat(Math.max(1, Math.round((count * room) / most)));
    const share = total === 0 ? '' : `${((100 * count) / total).toFixed(0)} %`.padStart(6);
    return `  ${cell(text, name)}  ${String(count).padStart(digits)} ${share}  ${chalk.cyan(bar)}`.trimEnd();
  });
  const more = rest.reduce((sum, [, count]) => sum + count, 0);
  return rest.length === 0 ? lines : [...lines, `  … ${rest.length} more with ${counted(more, 'label')} (--all)`];
}
