import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/core/store/duckdb.ts';
import { openDuckdbStore } from '../../../src/core/store/duckdb-store.ts';
import { migrations } from '../../../src/core/store/migrations.ts';
import { openStore } from '../../../src/core/store/open.ts';
import { troubleshootingLabel } from '../label-arbitrary.ts';
import { collect, describeStore } from './store-contract.ts';

const createdAt = '2026-03-02T00:00:00.000Z';
let directory: string;
let files = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function newFile(): string {
  files += 1;
  return join(directory, `${files}.duckdb`);
}

let current = '';
describeStore('the DuckDB store', {
  open: () => {
    current = newFile();
    return openStore(current);
  },
  reopen: () => openStore(current),
  dump: async (_store, table) => {
    const database = await openDatabase(current, false);
    const connection = await database.connect();
    const rows = await (await connection.run(`SELECT * FROM ${table}`)).getRowObjectsJson();
    connection.disconnectSync();
    await database.close();
    return rows;
  },
});

describe('opening a DuckDB store', () => {
  it('makes the directory, leaves one file after closing, and lets several readers share it', async () => {
    const file = join(directory, 'deep', 'er', "it's a store.duckdb");
    const store = await openStore(file);
    await store.replaceCapture('cap-a', { labels: [troubleshootingLabel()] }, createdAt);
    await store.close();
    expect(await readdir(join(directory, 'deep', 'er'))).toEqual(["it's a store.duckdb"]);
    const readers = await Promise.all([openStore(file, { readOnly: true }), openStore(file, { readOnly: true })]);
    expect(await Promise.all(readers.map((reader) => reader.count()))).toEqual([1, 1]);
    await expect(readers[0]!.replaceCapture('cap-a', { labels: [] }, createdAt)).rejects.toMatchObject({ code: 'STORE_READ_ONLY' });
    for (const reader of readers) await reader.close();
  });

  it('shares one instance among openers of the same file, by whatever path', async () => {
    const file = newFile();
    const [first, second] = [await openStore(file), await openStore(file)];
    await symlink(file, `${file}.link`);
    const third = await openStore(`${file}.link`);
    await first.replaceCapture('cap-a', { labels: [troubleshootingLabel()] }, createdAt);
    await first.close();
    expect(await second.count()).toBe(1);
    expect(await third.count()).toBe(1);
    await Promise.all([second.close(), third.close()]);
    const again = await openStore(file, { readOnly: true });
    expect(await again.count()).toBe(1);
    await again.close();
  });

  it('says that nothing is there to read, and creates nothing', async () => {
    const file = newFile();
    await expect(openStore(file, { readOnly: true })).rejects.toMatchObject({
      code: 'STORE_NOT_FOUND',
      exitCode: 5,
      suggestions: expect.arrayContaining([expect.stringContaining('generate')]),
    });
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['text', 'this is a list of things to buy, among them bread'],
    ['an empty file', ''],
    ['an SQLite database', `SQLite format 3\u0000${'\u0000'.repeat(100)}`],
  ])('refuses %s and leaves it as it was', async (_title, content) => {
    const file = newFile();
    await writeFile(file, content);
    await expect(openStore(file)).rejects.toMatchObject({ code: 'STORE_FOREIGN', exitCode: 5 });
    expect(await readFile(file, 'utf8')).toBe(content);
  });

  it('refuses a directory and a device', async () => {
    await expect(openStore(directory)).rejects.toMatchObject({ code: 'STORE_FOREIGN' });
    await expect(openStore('/dev/full')).rejects.toMatchObject({ code: 'STORE_FOREIGN' });
  });

  it.each([
    ['CREATE TABLE customers (id INTEGER)'],
    ['CREATE TABLE schema_version (id INTEGER)'],
    [`CREATE TABLE schema_version AS SELECT 'other' AS application, 1 AS version`],
  ])('refuses a DuckDB database of another application: %s', async (sql) => {
    const file = newFile();
    await withDuckdb(file, sql);
    await expect(openStore(file)).rejects.toMatchObject({ code: 'STORE_FOREIGN' });
    await expect(openStore(file, { readOnly: true })).rejects.toMatchObject({ code: 'STORE_FOREIGN' });
  });

  it('refuses a store that a newer version wrote', async () => {
    const file = newFile();
    await (await openStore(file)).close();
    await withDuckdb(file, `INSERT INTO schema_version VALUES ('k8s-labeler', 99)`);
    for (const readOnly of [false, true]) {
      await expect(openStore(file, { readOnly })).rejects.toMatchObject({
        code: 'STORE_NEWER',
        exitCode: 5,
        message: expect.stringContaining('99'),
      });
    }
  });

  it('migrates an older store and keeps its labels, also when it is opened for reading', async () => {
    const later = [...migrations, { version: migrations.length + 1, statements: ['ALTER TABLE labels ADD COLUMN review VARCHAR'] }];
    for (const readOnly of [false, true]) {
      const file = newFile();
      const old = await openStore(file);
      await old.replaceCapture('cap-a', { labels: [troubleshootingLabel()] }, createdAt);
      await old.close();
      const store = await openDuckdbStore(file, readOnly, later);
      expect(await collect(store.select())).toEqual([troubleshootingLabel()]);
      expect((await store.info()).schemaVersion).toBe(later.length);
      await store.close();
    }
  });

  it('gives labels of version 1 no trace, and takes one for them', async () => {
    const file = newFile();
    const old = await openDuckdbStore(file, false, migrations.slice(0, 1));
    await old.close();
    const columns =
      'type, question, context, created_at, cluster_id, timestamp, capture_id, incident_id, category, reason, severity, confidence';
    const label = troubleshootingLabel();
    await withDuckdb(
      file,
      `INSERT INTO labels (id, ${columns}, content_hash) SELECT '${label.id}', 'troubleshooting', '', '{}', now(), 'c', now(), 'cap-a', 'i', 'memory',
        'ContainerLimitOom', 'high', 1, ''`,
    );
    const store = await openStore(file);
    expect(await store.qualityChecks(label.id)).toEqual([]);
    const checks = [{ id: 'valid', dimension: 'gate', weight: 1, score: 1 }];
    await store.replaceCapture('cap-a', { labels: [{ ...label, quality_checks: checks }] }, createdAt);
    expect(await store.qualityChecks(label.id)).toEqual(checks);
    await store.close();
  });

  it('leaves the former version if a migration fails', async () => {
    const file = newFile();
    await (await openStore(file)).close();
    const broken = [
      ...migrations,
      { version: migrations.length + 1, statements: ['CREATE TABLE half (id INTEGER)', 'CREATE TABLE labels (id INTEGER)'] },
    ];
    await expect(openDuckdbStore(file, false, broken)).rejects.toMatchObject({ code: 'STORE_FAILED', exitCode: 5 });
    const store = await openStore(file);
    expect((await store.info()).schemaVersion).toBe(migrations.length);
    await store.close();
  });

  it('speaks only of files, and never repeats a password', async () => {
    const failure = openStore('postgres://user:hunter2@db/labels');
    await expect(failure).rejects.toMatchObject({
      code: 'STORE_UNSUPPORTED',
      exitCode: 5,
      message: expect.not.stringContaining('hunter2'),
    });
  });

  it('tells a damaged file', async () => {
    const file = newFile();
    const store = await openStore(file);
    await store.replaceCapture('cap-a', { labels: Array.from({ length: 50 }, (_, n) => troubleshootingLabel(n)) }, createdAt);
    await store.close();
    await writeFile(file, (await readFile(file)).subarray(0, 9000));
    await expect(openStore(file)).rejects.toMatchObject({ code: 'STORE_DAMAGED', exitCode: 5 });
  });

  it.skipIf(process.getuid?.() === 0)('tells a directory that cannot be written', async () => {
    const closed = await mkdtemp(join(directory, 'closed-'));
    await chmod(closed, 0o500);
    await expect(openStore(join(closed, 's.duckdb'))).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
  });

  it('tells a path that leads through a file', async () => {
    const file = newFile();
    await writeFile(file, 'x');
    await expect(openStore(join(file, 's.duckdb'))).rejects.toMatchObject({ code: 'STORE_UNWRITABLE', exitCode: 5 });
  });
});

describe('a DuckDB store and other processes', () => {
  it('names the process that holds the file', async () => {
    const file = newFile();
    const child = await writer(file, 'hold');
    try {
      for (const readOnly of [false, true]) {
        await expect(openStore(file, { readOnly })).rejects.toMatchObject({
          code: 'STORE_LOCKED',
          exitCode: 5,
          message: expect.stringContaining(`process ${child.pid}`),
        });
      }
    } finally {
      await kill(child);
    }
  });

  it('keeps every committed capture and nothing of an open one when the writer is killed', async () => {
    const file = newFile();
    const child = await writer(file, 'stage');
    await kill(child);
    for (const readOnly of [true, false]) {
      const store = await openStore(file, { readOnly });
      expect((await store.info()).captures.map(({ captureId, labels }) => [captureId, labels])).toEqual([['cap-a', 1]]);
      await store.close();
    }
  });
});

async function withDuckdb(file: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(sql);
  connection.disconnectSync();
  instance.closeSync();
}

async function writer(file: string, mode: 'hold' | 'stage') {
  const script = join(import.meta.dirname, 'writer-process.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, file, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: Awaited<ReturnType<typeof writer>>): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
