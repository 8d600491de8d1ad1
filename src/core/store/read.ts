import type { DuckDBConnection } from '@duckdb/node-api';
import { parseJson } from '../model/json.ts';
import type { EventCorrelation, Label, LabelFilter, LabelRelationship, QualityCheck, StoredEvent } from '../model/label.ts';
import { orderedRows, type PartRow } from './buckets.ts';
import { conditionOf } from './filter.ts';
import { headSql, labelOf, timeOf, timeSql } from './rows.ts';
import type { CaptureSource } from './store.ts';

type Row = (string | number | null)[];

// Labels of one share are sorted in memory at once, with their evidence.
const shareBytes = 16 * 1024 * 1024;

/** Labels ordered by id, of the moment of the first pull. Memory does not follow their number: `orderedRows` brings them into order. */
export async function* readLabels(connection: DuckDBConnection, filter: LabelFilter): AsyncGenerator<Label> {
  // One transaction: labels and evidence are read by two queries, and no writer may come between them.
  await connection.run('BEGIN');
  let label: PartRow | undefined;
  let evidence: string[] = [];
  for await (const row of orderedRows(partRows(connection, filter), await shareBounds(connection, filter))) {
    if (row.part > 0) {
      evidence.push(...row.texts);
      continue;
    }
    if (label !== undefined) yield labelOfRow(label, evidence);
    label = row;
    evidence = [];
  }
  if (label !== undefined) yield labelOfRow(label, evidence);
}

/** The rows of labels and of their evidence, in any order; then the transaction ends. */
async function* partRows(connection: DuckDBConnection, filter: LabelFilter): AsyncGenerator<PartRow> {
  const { sql, values } = conditionOf(filter);
  const labels = `SELECT id::VARCHAR, ${headSql}, context::VARCHAR, metadata::VARCHAR, confidence FROM labels WHERE ${sql}`;
  for await (const [id, head, context, metadata, confidence] of rowsOf(connection, labels, values)) {
    yield { id: String(id), part: 0, texts: [String(head), String(context), String(metadata), String(confidence)] };
  }
  const cited = values.length === 0 ? '' : `WHERE label_id IN (SELECT id FROM labels WHERE ${sql})`;
  for await (const [id, position, data] of rowsOf(
    connection,
    `SELECT label_id::VARCHAR, position, data::VARCHAR FROM evidence ${cited}`,
    values,
  )) {
    yield { id: String(id), part: Number(position) + 1, texts: [String(data)] };
  }
  await connection.run('COMMIT');
}

/** The last id of each share of the labels, in order. */
async function shareBounds(connection: DuckDBConnection, filter: LabelFilter): Promise<string[]> {
  const { sql, values } = conditionOf(filter);
  // Materialized, or the window would hold the texts themselves.
  const query = `WITH sizes AS MATERIALIZED (SELECT id, strlen(context) + strlen(metadata) + strlen(answer) AS bytes FROM labels WHERE ${sql}),
      shares AS (SELECT id, sum(bytes) OVER (ORDER BY id) // ${shareBytes} AS share FROM sizes)
    SELECT max(id)::VARCHAR FROM shares GROUP BY share ORDER BY 1`;
  return (await connection.runAndReadAll(query, values)).getRows().map(([id]) => String(id));
}

function labelOfRow({ id, texts }: PartRow, evidence: string[]): Label {
  const [head = '', context = '', metadata = '', confidence] = texts;
  return labelOf(id, head, context, metadata, Number(confidence), evidence);
}

/** Relationships from or to a label, ordered by id. */
export function readRelationships(connection: DuckDBConnection, labelId: string): AsyncGenerator<LabelRelationship> {
  return relationshipsWhere(connection, '$1 IN (source_label_id::VARCHAR, target_label_id::VARCHAR)', labelId);
}

/** Relationships from labels of a capture, ordered by id. */
export function readCaptureRelationships(connection: DuckDBConnection, captureId: string): AsyncGenerator<LabelRelationship> {
  return relationshipsWhere(connection, 'source_label_id IN (SELECT id FROM labels WHERE capture_id = $1)', captureId);
}

/** The stored sources of captures, ordered by id. */
export async function* readCaptureSources(connection: DuckDBConnection): AsyncGenerator<CaptureSource & { captureId: string }> {
  for await (const [captureId, source] of rowsOf(connection, 'SELECT capture_id, source::VARCHAR FROM captures ORDER BY capture_id', [])) {
    yield { captureId: String(captureId), ...(objectOf(source) as CaptureSource) };
  }
}

async function* relationshipsWhere(connection: DuckDBConnection, condition: string, value: string): AsyncGenerator<LabelRelationship> {
  const query = `SELECT to_json({'id': id, 'source_label_id': source_label_id, 'target_label_id': target_label_id,
      'relationship_type': relationship_type})::VARCHAR, metadata::VARCHAR
    FROM label_relationships WHERE ${condition} ORDER BY id`;
  for await (const [head, metadata] of rowsOf(connection, query, [value])) {
    yield { ...objectOf(head), metadata: metadata === null || metadata === undefined ? null : objectOf(metadata) } as LabelRelationship;
  }
}

/** The trace of a label's scores; empty without one. */
export async function readChecks(connection: DuckDBConnection, labelId: string): Promise<QualityCheck[]> {
  const query = 'SELECT quality_checks::VARCHAR FROM labels WHERE id::VARCHAR = $1 AND quality_checks IS NOT NULL';
  for await (const [trace] of rowsOf(connection, query, [labelId])) return parseJson(String(trace)) as QualityCheck[];
  return [];
}

const eventNames = ['id', 'type', 'resource_type', 'resource_name', 'namespace', 'cluster_id'];

/** Events of a capture, ordered by time and id. */
export function readEvents(connection: DuckDBConnection, captureId: string): AsyncGenerator<StoredEvent> {
  return eventsOf(connection, eventNames, 'WHERE capture_id = $1 ORDER BY "timestamp", id', [captureId]);
}

/** Events of all captures, in no order. */
export function readAllEvents(connection: DuckDBConnection): AsyncGenerator<StoredEvent & { capture_id: string }> {
  return eventsOf<StoredEvent & { capture_id: string }>(connection, [...eventNames, 'capture_id'], '', []);
}

async function* eventsOf<T extends StoredEvent>(
  connection: DuckDBConnection,
  names: readonly string[],
  which: string,
  values: string[],
): AsyncGenerator<T> {
  const head = names.map((name) => `'${name}': ${name}`).join(', ');
  const query = `SELECT to_json({${head}})::VARCHAR, data::VARCHAR, ${timeSql('"timestamp"')} FROM events ${which}`;
  for await (const [fields, data, timestamp] of rowsOf(connection, query, values)) {
    yield { ...objectOf(fields), data: objectOf(data), timestamp: timeOf(String(timestamp)) } as T;
  }
}

/** Correlations whose source event is of a capture, ordered by id. */
export async function* readCorrelations(connection: DuckDBConnection, captureId: string): AsyncGenerator<EventCorrelation> {
  const query = `SELECT to_json({'id': id, 'source_event_id': source_event_id, 'related_event_id': related_event_id,
      'correlation_type': correlation_type})::VARCHAR, confidence
    FROM event_correlations WHERE source_event_id IN (SELECT id FROM events WHERE capture_id = $1) ORDER BY id`;
  for await (const [head, confidence] of rowsOf(connection, query, [captureId])) {
    yield { ...objectOf(head), confidence: Number(confidence) } as EventCorrelation;
  }
}

function objectOf(text: string | number | null | undefined): Record<string, unknown> {
  return parseJson(String(text)) as Record<string, unknown>;
}

async function* rowsOf(connection: DuckDBConnection, sql: string, values: (string | number)[]): AsyncGenerator<Row> {
  const result = await connection.stream(sql, values);
  for await (const rows of result.yieldRowsJs()) yield* rows as Row[];
}
