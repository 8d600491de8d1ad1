import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import Check from '../../src/commands/check.ts';
import { openStore } from '../../src/core/store/open.ts';
import { optimizationLabel, troubleshootingLabel } from '../core/label-arbitrary.ts';
import { runCommand } from './cli.ts';

let dir: string;
let store: string;
let empty: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'check-'));
  store = join(dir, 's.duckdb');
  empty = join(dir, 'empty.duckdb');
  const quality = { completeness: 1, consistency: 1, relevance: 1, evidence_quality: 0.1, overall_score: 0.4 };
  const open = await openStore(store);
  await open.replaceCapture(
    'cap-a',
    {
      labels: [
        troubleshootingLabel(1),
        troubleshootingLabel(2, {
          severity: 'medium',
          category: 'image',
          reason: 'ImageNotFound',
          modifiers: ['DeployRegression'],
          quality,
        }),
        troubleshootingLabel(3, { severity: 'medium', resource: { kind: 'Pod', namespace: 'other', name: 'p', uid: '' } }),
        troubleshootingLabel(4, { severity: 'critical', category: 'none', reason: 'Inconclusive' }),
        { ...optimizationLabel(5), severity: 'critical', timestamp: '2026-02-01T00:00:00.000Z' },
      ],
    },
    '2026-03-02T00:00:00.000Z',
  );
  await open.close();
  await (await openStore(empty)).close();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const check = (...args: string[]) => runCommand(Check, '--store', store, ...args);

describe('check', () => {
  it('without thresholds fails on faults of severity high or worse, and names them', async () => {
    const { stdout, exitCode } = await check();
    expect(exitCode).toBe(6);
    expect(stdout).toContain('✖ FAIL  incidents of severity high or worse: 1, allowed at most 0');
    expect(stdout).toContain('- incident high ContainerLimitOom, Deployment shop/cart-1');
    expect(stdout).toContain('1 of 1 check missed (5 labels looked at)');
  });

  it.each([
    ['a severity that nothing reaches', 0, ['--fail-on', 'critical']],
    ['fewer incidents than allowed', 0, ['--fail-on', 'medium:4']],
    ['as many incidents as fail it', 6, ['--fail-on', 'medium:3']],
    ['a reason as often as allowed', 0, ['--max-reason', 'ContainerLimitOom=2', '--max-reason', 'NodeOom=0']],
    ['a reason too often', 6, ['--max-reason', 'ContainerLimitOom=1']],
    ['a change reason, which is a modifier', 6, ['--max-reason', 'DeployRegression=0']],
    ['a required reason that is there, whatever its case', 0, ['--require-reason', 'imagenotfound']],
    ['a required reason that is not there', 6, ['--require-reason', 'NodeOom']],
    ['enough labels', 0, ['--min-labels', '5']],
    ['too few labels', 6, ['--min-labels', '6']],
    ['quality that all labels have', 0, ['--min-quality', '0.4']],
    ['quality that one label does not have', 6, ['--min-quality', '0.41']],
    ['too few labels of a type', 6, ['--min-labels', '2', '--type', 'resource_optimization']],
    ['another namespace', 6, ['--min-labels', '2', '--namespace', 'other']],
    ['another cluster', 6, ['--min-labels', '1', '--cluster', 'c02']],
    ['a time span before which labels are left out', 6, ['--min-labels', '5', '--since', '24h']],
    ['the same span with what is in it', 0, ['--min-labels', '4', '--since', '24h', '--until', '2026-03-02T00:00:00Z']],
    ['one missed check among passed ones', 6, ['--fail-on', 'critical', '--min-labels', '6', '--max-reason', 'NodeOom=0']],
  ])('%s: exit code %i', async (_, expected, args) => {
    const { exitCode, stdout, stderr } = await check(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: expected, stderr: expect.not.stringContaining('Error') });
    expect(stdout.includes('✖ FAIL')).toBe(expected === 6);
  });

  it('prints found and allowed of every check as JSON', async () => {
    const { stdout, exitCode } = await check('--max-reason', 'ContainerLimitOom=0', '--min-quality', '0.41', '--json');
    expect(exitCode).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({
      passed: false,
      labels: 5,
      checks: [
        {
          name: 'labels with ContainerLimitOom',
          passed: false,
          found: 2,
          allowed: 'at most 0',
          offenders: [{ severity: 'high' }, { severity: 'medium' }],
        },
        { name: 'labels of lower quality', passed: false, found: 1, allowed: 'none below 0.41', offenders: [{ quality: 0.4 }] },
      ],
    });
  });

  it('warns that nothing was looked at, and passes', async () => {
    const { stderr, exitCode } = await runCommand(Check, '--store', empty);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('no label was looked at');
  });

  it.each([
    [['--max-reason', 'ContainerLimtOom=0'], 'UNKNOWN_REASON', 'did you mean ContainerLimitOom?'],
    [['--require-reason', 'Bogus'], 'UNKNOWN_REASON', 'rules list'],
    [['--max-reason', 'ContainerLimitOom'], 'INVALID_THRESHOLD', 'expected REASON=NUMBER'],
    [['--max-reason', 'ContainerLimitOom=-1'], 'INVALID_THRESHOLD', 'expected REASON=NUMBER'],
    [['--fail-on', 'terrible'], 'INVALID_THRESHOLD', 'critical, high, medium, low, info'],
    [['--fail-on', 'high:0'], 'INVALID_THRESHOLD', '--fail-on medium:3'],
    [['--min-quality', '2'], 'INVALID_QUALITY', 'from 0 to 1'],
    [['--since', 'yesterday'], 'INVALID_TIME', '--since 24h'],
  ])('refuses %j', async (args, code, hint) => {
    const { stderr, exitCode } = await check(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(code);
    expect(stderr).toContain(hint);
  });

  it('fails with exit code 5 when there is no store', async () => {
    expect((await runCommand(Check, '--store', join(dir, 'none.duckdb'))).exitCode).toBe(5);
  });
});
