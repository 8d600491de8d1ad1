import type { ClusterContext } from '../model/event.ts';
import { fieldsOf, itemsOf, text } from '../model/fields.ts';
import { type KubernetesObject, type ObjectRef, sameRef } from '../model/resource.ts';
import { findObject, listObjects, objectOf, ownersOf, podSpecOf, podsOf, referencesOf, servicesSelecting } from '../state/lookups.ts';
import type { ClusterState } from '../state/state.ts';
import { secondsBetween } from '../model/time.ts';
import { cpuMillicores, memoryBytes } from '../model/quantity.ts';

const changeWindowSeconds = 1800;
const maxNodes = 20;

/**
 * The seed's ClusterContext: cluster, nodes, workload, related objects and recent changes, as known at this moment. `about` is the object
 * that the main event speaks of: its owners are told where no pod was recorded.
 */
export function contextOf(state: ClusterState, workload: ObjectRef, openedAt: string, about: ObjectRef = workload): ClusterContext {
  const observed = objectOf(state, workload);
  const pod = podsOf(state, workload).at(-1);
  return {
    cluster: state.name,
    namespace: workload.namespace,
    at: state.now,
    ...(state.version === undefined ? {} : { kubernetesVersion: state.version }),
    nodes: listObjects(state, 'Node').slice(0, maxNodes).map(({ ref, object }) => nodeOf(ref, object)),
    ...(observed === undefined ? {} : { workload: workloadSummary(workload, observed.object) }),
    owners: pod !== undefined ? [pod.ref, ...ownersOf(state, pod.ref)] : [...(sameRef(about, workload) ? [] : [about]), ...ownersOf(state, about)],
    related: relatedOf(state, workload, observed?.object ?? pod?.object),
    changes: state.changes.filter(
      (change) =>
        (change.ref.namespace === workload.namespace || change.ref.namespace === '') &&
        change.type !== 'created' &&
        secondsBetween(change.at, openedAt) <= changeWindowSeconds,
    ),
    gaps: state.gaps.filter((gap) => gap.to >= openedAt),
  };
}

function nodeOf(ref: ObjectRef, object: KubernetesObject): ClusterContext['nodes'][number] {
  const conditions = itemsOf(object.status?.conditions);
  return {
    name: ref.name,
    ready: conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    unschedulable: object.spec?.unschedulable === true,
    cpuMillicores: cpuMillicores(object.status?.allocatable?.cpu ?? '') ?? 0,
    memoryBytes: memoryBytes(object.status?.allocatable?.memory ?? '') ?? 0,
  };
}

function workloadSummary(ref: ObjectRef, object: KubernetesObject): NonNullable<ClusterContext['workload']> {
  const spec = podSpecOf(object)?.spec;
  const status = fieldsOf(object.status);
  return {
    kind: ref.kind,
    name: ref.name,
    desired: Number(object.spec?.replicas ?? status.desiredNumberScheduled ?? 1) || 0,
    ready: Number(status.readyReplicas ?? status.numberReady ?? status.ready ?? 0) || 0,
    images: itemsOf(spec?.containers).map(({ image }) => text(image)),
  };
}

function relatedOf(state: ClusterState, workload: ObjectRef, object: KubernetesObject | undefined): ClusterContext['related'] {
  if (object === undefined) return [];
  const related = new Map<string, ClusterContext['related'][number]>();
  const add = (relation: string, ref: ObjectRef, exists: boolean) => {
    const key = `${relation}/${ref.kind}/${ref.name}`;
    if (!related.has(key)) related.set(key, { relation, ref, exists });
  };
  const pod = podSpecOf(object);
  if (pod !== undefined) {
    for (const reference of referencesOf(pod.spec, workload.namespace)) {
      const found = findObject(state, reference.kind, reference.namespace, reference.name);
      add(reference.relation, found?.ref ?? { ...pickRef(reference), uid: '' }, found !== undefined);
    }
    const labels = workload.kind === 'Pod' ? object.metadata?.labels : object.spec?.template?.metadata?.labels;
    for (const service of servicesSelecting(state, workload.namespace, labels)) add('service', service.ref, true);
  }
  return [...related.values()];
}

function pickRef(reference: { kind: string; namespace: string; name: string }): Omit<ObjectRef, 'uid'> {
  return { kind: reference.kind, namespace: reference.namespace, name: reference.name };
}
