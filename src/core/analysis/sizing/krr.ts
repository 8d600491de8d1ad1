import { percentile } from './percentile.ts';

export const MiB = 1_048_576;

/** Usage of one pod's container, as krr reads it: parallel arrays of times (ms), CPU (millicores) and working set (bytes). */
export type PodUsage = { times: ArrayLike<number>; cpu: ArrayLike<number>; memory: ArrayLike<number> };

/** Parameters of krr's `simple` strategy; the defaults are krr's own. */
export type KrrOptions = {
  cpuPercentile: number;
  memoryBufferPercent: number;
  oomBufferPercent: number;
  pointsRequired: number;
  historyHours: number;
  minimumCpuMillicores: number;
  minimumMemoryBytes: number;
  /** Highest memory limit at which the container was OOM killed. */
  oomLimitBytes?: number;
};

export const krrDefaults: KrrOptions = {
  cpuPercentile: 95,
  memoryBufferPercent: 15,
  oomBufferPercent: 25,
  pointsRequired: 100,
  historyHours: 3,
  minimumCpuMillicores: 10,
  minimumMemoryBytes: 100 * MiB,
};

/** What krr `simple` recommends; it sets no CPU limit, and a memory limit equal to the request. */
export type KrrRecommendation = { cpuRequestMillicores: number; memoryBytes: number; points: number; historyHours: number };

function roundedUp(value: number, unit: number, minimum: number): number {
  // Guards against 115.00000000000001 becoming 116.
  return Math.max(minimum, Math.ceil(value / unit - 1e-9) * unit);
}

function largest(values: ArrayLike<number>): number {
  let found = 0;
  for (let index = 0; index < values.length; index += 1) found = Math.max(found, values[index] ?? 0);
  return found;
}

/**
 * krr's `simple` strategy (robusta-dev/krr strategies/simple.py): CPU request is the largest P95 of any pod, memory the largest working set
 * of any pod × 1.15, or the OOM limit × 1.25 where that is more; rounded up to 1m and 1 MiB, at least 10m and 100 MiB.
 */
export function krrSimple(pods: PodUsage[], options: Partial<KrrOptions> = {}): KrrRecommendation | { insufficient: string } {
  const settings = { ...krrDefaults, ...options };
  const points = pods.reduce((sum, pod) => sum + pod.cpu.length, 0);
  if (points < settings.pointsRequired) return { insufficient: `${points} samples, krr needs ${settings.pointsRequired}` };
  const from = Math.min(...pods.filter((pod) => pod.times.length > 0).map((pod) => pod.times[0] ?? 0));
  const to = Math.max(...pods.filter((pod) => pod.times.length > 0).map((pod) => pod.times[pod.times.length - 1] ?? 0));
  const historyHours = (to - from) / 3_600_000;
  if (historyHours < settings.historyHours) {
    return { insufficient: `${historyHours.toFixed(1)} h of history, krr needs ${settings.historyHours} h` };
  }
  const cpu = Math.max(
    ...pods.filter((pod) => pod.cpu.length > 0).map((pod) => percentile(Float64Array.from(pod.cpu).sort(), settings.cpuPercentile)),
  );
  const peak = Math.max(...pods.map((pod) => largest(pod.memory)));
  const memory = Math.max(
    peak * (1 + settings.memoryBufferPercent / 100),
    (settings.oomLimitBytes ?? 0) * (1 + settings.oomBufferPercent / 100),
  );
  return {
    cpuRequestMillicores: roundedUp(cpu, 1, settings.minimumCpuMillicores),
    memoryBytes: roundedUp(memory, MiB, settings.minimumMemoryBytes),
    points,
    historyHours,
  };
}

export type KrrSeverity = 'critical' | 'warning' | 'ok' | 'good' | 'unknown';

/** krr's severity of a difference: CPU in millicores (500/250/100), memory in bytes (500/250/100 MiB); one side unset is a warning. */
export function krrSeverity(resource: 'cpu' | 'memory', current: number | null, recommended: number | null): KrrSeverity {
  if (current === null && recommended === null) return 'good';
  if (current === null || recommended === null) return 'warning';
  if (Number.isNaN(current) || Number.isNaN(recommended)) return 'unknown';
  const difference = Math.abs(current - recommended) / (resource === 'cpu' ? 1 : MiB);
  if (difference >= 500) return 'critical';
  if (difference >= 250) return 'warning';
  return difference >= 100 ? 'ok' : 'good';
}
