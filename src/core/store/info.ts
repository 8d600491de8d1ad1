import { stat } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { timeOf, timeSql } from './rows.ts';
import { schemaVersion } from './schema.ts';
import { type StoreInfo, storeTables } from './store.ts';

/** What the store holds, counted by DuckDB. `bytes` includes the write-ahead log. */
export async function readInfo(connection: DuckDBConnection, path: string): Promise<StoreInfo> {
  const rows = await counts(
    connection,
    storeTables.map((table) => `SELECT '${table}' AS name, count(*) AS n FROM ${table}`).join(' UNION ALL '),
  );
  return {
    url: path,
    schemaVersion: await schemaVersion(connection, path),
    bytes: (await sizeOf(path)) + (await sizeOf(`${path}.wal`)),
    rows: Object.fromEntries(storeTables.map((table) => [table, rows[table] ?? 0])) as StoreInfo['rows'],
    types: await countLabels(connection, 'type'),
    clusters: await countLabels(connection, 'cluster_id'),
    categories: await countLabels(connection, 'category'),
    reasons: await countLabels(connection, 'reason'),
    severities: await countLabels(connection, 'severity'),
    quality: await quality(connection),
    reviews: Number((await rowsOf(connection, 'SELECT count(*) FROM reviews'))[0]?.[0]),
    captures: await captures(connection),
    toolVersions: await countLabels(connection, `metadata->>'tool_version'`),
  };
}

/** Oldest and newest label, or undefined without labels. */
export async function readTimeRange(connection: DuckDBConnection): Promise<{ oldest: string; newest: string } | undefined> {
  const [row] = await rowsOf(connection, `SELECT ${timeSql('min("timestamp")')}, ${timeSql('max("timestamp")')} FROM labels`);
  const [oldest, newest] = row ?? [];
  return oldest === null || newest === null ? undefined : { oldest: timeOf(String(oldest)), newest: timeOf(String(newest)) };
}

function countLabels(connection: DuckDBConnection, expression: string): Promise<Record<string, number>> {
  return counts(connection, `SELECT ${expression} AS name, count(*) AS n FROM labels GROUP BY 1 ORDER BY n DESC, name`);
}

async function counts(connection: DuckDBConnection, sql: string): Promise<Record<string, number>> {
  return Object.fromEntries((await rowsOf(connection, sql)).map(([name, n]) => [String(name), Number(n)]));
}

async function quality(connection: DuckDBConnection): Promise<StoreInfo['quality']> {
  const sql = 'SELECT min(quality_score), median(quality_score), avg(quality_score), max(quality_score) FROM labels';
  const [[min, median, mean, max] = []] = await rowsOf(connection, sql);
  if (min === null) return null;
  return { min: Number(min), median: Number(median), mean: Number(mean), max: Number(max) };
}

async function captures(connection: DuckDBConnection): Promise<StoreInfo['captures']> {
  const rows = await rowsOf(
    connection,
    `SELECT capture_id, cluster_id, count(*), ${timeSql('min("timestamp")')}, ${timeSql('max("timestamp")')} FROM labels GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  return rows.map(([captureId, cluster, labels, oldest, newest]) => ({
    captureId: String(captureId),
    cluster: String(cluster),
    labels: Number(labels),
    oldest: timeOf(String(oldest)),
    newest: timeOf(String(newest)),
  }));
}

async function rowsOf(connection: DuckDBConnection, sql: string) {
  return (await connection.runAndReadAll(sql)).getRows();
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => ({ size: 0 }))).size;
}
