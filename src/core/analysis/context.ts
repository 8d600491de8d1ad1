import type { ClusterContext } from '../model/event.ts';
import { fieldsOf, itemsOf, text } from '../model/fields.ts';
import { cpuMillicores, memoryBytes } from '../model/quantity.ts';
import { type KubernetesObject, type ObjectRef, sameRef } from '../model/resource.ts';
import { secondsBetween } from '../model/time.ts';
import { findObject, listObjects, objectOf, ownersOf, podSpecOf, podsOf, referencesOf, servicesSelecting } from '../state/lookups.ts';
import type { ClusterState } from '../state/state.ts';

const changeWindowSeconds = 1800;
const maxNodes = 20;

/** What the state knows of a workload's past: since when it is seen, how many versions of its spec. Earlier incidents are the caller's. */
export function historyOf(state: ClusterState, workload: ObjectRef): ClusterContext['history'] {
  const observed = objectOf(state, workload);
  if (observed === undefined) return { specVersions: 0, earlierIncidents: 0 };
  return { firstSeenAt: observed.firstAt, specVersions: observed.versions.length + 1, earlierIncidents: 0 };
}

/**
 * The seed's ClusterContext: cluster, nodes, workload, related objects and recent changes, as known at this moment. `about` is the object
 * that the main event speaks of: its owners are told where no pod was recorded.
 */
export function contextOf(state: ClusterState, workload: ObjectRef, openedAt: string, about: ObjectRef = workload): ClusterContext {
  const observed = objectOf(state, workload);
  const pod = podsOf(state, workload).at(-1);
  const summary = observed === undefined ? undefined : workloadSummary(workload, observed.object);
  return {
    cluster: state.name,
    namespace: workload.namespace,
    at: state.now,
    ...(state.version === undefined ? {} : { kubernetesVersion: state.version }),
    nodes: listObjects(state, 'Node')
      .slice(0, maxNodes)
      .map(({ ref, object }) => nodeOf(ref, object)),
    ...(summary === undefined ? {} : { workload: summary }),
    owners:
      pod !== undefined
        ? [pod.ref, ...ownersOf(state, pod.ref)]
        : [...(sameRef(about, workload) ? [] : [about]), ...ownersOf(state, about)],
    related: relatedOf(state, workload, observed?.object ?? pod?.object),
    changes: state.changes.filter(
      (change) =>
        (change.ref.namespace === workload.namespace || change.ref.namespace === '') &&
        change.type !== 'created' &&
        secondsBetween(change.at, openedAt) <= changeWindowSeconds,
    ),
    history: historyOf(state, workload),
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

type Workload = NonNullable<ClusterContext['workload']>;

const replicated = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'DaemonSet']);

/** Replicas wanted and ready; undefined for what has none (a Service, a Node, a claim). */
function workloadSummary(ref: ObjectRef, object: KubernetesObject): Workload | undefined {
  const status = fieldsOf(object.status);
  const images = itemsOf(podSpecOf(object)?.spec.containers).map(({ image }) => text(image));
  const base = { kind: ref.kind, name: ref.name, images };
  if (replicated.has(ref.kind)) {
    const desired = Number(object.spec?.replicas ?? status.desiredNumberScheduled ?? 1) || 0;
    return { ...base, desired, ready: Number(status.readyReplicas ?? status.numberReady ?? 0) || 0 };
  }
  if (ref.kind !== 'Pod') return undefined;
  const ready = itemsOf(status.conditions).some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return { ...base, desired: 1, ready: ready ? 1 : 0 };
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
