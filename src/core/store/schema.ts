import type { DuckDBConnection } from '@duckdb/node-api';
import { foreignError, newerError } from './faults.ts';
import { type Migration, migrations } from './migrations.ts';

const application = 'k8s-labeler';

/** The version of the tables, 0 for an empty database. STORE_FOREIGN if the tables are someone else's. */
export async function schemaVersion(connection: DuckDBConnection, path: string): Promise<number> {
  const tables = await firstColumn(connection, `SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary`);
  if (tables.length === 0) return 0;
  if (!tables.includes('schema_version')) throw foreignError(path, `it is a DuckDB database with other tables (${String(tables[0])})`);
  const columns = await firstColumn(connection, `SELECT column_name FROM duckdb_columns() WHERE table_name = 'schema_version'`);
  if (!columns.includes('application') || !columns.includes('version'))
    throw foreignError(path, 'its schema_version is of another application');
  const [version] = await firstColumn(connection, `SELECT max(version) FROM schema_version WHERE application = '${application}'`);
  if (version === null || version === undefined) throw foreignError(path, 'its schema_version names another application');
  return Number(version);
}

/** Creates or migrates the tables, one transaction per version. STORE_NEWER if they are later than `steps` know. */
export async function migrate(connection: DuckDBConnection, path: string, steps: readonly Migration[] = migrations): Promise<void> {
  const found = await schemaVersion(connection, path);
  refuseNewer(found, path, steps);
  for (const { version, statements } of steps.filter((step) => step.version > found)) {
    await connection.run('BEGIN');
    try {
      for (const statement of statements) await connection.run(statement);
      await connection.run('INSERT INTO schema_version VALUES ($1, $2)', [application, version]);
      await connection.run('COMMIT');
    } catch (error) {
      await connection.run('ROLLBACK');
      throw error;
    }
  }
}

/** Throws STORE_NEWER if the version is later than this tool knows; tells whether a migration is due. */
export function refuseNewer(found: number, path: string, steps: readonly Migration[] = migrations): boolean {
  const known = steps.at(-1)?.version ?? 0;
  if (found > known) throw newerError(path, `its tables have version ${found}, this one knows up to ${known}`);
  return found < known;
}

async function firstColumn(connection: DuckDBConnection, sql: string) {
  return (await connection.runAndReadAll(sql)).getRows().map((row) => row[0]);
}
