import type { ContainerUsage, RecordDraft, ResourceMetrics } from '../model/capture.ts';
import { parseDuration } from '../model/duration.ts';
import { cpuMillicores, memoryBytes } from '../model/quantity.ts';
import type { KubernetesObject } from '../model/resource.ts';
import type { Timed } from './merge.ts';
import { type Names, uidAt } from './names.ts';
import { formatTime, parseTime } from './times.ts';

/** metrics.k8s.io kinds, single and listed. */
export function isMetricsKind(kind: unknown): boolean {
  return kind === 'PodMetrics' || kind === 'NodeMetrics' || kind === 'PodMetricsList' || kind === 'NodeMetricsList';
}

/** What the samples of one answer have in common. `atMs` is when it was received; without it the sample's own time counts. */
export type MetricsPlace = { cluster: string; stream: string; atMs?: number; fallbackMs: number };

/** The records of one PodMetrics or NodeMetrics object (an item of the list the metrics API serves). */
export function metricsRecord(item: KubernetesObject, kind: string, names: Names, place: MetricsPlace): Timed | undefined {
  const { name, namespace = '' } = item.metadata ?? {};
  if (typeof name !== 'string') return undefined;
  const ms = place.atMs ?? parseTime(item.timestamp) ?? place.fallbackMs;
  const refKind = kind.startsWith('Pod') ? 'Pod' : 'Node';
  const uid = uidAt(names, refKind, namespace, name, ms) ?? '';
  const sample: ResourceMetrics = {
    ref: { kind: refKind, namespace, name, uid, apiVersion: 'v1' },
    timestamp: typeof item.timestamp === 'string' ? item.timestamp : formatTime(ms),
    windowSeconds: parseDuration(String(item.window ?? '')) ?? 0,
    ...totals(item),
  };
  const draft: RecordDraft = {
    at: formatTime(ms),
    atSource: place.atMs === undefined ? 'derived' : 'received',
    cluster: place.cluster,
    stream: place.stream,
    kind: 'metrics',
    sample,
  };
  return { ms, draft };
}

function totals(item: KubernetesObject): Pick<ResourceMetrics, 'cpuMillicores' | 'memoryBytes' | 'containers'> {
  if (!Array.isArray(item.containers)) return usageOf(item.usage);
  const containers: ContainerUsage[] = item.containers.map((container) => ({
    name: String(container?.name ?? ''),
    ...usageOf(container?.usage),
  }));
  const sum = (field: 'cpuMillicores' | 'memoryBytes') => containers.reduce((total, container) => total + container[field], 0);
  return { cpuMillicores: Math.round(sum('cpuMillicores') * 1e6) / 1e6, memoryBytes: sum('memoryBytes'), containers };
}

function usageOf(usage: { cpu?: unknown; memory?: unknown } | undefined): { cpuMillicores: number; memoryBytes: number } {
  return { cpuMillicores: cpuMillicores(usage?.cpu) ?? 0, memoryBytes: memoryBytes(usage?.memory) ?? 0 };
}
