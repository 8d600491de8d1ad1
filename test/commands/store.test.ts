import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureOutput } from '@oclif/test';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import Export from '../../src/commands/export.ts';
import StoreInfo from '../../src/commands/store/info.ts';
import { openStore } from '../../src/core/store/open.ts';
import { troubleshootingLabel } from '../core/label-arbitrary.ts';

const root = join(import.meta.dirname, '../..');
let directory: string;
let store: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'info-'));
  store = join(directory, 's.duckdb');
  const open = await openStore(store);
  const labels = [troubleshootingLabel(1, { cluster_id: 'c\u001b[2J' }), troubleshootingLabel(2)];
  await open.replaceCapture('cap-a', { labels }, '2026-03-02T00:00:00.000Z');
  await open.close();
});
afterAll(() => rm(directory, { recursive: true, force: true }));
afterEach(() => {
  process.exitCode = undefined;
});

it('store info tells people what is stored, without terminal escapes', async () => {
  const { stdout } = await captureOutput(() => StoreInfo.run(['--store', store], root), { print: false, stripAnsi: false });
  expect(stdout).toMatch(/Rows +labels 2, evidence 2/);
  expect(stdout).toMatch(/Reasons +ContainerLimitOom 2/);
  expect(stdout).toMatch(/Quality +min 0.85/);
  expect(stdout).toContain('c\\x1b[2J 1');
  expect(stdout).not.toContain('\u001b');
});

it('store info --json gives the numbers', async () => {
  const { stdout } = await captureOutput(() => StoreInfo.run(['--store', store, '--json'], root), { print: false });
  expect(JSON.parse(stdout)).toMatchObject({ url: store, schemaVersion: 4, rows: { labels: 2, evidence: 2 }, quality: { mean: 0.85 } });
});

it('store info and export read the store that --config names', async () => {
  const config = join(directory, 'c.yaml');
  await writeFile(config, `store: {path: ${store}}\n`);
  const info = await captureOutput(() => StoreInfo.run(['--config', config, '--json'], root), { print: false });
  expect(JSON.parse(info.stdout)).toMatchObject({ url: store });
  const args = ['--config', config, '--format', 'jsonl', '--out', join(directory, 'c.jsonl'), '--json'];
  const exported = await captureOutput(() => Export.run(args, root), { print: false });
  expect(JSON.parse(exported.stdout)).toMatchObject({ stored: 2 });
});

it('store info without a store names what makes one, with exit code 5', async () => {
  const { stderr } = await captureOutput(() => StoreInfo.run(['--store', join(directory, 'none')], root), { print: false });
  expect(stderr).toContain('STORE_NOT_FOUND');
  expect(stderr).toContain('generate');
  expect(process.exitCode).toBe(5);
});
