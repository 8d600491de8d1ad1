import { describe, expect, it } from 'vitest';
import { optimizationLabel } from '../../../src/core/labels/optimization.ts';
import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import { payloadOf, resolvePointer } from '../../../src/core/model/pointer.ts';
import { deployment, numbered, object, replicaSet, resource, running, terminated, usage, workloadPod } from '../records.ts';
import { run } from './run.ts';
import { numbers } from './sizing/samples.ts';

const podName = 'cart-7d9f8b6c5-x2x4z';
const resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } };

function workload(options: object = {}): CaptureRecord[] {
  return [deployment(0, 'cart', { replicas: 2 }), replicaSet(0, 'cart'), workloadPod(1, 'cart', { resources, ...options })];
}

/** A sample every 75 s; millicores and MiB by position. */
function samples(count: number, cpu: (index: number) => number, memory: (index: number) => number, from = 30): CaptureRecord[] {
  return Array.from({ length: count }, (_, index) => usage(from + index * 75, podName, cpu(index), memory(index)));
}

const days = (count: number) => Math.floor((count * 86_400) / 75);
const noise = numbers(7);
const fortnight = samples(
  days(14),
  () => 80 + 40 * noise(),
  () => 200 + 20 * noise(),
);

describe('sizing of a recording', () => {
  it('of 14 days gives the numbers of krr and VPA, with evidence that the records hold', () => {
    const records = numbered([...workload(), ...fortnight]);
    const [finding] = run(records).findings;
    expect(finding).toMatchObject({
      reason: 'MemoryOverprovisioned',
      workload: { kind: 'Deployment', name: 'cart' },
      current_state: { cpu_request_millicores: 1000, memory_request_bytes: 2 ** 30, replicas: 2 },
      // P95 of 80..120m, and the largest working set (220 MiB) + 15 %.
      suggestion: {
        cpu_request_millicores: 118,
        cpu_limit_millicores: null,
        memory_request_bytes: 253 * 2 ** 20,
        memory_limit_bytes: 253 * 2 ** 20,
      },
      impact: { cpu_request_delta_millicores: -1764, memory_request_delta_bytes: -2 * (1024 - 253) * 2 ** 20 },
    });
    expect(finding?.analysis).toMatchObject({ algorithm: 'krr-simple', sample_count: days(14), oom_kills: 0 });
    expect(finding?.analysis.vpa?.target.cpu_request_millicores).toBeGreaterThan(100);
    for (const { seq, pointer, value } of finding?.evidence ?? []) {
      expect(resolvePointer(payloadOf(records[seq - 1] as CaptureRecord), pointer)).toEqual(value);
    }
  });

  it('of two hours gives no label, but says what is missing', () => {
    const { findings, unsized } = run(
      numbered([
        ...workload(),
        ...samples(
          90,
          () => 80,
          () => 200,
        ),
      ]),
    );
    expect(findings).toEqual([]);
    expect(unsized).toMatchObject([{ workload: { name: 'cart' }, container: 'app', missing: ['90 samples, krr needs 100'] }]);
  });

  it('after an OOM kill asks for more memory at once', () => {
    const killed = workloadPod(600, 'cart', {
      resources,
      restarts: 1,
      lastState: terminated(137, 10, 590, 'OOMKilled'),
      state: running(595),
      ready: true,
    });
    const [finding] = run(
      numbered([
        ...workload(),
        ...samples(
          5,
          () => 80,
          () => 1000,
        ),
        killed,
      ]),
    ).findings;
    expect(finding).toMatchObject({
      reason: 'MemoryUnderprovisioned',
      severity: 'high',
      analysis: { oom_kills: 1, krr: null },
      suggestion: { memory_limit_bytes: 1280 * 2 ** 20 },
    });
    expect(finding?.evidence.map(({ pointer }) => pointer)).toContain('/status/containerStatuses/0/lastState/terminated');
  });

  it('counts an OOM kill once, however many records tell of it', () => {
    const killed = (at: number) =>
      workloadPod(at, 'cart', { resources, restarts: 1, lastState: terminated(137, 10, 590, 'OOMKilled'), ready: true });
    expect(run(numbered([...workload(), killed(600), killed(700), killed(800)])).findings[0]?.analysis.oom_kills).toBe(1);
  });

  it('asks for more after a quarter of an hour above 0.8 of the limit, and not before', () => {
    const high = (seconds: number) =>
      numbered([
        ...workload(),
        ...samples(
          seconds / 75 + 1,
          () => 80,
          () => 900,
        ),
      ]);
    expect(run(high(825)).findings).toEqual([]);
    const [finding] = run(high(900)).findings;
    expect(finding).toMatchObject({
      reason: 'MemoryUnderprovisioned',
      ruleIds: ['RESOURCE-UTILIZATION'],
      analysis: { algorithm: 'sustained-utilization' },
    });
    expect(finding?.suggestion.memory_limit_bytes).toBe(Math.ceil(900 / 0.7) * 2 ** 20);
  });

  it('leaves CPU alone where a HorizontalPodAutoscaler scales on it', () => {
    const hpa = resource(
      0,
      object('HorizontalPodAutoscaler', 'cart', {
        spec: { scaleTargetRef: { kind: 'Deployment', name: 'cart' }, metrics: [{ type: 'Resource', resource: { name: 'cpu' } }] },
      }),
    );
    const [finding] = run(numbered([hpa, ...workload(), ...fortnight])).findings;
    expect(finding?.suggestion.cpu_request_millicores).toBe(1000);
    expect(finding?.analysis.notes).toEqual(['cpu: a HorizontalPodAutoscaler scales on cpu']);
  });

  it('compares with what the newest pod asks for', () => {
    const younger = workloadPod(86_400, 'cart', {
      type: 'ADDED',
      uid: 'Pod-young',
      created: 86_400,
      state: running(86_400),
      ready: true,
      resources: { requests: { cpu: '500m', memory: '512Mi' } },
    });
    const [finding] = run(numbered([...workload(), ...fortnight, younger])).findings;
    expect(finding?.current_state).toMatchObject({
      cpu_request_millicores: 500,
      memory_request_bytes: 512 * 2 ** 20,
      memory_limit_bytes: null,
    });
  });

  it('concludes containers that are gone, so that memory follows those that run', () => {
    const gone = numbered([
      ...workload(),
      ...samples(
        90,
        () => 80,
        () => 200,
      ),
      ...samples(
        1,
        () => 1,
        () => 1,
        20_000,
      ).map((record) => ({ ...record, kind: 'tick' as const })),
    ]);
    expect(run(gone).unsized).toHaveLength(1);
  });
});

describe('an optimization label', () => {
  it('asks with what is set, and answers with use, judgement and patch', () => {
    const [finding] = run(numbered([...workload(), ...fortnight])).findings;
    const provenance = {
      captureId: 'c',
      toolVersion: '1',
      rulesVersion: '1',
      qualityVersion: '1',
      clusterNames: new Map([['c01', 'staging']]),
    };
    const label = optimizationLabel(finding as NonNullable<typeof finding>, provenance);
    expect(label.question).toBe(
      'Deployment shop/cart runs container app with CPU request 1000m, no CPU limit, memory request 1024Mi and memory limit 1024Mi. Are its resources sized well, and what should they be?',
    );
    expect(label.answer).toMatchInlineSnapshot(`
      "Container app of Deployment shop/cart uses up to 120m CPU (P95 118m) and 220Mi memory (P95 219Mi).
      By krr-simple over 14 d with 16128 samples, this is MemoryOverprovisioned. CPU requests -1764m, memory requests -1542Mi over 2 replica(s).
      Set CPU request 118m, no CPU limit, memory request 253Mi and memory limit 253Mi. Patch: {"spec":{"template":{"spec":{"containers":[{"name":"app","resources":{"requests":{"cpu":"118m","memory":"253Mi"},"limits":{"memory":"253Mi"}}}]}}}}"
    `);
    expect(label).toMatchObject({ cluster_id: 'staging', category: 'sizing', severity: 'low' });
  });
});
