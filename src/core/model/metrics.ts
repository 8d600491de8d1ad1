import type { ContainerUsage, ResourceMetrics } from './capture.ts';
import { parseDuration } from './duration.ts';
import { fieldsOf, itemsOf, text } from './fields.ts';
import { cpuMillicores, memoryBytes } from './quantity.ts';
import type { KubernetesObject } from './resource.ts';

/**
 * A PodMetrics or NodeMetrics object (metrics.k8s.io/v1beta1) as a sample; undefined if it has no name. `uid` is that of the Pod or Node,
 * which the metrics API does not know; `timestamp` counts when the object has none.
 */
export function sampleOf(item: KubernetesObject, kind: 'Pod' | 'Node', uid: string, timestamp: string): ResourceMetrics | undefined {
  const { name, namespace } = fieldsOf(item.metadata);
  if (typeof name !== 'string') return undefined;
  return {
    ref: { kind, namespace: text(namespace), name, uid, apiVersion: 'v1' },
    timestamp: text(item.timestamp) || timestamp,
    windowSeconds: parseDuration(text(item.window)) ?? 0,
    ...(Array.isArray(item.containers) ? totalOf(itemsOf(item.containers)) : usageOf(item.usage)),
  };
}

/** The usage of a pod: its containers' and their sum. */
function totalOf(items: KubernetesObject[]): Pick<ResourceMetrics, 'cpuMillicores' | 'memoryBytes' | 'containers'> {
  const containers: ContainerUsage[] = items.map(({ name, usage }) => ({ name: text(name), ...usageOf(usage) }));
  return { ...sumOf(containers), containers };
}

/** The sum of what several containers use. */
export function sumOf(containers: readonly ContainerUsage[]): Pick<ResourceMetrics, 'cpuMillicores' | 'memoryBytes'> {
  const sum = (field: 'cpuMillicores' | 'memoryBytes') => containers.reduce((total, container) => total + container[field], 0);
  return { cpuMillicores: Math.round(sum('cpuMillicores') * 1e6) / 1e6, memoryBytes: sum('memoryBytes') };
}

function usageOf(usage: unknown): Pick<ResourceMetrics, 'cpuMillicores' | 'memoryBytes'> {
  const { cpu, memory } = fieldsOf(usage);
  return { cpuMillicores: cpuMillicores(cpu) ?? 0, memoryBytes: memoryBytes(memory) ?? 0 };
}
