import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCapture } from '../../src/core/capture/index.ts';
import { defaultConfig } from '../../src/core/config.ts';
import { factsOf } from '../../src/core/dataset/facts.ts';
import { generate } from '../../src/core/generate.ts';
import { importCapture } from '../../src/core/import.ts';
import type { CaptureRecord } from '../../src/core/model/capture.ts';
import type { LabelEvidence, StoredEvent, TroubleshootingLabel } from '../../src/core/model/label.ts';
import { payloadOf, resolvePointer } from '../../src/core/model/pointer.ts';
import type { KubernetesObject } from '../../src/core/model/resource.ts';
import type { Fact, Made } from '../../src/core/model/training.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { openStore } from '../../src/core/store/open.ts';
import { loadTemplates } from '../../src/core/templates.ts';
import { type TimelineEntry, timelineOf } from '../../src/core/timeline.ts';
import { madeOf } from '../../src/core/training/examples.ts';
import {
  audited,
  auditLog,
  cart,
  controllers,
  deletedWith,
  failingPull,
  healthyCart,
  metadataOnly,
  pods,
  rolledBack,
  settings,
  through,
} from './audit-log.ts';
import { labelsWithEvents } from './dataset/demo-store.ts';
import { folder } from './importers/folder.ts';
import { time, waiting } from './records.ts';

type Labelled = {
  label: TroubleshootingLabel;
  timeline: TimelineEntry[];
  facts: Fact[];
  made: Made;
  records: Map<number, CaptureRecord>;
  rejected: unknown[];
};

/** The label of the one fault in an audit log. */
async function labelled(...events: KubernetesObject[]): Promise<Labelled> {
  const root = folder({ 'audit.log': auditLog(events) });
  const capture = join(root, 'capture');
  await importCapture([join(root, 'audit.log')], { out: capture });
  const records = new Map<number, CaptureRecord>();
  for await (const record of readCapture(capture)) records.set(record.seq, record);
  const store = await openStore(join(root, 'labels.duckdb'));
  try {
    const rules = { rules: builtinRules, rulesVersion: '1', createdAt: time(0) };
    const [result] = await generate([capture], { store, config: defaultConfig, ...rules });
    const labels = [];
    for await (const one of labelsWithEvents(store)) if (one.label.type === 'troubleshooting') labels.push(one);
    expect(labels).toHaveLength(1);
    const [{ label, events: rows }] = labels as [{ label: TroubleshootingLabel; events: StoredEvent[] }];
    const facts = await factsOf(label, rows);
    const made = madeOf(label, facts, { templates: (await loadTemplates()).templates, titleOf: () => 'a cause' });
    return { label, timeline: await timelineOf(label, rows), facts, made, records, rejected: result?.rejected ?? [] };
  } finally {
    await store.close();
  }
}

const [alice, bob] = ['alice@example.com', 'bob@example.com'];
const badImage = cart(20, 2, 'registry.example/cart:9');
const rollback = cart(30, 3, 'registry.example/cart:1');
const citing = ({ evidence }: TroubleshootingLabel, user: string): LabelEvidence | undefined =>
  evidence.find(({ pointer, value }) => pointer === '/audit' && (value as { user: string }).user === user);

describe('a bad image that one person set and another took back', () => {
  let case1: Labelled;
  beforeAll(async () => {
    case1 = await labelled(
      ...healthyCart(),
      audited(120, alice, 'patch', badImage),
      ...failingPull(),
      audited(300, bob, 'patch', rollback, { impersonatedUser: { username: 'release-admin' } }),
      ...rolledBack(),
    );
  });

  it('names who brought it in, in the root cause', () => {
    const { label } = case1;
    expect(label).toMatchObject({ reason: 'ImageNotFound', modifiers: ['DeployRegression'] });
    expect(label.root_cause).toContain(
      'before the first sign, alice@example.com patched Deployment shop/cart with kubectl: set /spec/template/spec/containers/0/image to "registry.example/cart:9" (it was "registry.example/cart:1").',
    );
    const segment = label.segments.find(({ text }) => text.includes(alice));
    expect(segment).toMatchObject({ kind: 'observation', evidence_ids: expect.arrayContaining([citing(label, alice)?.id]) });
  });

  it('names who ended it, in the observed resolution', () => {
    const { label } = case1;
    expect(label.resolution).toMatchObject({
      observed: true,
      steps: [{ verify: expect.stringContaining('made by bob@example.com as release-admin (patch, kubectl).') }],
    });
    expect(label.resolution.steps[0]?.evidence_ids).toContain(citing(label, bob)?.id);
    expect(label.root_cause).not.toContain(bob);
  });

  it('cites the audit entries, which hold against the capture', () => {
    const { label, records, rejected } = case1;
    expect(rejected).toEqual([]);
    for (const user of [alice, bob]) {
      const item = citing(label, user) as LabelEvidence;
      const record = records.get(item.seq) as CaptureRecord;
      expect(item).toMatchObject({ type: 'change', ref: 'Deployment shop/cart', observed_at: record.at });
      expect(resolvePointer(payloadOf(record), item.pointer)).toEqual(item.value);
    }
  });

  it('names no controller, though controllers changed more', () => {
    expect(JSON.stringify(case1.label)).not.toContain('system:serviceaccount:kube-system');
  });

  it('shows in the timeline who made each change, where it is cited', () => {
    const changes = case1.timeline.filter(({ kind }) => kind === 'change');
    expect(changes.map(({ resource, text, evidence }) => [resource, text.split(': /spec')[0], evidence.length])).toEqual([
      ['Deployment shop/cart', 'was modified by alice@example.com (patch, kubectl)', 2],
      ['Deployment shop/cart', 'was modified by bob@example.com as release-admin (patch, kubectl)', 2],
    ]);
  });

  it('makes examples that name who brought it in only where that is shown, and never who ended it', () => {
    const { made, facts } = case1;
    const asked = made.examples.filter(({ skill }) => skill !== 'plan');
    expect(asked.map(({ skill }) => skill)).toContain('diagnose');
    for (const { prompt, completion, moment } of asked) {
      const later = facts.filter(({ at, standing }) => !standing && Date.parse(at) > Date.parse(moment));
      for (const { text } of later) expect(prompt).not.toContain(text);
      expect(prompt + completion).not.toContain('bob');
      if (completion.includes('alice')) expect(prompt).toContain('alice');
    }
    expect(made.dropped.filter(({ gate }) => gate === 'future' || gate === 'reveals')).toEqual([]);
  });

  it('has a question that names nobody', () => {
    expect(case1.label.question).not.toMatch(/alice|bob/);
  });
});

it('without anybody in the log the same incident has the same cause, and the change is nobody’s', async () => {
  const quietly = { user: { username: controllers.deployments } };
  const { label } = await labelled(...healthyCart(), audited(120, alice, 'patch', badImage, quietly), ...failingPull());
  expect(label).toMatchObject({ reason: 'ImageNotFound', modifiers: ['DeployRegression'] });
  expect(label.root_cause).toContain('before the first sign, Deployment shop/cart was changed: set /spec/template');
  expect(label.evidence.map(({ pointer }) => pointer)).not.toContain('/audit');
});

it('who changed something else at the same moment is not named', async () => {
  const quietly = { user: { username: controllers.deployments } };
  const { label } = await labelled(
    ...healthyCart(),
    audited(0, 'carol@example.com', 'create', settings(5)),
    audited(120, 'carol@example.com', 'patch', { ...settings(6), data: { mode: 'slow' } }),
    audited(120, alice, 'patch', badImage, quietly),
    ...failingPull(),
  );
  expect(label.reason).toBe('ImageNotFound');
  expect(label.answer).not.toContain('carol');
});

it('who was refused is not named', async () => {
  const { label } = await labelled(
    ...healthyCart(),
    audited(119, 'mallory@example.com', 'patch', badImage, { responseStatus: { code: 403 } }),
    audited(120, alice, 'patch', badImage),
    ...failingPull(),
  );
  expect(label.root_cause).toContain(alice);
  expect(JSON.stringify(label)).not.toContain('mallory');
});

it('at level Metadata it is told who asked, that the content is not recorded, and no kind of change is claimed', async () => {
  const { label, timeline, rejected } = await labelled(
    // The control plane answers with the object only after the change: what it was before is not known either.
    audited(0, controllers.deployments, 'create', badImage),
    metadataOnly(audited(118, alice, 'patch', badImage)),
    ...failingPull(),
  );
  expect(rejected).toEqual([]);
  expect(label.modifiers).toEqual([]);
  expect(label.root_cause).toContain('alice@example.com patched Deployment shop/cart with kubectl: what that changed is not recorded.');
  expect(citing(label, alice)).toBeDefined();
  expect(timeline.find(({ kind }) => kind === 'change')?.text).toBe(
    'got a patch from alice@example.com (kubectl), what it changed is not recorded',
  );
});

it('a deleted ConfigMap has somebody who deleted it', async () => {
  const { kubelet, replicaSets, deployments } = controllers;
  const missing = 'configmap "settings" not found';
  const container = { name: 'app', image: 'registry.example/cart:1', envFrom: [{ configMapRef: { name: 'settings' } }] };
  const withSettings = (one: KubernetesObject) => ({ ...one, spec: { ...one.spec, containers: [container] } });
  const workload = cart(10, 1, 'registry.example/cart:1');
  workload.spec.template.spec.containers = [container];
  const { label, rejected } = await labelled(
    audited(0, 'carol@example.com', 'create', settings(5)),
    audited(0, 'system:serviceaccount:ci:deployer', 'create', workload),
    audited(1, replicaSets, 'create', withSettings(pods(1, '7d9f8b6c5', 12))),
    through('status', audited(3, kubelet, 'patch', withSettings(pods(1, '7d9f8b6c5', 13)))),
    deletedWith(audited(200, alice, 'delete', settings(5))),
    through(
      'status',
      audited(230, kubelet, 'patch', withSettings(pods(1, '7d9f8b6c5', 14, waiting('CreateContainerConfigError', missing)))),
    ),
    through(
      'status',
      audited(400, kubelet, 'patch', withSettings(pods(1, '7d9f8b6c5', 15, waiting('CreateContainerConfigError', missing)))),
    ),
    through('status', audited(401, deployments, 'update', { ...workload, metadata: { ...workload.metadata, resourceVersion: '16' } })),
  );
  expect(rejected).toEqual([]);
  expect(label).toMatchObject({ reason: 'ConfigMapNotFound', modifiers: ['ConfigRegression'] });
  expect(label.root_cause).toContain('30 s before the first sign, alice@example.com deleted ConfigMap shop/settings with kubectl.');
  expect(label.evidence.find(({ pointer }) => pointer === '/audit')).toMatchObject({ ref: 'ConfigMap shop/settings' });
});
