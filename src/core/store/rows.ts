import { createHash } from 'node:crypto';
import { storeError } from '../errors.ts';
import { parseJson, stringifyJson, wellFormed } from '../model/json.ts';
import {
  type EventCorrelation,
  type Label,
  type LabelEvidence,
  type LabelRelationship,
  orderedLabel,
  type StoredEvent,
} from '../model/label.ts';
import { uuid5 } from '../model/uuid.ts';
import type { TracedLabel } from './store.ts';

/** A value for a column. Times travel as RFC 3339 text, JSON as its text. */
export type Cell = string | number | null;

/** Columns of `labels` that hold a field of the label under its own name; `metadata` holds every field that has no column. */
const textFields = ['type', 'question', 'answer', 'cluster_id', 'capture_id', 'incident_id', 'category', 'reason', 'severity'] as const;
const ownColumns = new Set<string>(['id', ...textFields, 'context', 'evidence', 'confidence']);

/** The text of `labels` from which `labelOf` rebuilds a label; VARCHAR travels inside JSON because the driver eats a leading U+FEFF. */
export const headSql = `to_json({${textFields.map((name) => `'${name}': ${name}`).join(', ')}})::VARCHAR`;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** The cells of one label in the order of `stagedColumns`, and those of its evidence. Throws STORE_INVALID_ROW. */
export function labelCells({ quality_checks: trace, ...source }: TracedLabel, captureId: string): { label: Cell[]; evidence: Cell[][] } {
  const label = orderedLabel(wellFormed(source as Label));
  if (label.capture_id !== captureId) throw invalid(`label ${label.id}`, 'capture_id', label.capture_id, captureId);
  const id = uuid(`label ${label.id}`, 'id', label.id);
  const rest = Object.fromEntries(Object.entries(label).filter(([name]) => !ownColumns.has(name)));
  const where = `label ${label.id}`;
  return {
    label: [
      id,
      ...textFields.map((name) => label[name]),
      stringifyJson(label.context),
      stringifyJson(rest),
      label.quality.overall_score,
      time(where, 'timestamp', label.timestamp),
      label.confidence,
      createHash('sha256').update(stringifyJson(label)).digest('hex'),
      trace === undefined ? null : stringifyJson(wellFormed(trace)),
    ],
    evidence: label.evidence.map((item, position) => evidenceCells(label, item, position)),
  };
}

function evidenceCells(label: Label, item: LabelEvidence, position: number): Cell[] {
  const at = item.observed_at === '' ? label.timestamp : item.observed_at;
  return [
    uuid5(`evidence/${position}`, label.id),
    label.id,
    item.type,
    stringifyJson({ ...item, value: stringifyJson(item.value) }),
    time(`evidence ${item.id} of label ${label.id}`, 'observed_at', at),
    position,
  ];
}

/** Rebuilds a label from its row (`headSql`, context, metadata, confidence) and the `data` of its evidence, in order. */
export function labelOf(id: string, head: string, context: string, metadata: string, confidence: number, evidence: string[]): Label {
  const fields = {
    ...(parseJson(metadata) as object),
    ...(JSON.parse(head) as object),
    id,
    context: parseJson(context),
    confidence,
    evidence: evidence.map((text) => {
      const item = parseJson(text) as LabelEvidence & { value: string };
      return { ...item, value: parseJson(item.value) };
    }),
  };
  return orderedLabel(fields as unknown as Label);
}

/** The cells of one event row. Throws STORE_INVALID_ROW. */
export function eventCells(event: StoredEvent, captureId: string): Cell[] {
  const { id, type, resource_type, resource_name, namespace, data, timestamp, cluster_id } = wellFormed(event);
  const where = `event ${id}`;
  const at = time(where, 'timestamp', timestamp);
  return [uuid(where, 'id', id), type, resource_type, resource_name, namespace, stringifyJson(data), at, cluster_id, captureId];
}

/** SQL for a time column as RFC 3339 in UTC with microseconds, which `timeOf` shortens. */
export function timeSql(column: string): string {
  return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ')`;
}

/** Milliseconds as JavaScript writes them, microseconds only where there are any. */
export function timeOf(text: string): string {
  return text.replace(/000Z$/, 'Z');
}

/** The cells of one label_relationships row. Throws STORE_INVALID_ROW. */
export function relationshipCells(row: LabelRelationship): Cell[] {
  const where = `relationship ${row.id}`;
  return [
    uuid(where, 'id', row.id),
    uuid(where, 'source_label_id', row.source_label_id),
    uuid(where, 'target_label_id', row.target_label_id),
    row.relationship_type,
    row.metadata === null ? null : stringifyJson(wellFormed(row.metadata)),
  ];
}

/** The cells of one event_correlations row. Throws STORE_INVALID_ROW. */
export function correlationCells(row: EventCorrelation): Cell[] {
  const where = `correlation ${row.id}`;
  return [
    uuid(where, 'id', row.id),
    uuid(where, 'source_event_id', row.source_event_id),
    uuid(where, 'related_event_id', row.related_event_id),
    row.correlation_type,
    row.confidence,
  ];
}

/** The cell of the id of a row that goes. Throws STORE_INVALID_ROW. */
export function removedCells(id: string): Cell[] {
  return [uuid('a row to remove', 'id', id)];
}

function uuid(where: string, field: string, found: string): string {
  if (!uuidPattern.test(found)) throw invalid(where, field, found, 'a UUID in lower case');
  return found;
}

function time(where: string, field: string, found: string): string {
  if (!timePattern.test(found) || Number.isNaN(Date.parse(found))) throw invalid(where, field, found, 'an RFC 3339 time');
  return found;
}

function invalid(where: string, field: string, found: unknown, expected: string) {
  return storeError('STORE_INVALID_ROW', `${where}: ${field} is ${stringifyJson(found)}, expected ${expected}`);
}
