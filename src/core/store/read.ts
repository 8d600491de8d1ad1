import type { DuckDBConnection } from '@duckdb/node-api';
import { parseJson } from '../model/json.ts';
import type { EventCorrelation, Label, LabelFilter, LabelRelationship, StoredEvent } from '../model/label.ts';
import { conditionOf } from './filter.ts';
import { headSql, labelOf, timeOf, timeSql } from './rows.ts';

type Row = (string | number | null)[];

/**
 * Labels ordered by id. One query gives each label's row followed by those of its evidence, so that one snapshot is read,
 * DuckDB's sort can spill to disk, and only one label is in memory here.
 */
export async function* readLabels(connection: DuckDBConnection, filter: LabelFilter): AsyncGenerator<Label> {
  const { sql, values } = conditionOf(filter);
  const query = `WITH lines AS (
      SELECT id, 0 AS part, ${headSql} AS head, context::VARCHAR AS body, metadata::VARCHAR AS metadata, confidence FROM labels WHERE ${sql}
      UNION ALL
      SELECT label_id, position + 1, NULL, data::VARCHAR, NULL, NULL FROM evidence WHERE label_id IN (SELECT id FROM labels WHERE ${sql}))
    SELECT id::VARCHAR, head, body, metadata, confidence FROM lines ORDER BY lines.id, part`;
  let label: Row | undefined;
  let evidence: string[] = [];
  for await (const row of rowsOf(connection, query, values)) {
    if (row[1] === null) {
      evidence.push(String(row[2]));
      continue;
    }
    if (label !== undefined) yield labelOfRow(label, evidence);
    label = row;
    evidence = [];
  }
  if (label !== undefined) yield labelOfRow(label, evidence);
}

function labelOfRow([id, head, context, metadata, confidence]: Row, evidence: string[]): Label {
  return labelOf(String(id), String(head), String(context), String(metadata), Number(confidence), evidence);
}

/** Relationships from or to a label, ordered by id. */
export function readRelationships(connection: DuckDBConnection, labelId: string): AsyncGenerator<LabelRelationship> {
  return relationshipsWhere(connection, '$1 IN (source_label_id::VARCHAR, target_label_id::VARCHAR)', labelId);
}

/** Relationships from labels of a capture, ordered by id. */
export function readCaptureRelationships(connection: DuckDBConnection, captureId: string): AsyncGenerator<LabelRelationship> {
  return relationshipsWhere(connection, 'source_label_id IN (SELECT id FROM labels WHERE capture_id = $1)', captureId);
}

async function* relationshipsWhere(connection: DuckDBConnection, condition: string, value: string): AsyncGenerator<LabelRelationship> {
  const query = `SELECT to_json({'id': id, 'source_label_id': source_label_id, 'target_label_id': target_label_id,
      'relationship_type': relationship_type})::VARCHAR, metadata::VARCHAR
    FROM label_relationships WHERE ${condition} ORDER BY id`;
  for await (const [head, metadata] of rowsOf(connection, query, [value])) {
    yield { ...objectOf(head), metadata: metadata === null || metadata === undefined ? null : objectOf(metadata) } as LabelRelationship;
  }
}

/** Events of a capture, ordered by time and id. */
export async function* readEvents(connection: DuckDBConnection, captureId: string): AsyncGenerator<StoredEvent> {
  const query = `SELECT to_json({'id': id, 'type': type, 'resource_type': resource_type, 'resource_name': resource_name, 'namespace': namespace,
      'cluster_id': cluster_id})::VARCHAR, data::VARCHAR, ${timeSql('"timestamp"')}
    FROM events WHERE capture_id = $1 ORDER BY "timestamp", id`;
  for await (const [head, data, timestamp] of rowsOf(connection, query, [captureId])) {
    yield { ...objectOf(head), data: objectOf(data), timestamp: timeOf(String(timestamp)) } as StoredEvent;
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
