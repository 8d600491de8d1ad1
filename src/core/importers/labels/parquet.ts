import { resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { captureError } from '../../errors.ts';
import { parseJson } from '../../model/json.ts';
import { parquetColumns } from '../../model/label-columns.ts';
import { oneLine } from '../../model/text.ts';
import { checkColumns } from './columns.ts';
import type { LabelRow } from './reader.ts';

type Cells = (string | null)[];

/**
 * The rows of a Parquet file in their order, through a DuckDB that can open nothing else. Lists and structs may be of any layout that
 * to_json turns into the fields of a label. Throws LABELS_FOREIGN (other columns) and LABELS_UNREADABLE (no Parquet, torn).
 */
export async function* readParquet(path: string, name: string): AsyncGenerator<LabelRow> {
  const file = resolve(path);
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '512MB', threads: '1', autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  try {
    await connection.run(`SET allowed_paths = [${literal(file)}]`);
    await connection.run('SET enable_external_access = false');
    const types = await columnTypes(connection, file);
    checkColumns(
      name,
      [...types.keys()],
      parquetColumns.map((column) => column.name),
    );
    const columns = [...types.keys()];
    const sql = `SELECT ${columns.map((column) => jsonSql(column, types.get(column) ?? '')).join(', ')} FROM ${table(file)}`;
    let line = 0;
    for await (const rows of (await connection.stream(sql)).yieldRowsJs()) {
      for (const row of rows as Cells[]) {
        line += 1;
        yield rowOf(columns, row, name, line);
      }
    }
  } catch (error) {
    throw unreadable(error, name);
  } finally {
    connection.disconnectSync();
    instance.closeSync();
  }
}

async function columnTypes(connection: DuckDBConnection, file: string): Promise<Map<string, string>> {
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${table(file)}`);
  return new Map(described.getRows().map(([name, type]) => [String(name), String(type)]));
}

function table(file: string): string {
  return `read_parquet(${literal(file)}, hive_partitioning = false, union_by_name = false)`;
}

/** A column as JSON text: the driver drops a leading U+FEFF from bare texts. JSON columns are JSON text as they are. */
function jsonSql(name: string, type: string): string {
  const column = `"${name.replaceAll('"', '""')}"`;
  const stored = parquetColumns.find((known) => known.name === name)?.type === 'JSON' && (type === 'JSON' || type === 'VARCHAR');
  return stored ? `${column}::VARCHAR` : `to_json(${column})::VARCHAR`;
}

function rowOf(columns: string[], cells: Cells, file: string, line: number): LabelRow {
  const row: Record<string, unknown> = {};
  for (const [index, name] of columns.entries()) {
    const cell = cells[index];
    if (cell === null || cell === undefined || cell === 'null') continue;
    try {
      row[name] = parseJson(cell);
    } catch {
      return { problem: { file, line, pointer: `/${name}`, found: oneLine(cell, 60), expected: `JSON text in column ${name}` } };
    }
  }
  try {
    return { line, value: shaped(row) };
  } catch {
    const expected = 'JSON text, as the Parquet export writes values of evidence';
    return { problem: { file, line, pointer: '/evidence', found: oneLine(String(cells[columns.indexOf('evidence')]), 60), expected } };
  }
}

/** A column has one shape for all rows: what a label lacks is a null there. Values of evidence are JSON text; other text throws. */
function shaped(row: Record<string, unknown>): Record<string, unknown> {
  const { resource, evidence } = row;
  if (isObject(resource) && row.type === 'troubleshooting') row.resource = withoutNull(resource, 'spec');
  if (Array.isArray(evidence)) row.evidence = evidence.map((item) => (isObject(item) ? evidenceOf(item) : item));
  return row;
}

function evidenceOf(item: Record<string, unknown>): Record<string, unknown> {
  return { ...withoutNull(item, 'ablation'), ...(typeof item.value === 'string' ? { value: parseJson(item.value) } : {}) };
}

function withoutNull(item: Record<string, unknown>, field: string): Record<string, unknown> {
  return item[field] === null ? Object.fromEntries(Object.entries(item).filter(([name]) => name !== field)) : item;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** What DuckDB says about the file; anything else as it is. */
function unreadable(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || !/^[\w ]*Error: /i.test(error.message)) return error;
  return captureError('LABELS_UNREADABLE', `cannot read ${name} as Parquet: ${oneLine(error.message.split('\n', 1)[0] ?? '', 200)}`, {
    suggestions: ['the file may be truncated: copy or export it again'],
    cause: error,
  });
}
