import chalk from 'chalk';
import type { TimelineEntry } from '../core/timeline.ts';
import { clip, utc, wrap } from './text.ts';
import { valueText } from './value.ts';

const offsetWidth = 8;
const gutter = offsetWidth + 12;

/**
 * Moments as lines: offset, clock time (UTC), ● if cited, object and what was seen; below it what exactly is cited, and where.
 * Objects in `namespace` are named without it.
 */
export function timelineLines(entries: TimelineEntry[], namespace: string, width: number): string[] {
  let day = '';
  return entries.flatMap((entry) => {
    const date = entry.standing ? 'and besides' : `${utc(entry.at).slice(0, 10)} UTC`;
    const heading = date === day ? [] : [chalk.dim(`${' '.repeat(offsetWidth + 1)}${clip(date, 14)}`)];
    day = date;
    return [...heading, ...entryLines(entry, namespace, width)];
  });
}

function entryLines(entry: TimelineEntry, namespace: string, width: number): string[] {
  const cited = entry.evidence.length > 0;
  const time = entry.standing
    ? ' '.repeat(offsetWidth + 9)
    : `${formatOffset(entry.seconds).padStart(offsetWidth)} ${utc(entry.at).slice(11)}`;
  const pad = ' '.repeat(gutter);
  const room = width - gutter;
  const repeated = entry.count > 1 ? ` (×${entry.count}${entry.lastAt > entry.at ? `, last ${utc(entry.lastAt).slice(11)}` : ''})` : '';
  const object = clip(namespace === '' ? entry.resource : entry.resource.replace(` ${namespace}/`, ' '), room);
  const [first = '', ...rest] = limited(wrap(`${object} ${entry.text}${repeated}`, room), cited ? 6 : 2, room);
  const headed = first.startsWith(object) ? `${chalk.bold(object)}${first.slice(object.length)}` : first;
  const mark = cited ? chalk.green('●') : chalk.dim('·');
  const citations = entry.evidence.map((evidence) => pad + chalk.dim(citation(evidence, room)));
  return [`${chalk.dim(time)} ${mark} ${headed}`, ...rest.map((line) => pad + line), ...citations];
}

/** `e1 seq 42 /status/phase = Failed`. */
function citation({ id, seq, pointer, value, role }: TimelineEntry['evidence'][number], width: number): string {
  const refutes = role === 'refutes' ? ' speaks against it:' : '';
  return clip(`└ ${id}${refutes} seq ${seq} ${pointer} = ${valueText(value)}`, width);
}

function limited(lines: string[], most: number, width: number): string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${clip(lines[most - 1] ?? '', width - 1).replace(/…$/, '')}…`];
}

/** Seconds since the start as `+12s`, `+3m05s`, `+2h07m`, `+3d04h`. */
export function formatOffset(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  if (seconds < 60) return `+${seconds}s`;
  if (seconds < 3600) return `+${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  if (seconds < 86_400) return `+${Math.floor(seconds / 3600)}h${two((seconds % 3600) / 60)}m`;
  const days = Math.floor(seconds / 86_400);
  return days < 100 ? `+${days}d${two((seconds % 86_400) / 3600)}h` : `+${days}d`;
}
