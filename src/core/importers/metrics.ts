import type { RecordDraft } from '../model/capture.ts';
import { sampleOf } from '../model/metrics.ts';
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
  const sample = sampleOf(item, refKind, uid, formatTime(ms));
  if (sample === undefined) return undefined;
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
