import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, bucketStart, newHistogram } from '../../../../src/core/analysis/sizing/histogram.ts';
import { krrSeverity, krrSimple } from '../../../../src/core/analysis/sizing/krr.ts';
import { percentile } from '../../../../src/core/analysis/sizing/percentile.ts';
import { appendUsage, newSeries, slotLimit, usageSince } from '../../../../src/core/analysis/sizing/series.ts';
import {
  addOom,
  addSample,
  newSizing,
  podUsage,
  type SizingState,
  type UsageSample,
  usageSpread,
} from '../../../../src/core/analysis/sizing/sizing.ts';
import { confidenceMultiplier, vpaConfidence, vpaRecommendation } from '../../../../src/core/analysis/sizing/vpa.ts';
import { MiB, start, usage } from './samples.ts';

const DAY = 86_400_000;

function sized(samples: UsageSample[], cpuRequestMillicores = 500, containersInPod = 1): SizingState {
  const state = newSizing({ container: 'app', containersInPod, cpuRequestMillicores, memoryRequestBytes: 512 * MiB });
  for (const sample of samples) addSample(state, sample);
  return state;
}

describe('krr simple on a series of 14 days', () => {
  it('equals a direct computation within 1 %, the largest of two pods', () => {
    const pods = [usage(1, 14, 75, 'a'), usage(2, 14, 75, 'b').map((sample) => ({ ...sample, cpuMillicores: sample.cpuMillicores * 1.3 }))];
    const state = sized(pods.flat().sort((left, right) => left.at.localeCompare(right.at)));
    const cpu = Math.max(
      ...pods.map((samples) => {
        const sorted = samples.map((sample) => sample.cpuMillicores).sort((left, right) => left - right);
        const rank = 0.95 * (sorted.length - 1);
        const low = sorted[Math.floor(rank)]!;
        return low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank));
      }),
    );
    const memory = Math.max(...pods.flat().map((sample) => sample.memoryBytes)) * 1.15;
    const result = krrSimple(podUsage(state));
    if ('insufficient' in result) throw new Error(result.insufficient);
    expect(Math.abs(result.cpuRequestMillicores - cpu) / cpu).toBeLessThan(0.01);
    expect(Math.abs(result.memoryBytes - memory) / memory).toBeLessThan(0.01);
    expect(result.memoryBytes % MiB).toBe(0);
    expect(result.historyHours).toBeCloseTo(336, 0);
  });

  it('rounds up and keeps the minimum of 10m and 100 MiB', () => {
    const samples = usage(3, 1).map((sample) => ({ ...sample, cpuMillicores: 1, memoryBytes: MiB }));
    expect(krrSimple(podUsage(sized(samples)))).toMatchObject({ cpuRequestMillicores: 10, memoryBytes: 100 * MiB });
    const above = samples.map((sample) => ({ ...sample, cpuMillicores: 20.2, memoryBytes: 100 * MiB + 1 }));
    expect(krrSimple(podUsage(sized(above)))).toMatchObject({ cpuRequestMillicores: 21, memoryBytes: 116 * MiB });
  });

  it('raises memory to the OOM limit and a quarter', () => {
    expect(krrSimple(podUsage(sized(usage(3, 1))), { oomLimitBytes: 1024 * MiB })).toMatchObject({ memoryBytes: 1280 * MiB });
  });

  it('asks for 100 points and 3 hours', () => {
    expect(krrSimple(podUsage(sized(usage(1, 99 * (75 / 86_400)))))).toMatchObject({ insufficient: expect.stringContaining('100') });
    expect(krrSimple(podUsage(sized(usage(1, 2.5 / 24))))).toMatchObject({ insufficient: expect.stringContaining('3 h') });
    expect(krrSimple([])).toHaveProperty('insufficient');
  });

  it.each([
    ['cpu', 100, 700, 'critical'],
    ['cpu', 100, 400, 'warning'],
    ['cpu', 100, 210, 'ok'],
    ['cpu', 100, 150, 'good'],
    ['memory', 100 * MiB, 700 * MiB, 'critical'],
    ['memory', 100 * MiB, 360 * MiB, 'warning'],
    ['memory', null, 360 * MiB, 'warning'],
    ['memory', null, null, 'good'],
  ] as const)('grades %s from %s to %s as %s', (resource, current, recommended, severity) => {
    expect(krrSeverity(resource, current, recommended)).toBe(severity);
  });
});

type Weighted = { value: number; weight: number };

// The percentile without a histogram: sort, and add up weights.
function weighted(samples: Weighted[], share: number): number {
  const ordered = [...samples].sort((left, right) => left.value - right.value);
  const total = ordered.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  for (const { value, weight } of ordered) {
    sum += weight;
    if (sum >= share * total) return value;
  }
  return Number.NaN;
}

function naive(samples: UsageSample[], requestCores: number): { cpu: Weighted[]; memory: Weighted[] } {
  const cpu = samples.map(({ at, cpuMillicores }) => ({
    value: cpuMillicores,
    weight: Math.max(requestCores, 0.1) * 2 ** ((Date.parse(at) - start) / DAY),
  }));
  const peaks = new Map<number, number>();
  for (const { at, memoryBytes } of samples) {
    const day = Math.floor((Date.parse(at) - start) / DAY);
    peaks.set(day, Math.max(peaks.get(day) ?? 0, memoryBytes));
  }
  return { cpu, memory: [...peaks].map(([day, value]) => ({ value, weight: 2 ** (day + 1) })) };
}

describe('VPA on a series of 14 days', () => {
  const samples = usage(7, 14, 60);
  const result = vpaRecommendation(sized(samples).vpa);
  const expected = naive(samples, 0.5);

  it.each([
    ['target', 0.9, 1],
    ['lower', 0.5, (1 + 0.001 / 14) ** -2],
    ['upper', 0.95, 1 + 1 / 14],
  ] as const)('gives a %s within one bucket of a computation without a histogram', (name, share, factor) => {
    const cpu = weighted(expected.cpu, share) * 1.15 * factor;
    const memory = weighted(expected.memory, share) * 1.15 * factor;
    const found = result?.[name];
    if (found === undefined || found === null) throw new Error('no recommendation');
    // A bucket is 5 % of the value plus 5 % of the offset of exponential buckets: the first bucket's size.
    const bucket = { cpu: cpu * 0.05 + 10 * 1.15 * factor, memory: memory * 0.05 + 1e7 * 1.15 * factor };
    expect(found.cpuMillicores).toBeGreaterThanOrEqual(Math.floor(cpu) - 1);
    expect(found.cpuMillicores - cpu).toBeLessThanOrEqual(bucket.cpu);
    expect(found.memoryBytes).toBeGreaterThanOrEqual(Math.max(memory, 250 * MiB) - 1);
    expect(found.memoryBytes - Math.max(memory, 250 * MiB)).toBeLessThanOrEqual(bucket.memory);
  });

  it('follows recent usage: an old load weighs half after every day', () => {
    const loads = usage(1, 10, 300).map((sample, index, all) => ({ ...sample, cpuMillicores: index < all.length / 2 ? 1000 : 100 }));
    const recent = vpaRecommendation(sized(loads).vpa);
    expect(recent?.target.cpuMillicores).toBeLessThan(140);
  });

  it.each([
    [0.5, 3],
    [1, 2],
    [7, 8 / 7],
  ])('multiplies the upper bound by its confidence: %s days × %s', (confidence, factor) => {
    expect(confidenceMultiplier(confidence, 1, 1)).toBeCloseTo(factor, 10);
  });

  it.each([
    [5, 0.6],
    [30, 0.9],
    [60, 0.95],
  ])('multiplies the lower bound by its confidence: %s minutes × %s', (minutes, factor) => {
    expect(confidenceMultiplier(minutes / 1440, 0.001, -2)).toBeCloseTo(factor, 1);
    expect(Math.abs(confidenceMultiplier(minutes / 1440, 0.001, -2) - factor)).toBeLessThan(0.012);
  });

  it('takes the lesser of time span and sample count as days of confidence', () => {
    expect(vpaConfidence({ firstAt: 0, lastAt: 2 * DAY, samples: 1440 })).toBe(1);
    expect(vpaConfidence({ firstAt: 0, lastAt: DAY / 2, samples: 14_400 })).toBe(0.5);
  });

  it('has no upper bound while it has no confidence', () => {
    expect(vpaRecommendation(sized(usage(1, 60 / 86_400, 60)).vpa)?.upper).toBeNull();
    expect(vpaRecommendation(sized([]).vpa)).toBeUndefined();
  });

  it('shares the minimum of a pod among its containers', () => {
    const idle = usage(1, 1).map((sample) => ({ ...sample, cpuMillicores: 0, memoryBytes: 0 }));
    expect(vpaRecommendation(sized(idle, 0, 2).vpa, 2)?.target).toEqual({ cpuMillicores: 13, memoryBytes: 125 * MiB });
  });

  it('bumps memory after an OOM kill by 20 % or 100 MiB, and not again for the bump itself', () => {
    const state = sized(usage(1, 0.5));
    const at = new Date(start + DAY / 2).toISOString();
    addOom(state, { at, limitBytes: 2000 * MiB, pod: 'a' });
    const once = vpaRecommendation(state.vpa)?.target.memoryBytes ?? 0;
    expect(once).toBeGreaterThanOrEqual(2400 * MiB * 1.15);
    expect(once).toBeLessThanOrEqual(2400 * MiB * 1.15 * 1.06);
    addOom(state, { at, limitBytes: 2000 * MiB, pod: 'a' });
    expect(vpaRecommendation(state.vpa)?.target.memoryBytes).toBe(once);
  });

  it('drops an OOM kill from before the current window', () => {
    const state = sized(usage(1, 4));
    const before = vpaRecommendation(state.vpa)?.target.memoryBytes;
    addOom(state, { at: new Date(start + DAY).toISOString(), limitBytes: 4000 * MiB, pod: 'a' });
    expect(vpaRecommendation(state.vpa)?.target.memoryBytes).toBe(before);
  });
});

describe('histogram buckets', () => {
  it('hold the value between their start and their end', () => {
    const histogram = newHistogram({ firstBucket: 0.01, largest: 1000 });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 990, noNaN: true }), (value) => {
        const bucket = bucketOf(histogram, value);
        expect(bucketStart(histogram, bucket)).toBeLessThanOrEqual(value + 1e-9);
        expect(bucketStart(histogram, bucket + 1)).toBeGreaterThanOrEqual(value - 1e-9);
      }),
    );
  });
});

describe('usage series', () => {
  it('keeps at most 14 days at 75 s, the newest of them', () => {
    const series = newSeries();
    for (let slot = 0; slot < slotLimit * 2; slot += 1) appendUsage(series, slot * 75_000, slot, slot);
    expect(series.slots.length).toBe(slotLimit);
    const kept = usageSince(series, slotLimit * 2 - 1);
    expect([kept.cpu.length, kept.cpu[0], kept.cpu.at(-1)]).toEqual([slotLimit, slotLimit, slotLimit * 2 - 1]);
  });

  it('averages CPU and keeps the peak of memory within a slot', () => {
    const series = newSeries();
    for (const [time, value] of [
      [0, 10],
      [20_000, 20],
      [40_000, 60],
      [75_000, 5],
    ] as const)
      appendUsage(series, time, value, value);
    expect(usageSince(series, 1)).toEqual({ slots: [0, 1], cpu: [30, 5], memory: [60, 5] });
  });

  it('drops samples that cannot be used', () => {
    const state = sized(usage(1, 0.1));
    const { samples } = state;
    for (const sample of [
      { at: 'never', cpuMillicores: 1, memoryBytes: 1 },
      { at: '2027-01-01T00:00:00Z', cpuMillicores: -1, memoryBytes: 1 },
      { at: '2027-01-01T00:00:00Z', cpuMillicores: 1, memoryBytes: Number.POSITIVE_INFINITY },
      { at: '2025-01-01T00:00:00Z', cpuMillicores: 1, memoryBytes: 1, pod: 'a' },
    ]) {
      expect(addSample(state, sample)).toBe(false);
    }
    expect(state.samples).toBe(samples);
  });

  it('keeps a bounded number of pods', () => {
    const state = newSizing({ container: 'app', containersInPod: 1, cpuRequestMillicores: null, memoryRequestBytes: null });
    for (let pod = 0; pod < 500; pod += 1)
      addSample(state, { at: new Date(start + pod * 75_000).toISOString(), cpuMillicores: pod, memoryBytes: pod, pod: `p${pod}` });
    expect(state.pods.size).toBe(32);
    expect(usageSpread(podUsage(state), 'cpu')?.max).toBe(499);
  });
});

describe('percentile', () => {
  it('lies between the smallest and the largest value and grows with the rank', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }),
        fc.integer({ min: 0, max: 99 }),
        (values, percent) => {
          const sorted = [...values].sort((left, right) => left - right);
          const found = percentile(sorted, percent);
          expect(found).toBeGreaterThanOrEqual(sorted[0]!);
          expect(found).toBeLessThanOrEqual(percentile(sorted, percent + 1));
        },
      ),
    );
  });
});
