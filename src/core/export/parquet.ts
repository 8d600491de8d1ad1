import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { stringifyJson, wellFormed } from '../model/json.ts';
import type { Label, LabelEvidence } from '../model/label.ts';
import { parquetColumns } from '../model/label-columns.ts';

const flushRows = 200;
const groupCharacters = 16 * 1024 * 1024;

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
    const staged = await stage(connection, labels);
    const fields = parquetColumns.map(
      ({ name, type }) => `${type === 'VARCHAR' ? `"${name}"::JSON->>'$'` : `CAST("${name}"::JSON AS ${type})`} AS "${name}"`,
    );
    await connection.run(
      `COPY (SELECT ${fields.join(', ')} FROM staged) TO ${literal(path)}
        (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowsPerGroup(staged)}, USE_TMP_FILE false)`,
    );
  } finally {
    connection.disconnectSync();
    instance.closeSync();
    await rm(spill, { recursive: true, force: true });
  }
}

/** Every column travels as JSON text, so that one cast gives its type and texts keep NUL and a leading U+FEFF. */
async function stage(connection: DuckDBConnection, labels: AsyncIterable<Label>): Promise<Staged> {
  await connection.run(`CREATE TABLE staged (${parquetColumns.map(({ name }) => `"${name}" VARCHAR`).join(', ')})`);
  const appender = await connection.createAppender('staged');
  const staged: Staged = { rows: 0, characters: 0 };
  for await (const source of labels) {
    const label = wellFormed(source);
    for (const { name } of parquetColumns) {
      const value = cellValue(name, label);
      if (value === undefined || value === null) appender.appendNull();
      else {
        const text = stringifyJson(value);
        staged.characters += text.length;
        appender.appendVarchar(text);
      }
    }
    appender.endRow();
    staged.rows += 1;
    if (staged.rows % flushRows === 0) appender.flushSync();
  }
  appender.closeSync();
  return staged;
}

type Staged = { rows: number; characters: number };

/** DuckDB holds a group of rows several times over until it is written: groups of large labels have fewer rows. */
function rowsPerGroup({ rows, characters }: Staged): number {
  const fitting = Math.floor(groupCharacters / Math.max(1, characters / Math.max(1, rows)));
  return Math.min(10_240, Math.max(1, Math.floor(fitting / 2048)) * 2048);
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
