import type { CaptureRecord, ResourceMetrics } from '../../model/capture.ts';
import { fieldsOf, itemsOf, text } from '../../model/fields.ts';
import { pointerOf } from '../../model/pointer.ts';
import { cpuMillicores, memoryBytes } from '../../model/quantity.ts';
import { objectOf } from '../../state/lookups.ts';
import type { ClusterState } from '../../state/state.ts';
import type { Observation } from './observation.ts';

export type UtilizationThresholds = { cpuThreshold: number; memoryThreshold: number; durationSeconds: number };

/** Containers that use more than the thresholds of their limit (CPU: of the limit, else the request). Standing while samples say so. */
export function utilizationObservations(
  state: ClusterState,
  record: CaptureRecord & { kind: 'metrics' },
  thresholds: UtilizationThresholds,
): Observation[] {
  const { sample } = record;
  if (sample.ref.kind === 'Node') return saturationObservations(state, sample, thresholds);
  const pod = sample.ref.kind === 'Pod' ? objectOf(state, sample.ref) : undefined;
  if (pod === undefined) return [];
  const containers = itemsOf(pod.object.spec?.containers);
  return (sample.containers ?? []).flatMap((usage, position) => {
    const resources = containers.find(({ name }) => name === usage.name)?.resources;
    const [requests, limits] = [fieldsOf(resources?.requests), fieldsOf(resources?.limits)];
    const checks = [
      {
        resource: 'cpu',
        used: usage.cpuMillicores,
        allowed: cpuMillicores(limits.cpu ?? requests.cpu ?? ''),
        field: 'cpuMillicores',
        threshold: thresholds.cpuThreshold,
      },
      {
        resource: 'memory',
        used: usage.memoryBytes,
        allowed: memoryBytes(limits.memory ?? ''),
        field: 'memoryBytes',
        threshold: thresholds.memoryThreshold,
      },
    ];
    return checks.flatMap(({ resource, used, allowed, field, threshold }): Observation[] => {
      if (allowed === undefined || allowed <= 0 || !(used / allowed >= threshold)) return [];
      return [
        {
          type: 'state',
          ref: pod.ref,
          container: usage.name,
          init: false,
          key: `utilization|${resource}`,
          pointer: pointerOf('containers', position, field),
          value: used,
          detail: { field: 'utilization', resource, used, allowed, share: Math.round((used / allowed) * 100) / 100 },
          standing: true,
          confirm: thresholds.durationSeconds,
        },
      ]; // prettier-ignore
    });
  });
}

const saturated = 0.95;

/** A node that uses nearly all the CPU that its pods may have (metrics.k8s.io NodeMetrics, core/v1 NodeStatus.allocatable). */
function saturationObservations(state: ClusterState, sample: ResourceMetrics, { durationSeconds }: UtilizationThresholds): Observation[] {
  const node = objectOf(state, sample.ref);
  const allowed = cpuMillicores(text(node?.object.status?.allocatable?.cpu));
  if (node === undefined || allowed === undefined || allowed <= 0 || !(sample.cpuMillicores / allowed >= saturated)) return [];
  const detail = {
    field: 'saturation',
    used: sample.cpuMillicores,
    allowed,
    share: Math.round((sample.cpuMillicores / allowed) * 100) / 100,
  };
  return [
    {
      type: 'state',
      ref: node.ref,
      key: 'saturation|cpu',
      pointer: '/cpuMillicores',
      value: sample.cpuMillicores,
      detail,
      standing: true,
      confirm: durationSeconds,
    },
  ];
}
