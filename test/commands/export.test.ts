import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { captureOutput } from '@oclif/test';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import Export from '../../src/commands/export.ts';
import { openStore } from '../../src/core/store/open.ts';
import { demoStore } from '../core/dataset/demo-store.ts';
import { labelId, optimizationLabel, troubleshootingLabel } from '../core/label-arbitrary.ts';
import { review } from '../core/review-rows.ts';

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

  it('takes only labels of which people said what is asked for', async () => {
    const reviewed = join(directory, 'reviewed.duckdb');
    const open = await openStore(reviewed);
    await open.replaceCapture('cap-a', { labels: [1, 2, 3].map((n) => troubleshootingLabel(n)) }, '2026-03-02T00:00:00.000Z');
    const about = async (n: number) => ({ label_id: labelId(n), content_hash: (await open.judged(labelId(n))) ?? '' });
    await open.addReviews([review(await about(1)), review({ ...(await about(2)), verdict: 'reject', reason: 'unclear' })]);
    await open.close();
    const exported = async (state: string) => {
      const out = join(directory, `${state}.jsonl`);
      await run('--store', reviewed, '--format', 'jsonl', '--out', out, '--reviewed', state);
      const text = await readFile(out, 'utf8');
      return [1, 2, 3].filter((n) => text.includes(labelId(n)));
    };
    expect([await exported('accepted'), await exported('rejected'), await exported('unreviewed')]).toEqual([[1], [2], [3]]);
    expect(await exported('any')).toEqual([1, 2]);
    expect(await exported('all')).toEqual([1, 2, 3]);
  });

  it('to train on leaves out what people reject, names the flag that keeps it, and takes it with that', async () => {
    const labels = join(directory, 'rejected.duckdb');
    const open = await openStore(labels);
    await open.replaceCapture('cap-a', { labels: [troubleshootingLabel(1), optimizationLabel(2)] }, '2026-03-02T00:00:00.000Z');
    const content_hash = (await open.judged(labelId(1))) ?? '';
    await open.addReviews([review({ label_id: labelId(1), content_hash, verdict: 'reject', reason: 'wrong-cause' })]);
    await open.close();
    const args = ['--store', labels, '--to', 'trl', '--split', 'train=1', '--max-per-cluster', '5'];
    const { stdout } = await run(...args, '--out', join(directory, 'without'));
    expect(stdout.replace(/\s+/g, ' ')).toContain('left out rejected by reviewers (--reviewed all keeps them) 1');
    const { stdout: all } = await run(...args, '--out', join(directory, 'with'), '--reviewed', 'all', '--json');
    expect(JSON.parse(all)).toMatchObject({ labels: 2, excluded: { rejected: 0 } });
    const { stderr } = await run(...args, '--out', join(directory, 'none'), '--type', 'troubleshooting');
    expect(stderr).toContain('EXPORT_EMPTY');
    expect(stderr).toContain('--reviewed all keeps');
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
    const { stderr, exitCode } = await run('--format', 'xml');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('json, jsonl, csv, yaml, parquet');
  });

  it('leaves a file alone that is no store', async () => {
    const file = join(directory, 'notes.txt');
    await writeFile(file, 'my notes');
    const { stderr } = await run('--format', 'jsonl', '--store', file);
    expect(stderr).toContain('STORE_FOREIGN');
    expect(await readFile(file, 'utf8')).toBe('my notes');
  });
});

describe('export --to', () => {
  let demo: Awaited<ReturnType<typeof demoStore>>;
  let labels: string;

  beforeAll(async () => {
    demo = await demoStore();
    await demo.store.close();
    labels = join(demo.dir, 'labels.duckdb');
  }, 120_000);
  afterAll(() => demo.close());

  const ask = (...args: string[]) => run('--store', labels, ...args);

  it('says what was made, what was left out, and that the splits share nothing', async () => {
    const out = join(demo.dir, 'trl');
    const { stdout } = await ask('--to', 'trl', '--out', out);
    expect(stdout).toMatch(/examples +train \d+ \(\d+ groups\), validation \d+ \(\d+ groups?\), test \d+/);
    expect(stdout).toMatch(/skills +.*diagnose \d+/);
    expect(stdout).toMatch(/proof +0 groups and 0 prompts in more than one split/);
    expect(stdout).toContain(`k8s-labeler validate '${out}' --for trl`);
  });

  it('prints its summary as JSON', async () => {
    const { stdout } = await ask('--to', 'alpaca', '--out', join(demo.dir, 'alpaca'), '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      to: 'alpaca',
      parentId: null,
      proof: { sharedGroups: 0 },
      files: [{ split: 'train' }, {}, {}],
    });
  });

  it('notes files that OpenAI would refuse, and splits that got nothing', async () => {
    const { stdout } = await ask(
      '--to',
      'openai',
      '--out',
      join(demo.dir, 'few'),
      '--max-per-reason',
      '1',
      '--split',
      'train=0.999,test=0.001',
    );
    expect(stdout).toMatch(/note +no group came into test, so it is not written/);
    const { stdout: short } = await ask('--to', 'openai', '--out', join(demo.dir, 'short'), '--type', 'resource_optimization');
    expect(short).toMatch(/checked +openai 1 error \(\w+\)/);
  });

  it('goes on from an earlier dataset', async () => {
    const [small, grown] = [join(demo.dir, 'small'), join(demo.dir, 'grown')];
    await ask('--to', 'trl', '--out', small, '--type', 'troubleshooting');
    const { stdout } = await ask('--to', 'trl', '--out', grown, '--base', small, '--json');
    expect(JSON.parse(stdout).parentId).toBe(JSON.parse(await readFile(join(small, 'manifest.json'), 'utf8')).dataset_id);
  });

  it.each([
    [['--split', 'train=0.5'], 'SPLIT_INVALID'],
    [['--similarity', 'much'], 'INVALID_SIMILARITY'],
    [['--base', join(tmpdir(), 'no-such-dataset')], 'BASE_NOT_FOUND'],
    [['--stratify', '--split-by', 'time'], 'SPLIT_CONFLICT'],
    [['--out', '-'], 'OUT_CONFLICT'],
  ])('refuses %j with %s', async (args, code) => {
    const { stderr, exitCode } = await ask('--to', 'trl', ...args);
    expect(stderr).toContain(code);
    expect(exitCode).toBe(2);
  });

  it('refuses --stratify with --base, which decide about the same', async () => {
    const { stderr, exitCode } = await ask('--to', 'trl', '--stratify', '--base', demo.dir);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--base');
  });

  it('leaves nothing half-written when the disk is full', async () => {
    const script = `ulimit -f 24; exec "${process.execPath}" --import tsx bin/dev.js export --store "${labels}" --to hf --out "${join(demo.dir, 'full')}"`;
    const failed = await promisify(execFile)('bash', ['-c', script], { cwd: root }).catch(
      (error: { code: number; stderr: string }) => error,
    );
    expect(failed).toMatchObject({ code: 5, stderr: expect.stringMatching(/SPOOL_FAILED|EXPORT_WRITE_FAILED/) });
    expect((await readdir(demo.dir)).filter((name) => name.includes('full'))).toEqual([]);
  });
});
