import { describe, expect, it } from 'vitest';
import { fixedHeap } from '../../../../src/core/analysis/sizing/heap.ts';
import { cpuQuantity, memoryQuantity, resourcesPatch } from '../../../../src/core/analysis/sizing/patch.ts';
import { type Recommendation, type RecommendOptions, recommend } from '../../../../src/core/analysis/sizing/recommend.ts';
import { addOom, addSample, addStart, newSizing, type SizingState } from '../../../../src/core/analysis/sizing/sizing.ts';
import type { ContainerResources } from '../../../../src/core/model/label.ts';
import { MiB, start, usage } from './samples.ts';

const plain: RecommendOptions = { replicas: 3, hpa: [] };

function resources(cpu: number | null, memory: number | null): ContainerResources {
  return {
    container: 'app',
    cpu_request_millicores: cpu,
    cpu_limit_millicores: cpu,
    memory_request_bytes: memory,
    memory_limit_bytes: memory,
  };
}

function gathered(days: number, options: { started?: boolean; seconds?: number } = {}): SizingState {
  const state = newSizing({ container: 'app', containersInPod: 1, cpuRequestMillicores: 2000, memoryRequestBytes: 2048 * MiB });
  if (options.started !== false) addStart(state, new Date(start - 30_000).toISOString());
  for (const sample of usage(11, days, options.seconds ?? 60)) addSample(state, sample);
  return state;
}

function made(result: Recommendation | { insufficient: string[] }): Recommendation {
  if ('insufficient' in result) throw new Error(result.insufficient.join('; '));
  return result;
}

const big = resources(2000, 2048 * MiB);

describe('recommend', () => {
  it('shrinks an oversized container and shows krr and VPA side by side', () => {
    const result = made(recommend(gathered(8), big, plain));
    expect(result.changes).toEqual({ cpu: 'decrease', memory: 'decrease' });
    expect(result.suggestion).toMatchObject({ cpu_request_millicores: result.analysis.krr?.cpu_request_millicores, risk: 'medium' });
    expect(result.suggestion.memory_limit_bytes).toBe(result.suggestion.memory_request_bytes);
    expect(result.analysis).toMatchObject({ algorithm: 'krr-simple', sample_count: 11_520, oom_kills: 0, coverage: 1, notes: [] });
    expect(result.analysis.vpa?.target.cpu_request_millicores).toBeGreaterThan(result.analysis.vpa?.lower.cpu_request_millicores ?? 0);
    expect(result.impact.memory_request_delta_bytes).toBe(3 * ((result.suggestion.memory_request_bytes ?? 0) - 2048 * MiB));
    expect(JSON.parse(result.suggestion.patch).spec.template.spec.containers[0].name).toBe('app');
    expect(result.usage.cpu_usage_millicores?.p95).toBeGreaterThan(result.usage.cpu_usage_millicores?.p50 ?? 0);
    expect(result.severity).toEqual({ cpu: 'critical', memory: 'critical' });
  });

  it('raises a starved container after a few hours', () => {
    const result = made(recommend(gathered(0.3, { started: false }), resources(50, 128 * MiB), plain));
    expect(result.changes).toEqual({ cpu: 'increase', memory: 'increase' });
    expect(result.suggestion.cpu_limit_millicores).toBe(result.suggestion.cpu_request_millicores);
    expect(result.suggestion.risk).toBe('low');
  });

  it('keeps what is near enough', () => {
    const state = gathered(8);
    const { suggestion } = made(recommend(state, big, plain));
    const again = made(recommend(state, { ...suggestion, container: 'app' }, plain));
    expect(again.changes).toEqual({ cpu: 'keep', memory: 'keep' });
    expect(again.impact).toMatchObject({ cpu_request_delta_millicores: 0, memory_request_delta_bytes: 0 });
  });

  it('sets requests where there are none', () => {
    const result = made(recommend(gathered(8), resources(null, null), plain));
    expect(result.changes).toEqual({ cpu: 'increase', memory: 'increase' });
    expect(result.suggestion.cpu_limit_millicores).toBeNull();
    expect(result.impact.cpu_request_delta_millicores).toBeNull();
  });

  it.each([
    ['less than 24 h', gathered(0.9), plain, /24 h/],
    ['fewer than 100 samples', gathered(3, { seconds: 3600 }), plain, /100/],
    ['no captured start', gathered(3, { started: false }), plain, /no start/],
    ['a start that is said not to be captured', gathered(3), { ...plain, startupCaptured: false }, /no start/],
    ['an HPA on both resources', gathered(3), { ...plain, hpa: ['cpu', 'memory'] as ('cpu' | 'memory')[] }, /HorizontalPodAutoscaler/],
  ])('refuses a reduction with %s', (_, state, options, reason) => {
    const result = recommend(state, big, options);
    expect('insufficient' in result && result.insufficient.join('; ')).toMatch(reason);
  });

  it('refuses a reduction after an OOM kill that a raised limit has answered', () => {
    const state = gathered(3);
    addOom(state, { at: new Date(start + 86_400_000).toISOString(), limitBytes: 128 * MiB, pod: 'a' });
    const result = recommend(state, big, plain);
    expect('insufficient' in result && result.insufficient.join('; ')).toMatch(/OOM kill/);
  });

  it('refuses only the memory of a runtime with a fixed heap', () => {
    const heap = fixedHeap({ args: ['-Xmx1g'] });
    const result = made(recommend(gathered(3), big, { ...plain, ...(heap ? { heap } : {}) }));
    expect(result.changes).toEqual({ cpu: 'decrease', memory: 'refused' });
    expect(result.suggestion.memory_request_bytes).toBe(2048 * MiB);
    expect(result.analysis.notes.join()).toContain('-Xmx1g');
  });

  it('refuses only the resource that an HPA scales on', () => {
    const result = made(recommend(gathered(3), big, { ...plain, hpa: ['cpu'] }));
    expect(result.changes).toEqual({ cpu: 'refused', memory: 'decrease' });
  });

  it('raises memory after an OOM kill at once, with hardly any sample', () => {
    const state = gathered(5 / 1440);
    addOom(state, { at: new Date(start + 300_000).toISOString(), limitBytes: 64 * MiB, pod: 'a' });
    const result = made(recommend(state, resources(2000, 64 * MiB), plain));
    expect(result).toMatchObject({
      oomDriven: true,
      changes: { cpu: 'keep', memory: 'increase' },
      analysis: { algorithm: 'oom-increase', krr: null },
    });
    expect(result.suggestion.memory_limit_bytes).toBe(164 * MiB);
    const large = gathered(0.001);
    addOom(large, { at: new Date(start + 300_000).toISOString(), limitBytes: null, pod: 'a' });
    expect(made(recommend(large, resources(null, 1000 * MiB), plain)).suggestion.memory_limit_bytes).toBe(1250 * MiB);
  });

  it('says what is missing when there is nothing to go by', () => {
    const empty = newSizing({ container: 'app', containersInPod: 1, cpuRequestMillicores: null, memoryRequestBytes: null });
    expect(recommend(empty, big, plain)).toEqual({ insufficient: ['0 samples, krr needs 100'] });
    addOom(empty, { at: '2026-01-01T00:00:00Z', limitBytes: null });
    expect(recommend(empty, resources(null, null), plain)).toHaveProperty('insufficient');
  });
});

describe('a fixed heap', () => {
  it.each([
    [{ args: ['-Xmx512m', '-jar', 'app.jar'] }, 'jvm'],
    [{ command: ['java', '-XX:MaxRAMPercentage=75.0'] }, 'jvm'],
    [{ env: [{ name: 'JAVA_TOOL_OPTIONS', value: '-Xms64m -Xmx1g' }] }, 'jvm'],
    [{ env: [{ name: 'GOMEMLIMIT', value: '400MiB' }] }, 'go'],
    [{ env: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=512' }] }, 'node'],
    [{ args: ['--max-old-space-size', '512'] }, 'node'],
  ])('is found in %j', (container, runtime) => {
    expect(fixedHeap(container)?.runtime).toBe(runtime);
  });

  it.each([
    [{}],
    [{ args: ['-Xms64m'] }],
    [{ env: [{ name: 'GOMEMLIMIT', value: 'off' }] }],
    [{ env: [{ name: 'GOMEMLIMIT' }] }],
    [{ args: ['--no-Xmx'] }],
  ])('is not seen in %j', (container) => {
    expect(fixedHeap(container)).toBeUndefined();
  });
});

describe('quantities and patch', () => {
  it('are those of Kubernetes', () => {
    expect([cpuQuantity(250), cpuQuantity(2000), memoryQuantity(256 * MiB), memoryQuantity(1000)]).toEqual(['250m', '2', '256Mi', '1000']);
    expect(JSON.parse(resourcesPatch(resources(250, 256 * MiB))).spec.template.spec.containers[0].resources).toEqual({
      requests: { cpu: '250m', memory: '256Mi' },
      limits: { cpu: '250m', memory: '256Mi' },
    });
    expect(JSON.parse(resourcesPatch(resources(null, 256 * MiB))).spec.template.spec.containers[0].resources.requests).toEqual({
      memory: '256Mi',
    });
  });
});
