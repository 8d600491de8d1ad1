import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { stringifyJson, wellFormed } from '../model/json.ts';
import type { Label, LabelEvidence } from '../model/label.ts';
import { parquetColumns } from '../model/label-columns.ts';

/** A column and its DuckDB type. `cell` gives its value of a row; without it, the row's field of that name. */
export type Column<T = Label> = { name: string; type: string; cell?: (row: T) => unknown };

/** The columns of a label. One column has one shape: a resource without a spec has a null there, as an item without an ablation. */
export const labelColumns: readonly Column[] = parquetColumns.map(({ name, type }) => ({
  name,
  type,
  cell: (label: Label) => cellValue(name, label),
}));

const flushRows = 200;
const groupCharacters = 16 * 1024 * 1024;

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
    const staged = await stage(connection, columns, rows);
    const fields = columns.map(
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
async function stage<T>(connection: DuckDBConnection, columns: readonly Column<T>[], rows: AsyncIterable<T>): Promise<Staged> {
  await connection.run(`CREATE TABLE staged (${columns.map(({ name }) => `"${name}" VARCHAR`).join(', ')})`);
  const appender = await connection.createAppender('staged');
  const staged: Staged = { rows: 0, characters: 0 };
  for await (const source of rows) {
    const row = wellFormed(source);
    for (const { name, cell } of columns) {
      const value = cell === undefined ? (row as Record<string, unknown>)[name] : cell(row);
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
