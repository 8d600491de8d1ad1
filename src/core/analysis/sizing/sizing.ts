import type { PodUsage } from './krr.ts';
import { percentile } from './percentile.ts';
import { appendUsage, newestSlot, newSeries, slotLimit, slotMilliseconds, type UsageSeries, usageSince } from './series.ts';
import { addVpaOom, addVpaUsage, newVpa, type VpaState } from './vpa.ts';

/** Series of at most this many pods are kept; the one without news for longest makes room. */
const POD_LIMIT = 32;
const STARTUP_MILLISECONDS = 300_000;

/** The container of a workload whose pods' usage is gathered. Requests are those of the moment and may change (`setRequests`). */
export type SizedContainer = {
  container: string;
  containersInPod: number;
  cpuRequestMillicores: number | null;
  memoryRequestBytes: number | null;
};

/** One usage sample; `pod` separates replicas (default one pod). */
export type UsageSample = { at: string; cpuMillicores: number; memoryBytes: number; pod?: string };

/** An OOM kill; `limitBytes` is the memory limit it ran into, null when unknown or a node's. */
export type OomKill = { at: string; limitBytes: number | null; pod?: string };

/** All that sizing keeps of one container: bounded by pods × 14 days at 75 s, whatever the length of a recording. */
export type SizingState = SizedContainer & {
  pods: Map<string, UsageSeries>;
  vpa: VpaState;
  samples: number;
  firstAt: number;
  lastAt: number;
  oomKills: number;
  oomLimitBytes: number;
  lastOomAt: number | null;
  startedAt: number | null;
  startupCaptured: boolean;
};

/** Starts gathering for a container of a workload. */
export function newSizing(container: SizedContainer): SizingState {
  return {
    ...container,
    pods: new Map(),
    vpa: newVpa(),
    samples: 0,
    firstAt: 0,
    lastAt: 0,
    oomKills: 0,
    oomLimitBytes: 0,
    lastOomAt: null,
    startedAt: null,
    startupCaptured: false,
  };
}

/** Notes that the spec's requests changed; the VPA weighs CPU samples and OOM kills by them. */
export function setRequests(state: SizingState, cpuRequestMillicores: number | null, memoryRequestBytes: number | null): void {
  state.cpuRequestMillicores = cpuRequestMillicores;
  state.memoryRequestBytes = memoryRequestBytes;
}

function seriesOf(state: SizingState, pod: string): UsageSeries {
  const known = state.pods.get(pod);
  if (known !== undefined) return known;
  if (state.pods.size >= POD_LIMIT) {
    const [oldest] = [...state.pods].sort(([, left], [, right]) => newestSlot(left) - newestSlot(right));
    if (oldest !== undefined) state.pods.delete(oldest[0]);
  }
  const created = newSeries();
  state.pods.set(pod, created);
  return created;
}

/** Adds a sample; unusable ones (bad time, negative or endless amounts, older than the pod's newest) are dropped: false. */
export function addSample(state: SizingState, sample: UsageSample): boolean {
  const time = Date.parse(sample.at);
  const { cpuMillicores, memoryBytes, pod = '' } = sample;
  if (Number.isNaN(time) || !(cpuMillicores >= 0 && memoryBytes >= 0 && Number.isFinite(cpuMillicores + memoryBytes))) return false;
  if (!appendUsage(seriesOf(state, pod), time, cpuMillicores, memoryBytes)) return false;
  addVpaUsage(state.vpa, { time, pod, cpuMillicores, memoryBytes, cpuRequestMillicores: state.cpuRequestMillicores ?? 0 });
  state.firstAt = state.samples === 0 ? time : Math.min(state.firstAt, time);
  state.lastAt = Math.max(state.lastAt, time);
  state.samples += 1;
  if (state.startedAt !== null && time >= state.startedAt && time - state.startedAt <= STARTUP_MILLISECONDS) state.startupCaptured = true;
  return true;
}

/** Notes that the container started (`state.running.startedAt`): a sample within 5 minutes means that its start was captured. */
export function addStart(state: SizingState, at: string): void {
  const time = Date.parse(at);
  if (!Number.isNaN(time)) state.startedAt = time;
}

/** Adds an OOM kill (`lastState.terminated.reason` OOMKilled); without a usable time it is dropped. */
export function addOom(state: SizingState, oom: OomKill): void {
  const time = Date.parse(oom.at);
  if (Number.isNaN(time)) return;
  state.oomKills += 1;
  state.lastOomAt = Math.max(state.lastOomAt ?? time, time);
  state.oomLimitBytes = Math.max(state.oomLimitBytes, oom.limitBytes ?? 0);
  addVpaOom(state.vpa, { time, pod: oom.pod ?? '', memoryRequestBytes: Math.max(state.memoryRequestBytes ?? 0, oom.limitBytes ?? 0) });
}

/** The series of the last 14 days, per pod. */
export function podUsage(state: SizingState): PodUsage[] {
  const newest = Math.max(...[...state.pods.values()].map(newestSlot));
  return [...state.pods.values()]
    .map((series) => usageSince(series, newest))
    .map(({ slots, cpu, memory }) => ({ times: slots.map((slot) => slot * slotMilliseconds), cpu, memory }))
    .filter((pod) => pod.times.length > 0);
}

type Spread = { p50: number; p95: number; max: number };

/** Median, P95 and maximum over all pods, or null without samples. */
export function usageSpread(pods: PodUsage[], resource: 'cpu' | 'memory'): Spread | null {
  const values = Float64Array.from(pods.flatMap((pod) => Array.from(pod[resource]))).sort();
  if (values.length === 0) return null;
  return { p50: Math.round(percentile(values, 50)), p95: Math.round(percentile(values, 95)), max: Math.round(values.at(-1) ?? 0) };
}

/** Seconds between the first and the last sample within the 14 days kept, and the share of hours in it that have a sample. */
export function usageWindow(pods: PodUsage[]): { seconds: number; coverage: number } {
  const times = pods.flatMap((pod) => Array.from(pod.times)).sort((left, right) => left - right);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return { seconds: 0, coverage: 0 };
  const hours = new Set(times.map((time) => Math.floor((time - first) / 3_600_000))).size;
  const spanned = Math.floor((last - first) / 3_600_000) + 1;
  return { seconds: Math.min((last - first) / 1000, (slotLimit * slotMilliseconds) / 1000), coverage: Math.min(1, hours / spanned) };
}
