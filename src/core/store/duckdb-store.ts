import type { DuckDBConnection } from '@duckdb/node-api';
import { storeError } from '../errors.ts';
import type { LabelFilter, LabelRelationship } from '../model/label.ts';
import { type Database, openDatabase } from './duckdb.ts';
import { storeFault } from './faults.ts';
import { conditionOf } from './filter.ts';
import { readInfo, readTimeRange } from './info.ts';
import { type Migration, migrations } from './migrations.ts';
import {
  readAllEvents,
  readCaptureRelationships,
  readCaptureSources,
  readChecks,
  readCorrelations,
  readEvents,
  readLabels,
  readRelationships,
} from './read.ts';
import { mergeStaged, type Scope } from './replace.ts';
import { insertReviews, readJudged, readReviews } from './reviews.ts';
import { migrate, refuseNewer, schemaVersion } from './schema.ts';
import { stageRows } from './stage.ts';
import type { CaptureChange, LabelStore, ReplaceResult } from './store.ts';

/**
 * A label store in a DuckDB file, which must exist for `readOnly`. A reader that meets older tables migrates them first.
 * `steps` are the known migrations.
 */
export async function openDuckdbStore(path: string, readOnly: boolean, steps: readonly Migration[] = migrations): Promise<LabelStore> {
  let database = await openDatabase(path, readOnly);
  try {
    if (
      readOnly &&
      (await withConnection(database, async (connection) => refuseNewer(await schemaVersion(connection, path), path, steps)))
    ) {
      await database.close();
      await (await openDuckdbStore(path, false, steps)).close();
      database = await openDatabase(path, true);
    }
    const store = storeOver(database, steps);
    if (!readOnly) await store.init();
    return store;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function storeOver(database: Database, steps: readonly Migration[]): LabelStore {
  let closed = false;
  const use = <T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    if (closed) return Promise.reject(closedError(database.path));
    return withConnection(database, work);
  };
  async function* stream<T>(read: (connection: DuckDBConnection) => AsyncGenerator<T>): AsyncGenerator<T> {
    if (closed) throw closedError(database.path);
    const connection = await database.connect();
    try {
      yield* read(connection);
    } catch (error) {
      throw storeFault(error, database.path);
    } finally {
      connection.disconnectSync();
    }
  }
  return {
    init: () => use((connection) => database.exclusively(() => migrate(connection, database.path, steps))),
    replaceCapture: (captureId, { only, source, ...rows }, createdAt) =>
      use((connection) => merge(database, connection, captureId, rows, createdAt, { type: 'capture', only, source })),
    mergeCapture: (captureId, rows, createdAt) =>
      use((connection) => merge(database, connection, captureId, rows, createdAt, { type: 'given' })),
    select: (filter = {}) => stream((connection) => readLabels(connection, filter)),
    count: (filter = {}) => use((connection) => countLabels(connection, filter)),
    timeRange: () => use(readTimeRange),
    relationships: (labelId) => use((connection) => collect(readRelationships(connection, labelId))),
    qualityChecks: (labelId) => use((connection) => readChecks(connection, labelId)),
    captureRelationships: (captureId) => stream((connection) => readCaptureRelationships(connection, captureId)),
    captureSources: () => stream(readCaptureSources),
    addReviews: (reviews) => use((connection) => transact(database, connection, () => insertReviews(connection, reviews))),
    reviews: (filter = {}) => stream((connection) => readReviews(connection, filter)),
    judged: (labelId) => use((connection) => readJudged(connection, labelId)),
    events: (captureId) => stream((connection) => readEvents(connection, captureId)),
    allEvents: () => stream(readAllEvents),
    correlations: (captureId) => stream((connection) => readCorrelations(connection, captureId)),
    info: () => use((connection) => readInfo(connection, database.path)),
    async close() {
      if (closed) return;
      closed = true;
      await database.close();
    },
  };
}

async function merge(
  database: Database,
  connection: DuckDBConnection,
  captureId: string,
  rows: CaptureChange,
  createdAt: string,
  scope: Scope,
): Promise<ReplaceResult> {
  refuseReadOnly(database);
  await stageRows(connection, captureId, rows);
  return transact(database, connection, () => mergeStaged(connection, captureId, createdAt, scope));
}

function refuseReadOnly({ readOnly, path }: Database): void {
  if (readOnly) throw storeError('STORE_READ_ONLY', `the label store ${path} was opened for reading`);
}

async function transact<T>(database: Database, connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  refuseReadOnly(database);
  return database.exclusively(async () => {
    await connection.run('BEGIN');
    try {
      const result = await work();
      await connection.run('COMMIT');
      return result;
    } catch (error) {
      // A failed commit has ended the transaction already; the first error is the one to tell.
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
}

async function countLabels(connection: DuckDBConnection, filter: LabelFilter): Promise<number> {
  const { sql, values } = conditionOf(filter);
  const [row] = (await connection.runAndReadAll(`SELECT count(*) FROM labels WHERE ${sql}`, values)).getRows();
  return Number(row?.[0]);
}

async function collect(rows: AsyncIterable<LabelRelationship>): Promise<LabelRelationship[]> {
  const all: LabelRelationship[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** Temporary tables live and die with their connection. */
async function withConnection<T>(database: Database, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const connection = await database.connect();
  try {
    return await work(connection);
  } catch (error) {
    throw storeFault(error, database.path);
  } finally {
    connection.disconnectSync();
  }
}

function closedError(path: string) {
  return storeError('STORE_CLOSED', `the label store ${path} is closed`);
}
