import chalk from 'chalk';
import type { Incident } from '../core/incidents.ts';
import { shortId } from '../core/incidents.ts';
import type { LabelEvidence } from '../core/model/label.ts';
import { withoutQuotedTimes } from '../core/model/log-line.ts';
import { severityBadge, severityWidth } from './severity.ts';
import { cell, clip, textWidth, utc, wrap } from './text.ts';
import { valueText } from './value.ts';

const inlineCause = 70;
const narrowTable = 72;
const indent = ' '.repeat(severityWidth + 2);

/**
 * Incidents as blocks: severity, reason and culprit on the first line, the cause after them where there is room, else in one or two
 * lines below; then, dimmed, the strongest evidence. `from` names the capture, '' to leave that out.
 */
export function incidentBlocks(incidents: Incident[], width: number, from: (incident: Incident) => string): string[] {
  const columns = columnsOf(incidents, width);
  const room = width - indent.length;
  return incidents.flatMap((incident) => {
    const head = headOf(incident, columns);
    const origin = from(incident);
    const inline = columns.cause >= inlineCause;
    const beside = !inline && origin !== '' && columns.cause >= 16;
    const below = inline ? [] : causeLines(incident.cause, room).map((line) => indent + line);
    const evidence = incident.evidence;
    return [
      inline
        ? `${head}  ${sentences(withoutQuotedTimes(incident.cause), columns.cause)}`
        : `${head}${beside ? `  ${chalk.dim(clip(origin, columns.cause))}` : ''}`.trimEnd(),
      ...below,
      ...(evidence === null ? [] : [`${indent}${chalk.dim(evidenceLine(evidence, inline ? origin : '', room))}`]),
    ];
  });
}

/** One line each: for what is no fault. With `whole`, a cause that does not fit moves to lines below. */
export function incidentLines(incidents: Incident[], width: number, from: (incident: Incident) => string, whole = false): string[] {
  const reasonWidth = Math.min(widest(incidents.map(({ reason }) => reason)), Math.floor(width * 0.6));
  const resourceWidth = Math.min(widest(incidents.map(({ resource }) => resource)), Math.floor(width * 0.45), width - reasonWidth - 4);
  const room = width - 2 - reasonWidth - 2 - resourceWidth - 2;
  return incidents.flatMap((incident) => {
    const cause = withoutQuotedTimes(incident.cause);
    const text = [from(incident), cause].filter(Boolean).join(': ');
    const line = `  ${chalk.cyan(cell(incident.reason, reasonWidth))}  ${cell(incident.resource, resourceWidth)}`;
    if (whole && textWidth(text) > room) {
      const origin = room < 10 ? '' : `  ${chalk.dim(clip(from(incident), room))}`;
      return [`${line}${origin}`.trimEnd(), ...wrap(cause, width - 4).map((part) => `    ${part}`)];
    }
    return [room < 10 ? line.trimEnd() : `${line}  ${chalk.dim(clip(text, room))}`];
  });
}

/** A table of incidents with their ids; time, confidence and quality where there is room; where it is narrow, the resource on a line of its own. */
export function incidentTable(incidents: Incident[], width: number): string[] {
  if (width < narrowTable) {
    return incidents.flatMap((incident) => [
      `${chalk.cyan(cell(shortId(incident.id), 8))}  ${severityBadge(incident.severity)}  ${chalk.bold(clip(incident.reason, width - severityWidth - 12))}`,
      `          ${clip(incident.resource, width - 10)}`,
    ]);
  }
  const columns = columnsOf(incidents, width - 10);
  const details =
    [['TIME (UTC)         ', 'CONF', 'QUALITY'], ['TIME (UTC)         '], []].find((names) => names.join('  ').length <= columns.cause) ??
    [];
  const names = { severity: 'SEVERITY', reason: cell('REASON', columns.reason), resource: cell('RESOURCE', columns.resource) };
  const header = ['ID      ', ...Object.values(names), ...details].join('  ').trimEnd();
  return [
    chalk.dim(header),
    ...incidents.map((incident) => {
      const values = [utc(incident.timestamp), incident.confidence.toFixed(2), incident.quality.toFixed(2)].slice(0, details.length);
      return [chalk.cyan(cell(shortId(incident.id), 8)), headOf(incident, columns), ...values.map((value) => chalk.dim(value))]
        .join('  ')
        .trimEnd();
    }),
  ];
}

type Columns = { reason: number; resource: number; cause: number };

function columnsOf(incidents: Incident[], width: number): Columns {
  const room = width - severityWidth - 4;
  const reason = Math.min(widest(incidents.map((incident) => incident.reason)), Math.floor(room * 0.45));
  const resource = Math.min(widest(incidents.map((incident) => incident.resource)), 48, room - reason);
  return { reason, resource, cause: room - reason - resource - 2 };
}

function headOf(incident: Incident, columns: Columns): string {
  return `${severityBadge(incident.severity)}  ${chalk.bold(cell(incident.reason, columns.reason))}  ${cell(incident.resource, columns.resource)}`;
}

function widest(texts: string[]): number {
  return texts.reduce((most, text) => Math.max(most, textWidth(clip(text, 80))), 0);
}

/** A cause in one line, or in two where the first sentences are longer. */
function causeLines(cause: string, room: number): string[] {
  const text = withoutQuotedTimes(cause);
  const line = sentences(text, room);
  if (!line.endsWith('…')) return [line];
  const [first = '', ...rest] = wrap(sentences(text, room * 2), room);
  return rest.length === 0 ? [first] : [first, clip(rest.join(' '), room)];
}

/** As many whole sentences as clip, if they fill at least half of the line; else the text cut off. */
function sentences(text: string, width: number): string {
  const line = clip(text, 4000);
  if (textWidth(line) <= width) return line;
  const end = line.slice(0, width).lastIndexOf('. ');
  const whole = line.slice(0, end + 1);
  return end * 2 >= width && textWidth(whole) <= width ? whole : clip(line, width);
}

/** `└ Pod cart-1 /status/…/terminated  OOMKilled, exit 137  (seq 42)`: where it is narrow the place gives way, then the value. */
function evidenceLine({ ref, pointer, value, seq }: LabelEvidence, from: string, width: number): string {
  const end = `  (${clip([from, `seq ${seq}`].filter(Boolean).join(', '), 50)})`;
  const room = width - textWidth(end) - 4;
  if (room < 12) return `└ ${clip(valueText(value), width - 2)}`;
  const text = clip(valueText(value), Math.max(room - 24, Math.floor(room * 0.6)));
  const place = placeText(ref.replace(/ [^ /]+\//, ' '), pointer, room - textWidth(text));
  return `└ ${place}  ${text}${end}`;
}

/** The end of a pointer says more than its start, and the object more than the pointer. */
function placeText(ref: string, pointer: string, width: number): string {
  const object = clip(ref, width);
  const left = width - textWidth(object) - 1;
  const whole = clip(pointer, 400);
  if (textWidth(whole) <= left) return `${object} ${whole}`;
  const parts = whole.split('/');
  const tail = [parts.slice(-2), parts.slice(-1)].map((last) => last.join('/')).find((end) => textWidth(end) + 2 <= left);
  return tail === undefined ? object : `${object} …/${tail}`;
}
