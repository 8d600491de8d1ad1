import type { DuckDBConnection } from '@duckdb/node-api';
import { storeError } from '../errors.ts';
import { stringifyJson } from '../model/json.ts';
import type { LabelType } from '../model/label.ts';
import type { CaptureSource, ReplaceResult } from './store.ts';

const labelColumns = [
  'type',
  'question',
  'answer',
  'context',
  'metadata',
  'cluster_id',
  'quality_score',
  '"timestamp"',
  'capture_id',
  'incident_id',
  'category',
  'reason',
  'severity',
  'confidence',
  'content_hash',
  'quality_checks',
];
const evidenceColumns = ['label_id', 'type', 'data', '"timestamp"', 'position'];
const relationshipColumns = ['source_label_id', 'target_label_id', 'relationship_type', 'metadata'];
const eventColumns = ['type', 'resource_type', 'resource_name', 'namespace', 'data', '"timestamp"', 'cluster_id', 'capture_id'];
const correlationColumns = ['source_event_id', 'related_event_id', 'correlation_type', 'confidence'];

/** What the staged rows stand for: all that the capture has (of one type of labels), or only themselves and the ids in `staged_removed`. */
export type Scope = { type: 'capture'; only: LabelType | undefined; source: CaptureSource | undefined } | { type: 'given' };

/**
 * Makes the rows of a capture that are in scope equal to those in the temporary tables `staged_*`. Runs inside the caller's transaction.
 * STORE_INVALID_ROW if an id is given twice or belongs to another capture, or if a relationship or correlation joins nothing.
 */
export async function mergeStaged(
  connection: DuckDBConnection,
  captureId: string,
  createdAt: string,
  scope: Scope,
): Promise<ReplaceResult> {
  await refuse(connection, captureId);
  if (scope.type === 'capture' && scope.source !== undefined) await writeSource(connection, captureId, scope.source);
  await findStored(connection, captureId, scope);
  const result = await planLabels(connection);
  await mergeLabels(connection, createdAt);
  await mergeEvents(connection);
  await refuseOrphans(connection);
  return result;
}

/** Lists in temporary tables which rows of the capture are stored and in scope. */
async function findStored(connection: DuckDBConnection, captureId: string, scope: Scope): Promise<void> {
  const only = scope.type === 'capture' ? (scope.only ?? null) : null;
  const filter = { labels: 'AND ($2::VARCHAR IS NULL OR type = $2)', events: 'AND $2::VARCHAR IS NOT DISTINCT FROM $2' };
  for (const table of ['labels', 'events'] as const) {
    const given = `AND id IN (SELECT id::UUID FROM staged_${table} UNION ALL SELECT id::UUID FROM staged_removed)`;
    await connection.run(
      `CREATE TEMP TABLE stored_${table} AS SELECT id FROM ${table} WHERE capture_id = $1 ${filter[table]} ${scope.type === 'given' ? given : ''}`,
      [captureId, only],
    );
  }
}

async function refuse(connection: DuckDBConnection, captureId: string): Promise<void> {
  for (const table of ['labels', 'label_relationships', 'events', 'event_correlations']) {
    const twice = `SELECT id FROM staged_${table} GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT 1`;
    for (const [id] of await rowsOf(connection, twice)) throw invalid(table, id, 'is given twice');
  }
  for (const table of ['labels', 'events']) {
    const taken = `SELECT s.id, t.capture_id FROM staged_${table} s JOIN ${table} t ON t.id = s.id::UUID WHERE t.capture_id <> $1 ORDER BY 1 LIMIT 1`;
    for (const [id, owner] of await rowsOf(connection, taken, [captureId])) throw invalid(table, id, `belongs to capture ${owner} already`);
  }
}

/** Lists in temporary tables which labels are new or changed, and which are gone. */
async function planLabels(connection: DuckDBConnection): Promise<ReplaceResult> {
  await connection.run(`CREATE TEMP TABLE changed_labels AS
    SELECT s.id::UUID AS id, l.id IS NULL AS fresh FROM staged_labels s LEFT JOIN labels l ON l.id = s.id::UUID
    WHERE l.content_hash IS DISTINCT FROM s.content_hash
      OR (s.quality_checks IS NOT NULL AND s.quality_checks IS DISTINCT FROM l.quality_checks::VARCHAR)`);
  await connection.run('CREATE TEMP TABLE gone_labels AS FROM stored_labels WHERE id NOT IN (SELECT id::UUID FROM staged_labels)');
  const [[staged, inserted, changed, removed] = []] = await rowsOf(
    connection,
    `SELECT (SELECT count(*) FROM staged_labels), (SELECT count(*) FROM changed_labels WHERE fresh), (SELECT count(*) FROM changed_labels),
      (SELECT count(*) FROM gone_labels)`,
  );
  return {
    inserted: Number(inserted),
    updated: Number(changed) - Number(inserted),
    unchanged: Number(staged) - Number(changed),
    removed: Number(removed),
  };
}

/** Rows that stay are updated in place: DuckDB refuses a primary key that was deleted and inserted in one transaction. */
async function mergeLabels(connection: DuckDBConnection, createdAt: string): Promise<void> {
  await connection.run(
    `DELETE FROM label_relationships WHERE source_label_id IN (FROM gone_labels) OR target_label_id IN (FROM gone_labels)
      OR (source_label_id IN (FROM stored_labels) AND id NOT IN (SELECT id::UUID FROM staged_label_relationships))`,
  );
  await connection.run(
    `DELETE FROM evidence WHERE label_id IN (FROM gone_labels)
      OR (label_id IN (SELECT id FROM changed_labels) AND id NOT IN (SELECT id::UUID FROM staged_evidence))`,
  );
  await connection.run('DELETE FROM labels WHERE id IN (FROM gone_labels)');
  // As in mergeRows: the fresh ones are inserted, only the others are upserted.
  for (const { fresh, merge } of [
    { fresh: 'fresh', merge: insert },
    { fresh: 'NOT fresh', merge: upsert },
  ]) {
    const chosen = `(SELECT id FROM changed_labels WHERE ${fresh})`;
    await merge(connection, 'labels', labelColumns, `WHERE id::UUID IN ${chosen}`, createdAt);
    await merge(connection, 'evidence', evidenceColumns, `WHERE label_id::UUID IN ${chosen}`);
  }
  await upsert(connection, 'label_relationships', relationshipColumns);
}

async function mergeEvents(connection: DuckDBConnection): Promise<void> {
  await connection.run('CREATE TEMP TABLE gone_events AS FROM stored_events WHERE id NOT IN (SELECT id::UUID FROM staged_events)');
  await connection.run(
    `DELETE FROM event_correlations WHERE source_event_id IN (FROM gone_events) OR related_event_id IN (FROM gone_events)
      OR (source_event_id IN (FROM stored_events) AND id NOT IN (SELECT id::UUID FROM staged_event_correlations))`,
  );
  await connection.run('DELETE FROM events WHERE id IN (FROM gone_events)');
  await mergeRows(connection, 'events', eventColumns);
  await connection.run(
    `CREATE TEMP TABLE stored_event_correlations AS
      SELECT id FROM event_correlations WHERE id IN (SELECT id::UUID FROM staged_event_correlations)`,
  );
  await mergeRows(connection, 'event_correlations', correlationColumns);
}

/** Existing rows are updated, then the others inserted: a plain insert streams, an upsert holds all of its rows in memory. */
async function mergeRows(connection: DuckDBConnection, table: string, columns: string[]): Promise<void> {
  await upsert(connection, table, columns, `WHERE id::UUID IN (FROM stored_${table})`);
  await insert(connection, table, columns, `WHERE id::UUID NOT IN (FROM stored_${table})`);
}

/** Inserts staged rows that are not there; the assignment casts text to the column's type. */
async function insert(
  connection: DuckDBConnection,
  table: string,
  columns: string[],
  where = '',
  createdAt?: string,
  onConflict = '',
): Promise<void> {
  const created =
    createdAt === undefined ? { name: '', value: '', values: [] } : { name: ', created_at', value: ', $1', values: [createdAt] };
  await connection.run(
    `INSERT INTO ${table} (id, ${columns.join(', ')}${created.name}) SELECT id, ${columns.join(', ')}${created.value} FROM staged_${table} ${where} ${onConflict}`,
    created.values,
  );
}

/** Inserts staged rows or updates them in place, except for `created_at`. */
function upsert(connection: DuckDBConnection, table: string, columns: string[], where = '', createdAt?: string): Promise<void> {
  const updates = columns.map((column) => `${column} = excluded.${column}`).join(', ');
  return insert(connection, table, columns, where, createdAt, `ON CONFLICT (id) DO UPDATE SET ${updates}`);
}

async function refuseOrphans(connection: DuckDBConnection): Promise<void> {
  const ends = [
    { table: 'label_relationships', column: 'source_label_id', target: 'labels' },
    { table: 'label_relationships', column: 'target_label_id', target: 'labels' },
    { table: 'event_correlations', column: 'source_event_id', target: 'events' },
    { table: 'event_correlations', column: 'related_event_id', target: 'events' },
  ];
  for (const { table, column, target } of ends) {
    const orphan = `SELECT s.id, s.${column} FROM staged_${table} s ANTI JOIN ${target} t ON t.id = s.${column}::UUID ORDER BY 1 LIMIT 1`;
    for (const [id, end] of await rowsOf(connection, orphan)) throw invalid(table, id, `names ${column} ${end}, which is not stored`);
  }
}

async function rowsOf(connection: DuckDBConnection, sql: string, values: string[] = []) {
  return (await connection.runAndReadAll(sql, values)).getRows();
}

function invalid(table: string, id: unknown, what: string) {
  return storeError('STORE_INVALID_ROW', `${table} ${id} ${what}`, { suggestions: ['ids derive from the capture id; nothing was stored'] });
}

async function writeSource(connection: DuckDBConnection, captureId: string, source: CaptureSource): Promise<void> {
  await connection.run('INSERT INTO captures VALUES ($1, $2) ON CONFLICT (capture_id) DO UPDATE SET source = excluded.source', [
    captureId,
    stringifyJson(source),
  ]);
}
