import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import IncidentList from '../../src/commands/incident/list.ts';
import IncidentShow from '../../src/commands/incident/show.ts';
import { stableId } from '../../src/core/labels/provenance.ts';
import type { StoredEvent } from '../../src/core/model/label.ts';
import { openStore } from '../../src/core/store/open.ts';
import { optimizationLabel, troubleshootingLabel } from '../core/label-arbitrary.ts';
import { runCommand } from './cli.ts';

let dir: string;
let store: string;
const incidentId = stableId('cap-a', 'incident', 'cart#1');
const culprit = { kind: 'Deployment', namespace: 'shop', name: 'cart-1', uid: '' };

const oom = troubleshootingLabel(1, {
  incident_id: incidentId,
  modifiers: ['ConfigRegression'],
  root_cause: 'The limit is too small.\u001b[2J It was lowered.',
  context: {
    ...troubleshootingLabel().context,
    changes: [
      {
        ref: culprit,
        type: 'modified',
        seq: 7,
        at: '2026-03-01T09:59:00Z',
        fields: [{ path: '/spec/limit', before: '128Mi', after: '64Mi' }],
      },
    ],
    related: [{ relation: 'env', ref: { kind: 'ConfigMap', namespace: 'shop', name: 'flags', uid: '' }, exists: false }],
    gaps: [{ from: '2026-03-01T10:01:00Z', to: '2026-03-01T10:02:00Z', reason: 'watch expired' }],
  },
});

function event(n: number, incident: string, timestamp: string, data: Record<string, unknown>): StoredEvent {
  const id = stableId('cap-a', 'event', String(n));
  return {
    id,
    type: 'container.terminated',
    resource_type: 'Pod',
    resource_name: 'cart-1',
    namespace: 'shop',
    data: { incident, ...data },
    timestamp,
    cluster_id: 'c01',
  };
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'incident-'));
  store = join(dir, 's.duckdb');
  const detail = { reason: 'OOMKilled', exitCode: 137, message: '' };
  const events = [
    event(1, 'cart#1', '2026-03-01T09:59:58.000Z', {
      seq: 1,
      pointer: oom.evidence[0]?.pointer,
      container: 'app',
      count: 4,
      last_at: '2026-03-01T10:00:30Z',
      detail,
    }),
    event(2, 'cart#1', '2026-03-01T11:01:00.000Z', { seq: 9, pointer: '/x', count: 1, last_at: '2026-03-01T11:01:00Z', detail }),
    event(3, 'other', '2026-03-01T09:00:00.000Z', {
      seq: 2,
      pointer: '/y',
      count: 1,
      last_at: '2026-03-01T09:00:00Z',
      detail: { ...detail, reason: 'Foreign' },
    }),
  ];
  const labels = [
    oom,
    troubleshootingLabel(2, {
      incident_id: 'aaaa1111-1',
      severity: 'low',
      category: 'image',
      reason: 'ImageNotFound',
      timestamp: '2026-03-01T08:00:00.000Z',
    }),
    troubleshootingLabel(3, { incident_id: 'aaaa2222-2', severity: 'info', category: 'none', reason: 'Recovered' }),
    { ...optimizationLabel(4), incident_id: 'bbbb3333-3' },
  ];
  const open = await openStore(store);
  await open.replaceCapture('cap-a', { labels, events }, '2026-03-02T00:00:00.000Z');
  await open.close();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const list = (...args: string[]) => runCommand(IncidentList, '--store', store, ...args);
const show = (...args: string[]) => runCommand(IncidentShow, '--store', store, ...args);
const ids = (stdout: string) => (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id);

describe('incident list', () => {
  it('lists faults, the worst first, and says what it leaves out', async () => {
    const { stdout, stderr } = await list();
    expect(stdout.split('\n').slice(1, 3)).toEqual([
      `${incidentId.slice(0, 8)}  HIGH      ContainerLimitOom  Deployment shop/cart-1  2026-03-01 10:00:00  0.85  0.85`,
      'aaaa1111  LOW       ImageNotFound      Deployment shop/cart-2  2026-03-01 08:00:00  0.85  0.85',
    ]);
    expect(stderr).toContain('2 incidents, 2 without a fault left out (--all shows them)');
  });

  it.each([
    [['--all'], [incidentId, 'bbbb3333-3', 'aaaa1111-1', 'aaaa2222-2']],
    [['--category', 'none'], ['aaaa2222-2']],
    [['--category', 'sizing'], ['bbbb3333-3']],
    [['--severity', 'medium'], [incidentId]],
    [['--reason', 'imagenotfound'], ['aaaa1111-1']],
    [['--namespace', 'none'], []],
    [
      ['--cluster', 'c01'],
      [incidentId, 'aaaa1111-1'],
    ],
  ])('%j selects', async (args, expected) => {
    const { stdout, exitCode } = await list(...args, '--json');
    expect(exitCode).toBe(0);
    expect(ids(stdout)).toEqual(expected);
  });

  it('suggests the reason that was meant', async () => {
    const { stderr, exitCode } = await list('--reason', 'ImageNotFond');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('did you mean ImageNotFound?');
  });
});

describe('incident show', () => {
  it('tells the incident as a timeline with cited evidence, then cause, advice, other hypotheses and what is not known', async () => {
    const { stdout, exitCode } = await show(incidentId.slice(0, 8));
    expect(exitCode).toBe(0);
    expect(stdout).toContain('HIGH      ContainerLimitOom after ConfigRegression  Deployment shop/cart-1');
    const lines = stdout.split('\n');
    const from = lines.indexOf('What happened');
    expect(lines.slice(from + 1, from + 6)).toEqual([
      '         2026-03-01 UTC',
      '     +0s 09:59:00 · Deployment cart-1 was modified: /spec/limit "128Mi" → "64Mi"',
      '    +58s 09:59:58 ● Pod cart-1 container app ended: OOMKilled, exit 137 (×4, last 10:00:30)',
      '                    └ e1 seq 1 /status/containerStatuses/0/lastState/terminated/reason = OOMKilled',
      '  +1h02m 11:01:00 · Pod cart-1 ended: OOMKilled, exit 137',
    ]);
    expect(stdout).toContain('Root cause\n  The limit is too small.\\x1b[2J It was lowered.');
    expect(stdout).toContain('Resolution, advised\n  1. Raise the limit\n     $ kubectl set resources\n     check: no restarts');
    expect(stdout).toContain('Also considered\n  0.30  RuntimeHeapOom, Deployment shop/cart-1 (OOM-3)');
    expect(stdout).toContain('- ConfigMap shop/flags (env) is not in the recording');
    expect(stdout).toContain('- nothing was recorded from 2026-03-01T10:01:00Z to 2026-03-01T10:02:00Z: watch expired');
  });

  it('leaves out the events of other incidents of the capture', async () => {
    expect((await show(incidentId)).stdout).not.toContain('Foreign');
  });

  it('finds an incident by the id of its label too', async () => {
    const { stdout } = await show(oom.id, '--json');
    expect(JSON.parse(stdout)).toMatchObject([
      { label: { incident_id: incidentId }, timeline: [{ seconds: 0 }, { seconds: 58, count: 4 }, { seconds: 3720 }] },
    ]);
  });

  it('shows a suggestion of resources with what it changes', async () => {
    const { stdout } = await show('bbbb');
    expect(stdout).toMatch(/Finding\n {2}saves 64 MB[\s\S]*Suggestion\n {2}\{\}/);
  });

  it('lists the candidates of an ambiguous prefix', async () => {
    const { stderr, exitCode } = await show('aaaa');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('INCIDENT_AMBIGUOUS');
    expect(stderr).toContain('aaaa1111-1  low ImageNotFound, Deployment shop/cart-2');
    expect(stderr).toContain('aaaa2222-2  info Recovered');
  });

  it('offers the worst incidents when an id is unknown', async () => {
    const { stderr, exitCode } = await show('zz\u001b[2J');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('INCIDENT_NOT_FOUND');
    expect(stderr).toContain(`→ ${incidentId.slice(0, 8)}  high ContainerLimitOom, Deployment shop/cart-1`);
    expect(stderr).not.toContain('\u001b[2J');
  });
});
