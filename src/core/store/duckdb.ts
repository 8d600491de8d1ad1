import { mkdtemp, open, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { systemCode } from '../errors.ts';
import { foreignError, lockedError, notFoundError, storeFault, unwritableError } from './faults.ts';

/** An open database file; `close` must be called once per `openDatabase`. */
export type Database = {
  path: string;
  readOnly: boolean;
  connect(): Promise<DuckDBConnection>;
  /** Runs writers of this process one after another: DuckDB aborts one of two that touch the same row. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

type Shared = { instance: DuckDBInstance; readOnly: boolean; users: number; spill: string; writers: Promise<unknown> };

// Two instances on one file in one process lose data without an error, so that a file has one instance, shared by its openers.
const openInstances = new Map<string, Promise<Shared>>();

/**
 * Opens or creates a DuckDB file with bounded memory. This is the only module that opens database files.
 * Throws STORE_LOCKED, STORE_FOREIGN, STORE_NOT_FOUND, STORE_UNWRITABLE, STORE_NEWER, STORE_DAMAGED or STORE_FULL.
 */
export async function openDatabase(path: string, readOnly: boolean): Promise<Database> {
  const file = await checkedFile(path, readOnly);
  const pending = openInstances.get(file) ?? create(file, readOnly);
  openInstances.set(file, pending);
  const shared = await pending.catch((error) => {
    openInstances.delete(file);
    throw storeFault(error, path);
  });
  if (shared.readOnly && !readOnly) throw lockedError(path, 'this process reads, and');
  shared.users += 1;
  return {
    path: file,
    readOnly,
    connect: () => shared.instance.connect(),
    exclusively: (work) => {
      const turn = shared.writers.then(work);
      shared.writers = turn.catch(() => undefined);
      return turn;
    },
    close: () => release(file, shared),
  };
}

async function create(file: string, readOnly: boolean): Promise<Shared> {
  // A reader may not be allowed to write beside the file.
  const spill = readOnly ? await mkdtemp(join(tmpdir(), 'k8s-labeler-')) : `${file}.tmp`;
  try {
    const instance = await DuckDBInstance.create(file, {
      access_mode: readOnly ? 'READ_ONLY' : 'READ_WRITE',
      memory_limit: '256MB',
      // With two threads a wide sort runs out of memory before it spills, whatever the limit.
      threads: '1',
      temp_directory: spill,
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run(`SET GLOBAL TimeZone = 'UTC'`);
    connection.disconnectSync();
    return { instance, readOnly, users: 0, spill, writers: Promise.resolve() };
  } catch (error) {
    await rm(spill, { recursive: true, force: true });
    throw error;
  }
}

async function release(file: string, shared: Shared): Promise<void> {
  shared.users -= 1;
  await shared.writers;
  if (shared.users === 0 && !shared.readOnly) await checkpoint(shared.instance);
  if (shared.users > 0 || !openInstances.delete(file)) return;
  shared.instance.closeSync();
  await rm(shared.spill, { recursive: true, force: true });
}

/** Moves what was committed into the file. Closing would do it too, but it would stop all other work of this process meanwhile. */
async function checkpoint(instance: DuckDBInstance): Promise<void> {
  const connection = await instance.connect();
  await connection.run('CHECKPOINT').catch(() => undefined);
  connection.disconnectSync();
}

/** The real path of a file that is absent (to be created) or starts as DuckDB files do. */
async function checkedFile(path: string, readOnly: boolean): Promise<string> {
  try {
    const real = await realpath(path);
    const file = await open(real, 'r');
    try {
      if (!(await file.stat()).isFile()) throw foreignError(path, 'it is not a regular file');
      const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, 0);
      if (bytesRead < 12 || buffer.toString('latin1', 8, 12) !== 'DUCK') throw foreignError(path, 'it is not a DuckDB database');
    } finally {
      await file.close();
    }
    return real;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && !readOnly) return join(await realpath(dirname(path)), basename(path));
    if (systemCode(error) === 'ENOENT') throw notFoundError(path);
    if (['EACCES', 'EPERM', 'ENOTDIR', 'ELOOP'].includes(systemCode(error))) throw unwritableError(path, systemCode(error));
    throw error;
  }
}
