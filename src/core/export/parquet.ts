import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { stringifyJson, wellFormed } from '../model/json.ts';
import type { Label, LabelEvidence } from '../model/label.ts';

/** A column and its DuckDB type. `cell` gives its value of a row; without it, the row's field of that name. */
export type Column<T = Label> = { name: string; type: string; cell?: (row: T) => unknown };

const varchar = (...names: string[]): Column[] => names.map((name) => ({ name, type: 'VARCHAR' }));
const json = (...names: string[]): Column[] => names.map((name) => ({ name, type: 'JSON' }));

/**
 * Columns and their DuckDB types: only those that dataset loaders read without loss (no MAP, UUID or HUGEINT).
 * A field that the label's type lacks is null.
 */
export const labelColumns: readonly Column[] = [
  ...varchar('id', 'type', 'timestamp', 'question', 'answer'),
  { name: 'segments', type: 'STRUCT("text" VARCHAR, kind VARCHAR, evidence_ids VARCHAR[])[]' },
  ...varchar('category', 'reason'),
  { name: 'modifiers', type: 'VARCHAR[]' },
  ...varchar('severity'),
  { name: 'confidence', type: 'DOUBLE' },
  {
    name: 'resource',
    type: 'STRUCT(kind VARCHAR, "namespace" VARCHAR, "name" VARCHAR, uid VARCHAR, spec JSON)',
    cell: (label) => ({ spec: null, ...label.resource }),
  },
  ...varchar('scenario', 'problem', 'root_cause'),
  ...json('impact'),
  {
    name: 'resolution',
    type: `STRUCT(observed BOOLEAN, steps STRUCT(step BIGINT, "action" VARCHAR, command VARCHAR, verify VARCHAR, risk VARCHAR,
      evidence_ids VARCHAR[])[])`,
  },
  ...json('current_state', 'analysis', 'suggestion'),
  {
    name: 'evidence',
    type: `STRUCT(id VARCHAR, "type" VARCHAR, seq BIGINT, pointer VARCHAR, "value" VARCHAR, ref VARCHAR, note VARCHAR, "role" VARCHAR,
      observed_at VARCHAR, ablation VARCHAR)[]`,
    cell: (label) => label.evidence.map(evidenceRow),
  },
  ...json('hypotheses', 'context'),
  {
    name: 'quality',
    type: 'STRUCT(completeness DOUBLE, consistency DOUBLE, relevance DOUBLE, evidence_quality DOUBLE, overall_score DOUBLE)',
  },
  ...varchar('cluster_id', 'incident_id', 'capture_id'),
  { name: 'rule_ids', type: 'VARCHAR[]' },
  ...varchar('tool_version', 'rules_version', 'quality_version'),
];

const flushRows = 200;

/** Writes labels as a Parquet file. Values of evidence differ in type and are JSON text. */
export function writeParquet(labels: AsyncIterable<Label>, path: string): Promise<void> {
  return writeColumns(labelColumns, labels, path);
}

/**
 * Writes a Parquet file (ZSTD) through DuckDB, in the order of the rows: the same rows give the same bytes. Errors of DuckDB pass unchanged;
 * the caller removes the file.
 */
export async function writeColumns<T>(columns: readonly Column<T>[], rows: AsyncIterable<T>, path: string): Promise<void> {
  const spill = `${path}.spill`;
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '256MB', threads: '1', temp_directory: spill });
  const connection = await instance.connect();
  try {
    await connection.run(`SET allowed_directories = [${literal(dirname(path))}]`);
    await connection.run('SET enable_external_access = false');
    await stage(connection, columns, rows);
    const fields = columns.map(
      ({ name, type }) => `${type === 'VARCHAR' ? `"${name}"::JSON->>'$'` : `CAST("${name}"::JSON AS ${type})`} AS "${name}"`,
    );
    await connection.run(
      `COPY (SELECT ${fields.join(', ')} FROM staged) TO ${literal(path)}
        (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 10240, USE_TMP_FILE false)`,
    );
  } finally {
    connection.disconnectSync();
    instance.closeSync();
    await rm(spill, { recursive: true, force: true });
  }
}

/** Every column travels as JSON text, so that one cast gives its type and texts keep NUL and a leading U+FEFF. */
async function stage<T>(connection: DuckDBConnection, columns: readonly Column<T>[], rows: AsyncIterable<T>): Promise<void> {
  await connection.run(`CREATE TABLE staged (${columns.map(({ name }) => `"${name}" VARCHAR`).join(', ')})`);
  const appender = await connection.createAppender('staged');
  let waiting = 0;
  for await (const source of rows) {
    const row = wellFormed(source);
    for (const { name, cell } of columns) {
      const value = cell === undefined ? (row as Record<string, unknown>)[name] : cell(row);
      if (value === undefined || value === null) appender.appendNull();
      else appender.appendVarchar(stringifyJson(value));
    }
    appender.endRow();
    waiting += 1;
    if (waiting % flushRows === 0) appender.flushSync();
  }
  appender.closeSync();
}

function evidenceRow(item: LabelEvidence): object {
  return { ablation: null, ...item, value: stringifyJson(item.value) };
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
