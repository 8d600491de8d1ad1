import chalk from 'chalk';
import type { Incident } from '../core/incidents.ts';
import { shortId } from '../core/incidents.ts';
import type { LabelEvidence } from '../core/model/label.ts';
import { severityBadge, severityWidth } from './severity.ts';
import { cell, fit, textWidth } from './text.ts';
import { valueText } from './value.ts';

const inlineCause = 48;
const indent = ' '.repeat(severityWidth + 2);

/**
 * Incidents as blocks: severity, reason, culprit and id on the first line, the cause after them where there is room, else below;
 * then, dimmed, the strongest evidence. `from` names the capture, '' to leave that out.
 */
export function incidentBlocks(incidents: Incident[], width: number, from: (incident: Incident) => string): string[] {
  const columns = columnsOf(incidents, width);
  return incidents.flatMap((incident) => {
    const inline = columns.cause >= inlineCause;
    const head = headOf(incident, columns);
    const cause = inline ? `  ${fit(incident.cause, columns.cause)}` : '';
    const below = inline ? [] : [`${indent}${fit(incident.cause, width - indent.length)}`];
    const evidence = incident.evidence === null ? [] : [`${indent}${chalk.dim(evidenceLine(incident.evidence, from(incident), width - indent.length))}`];
    return [`${head}${cause}`, ...below, ...evidence];
  });
}

/** An incident on one line, for those that need no attention. */
export function incidentLine(incident: Incident, width: number, from: string): string {
  const reason = cell(incident.reason, 13);
  const resource = cell(incident.resource, Math.min(44, Math.max(18, Math.floor(width * 0.4))));
  const rest = width - 17 - textWidth(resource);
  const text = [from, incident.cause].filter(Boolean).join(': ');
  return `  ${chalk.cyan(reason)}  ${resource}${rest > 8 ? chalk.dim(fit(text, rest)) : ''}`.trimEnd();
}

/** A table of incidents with their ids. */
export function incidentTable(incidents: Incident[], width: number): string[] {
  const columns = columnsOf(incidents, width - 10);
  const room = width - 10 - severityWidth - 2 - columns.reason - 2 - columns.resource - 2;
  return incidents.map((incident) => {
    const details = `${incident.timestamp.slice(0, 19).replace('T', ' ')}  ${incident.confidence.toFixed(2)}  ${incident.quality.toFixed(2)}`;
    return `${chalk.cyan(shortId(incident.id))}  ${headOf(incident, columns)}${room >= details.length ? `  ${chalk.dim(details)}` : ''}`;
  });
}

type Columns = { reason: number; resource: number; cause: number };

function columnsOf(incidents: Incident[], width: number): Columns {
  const room = width - severityWidth - 4;
  const widest = (texts: string[]) => texts.reduce((most, text) => Math.max(most, textWidth(fit(text, 80))), 0);
  const reason = Math.min(widest(incidents.map((incident) => incident.reason)), Math.floor(room * 0.45));
  const resource = Math.min(widest(incidents.map((incident) => incident.resource)), 48, room - reason);
  return { reason, resource, cause: room - reason - resource - 2 };
}

function headOf(incident: Incident, columns: Columns): string {
  return `${severityBadge(incident.severity)}  ${chalk.bold(cell(incident.reason, columns.reason))}  ${cell(incident.resource, columns.resource)}`;
}

/** `└ Pod shop/cart-1 /status/…/terminated  OOMKilled, exit 137  (seq 42)`: the middle gives way when it is narrow. */
function evidenceLine({ ref, pointer, value, seq }: LabelEvidence, from: string, width: number): string {
  const end = `  (${[from, `seq ${seq}`].filter(Boolean).join(', ')})`;
  const text = fit(valueText(value), 400);
  const place = `└ ${ref} ${pointer}`;
  const room = width - textWidth(fit(end, 60));
  const placeRoom = Math.max(Math.floor(room * 0.5), room - textWidth(text) - 2);
  const start = fit(place, placeRoom);
  return `${start}  ${fit(text, room - textWidth(start) - 2)}${fit(end, 60)}`;
}
