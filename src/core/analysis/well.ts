import { itemsOf, text } from '../model/fields.ts';
import { memoryBytes } from '../model/quantity.ts';
import type { KubernetesObject, ObjectRef } from '../model/resource.ts';
import { secondsBetween, timeOf } from '../model/time.ts';
import { covered, findObject, listObjects, objectOf, topOwner } from '../state/lookups.ts';
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

/** Whether an object is at least so many seconds old. Unknown ages count as old: no time, or none that is newer. */
export function isOld(state: ClusterState, ref: ObjectRef, seconds: number): boolean {
  const created = text(objectOf(state, ref)?.object.metadata?.creationTimestamp);
  const age = secondsBetween(created, state.now);
  return created === '' || age <= 0 || age >= seconds;
}

/** Whether a Job has completed (its failed pods were retries), or the newest finished Job of a CronJob has. */
export function hasCompleted(state: ClusterState, ref: ObjectRef): boolean {
  if (ref.kind === 'Job') return hasCondition(objectOf(state, ref)?.object.status, 'Complete', 'True');
  if (ref.kind !== 'CronJob') return false;
  const runs = listObjects(state, 'Job', ref.namespace).filter((job) => topOwner(state, job.ref).name === ref.name);
  const finished = runs.filter(
    ({ object: { status } }) => hasCondition(status, 'Complete', 'True') || hasCondition(status, 'Failed', 'True'),
  );
  const newest = finished.toSorted((a, b) => timeOf(startOf(a.object)) - timeOf(startOf(b.object))).at(-1);
  return newest !== undefined && hasCondition(newest.object.status, 'Complete', 'True');
}

function startOf({ status, metadata }: KubernetesObject): string {
  return text(status?.startTime) || text(metadata?.creationTimestamp);
}

const wellness: Record<string, (object: KubernetesObject) => boolean> = {
  Pod: ({ status }) => status?.phase === 'Succeeded' || hasCondition(status, 'Ready', 'True'),
  Node: ({ status }) => hasCondition(status, 'Ready', 'True'),
  Job: ({ status }) => hasCondition(status, 'Complete', 'True') || Number(status?.ready ?? status?.active ?? 0) > 0,
  PersistentVolumeClaim: ({ spec, status }) => status?.phase === 'Bound' && !isGrowing(spec, status),
  Deployment: ({ spec, status }) => Number(status?.readyReplicas ?? 0) >= Number(spec?.replicas ?? 1),
  StatefulSet: ({ spec, status }) => Number(status?.readyReplicas ?? 0) >= Number(spec?.replicas ?? 1),
  ReplicaSet: ({ spec, status }) => Number(status?.readyReplicas ?? 0) >= Number(spec?.replicas ?? 1),
  DaemonSet: ({ status }) => Number(status?.numberReady ?? 0) >= Number(status?.desiredNumberScheduled ?? 0),
  HorizontalPodAutoscaler: ({ status }) => !hasCondition(status, 'ScalingActive', 'False') && !hasCondition(status, 'AbleToScale', 'False'),
  Service: ({ spec, status }) => spec?.type !== 'LoadBalancer' || itemsOf(status?.loadBalancer?.ingress).length > 0,
  PodDisruptionBudget: ({ status }) => Number(status?.currentHealthy ?? 0) >= Number(status?.desiredHealthy ?? 0),
};

/** A claim that asks for more than its volume has (yet). */
function isGrowing(spec: KubernetesObject | undefined, status: KubernetesObject): boolean {
  const [asked, given] = [memoryBytes(spec?.resources?.requests?.storage), memoryBytes(status.capacity?.storage)];
  return asked !== undefined && given !== undefined && asked > given;
}

function hasCondition(status: KubernetesObject | undefined, type: string, value: string): boolean {
  return itemsOf(status?.conditions).some((condition) => condition.type === type && condition.status === value);
}
