import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import Generate from '../../src/commands/generate.ts';
import IncidentShow from '../../src/commands/incident/show.ts';
import { openCapture } from '../../src/core/capture/index.ts';
import { bundledCaptures, captureDirs } from '../../src/core/captures.ts';
import { openStore } from '../../src/core/store/open.ts';
import { root } from '../source.ts';
import { runCommand, writeOomCapture } from './cli.ts';

let dir: string;
let capture: string;
let store: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'generate-'));
  capture = join(dir, 'captures', 'cart');
  store = join(dir, 'new', 'folder', 's.duckdb');
  await mkdir(join(dir, 'captures'));
  await writeOomCapture(capture);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function storedLabels(path: string) {
  const open = await openStore(path, { readOnly: true });
  const labels = [];
  for await (const label of open.select()) labels.push(label);
  await open.close();
  return labels;
}

describe('generate', () => {
  it('stores the labels of a capture and sums up what it found, why, and what comes next', async () => {
    const { stdout, exitCode } = await runCommand(Generate, capture, '--store', store);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^1 capture · 8 records · 1 incident · 2 labels · /);
    expect(stdout).toMatch(/^(CRITICAL|HIGH) +ContainerLimitOom +Deployment shop\/cart$/m);
    expect(stdout).toMatch(/└ Pod cart-7d-x .*OOMKilled, exit 137 {2}\(seq \d+\)$/m);
    expect(stdout).toMatch(/^Quality +overall 0\.\d\d \(0\.\d\d\), completeness/m);
    expect(stdout).toMatch(
      /^Sizing advice\n {2}MemoryUnderprovisioned {2}Deployment shop\/cart\s+container app: memory request unset → \d+Mi, memory limit 64Mi → \d+Mi$/m,
    );
    const label = (await storedLabels(store)).find(({ type }) => type === 'troubleshooting');
    expect(label).toMatchObject({ reason: 'ContainerLimitOom', cluster_id: 'staging', resource: { kind: 'Deployment', name: 'cart' } });
    expect(stdout).toContain(`k8s-labeler incident show ${label?.incident_id.slice(0, 8)} --store ${store}`);
  });

  it('prints every incident in full with --explain', async () => {
    const { stdout } = await runCommand(
      Generate,
      `${root}/recordings/cascade-pg-conf-quote-shop/capture`,
      '--store',
      join(dir, 'explained.duckdb'),
      '--explain',
    );
    expect(stdout).toMatch(/What happened\n[\s\S]*Root cause\n[\s\S]*Rests on\n {2}- rule CFF-1: e1 /);
    expect(stdout).toMatch(
      /Also considered\n {2}0\.65 {2}AppStartupError, Deployment case-105\/tariff-db \(POD-CRASH\): what ConfigFileInvalid/,
    );
  });

  it('gives the same labels when it runs again', async () => {
    const before = await storedLabels(store);
    const { stdout } = await runCommand(Generate, capture, '--store', store, '--json');
    expect(JSON.parse(stdout).captures[0].stored).toEqual({ inserted: 0, updated: 0, unchanged: before.length, removed: 0 });
    expect(await storedLabels(store)).toEqual(before);
  });

  it('prints numbers with --json, and nothing else', async () => {
    const { stdout, stderr } = await runCommand(Generate, capture, '--store', store, '--json');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      captures: [{ dir: capture, cluster: 'staging', records: 8, incidents: 1, rejected: [], below: 0, ruleFailures: [] }],
      labels: { total: 2, byReason: { ContainerLimitOom: 1, MemoryUnderprovisioned: 1 } },
      quality: { overall_score: { mean: expect.any(Number), min: expect.any(Number) } },
      store,
    });
  });

  it('says how many labels were below the minimum quality', async () => {
    const { stdout } = await runCommand(Generate, capture, '--store', join(dir, 'strict.duckdb'), '--min-quality', '1');
    expect(stdout).toMatch(/Left out +2 labels below the minimum quality/);
    expect(await storedLabels(join(dir, 'strict.duckdb'))).toEqual([]);
  });

  it('reads all captures of the configured folder when none is named', async () => {
    const config = join(dir, 'config.yaml');
    await writeFile(config, `captures: {dir: ${join(dir, 'captures')}}\nstore: {path: ${join(dir, 'configured.duckdb')}}\n`);
    const { stderr, exitCode } = await runCommand(Generate, '--config', config);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('capture 1 of 1: cart\n');
    expect(await storedLabels(join(dir, 'configured.duckdb'))).toHaveLength(2);
  });

  it('says what to do when there is no capture, and makes no store', async () => {
    const config = join(dir, 'empty.yaml');
    await writeFile(config, `captures: {dir: ${join(dir, 'nowhere')}}\nstore: {path: ${join(dir, 'none.duckdb')}}\n`);
    const { stderr, exitCode } = await runCommand(Generate, '--config', config);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('[NO_CAPTURES]');
    expect(stderr).toMatch(/generate --demo[\s\S]*k8s-labeler import/);
    expect(await readdir(dir)).not.toContain('none.duckdb');
  });

  it('refuses a folder that is no capture with exit code 3', async () => {
    await mkdir(join(dir, 'nothing'));
    const { stderr, exitCode } = await runCommand(Generate, join(dir, 'nothing'), '--store', join(dir, 'x.duckdb'));
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`${join(dir, 'nothing')} is no capture: no manifest.json`);
  });

  it('reads nothing and makes no store when one of several captures cannot be opened', async () => {
    const damaged = join(dir, 'damaged');
    await mkdir(damaged);
    await writeFile(join(damaged, 'manifest.json'), '{"format": "k8s-labeler-capture", "version": 2}');
    const { stderr, exitCode } = await runCommand(Generate, capture, damaged, '--store', join(dir, 'x.duckdb'));
    expect(exitCode).toBe(3);
    expect(stderr).toContain('[CAPTURE_NEWER]');
    expect(stderr).not.toContain('capture 1 of');
    expect(await readdir(dir)).not.toContain('x.duckdb');
  });

  it('refuses a capture without records with exit code 3', async () => {
    const empty = join(dir, 'empty');
    const writer = await openCapture(empty, { source: { type: 'import' }, clusters: [], tool: 'test', createdAt: '2026-03-01T10:00:00Z' });
    await writer.close();
    const { stderr, exitCode } = await runCommand(Generate, empty, '--store', join(dir, 'x.duckdb'));
    expect(exitCode).toBe(3);
    expect(stderr).toContain('[CAPTURE_EMPTY]');
  });

  it('tells a missing directory and a file from a folder that is no capture', async () => {
    const file = join(dir, 'file.txt');
    await writeFile(file, '');
    const said = async (path: string) => (await runCommand(Generate, path, '--store', join(dir, 'x.duckdb'))).stderr;
    expect(await said(file)).toContain(`${file} is no capture: it is not a directory`);
    expect(await said(join(dir, 'gone'))).toContain(`there is no directory ${join(dir, 'gone')}`);
  });

  it('refuses a quality that is no number from 0 to 1', async () => {
    const { stderr, exitCode } = await runCommand(Generate, capture, '--store', store, '--min-quality', 'good');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('INVALID_QUALITY');
  });

  it('lets no terminal escape of a log through, here or in the timeline', async () => {
    const [label] = await storedLabels(store);
    const shown = await runCommand(IncidentShow, label?.incident_id ?? '', '--store', store);
    const summed = await runCommand(Generate, capture, '--store', store);
    expect(shown.stdout + summed.stdout + summed.stderr).not.toContain('\u001b[2J');
  });
});

describe('captures', () => {
  it('are found directly below a folder, in order, each once', async () => {
    expect(await captureDirs([join(dir, 'captures'), capture])).toEqual([capture]);
  });

  it('may lie in a folder of their own, as recordings do', async () => {
    const recordings = join(dir, 'recordings');
    await mkdir(join(recordings, 'b'), { recursive: true });
    await writeOomCapture(join(recordings, 'b', 'capture'));
    await writeOomCapture(join(recordings, 'a'));
    expect(await bundledCaptures(recordings)).toEqual([join(recordings, 'a'), join(recordings, 'b', 'capture')]);
  });

  it('that are missing from the package are an error', async () => {
    await expect(bundledCaptures(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'NO_RECORDINGS', exitCode: 2 });
  });
});
