import chalk from 'chalk';
import { incidentOf, shortId } from '../core/incidents.ts';
import { isFault, type Label } from '../core/model/label.ts';
import type { ReplayEntry, ReplayMoment } from '../core/replay.ts';
import { incidentBlocks, incidentLines } from './incidents.ts';
import { clip, utc, wrap } from './text.ts';
import { formatOffset } from './timeline.ts';
import { changeLines } from './watch.ts';

const gutter = 18;
const marks = { created: '+', changed: '~', deleted: '-' } as const;

/** Prints a replay entry by entry: time since the first one, clock time (UTC), and what happened; incidents and labels stand out. */
export function replayPrinter(width: () => number): (entry: ReplayEntry) => string[] {
  let start: number | undefined;
  let day = '';
  return (entry) => {
    start ??= Date.parse(entry.at);
    const text = textOf(entry, width());
    if (text.length === 0) return [];
    const time = `${formatOffset(Math.max(0, Math.round((Date.parse(entry.at) - start) / 1000))).padStart(8)} ${utc(entry.at).slice(11)}`;
    const date = utc(entry.at).slice(0, 10);
    const heading = date === day ? [] : [chalk.dim(`${' '.repeat(9)}${date} UTC`)];
    day = date;
    return [...heading, ...text.map((line, index) => `${index === 0 ? chalk.dim(time) : ' '.repeat(gutter - 1)} ${line}`)];
  };
}

function textOf(entry: ReplayEntry, width: number): string[] {
  const room = width - gutter;
  switch (entry.type) {
    case 'existing':
      return wrap(`already there: ${kindsText(entry.kinds)}`, room).map((line) => chalk.dim(line));
    case 'object': {
      const mark = entry.change === 'deleted' ? chalk.red('-') : entry.change === 'created' ? chalk.green('+') : marks.changed;
      const text = entry.change === 'deleted' ? 'deleted' : entry.text;
      return lines(entry.resource, text, room - 2, 2).map((line, index) => `${index === 0 ? mark : ' '} ${line}`);
    }
    case 'event': {
      const times = entry.count > 1 ? ` (×${entry.count})` : '';
      const mark = entry.warning ? chalk.yellow('!') : chalk.dim('·');
      const shown = lines(entry.resource, `${entry.reason}: ${entry.message}${times}`, room - 2, 2);
      return shown.map((line, index) => `${index === 0 ? mark : ' '} ${entry.warning ? line : chalk.dim(line)}`);
    }
    case 'gap':
    case 'note':
      return wrap(`${entry.type}: ${entry.text}`, room).map((line) => chalk.yellow(line));
    case 'incident':
      return incidentText(entry, room);
    case 'label':
      return [labelText(entry.label, entry.problems, room)];
  }
}

function lines(resource: string, text: string, width: number, most: number): string[] {
  const all = wrap(`${resource} ${text}`, width);
  const shown = all.length <= most ? all : [...all.slice(0, most - 1), clip(all.slice(most - 1).join(' '), width)];
  const name = clip(resource, width);
  return shown.map((line, index) => (index === 0 && line.startsWith(name) ? `${chalk.bold(name)}${line.slice(name.length)}` : line));
}

function kindsText(kinds: Record<string, number>): string {
  return Object.entries(kinds)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

function incidentText({ change, over }: ReplayEntry & { type: 'incident' }, room: number): string[] {
  if (!over) return changeLines(change, room);
  const { label } = change;
  const text = `over: ${label.severity} ${label.reason}, ${incidentOf(label).resource}  ${shortId(label.incident_id)}`;
  return [chalk.dim(clip(text, room))];
}

function labelText(label: Label, problems: string[], room: number): string {
  const { quality, reason, severity, resource } = label;
  if (problems.length > 0) return chalk.red(clip(`label ${shortId(label.id)} rejected: ${problems[0]}`, room));
  const score = `quality ${quality.overall_score.toFixed(2)}`;
  const name = [resource.namespace, resource.name].filter(Boolean).join('/');
  const text = `${shortId(label.id)}  ${severity} ${reason}, ${resource.kind} ${name}  ${score}`;
  return `${chalk.green('label')} ${clip(text, room - 6)}`;
}

/** How things stood at a moment. */
export function momentPage({ at, clusters, labels, events }: ReplayMoment, width: number): string {
  const all = labels.map(incidentOf);
  const faults = all.filter((incident) => isFault(incident));
  const others = all.filter((incident) => !isFault(incident));
  const objects = clusters.flatMap(({ name, objects }) => objects.map((one) => ({ ...one, name })));
  const print = replayPrinter(() => width);
  const sections: [string, string[]][] = [
    ['Not well', objects.flatMap(({ resource, status }) => lines(resource, status, width - 2, 2).map((line) => `  ${line}`))],
    ['Incidents', [...incidentBlocks(faults, width, () => ''), ...incidentLines(others, width, () => '')]],
    ['Last Events', events.flatMap((event) => print(event))],
  ];
  const empty: Record<string, string> = { 'Not well': 'everything is ready', Incidents: 'none so far', 'Last Events': 'none' };
  return [
    `${chalk.bold(`${utc(at)} UTC`)}  ${clusters.map(({ name }) => clip(name, 40)).join(', ')}`,
    ...sections.map(([title, shown]) => [chalk.bold(title), ...(shown.length > 0 ? shown : [`  ${empty[title]}`])].join('\n')),
  ].join('\n\n');
}
