import { addWeight, type DecayingHistogram, histogramPercentile, newHistogram, removeWeight } from './histogram.ts';
import { MiB } from './krr.ts';

const DAY = 86_400_000;
const MARGIN = 1.15;
const OOM_BUMP_BYTES = 100 * MiB;
const OOM_BUMP_RATIO = 1.2;
const POD_MINIMUM = { cpuMillicores: 25, memoryBytes: 250 * MiB };

/** The memory window of one pod's container: one peak per 24 h enters the histogram. Times in milliseconds. */
type MemoryWindow = { end: number; usagePeak: number; oomPeak: number; lastAt: number };

/** What the VPA recommender aggregates for one container of a workload over all its pods. */
export type VpaState = {
  cpu: DecayingHistogram;
  memory: DecayingHistogram;
  windows: Map<string, MemoryWindow>;
  firstAt: number;
  lastAt: number;
  samples: number;
};

export type VpaAmounts = { cpuMillicores: number; memoryBytes: number };

/** Target, lower and upper bound; `upper` is null while there is no confidence at all (its multiplier is infinite). */
export type VpaRecommendation = { lower: VpaAmounts; target: VpaAmounts; upper: VpaAmounts | null; confidence: number };

/** An empty state with the recommender's histograms: CPU in cores from 0.01 to 1000, memory in bytes from 10 MB to 1 TB. */
export function newVpa(): VpaState {
  const cpu = newHistogram({ firstBucket: 0.01, largest: 1000 });
  const memory = newHistogram({ firstBucket: 1e7, largest: 1e12 });
  return { cpu, memory, windows: new Map(), firstAt: 0, lastAt: 0, samples: 0 };
}

const POD_LIMIT = 256;

function windowOf(state: VpaState, pod: string, time: number): MemoryWindow {
  const known = state.windows.get(pod);
  if (known !== undefined) return known;
  if (state.windows.size >= POD_LIMIT) {
    const [oldest] = [...state.windows].sort(([, left], [, right]) => left.lastAt - right.lastAt);
    if (oldest !== undefined) state.windows.delete(oldest[0]);
  }
  const created = { end: time, usagePeak: 0, oomPeak: 0, lastAt: Number.NEGATIVE_INFINITY };
  state.windows.set(pod, created);
  return created;
}

function addMemory(state: VpaState, window: MemoryWindow, bytes: number, time: number, oom: boolean): void {
  if (!oom && time < window.lastAt) return;
  window.lastAt = time;
  if (time < window.end) {
    const peak = Math.max(window.usagePeak, window.oomPeak);
    if (peak === 0 || bytes <= peak) return;
    removeWeight(state.memory, peak, 1, window.end);
  } else {
    window.end += Math.floor((time - window.end) / DAY) * DAY + DAY;
    window.usagePeak = 0;
    window.oomPeak = 0;
  }
  addWeight(state.memory, bytes, 1, window.end);
  if (oom) window.oomPeak = bytes;
  else window.usagePeak = bytes;
}

/** Adds usage of a pod's container; the weight of a CPU sample is the request in cores, at least 0.1. */
export function addVpaUsage(
  state: VpaState,
  sample: { time: number; pod: string; cpuMillicores: number; memoryBytes: number; cpuRequestMillicores: number },
): void {
  addWeight(state.cpu, sample.cpuMillicores / 1000, Math.max(sample.cpuRequestMillicores / 1000, 0.1), sample.time);
  if (state.samples === 0) state.firstAt = sample.time;
  state.firstAt = Math.min(state.firstAt, sample.time);
  state.lastAt = Math.max(state.lastAt, sample.time);
  state.samples += 1;
  addMemory(state, windowOf(state, sample.pod, sample.time), sample.memoryBytes, sample.time, false);
}

/**
 * Adds an OOM kill as a memory sample of max(used + 100 MiB, used × 1.2), used being the request or the recent usage peak.
 * One older than a day before the current window's end is dropped, as the recommender does.
 */
export function addVpaOom(state: VpaState, oom: { time: number; pod: string; memoryRequestBytes: number }): void {
  const window = windowOf(state, oom.pod, oom.time);
  if (oom.time < window.end - DAY) return;
  const used = Math.max(oom.memoryRequestBytes, window.usagePeak);
  addMemory(state, window, Math.max(used + OOM_BUMP_BYTES, used * OOM_BUMP_RATIO), oom.time, true);
}

/** Days of history that the samples are worth: the lesser of their time span and their number at one per minute. */
export function vpaConfidence({ firstAt, lastAt, samples }: Pick<VpaState, 'firstAt' | 'lastAt' | 'samples'>): number {
  return Math.min((lastAt - firstAt) / DAY, samples / 1440);
}

/** (1 + multiplier ÷ confidence)^exponent: upper bound 1 and 1, lower bound 0.001 and −2. */
export function confidenceMultiplier(confidence: number, multiplier: number, exponent: number): number {
  return (1 + multiplier / confidence) ** exponent;
}

/** The recommender's three amounts for a pod of `containers` containers, or undefined without samples. */
export function vpaRecommendation(state: VpaState, containers = 1): VpaRecommendation | undefined {
  if (state.samples === 0) return undefined;
  const confidence = vpaConfidence(state);
  const minimum = { cpu: POD_MINIMUM.cpuMillicores / containers, memory: POD_MINIMUM.memoryBytes / containers };
  const amounts = (share: number, factor: number): VpaAmounts => ({
    cpuMillicores: Math.round(Math.max(histogramPercentile(state.cpu, share) * 1000 * MARGIN * factor, minimum.cpu)),
    memoryBytes: Math.round(Math.max(histogramPercentile(state.memory, share) * MARGIN * factor, minimum.memory)),
  });
  return {
    lower: amounts(0.5, confidenceMultiplier(confidence, 0.001, -2)),
    target: amounts(0.9, 1),
    upper: confidence > 0 ? amounts(0.95, confidenceMultiplier(confidence, 1, 1)) : null,
    confidence,
  };
}
