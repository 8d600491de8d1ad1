import { stringifyJson, wellFormed } from '../model/json.ts';
import type { Label, LabelEvidence, LabelResolution } from '../model/label.ts';
import { type CsvColumn, csvColumns, guardedCell } from '../model/label-columns.ts';

/**
 * RFC 4180 with LF, one row per label, nested fields as JSON text in `*_json`. Cells that a spreadsheet would run
 * (starting with = + - @ tab or return, also NUL, after any number of apostrophes) get a leading apostrophe.
 */
export async function* toCsv(labels: AsyncIterable<Label>): AsyncGenerator<string> {
  yield `${csvColumns.map(({ name }) => name).join(',')}\n`;
  for await (const source of labels) {
    const label = wellFormed(source);
    yield `${csvColumns.map((column) => cellText(column, label)).join(',')}\n`;
  }
}

function cellText(column: CsvColumn, label: Label): string {
  const value = cellValue(column, label);
  return typeof value === 'number' ? String(value) : quotedCell(guardedCell(value));
}

function quotedCell(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function cellValue({ name, kind, path }: CsvColumn, label: Label): string | number {
  if (name === 'impact') return typeof label.impact === 'string' ? label.impact : label.impact.summary;
  if (name === 'impact_json' && typeof label.impact === 'string') return '';
  if (kind === 'shown') return name === 'evidence_text' ? label.evidence.map(evidenceText).join('\n') : resolutionText(label);
  const [field = '', inner] = path;
  const outer = (label as Record<string, unknown>)[field];
  const value = inner === undefined ? outer : (outer as Record<string, unknown>)[inner];
  if (value === undefined) return '';
  return kind === 'json' ? stringifyJson(value) : (value as string | number);
}

function resolutionText(label: Label): string {
  return label.type === 'troubleshooting' ? label.resolution.steps.map(stepText).join('\n') : '';
}

function stepText({ step, action, command }: LabelResolution['steps'][number]): string {
  return `${step}. ${action}${command === '' ? '' : ` [${command}]`}`;
}

function evidenceText({ id, note, ref }: LabelEvidence): string {
  return `${id}: ${note} (${ref})`;
}
