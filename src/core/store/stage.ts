import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { type Cell, correlationCells, eventCells, labelCells, relationshipCells, removedCells } from './rows.ts';
import type { CaptureChange, storeTables } from './store.ts';

/** Columns in which rows wait to be merged, as `name TYPE`: what the driver appends, before casts. */
const stagedColumns: Record<(typeof storeTables)[number] | 'removed', string> = {
  labels: `id VARCHAR, type VARCHAR, question VARCHAR, answer VARCHAR, cluster_id VARCHAR, capture_id VARCHAR, incident_id VARCHAR,
    category VARCHAR, reason VARCHAR, severity VARCHAR, context VARCHAR, metadata VARCHAR, quality_score DOUBLE, "timestamp" VARCHAR,
    confidence DOUBLE, content_hash VARCHAR, quality_checks VARCHAR`,
  evidence: 'id VARCHAR, label_id VARCHAR, type VARCHAR, data VARCHAR, "timestamp" VARCHAR, position DOUBLE',
  label_relationships: 'id VARCHAR, source_label_id VARCHAR, target_label_id VARCHAR, relationship_type VARCHAR, metadata VARCHAR',
  events: `id VARCHAR, type VARCHAR, resource_type VARCHAR, resource_name VARCHAR, namespace VARCHAR, data VARCHAR, "timestamp" VARCHAR,
    cluster_id VARCHAR, capture_id VARCHAR`,
  event_correlations: 'id VARCHAR, source_event_id VARCHAR, related_event_id VARCHAR, correlation_type VARCHAR, confidence DOUBLE',
  removed: 'id VARCHAR',
};

// Rows held by the driver before they go to DuckDB, which can spill them to disk.
const flushRows = 500;

type Append = (cells: Cell[]) => void;

/**
 * Reads all rows of a capture into temporary tables `staged_*` of this connection, a few hundred at a time.
 * Errors of the row sources pass unchanged; STORE_INVALID_ROW for a row that does not fit.
 */
export async function stageRows(connection: DuckDBConnection, captureId: string, rows: CaptureChange): Promise<void> {
  for (const [table, columns] of Object.entries(stagedColumns)) await connection.run(`CREATE TEMP TABLE staged_${table} (${columns})`);
  await appending(connection, ['labels', 'evidence'], async ([appendLabel, appendEvidence]) => {
    for await (const label of rows.labels) {
      const cells = labelCells(label, captureId);
      appendLabel?.(cells.label);
      for (const row of cells.evidence) appendEvidence?.(row);
    }
  });
  await appendAll(connection, 'label_relationships', rows.relationships, relationshipCells);
  await appendAll(connection, 'events', rows.events, (event) => eventCells(event, captureId));
  await appendAll(connection, 'event_correlations', rows.correlations, correlationCells);
  await appendAll(connection, 'removed', rows.remove, removedCells);
}

async function appendAll<T>(
  connection: DuckDBConnection,
  table: string,
  rows: Iterable<T> | AsyncIterable<T> = [],
  cellsOf: (row: T) => Cell[],
) {
  await appending(connection, [table], async ([append]) => {
    for await (const row of rows) append?.(cellsOf(row));
  });
}

async function appending(connection: DuckDBConnection, tables: string[], work: (append: Append[]) => Promise<void>): Promise<void> {
  const appenders: DuckDBAppender[] = [];
  for (const table of tables) appenders.push(await connection.createAppender(`staged_${table}`));
  try {
    await work(appenders.map(appendTo));
  } finally {
    for (const appender of appenders) appender.closeSync();
  }
}

function appendTo(appender: DuckDBAppender): Append {
  let waiting = 0;
  return (cells) => {
    for (const cell of cells) {
      if (cell === null) appender.appendNull();
      else if (typeof cell === 'number') appender.appendDouble(cell);
      else appender.appendVarchar(cell);
    }
    appender.endRow();
    waiting += 1;
    if (waiting < flushRows) return;
    appender.flushSync();
    waiting = 0;
  };
}
