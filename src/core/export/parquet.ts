import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { stringifyJson, wellFormed } from '../model/json.ts';
import type { Label, LabelEvidence } from '../model/label.ts';
import { parquetColumns } from '../model/label-columns.ts';

const flushRows = 200;

/**
 * Writes a Parquet file (ZSTD) through DuckDB, rows in the order of the labels: the same labels give the same bytes. Values of evidence differ in type and are
 * JSON text. Errors of DuckDB pass unchanged; the caller removes the file.
 */
export async function writeParquet(labels: AsyncIterable<Label>, path: string): Promise<void> {
  const spill = `${path}.spill`;
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '256MB', threads: '1', temp_directory: spill });
  const connection = await instance.connect();
  try {
    await connection.run(`SET allowed_directories = [${literal(dirname(path))}]`);
    await connection.run('SET enable_external_access = false');
    await stage(connection, labels);
    const fields = parquetColumns.map(
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
async function stage(connection: DuckDBConnection, labels: AsyncIterable<Label>): Promise<void> {
  await connection.run(`CREATE TABLE staged (${parquetColumns.map(({ name }) => `"${name}" VARCHAR`).join(', ')})`);
  const appender = await connection.createAppender('staged');
  let waiting = 0;
  for await (const source of labels) {
    const label = wellFormed(source);
    for (const { name } of parquetColumns) {
      const value = cellValue(name, label);
      if (value === undefined || value === null) appender.appendNull();
      else appender.appendVarchar(stringifyJson(value));
    }
    appender.endRow();
    waiting += 1;
    if (waiting % flushRows === 0) appender.flushSync();
  }
  appender.closeSync();
}

function cellValue(name: string, label: Label): unknown {
  if (name === 'resource') return { spec: null, ...label.resource };
  return name === 'evidence' ? label.evidence.map(evidenceRow) : (label as Record<string, unknown>)[name];
}

function evidenceRow(item: LabelEvidence): object {
  return { ablation: null, ...item, value: stringifyJson(item.value) };
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
