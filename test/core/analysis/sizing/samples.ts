import type { UsageSample } from '../../../../src/core/analysis/sizing/sizing.ts';

export const MiB = 1_048_576;
export const start = Date.parse('2026-01-01T00:00:00Z');

/** A linear congruential generator: the same numbers in 0..1 for the same seed. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** Usage with a daily wave, noise and rare spikes, one sample every `seconds`. */
export function usage(seed: number, days: number, seconds = 75, pod = 'a'): UsageSample[] {
  const next = numbers(seed);
  return Array.from({ length: Math.floor((days * 86_400) / seconds) }, (_, index) => {
    const time = start + index * seconds * 1000;
    const wave = 1 + Math.sin((2 * Math.PI * (time % 86_400_000)) / 86_400_000);
    const spike = next() < 0.01 ? 400 * next() : 0;
    return {
      at: new Date(time).toISOString(),
      cpuMillicores: 60 + 90 * wave + 40 * next() + spike,
      memoryBytes: Math.round((180 + 60 * wave + 25 * next() + spike / 4) * MiB),
      pod,
    };
  });
}
