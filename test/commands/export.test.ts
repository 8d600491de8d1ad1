import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureOutput } from '@oclif/test';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import Export from '../../src/commands/export.ts';
import { openStore } from '../../src/core/store/open.ts';
import { optimizationLabel, troubleshootingLabel } from '../core/label-arbitrary.ts';

const root = join(import.meta.dirname, '../..');
let directory: string;
let store: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'export-'));
  store = join(directory, 's.duckdb');
  const open = await openStore(store);
  await open.replaceCapture('cap-a', { labels: [troubleshootingLabel(1), optimizationLabel(2)] }, '2026-03-02T00:00:00.000Z');
  await open.close();
});
afterAll(() => rm(directory, { recursive: true, force: true }));
afterEach(() => {
  process.exitCode = undefined;
});

async function run(...args: string[]) {
  const output = await captureOutput(() => Export.run(args.includes('--store') ? args : ['--store', store, ...args], root), {
    print: false,
  });
  return { ...output, exitCode: process.exitCode };
}

describe('export', () => {
  it('says how many labels went where, their sha256, and what comes next', async () => {
    const out = join(directory, 'a.jsonl');
    const { stdout } = await run('--format', 'jsonl', '--out', out, '--type', 'troubleshooting');
    expect(stdout).toContain(`1 of 2 labels → ${out}`);
    expect(stdout).toMatch(/sha256 [0-9a-f]{64}\nNext: /);
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(troubleshootingLabel(1));
  });

  it('prints its summary as JSON', async () => {
    const out = join(directory, 'b.csv');
    const { stdout } = await run('--format', 'csv', '--out', out, '--min-quality', '0.2', '--json');
    expect(JSON.parse(stdout)).toEqual({
      format: 'csv',
      file: out,
      labels: 2,
      stored: 2,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      filters: [{ filter: 'minQuality', value: 0.2, removed: 0 }],
    });
  });

  it('warns when no label is left, naming the filter, and succeeds', async () => {
    const { stderr, exitCode, error } = await run('--format', 'json', '--out', join(directory, 'c.json'), '--cluster', 'c09\u001b[2J');
    expect(stderr.replace(/\s+(›\s+)?/g, ' ')).toContain('none of 2 labels is left: cluster c09\\x1b[2J removed 2');
    expect(exitCode ?? 0).toBe(0);
    expect(error).toBeUndefined();
  });

  it.each([
    [['--since', 'soon'], 'INVALID_TIME', 2],
    [['--min-quality', 'high'], 'INVALID_QUALITY', 2],
    [['--out', '-', '--json'], 'OUT_CONFLICT', 2],
    [['--store', join(tmpdir(), 'no-such-store.duckdb')], 'STORE_NOT_FOUND', 5],
    [['--store', 'postgres://db/labels'], 'STORE_UNSUPPORTED', 5],
  ])('refuses %j with %s', async (args, code, exitCode) => {
    const { stdout, stderr, exitCode: found } = await run('--format', 'jsonl', ...args);
    expect(stdout + stderr).toContain(code);
    expect(found).toBe(exitCode);
  });

  it('refuses a format it does not know, naming those it does', async () => {
    const { error } = await run('--format', 'xml');
    expect(error).toMatchObject({ oclif: { exit: 2 }, message: expect.stringContaining('json, jsonl, csv, yaml, parquet') });
  });

  it('leaves a file alone that is no store', async () => {
    const file = join(directory, 'notes.txt');
    await writeFile(file, 'my notes');
    const { stderr } = await run('--format', 'jsonl', '--store', file);
    expect(stderr).toContain('STORE_FOREIGN');
    expect(await readFile(file, 'utf8')).toBe('my notes');
  });
});
