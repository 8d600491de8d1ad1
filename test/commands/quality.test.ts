import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import Generate from '../../src/commands/generate.ts';
import QualityRescore from '../../src/commands/quality/rescore.ts';
import QualityShow from '../../src/commands/quality/show.ts';
import { openStore } from '../../src/core/store/open.ts';
import { troubleshootingLabel } from '../core/label-arbitrary.ts';
import { runCommand, writeOomCapture } from './cli.ts';

let dir: string;
let store: string;
let config: string;
let labelId: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quality-'));
  store = join(dir, 's.duckdb');
  config = join(dir, 'c.yaml');
  await writeOomCapture(join(dir, 'captures', 'cart'));
  await writeFile(config, `captures: {dir: ${join(dir, 'captures')}}\nstore: {path: ${store}}\nquality: {weights: {completeness: 5}}\n`);
  await runCommand(Generate, join(dir, 'captures', 'cart'), '--store', store);
  const open = await openStore(store, { readOnly: true });
  for await (const label of open.select({ type: 'troubleshooting' })) labelId = label.id;
  await open.close();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('quality show', () => {
  it('prints the gates and every check with weight, score and detail below its dimension', async () => {
    const { stdout, exitCode } = await runCommand(QualityShow, labelId.slice(0, 8), '--store', store);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^ContainerLimitOom {2}Deployment shop\/cart\nlabel [0-9a-f]{8} · overall 0\.\d{4} (accept|review) · formulas of version 2$/m,
    );
    expect(stdout).toMatch(/^ {2}✔ passed +subject$/m);
    expect(stdout).toMatch(/^evidence quality 0\.\d{4}\n {3}0\.300 × [01]\.\d{4} {2}recall +\d of \d statements cite evidence/m);
    expect(stdout).toMatch(/^ {2}16\.000 × 1\.0000 {2}reason-is-shown$/m);
  });

  it('gives the trace as JSON, and names candidates for an id that nothing has', async () => {
    const { stdout } = await runCommand(QualityShow, labelId, '--store', store, '--json');
    const [trace] = JSON.parse(stdout);
    expect(trace).toMatchObject({ labelId, reason: 'ContainerLimitOom', qualityVersion: '2' });
    expect(trace.checks.find(({ id }: { id: string }) => id === 'entity')).toMatchObject({ dimension: 'relevance', weight: 0.4 });
    expect(await runCommand(QualityShow, 'ffff', '--store', store)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('INCIDENT_NOT_FOUND'),
    });
  });

  it('says how a label gets a trace that was stored without one', async () => {
    const other = join(dir, 'old.duckdb');
    const open = await openStore(other);
    await open.replaceCapture('cap-a', { labels: [troubleshootingLabel(1)] }, '2026-03-02T00:00:00.000Z');
    await open.close();
    const { stdout } = await runCommand(QualityShow, troubleshootingLabel(1).id, '--store', other);
    expect(stdout).toContain('k8s-labeler quality rescore');
  });
});

describe('quality rescore', () => {
  it('scores by the weights of the configuration, and with --dry-run only says what would change', async () => {
    const dry = await runCommand(QualityRescore, '--config', config, '--dry-run');
    expect(dry).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^2 labels of 1 capture scored .*: 2 would change\nmean overall score 0/),
    });
    expect((await runCommand(QualityRescore, '--config', config)).stdout).toContain(': 2 changed');
    expect((await runCommand(QualityRescore, '--config', config)).stdout).toContain(': 0 changed');
  });

  it('names the labels whose capture it cannot find, with exit code 6', async () => {
    const { stdout, exitCode } = await runCommand(QualityRescore, '--store', store);
    expect(exitCode).toBe(6);
    expect(stdout).toContain('! 2 labels left as they are: 1 capture not found (');
    const json = await runCommand(QualityRescore, '--store', store, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ labels: 0, mean: null, missing: [{ labels: 2, cluster: 'staging' }] });
  });

  it('makes no store where there is none', async () => {
    const { exitCode, stderr } = await runCommand(QualityRescore, '--store', join(dir, 'none.duckdb'));
    expect([exitCode, stderr]).toEqual([5, expect.stringContaining('STORE_NOT_FOUND')]);
  });
});
