import { itemsOf, text } from '../model/fields.ts';
import type { KubernetesObject, ObjectRef } from '../model/resource.ts';
import { secondsBetween } from '../model/time.ts';
import { covered, findObject, objectOf } from '../state/lookups.ts';
import type { ClusterState } from '../state/state.ts';

/**
 * Whether what a warning was about is all right now, by the object's own status, or no longer there. False when that is not known:
 * the object was not recorded, or its kind has no status that tells.
 */
export function isWell(state: ClusterState, ref: ObjectRef): boolean {
  const observed = objectOf(state, ref) ?? findObject(state, ref.kind, ref.namespace, ref.name);
  if (observed === undefined) return covered(state, ref.kind, ref.namespace);
  if (observed.deleted !== undefined || observed.object.metadata?.deletionTimestamp !== undefined) return true;
  return wellness[ref.kind]?.(observed.object) ?? false;
}

/** Whether an object that is there says by its own status that it is not all right; false when its kind does not tell. */
export function isUnwell(state: ClusterState, ref: ObjectRef): boolean {
  return objectOf(state, ref) !== undefined && wellness[ref.kind] !== undefined && !isWell(state, ref);
}

/** Whether an object is at least so many seconds old; unknown ages count as old. */
export function isOld(state: ClusterState, ref: ObjectRef, seconds: number): boolean {
  const created = text(objectOf(state, ref)?.object.metadata?.creationTimestamp);
  return created === '' || secondsBetween(created, state.now) >= seconds;
}

const wellness: Record<string, (object: KubernetesObject) => boolean> = {
  Pod: ({ status }) => status?.phase === 'Succeeded' || hasCondition(status, 'Ready', 'True'),
  Node: ({ status }) => hasCondition(status, 'Ready', 'True'),
  Job: ({ status }) => hasCondition(status, 'Complete', 'True') || Number(status?.ready ?? 0) > 0,
  PersistentVolumeClaim: ({ status }) => status?.phase === 'Bound',
  Deployment: ({ spec, status }) => Number(status?.readyReplicas ?? 0) >= Number(spec?.replicas ?? 1),
  StatefulSet: ({ spec, status }) => Number(status?.readyReplicas ?? 0) >= Number(spec?.replicas ?? 1),
  ReplicaSet: ({ spec, status }) => Number(status?.readyReplicas ?? 0) >= Number(spec?.replicas ?? 1),
  DaemonSet: ({ status }) => Number(status?.numberReady ?? 0) >= Number(status?.desiredNumberScheduled ?? 0),
  HorizontalPodAutoscaler: ({ status }) => !hasCondition(status, 'ScalingActive', 'False') && !hasCondition(status, 'AbleToScale', 'False'),
  Service: ({ spec, status }) => spec?.type !== 'LoadBalancer' || itemsOf(status?.loadBalancer?.ingress).length > 0,
  PodDisruptionBudget: ({ status }) => Number(status?.currentHealthy ?? 0) >= Number(status?.desiredHealthy ?? 0),
};

function hasCondition(status: KubernetesObject | undefined, type: string, value: string): boolean {
  return itemsOf(status?.conditions).some((condition) => condition.type === type && condition.status === value);
}
