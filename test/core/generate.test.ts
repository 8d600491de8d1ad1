import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCapture } from '../../src/core/capture/index.ts';
import { defaultConfig } from '../../src/core/config.ts';
import { type GenerateOptions, generate } from '../../src/core/generate.ts';
import type { Label, TroubleshootingLabel } from '../../src/core/model/label.ts';
import { questionProblems } from '../../src/core/quality/question.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import type { Rule } from '../../src/core/rules/rule.ts';
import { openStore } from '../../src/core/store/open.ts';
import { rule } from './analysis/claims.ts';
import { event, healthyWorkload, log, numbered, terminated, ticks, usage, waiting, workloadPod } from './records.ts';
import { review } from './review-rows.ts';

const podName = 'cart-7d9f8b6c5-x2x4z';
let directory: string;
let capture: string;
let stores = 0;

/** Deployment shop/cart whose container is OOM-killed again and again. */
const crash = (at: number, restarts: number) =>
  workloadPod(at, 'cart', {
    restarts,
    ready: false,
    resources: { limits: { memory: '64Mi' } },
    state: waiting('CrashLoopBackOff', 'back-off 10s restarting failed container'),
    lastState: terminated(137, at - 9, at - 5, 'OOMKilled'),
  });
const records = numbered([
  ...healthyWorkload('cart', { resources: { limits: { memory: '64Mi' } } }),
  ...[60, 120, 180].map((at, index) => crash(at, index + 1)),
  event(181, { kind: 'Pod', name: podName }, 'BackOff', 'Back-off restarting failed container', { count: 3, first: 61 }),
  log(170, podName, 'loading catalogue'),
  usage(150, podName, 20, 60),
  ...ticks(180, 300),
]);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'generate-core-'));
  capture = join(directory, 'capture');
  const writer = await openCapture(capture, {
    source: { type: 'import' },
    clusters: [{ alias: 'c01', name: 'staging' }],
    tool: 'test',
    createdAt: '2026-03-01T10:00:00Z',
  });
  for (const record of records) await writer.write(record);
  await writer.close();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function newStore(): string {
  stores += 1;
  return join(directory, `${stores}.duckdb`);
}

/** Generates into a store file and reads it all back. */
async function generateInto(path: string, options: Partial<GenerateOptions> = {}) {
  const store = await openStore(path);
  const base = { store, config: defaultConfig, rules: builtinRules, rulesVersion: '1', createdAt: '2026-03-02T00:00:00.000Z' };
  try {
    const [result] = await generate([capture], { ...base, ...options });
    const labels: Label[] = [];
    for await (const label of store.select()) labels.push(label);
    return { result, labels };
  } finally {
    await store.close();
  }
}

describe('generate', () => {
  it('makes labels of a capture, with evidence that was re-checked against it, and scores', async () => {
    const { result, labels } = await generateInto(newStore());
    expect(result).toMatchObject({
      cluster: 'staging',
      records: records.length,
      incidents: 1,
      rejected: [],
      below: 0,
      ruleFailures: [],
      stored: { inserted: 2 },
    });
    const [label] = labels.filter(({ type }) => type === 'troubleshooting') as [TroubleshootingLabel];
    expect(label).toMatchObject({
      reason: 'ContainerLimitOom',
      cluster_id: 'staging',
      resource: { kind: 'Deployment', name: 'cart' },
      rule_ids: ['OOM-1'],
    });
    expect(label.quality.overall_score).toBeGreaterThan(0.5);
    expect(labels.find(({ type }) => type === 'resource_optimization')).toMatchObject({ reason: 'MemoryUnderprovisioned' });
  });

  it('never gives the answer away in the question', async () => {
    const { labels } = await generateInto(newStore());
    expect(labels.flatMap(questionProblems)).toEqual([]);
  });

  it('twice gives the same rows, byte for byte', async () => {
    const path = newStore();
    const first = await generateInto(path);
    const second = await generateInto(path, { createdAt: '2026-04-01T00:00:00.000Z' });
    expect(second.result?.stored).toEqual({ inserted: 0, updated: 0, unchanged: 2, removed: 0 });
    expect(JSON.stringify(second.labels)).toBe(JSON.stringify(first.labels));
  });

  it('weighs the votes of rules by what people said, without making their reviews stale, and twice gives the same again', async () => {
    const path = newStore();
    const { labels: before } = await generateInto(path);
    const [label] = before.filter(({ type }) => type === 'troubleshooting') as [TroubleshootingLabel];
    const store = await openStore(path);
    const about = { label_id: label.id, capture_id: label.capture_id, content_hash: (await store.judged(label.id)) ?? '' };
    await store.addReviews([review(about)]);
    const { labels: trusted } = await generateInto(path);
    expect(trusted.find(({ id }) => id === label.id)?.confidence).toBeGreaterThan(label.confidence);
    expect((await generateInto(path)).labels).toEqual(trusted);
    for await (const { standing } of store.reviews()) expect(standing).toBe('current');

    await store.addReviews([review({ ...about, sequence: 1, verdict: 'reject', reason: 'wrong-cause' })]);
    const { labels: doubted } = await generateInto(path);
    expect(doubted.find(({ id }) => id === label.id)?.confidence).toBeLessThan(label.confidence);
    await store.close();
  });

  it('with a changed rule replaces its labels, and without the rule removes what only it made', async () => {
    const path = newStore();
    const { labels: before } = await generateInto(path, { type: 'troubleshooting' });
    const changed = builtinRules.map((one): Rule => (one.id === 'OOM-1' ? { ...one, version: 99, describe: reworded(one) } : one));
    const { result, labels } = await generateInto(path, { rules: changed, rulesVersion: '2', type: 'troubleshooting' });
    expect(result?.stored).toMatchObject({ updated: 1, inserted: 0 });
    expect(labels).toMatchObject([{ id: before[0]?.id, rules_version: '2', root_cause: 'In other words.' }]);
    const none = await generateInto(path, { rules: [], type: 'troubleshooting' });
    expect(none.labels).toMatchObject([{ id: before[0]?.id, reason: 'Inconclusive' }]);
  });

  it('rejects a label whose evidence the capture does not hold, and says why', async () => {
    const liar = rule('LIAR-1', (incident) => [
      {
        reason: 'ImageNotFound',
        confidence: 0.99,
        evidence: [
          {
            id: '',
            type: 'status',
            seq: 4,
            pointer: '/status/phase',
            value: 'Made up',
            ref: incident.workload,
            at: incident.openedAt,
            note: '',
            role: 'supports',
          },
        ],
      },
    ]); // prettier-ignore
    const { result, labels } = await generateInto(newStore(), { rules: [liar], type: 'troubleshooting' });
    expect(labels).toEqual([]);
    expect(result?.rejected).toMatchObject([{ problems: [expect.stringMatching(/\/evidence\/0/)] }]);
  });

  it('reports a rule that throws, and goes on', async () => {
    const failing = rule('BAD-1', () => {
      throw new TypeError('no such field');
    }); // prettier-ignore
    const { result, labels } = await generateInto(newStore(), { rules: [failing, ...builtinRules] });
    expect(result?.ruleFailures).toMatchObject([{ ruleId: 'BAD-1', message: 'no such field' }]);
    expect(labels).toHaveLength(2);
  });

  it('leaves out labels below the least quality, disabled rules and other types', async () => {
    const poor = await generateInto(newStore(), { minQuality: 1 });
    expect([poor.labels.length, poor.result?.below]).toEqual([0, 2]);
    const config = { ...defaultConfig, rules: { ...defaultConfig.rules, disabled: builtinRules.map(({ id }) => id) } };
    expect((await generateInto(newStore(), { config, type: 'troubleshooting' })).labels).toMatchObject([{ reason: 'Inconclusive' }]);
    expect((await generateInto(newStore(), { type: 'resource_optimization' })).labels.map(({ type }) => type)).toEqual([
      'resource_optimization',
    ]);
  });
});

function reworded(one: Rule): Rule['describe'] {
  return (claim) => ({
    ...one.describe(claim),
    rootCause: [{ text: 'In other words.', kind: 'inference', evidenceIds: claim.evidence.map(({ id }) => id) }],
  });
}
