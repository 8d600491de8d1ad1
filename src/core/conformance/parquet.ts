import { dirname, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { parseJson } from '../model/json.ts';
import { oneLine } from '../model/text.ts';
import { problem } from './finding.ts';
import type { Read } from './rows.ts';

const rowAlias = 'k8s_labeler_row';

/** The rows of a Parquet file in their order, one chunk in memory at a time; `line` is the number of the row. */
export async function* readParquet(path: string): AsyncGenerator<Read> {
  let line = 0;
  try {
    for await (const text of rowTexts(path)) {
      line += 1;
      yield { kind: 'row', line, value: parseJson(text) };
    }
  } catch (error) {
    yield { kind: 'problem', line: line === 0 ? 0 : line + 1, problem: problem('PARQUET_INVALID', '', reasonOf(error)) };
  }
}

async function* rowTexts(path: string): AsyncGenerator<string> {
  const { connection, close } = await connected(path);
  try {
    const result = await connection.stream(`SELECT to_json(${rowAlias})::VARCHAR AS row FROM read_parquet($1) AS ${rowAlias}`, [
      pattern(path),
    ]);
    for await (const rows of result.yieldRows()) for (const [text] of rows) yield String(text);
  } finally {
    close();
  }
}

/** The columns of a Parquet file with their DuckDB types. Throws the message of DuckDB. */
export async function parquetColumns(path: string): Promise<{ name: string; type: string }[]> {
  const { connection, close } = await connected(path);
  try {
    const result = await connection.runAndReadAll('DESCRIBE SELECT * FROM read_parquet($1)', [pattern(path)]);
    return result.getRowObjects().map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  } finally {
    close();
  }
}

/** DuckDB takes a path as a pattern: its signs stand for themselves in brackets. */
function pattern(path: string): string {
  return resolve(path).replace(/[*?[]/g, '[$&]');
}

/** A database that may read the folder of the file and nothing else. */
async function connected(path: string): Promise<{ connection: DuckDBConnection; close: () => void }> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '512MB', threads: '1' });
  const connection = await instance.connect();
  const folder = dirname(resolve(path)).replaceAll("'", "''");
  await connection.run(`SET allowed_directories = ['${folder}']`);
  await connection.run('SET enable_external_access = false');
  const close = () => {
    connection.disconnectSync();
    instance.closeSync();
  };
  return { connection, close };
}

function reasonOf(error: unknown): string {
  return `the file is no Parquet that can be read: ${oneLine(error instanceof Error ? error.message : String(error), 200)}`;
}
