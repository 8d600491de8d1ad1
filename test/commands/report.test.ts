import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import Export from '../../src/commands/export.ts';
import Generate from '../../src/commands/generate.ts';
import Report from '../../src/commands/report.ts';
import { runCommand, writeOomCapture } from './cli.ts';

let dir: string;
let store: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'report-'));
  store = join(dir, 'labels.duckdb');
  await writeOomCapture(join(dir, 'capture'));
  await runCommand(Generate, join(dir, 'capture'), '--store', store);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Lines that the width of a terminal has broken, as one. */
const unwrapped = (text: string) => text.replaceAll('\n', ' ');

describe('report', () => {
  it('writes one page and says what is in it', async () => {
    const out = join(dir, 'site', 'report.html');
    const { stdout, exitCode } = await runCommand(Report, '--store', store, '--out', out);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(out);
    expect(stdout).toMatch(/\d+ labels?, \d+ incidents?, 1 cluster/);
    expect(await readFile(out, 'utf8')).toMatch(/^<!DOCTYPE html>\n<html lang="en">[\s\S]*<\/html>\n$/);
  });

  it('prints as JSON what it wrote', async () => {
    const out = join(dir, 'report.html');
    const { stdout } = await runCommand(Report, '--store', store, '--out', out, '--json');
    const written = JSON.parse(stdout);
    expect(written).toMatchObject({ file: out, bytes: (await stat(out)).size, clusters: 1, captures: 1 });
    expect(written.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is of the labels that flags choose, and says so', async () => {
    const out = join(dir, 'part.html');
    const chosen = ['--store', store, '--out', out, '--json'];
    const written = async (...flags: string[]) => JSON.parse((await runCommand(Report, ...chosen, ...flags)).stdout);
    const whole = await written();
    expect((await written('--namespace', 'shop')).labels).toBe(whole.labels);
    expect(await written('--reason', 'containerlimitoom', '--min-quality', '0.5', '--since', '24h')).toMatchObject({
      selection: { reason: 'ContainerLimitOom', 'quality at least': '0.5', since: expect.stringMatching(/^2026-02-28T/) },
    });
    expect(await written('--reviewed', 'any')).toMatchObject({ labels: 0, quality: null });
    const { stderr, stdout, exitCode } = await runCommand(Report, '--store', store, '--out', out, '--cluster', 'elsewhere');
    expect([stderr, stdout, exitCode]).toEqual([
      expect.stringContaining('no label that fits'),
      expect.stringContaining('only cluster elsewhere'),
      0,
    ]);
  });

  it.each([
    [['--reason', 'Nonsense'], 'UNKNOWN_REASON'],
    [['--since', 'yesterday'], 'INVALID_TIME'],
    [['--min-quality', '7'], 'INVALID_QUALITY'],
    [['--incident', 'ffffffff'], 'INCIDENT_NOT_FOUND'],
  ])('refuses %s', async (flags, code) => {
    const { exitCode, stderr } = await runCommand(Report, '--store', store, '--out', join(dir, 'no.html'), ...flags);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`[${code}]`)]);
  });

  it('shows the splits of the store, those of a dataset, or none', async () => {
    const out = ['--out', join(dir, 'splits.html')];
    const dataset = join(dir, 'dataset');
    await runCommand(Export, '--store', store, '--to', 'trl', '--out', dataset, '--split', 'train=0.5,test=0.5');
    const computed = await runCommand(Report, '--store', store, ...out);
    expect(unwrapped(computed.stdout)).toMatch(/Splits as export --to makes them: train \d+ labels? in \d+ groups?, .*; shared 0 keys, /);
    const exported = await runCommand(Report, '--store', store, ...out, '--dataset', dataset);
    expect(unwrapped(exported.stdout)).toMatch(/Splits of the dataset: .* shared 0 keys, 0 prompts, highest similarity \S+ \(limit 0.7\)/);
    expect((await runCommand(Report, '--store', store, ...out, '--no-splits')).stdout).not.toContain('Splits');
    const none = await runCommand(Report, '--store', store, ...out, '--dataset', dir);
    expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining('[DATASET_NOT_FOUND]')]);
  });

  it('ends with 6 when the splits of a dataset share something', async () => {
    const dataset = join(dir, 'leaking');
    await runCommand(Export, '--store', store, '--to', 'trl', '--out', dataset);
    const manifest = await readFile(join(dataset, 'manifest.json'), 'utf8');
    await writeFile(join(dataset, 'manifest.json'), manifest.replace('"shared_groups": 0', '"shared_groups": 1'));
    const { exitCode, stderr } = await runCommand(Report, '--store', store, '--out', join(dir, 'leaks.html'), '--dataset', dataset);
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining('share something')]);
  });

  it('ends with the exit code of the store where there is none', async () => {
    const { exitCode } = await runCommand(Report, '--store', join(dir, 'missing.duckdb'), '--out', join(dir, 'no.html'));
    expect(exitCode).toBe(5);
    await expect(stat(join(dir, 'no.html'))).rejects.toThrow();
  });
});
