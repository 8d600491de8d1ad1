import type { KubernetesObject, ObjectRef } from '../model/resource.ts';
import { type ClusterState, nameKey, type ObservedObject } from './state.ts';

/** The object of a ref, also a deleted one that is still remembered: by uid, else by name. */
export function objectOf(state: ClusterState, ref: ObjectRef): ObservedObject | undefined {
  return (ref.uid === '' ? undefined : state.byUid.get(ref.uid)) ?? state.byName.get(nameKey(ref));
}

/** The live object with this name, if there is one now. */
export function findObject(state: ClusterState, kind: string, namespace: string, name: string): ObservedObject | undefined {
  const found = state.byName.get(nameKey({ kind, namespace, name }));
  return found?.deleted === undefined ? found : undefined;
}

/** All live objects of a kind, in one namespace or everywhere, in the order in which they were first seen. */
export function listObjects(state: ClusterState, kind: string, namespace?: string): ObservedObject[] {
  const group = state.byKind.get(namespace === undefined ? kind : `${kind}/${namespace}`);
  return group === undefined ? [] : [...group.values()].filter((observed) => observed.deleted === undefined);
}

/** Whether objects of this kind in this namespace were all seen, so that a missing one does not exist. */
export function covered(state: ClusterState, kind: string, namespace: string): boolean {
  return state.coverage.some(
    (entry) => entry.kind === kind && (entry.namespaces.includes('*') || entry.namespaces.includes(namespace)),
  );
}

/** The chain of controlling owners above an object, nearest first. Owners that were not seen are named from the reference. */
export function ownersOf(state: ClusterState, ref: ObjectRef): ObjectRef[] {
  const chain: ObjectRef[] = [];
  let current: ObjectRef | undefined = ref;
  while (current !== undefined && chain.length < 6) {
    const owner: ObjectRef | undefined = ownerOf(state, current);
    if (owner === undefined || chain.some((known) => nameKey(known) === nameKey(owner))) break;
    chain.push(owner);
    current = owner;
  }
  return chain;
}

/** The workload that an object belongs to: the last of its owners, or itself. Nodes do not own their mirror pods here. */
export function topOwner(state: ClusterState, ref: ObjectRef): ObjectRef {
  return ownersOf(state, ref).at(-1) ?? objectOf(state, ref)?.ref ?? ref;
}

function ownerOf(state: ClusterState, ref: ObjectRef): ObjectRef | undefined {
  const observed = objectOf(state, ref);
  if (observed === undefined) return ownerByName(state, ref);
  const references = observed.object.metadata?.ownerReferences ?? [];
  const owner = references.find((reference) => reference.controller === true) ?? references[0];
  if (owner === undefined || owner.kind === 'Node') return undefined;
  const known = state.byUid.get(owner.uid);
  if (known !== undefined) return known.ref;
  return { kind: owner.kind, namespace: ref.namespace, name: owner.name, uid: owner.uid };
}

const randomSuffix = '[bcdfghjklmnpqrstvwxz2456789]';
const ownerPatterns: [RegExp, string[]][] = [
  [new RegExp(`^(.+)-${randomSuffix}{6,10}-${randomSuffix}{5}$`), ['Deployment']],
  [new RegExp(`^(.+)-${randomSuffix}{5}$`), ['DaemonSet', 'Job', 'ReplicaSet']],
  [/^(.+)-\d+$/, ['StatefulSet']],
];
const replicaSetName = new RegExp(`^(.+)-${randomSuffix}{6,10}$`);

/**
 * The owner of an object that only its name tells of (a log, an Event, or a reference to something not recorded): the generated
 * names of Deployments, DaemonSets, Jobs and StatefulSets have fixed shapes (k8s.io/apimachinery/pkg/util/rand).
 * Other owners than a Deployment only if they were seen, because their name shapes are ambiguous.
 */
function ownerByName(state: ClusterState, ref: ObjectRef): ObjectRef | undefined {
  if (ref.kind === 'ReplicaSet') {
    const name = replicaSetName.exec(ref.name)?.[1];
    return name === undefined ? undefined : byName(state, 'Deployment', ref.namespace, name);
  }
  if (ref.kind !== 'Pod') return undefined;
  for (const [pattern, kinds] of ownerPatterns) {
    const name = pattern.exec(ref.name)?.[1];
    if (name === undefined) continue;
    for (const kind of kinds) {
      const known = state.byName.get(nameKey({ kind, namespace: ref.namespace, name }));
      if (known !== undefined) return known.ref;
    }
    if (kinds[0] === 'Deployment') return byName(state, 'Deployment', ref.namespace, name);
  }
  return undefined;
}

function byName(state: ClusterState, kind: string, namespace: string, name: string): ObjectRef {
  return state.byName.get(nameKey({ kind, namespace, name }))?.ref ?? { kind, namespace, name, uid: '' };
}

/** All pods below a workload (or the pod itself), deleted ones included, in the order in which they were first seen. */
export function podsOf(state: ClusterState, ref: ObjectRef): ObservedObject[] {
  const self = objectOf(state, ref);
  if (ref.kind === 'Pod') return self === undefined ? [] : [self];
  if (ref.uid === '' && self === undefined) return podsByOwnerName(state, ref);
  const pods: ObservedObject[] = [];
  const queue = [ref.uid];
  for (let uid = queue.shift(); uid !== undefined; uid = queue.shift()) {
    for (const child of state.children.get(uid) ?? []) {
      const observed = state.byUid.get(child);
      if (observed?.ref.kind === 'Pod') pods.push(observed);
      else queue.push(child);
    }
  }
  return pods;
}

/** Pods of a workload that was not recorded itself: its name is concluded from theirs. */
function podsByOwnerName(state: ClusterState, ref: ObjectRef): ObservedObject[] {
  const pods = [...(state.byKind.get(`Pod/${ref.namespace}`)?.values() ?? [])];
  return pods.filter((pod) => nameKey(topOwner(state, pod.ref)) === nameKey(ref));
}

export type LabelSelector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

/** Kubernetes' label selector semantics (metav1.LabelSelector). An empty selector matches everything. */
export function matchesSelector(labels: Record<string, string> | undefined, selector: LabelSelector): boolean {
  const own = labels ?? {};
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => own[key] === value);
  return equal && (selector.matchExpressions ?? []).every((expression) => matchesExpression(own, expression));
}

/** One requirement of a label selector or node selector term; Gt and Lt compare integers (core/v1 NodeSelectorRequirement). */
export function matchesExpression(
  labels: Record<string, string>,
  expression: { key: string; operator: string; values?: string[] },
): boolean {
  const value = labels[expression.key];
  const values = expression.values ?? [];
  switch (expression.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** Live pods in a namespace that match labels (a Service's `spec.selector`). An empty selector selects nothing, as in a Service. */
export function selectPods(state: ClusterState, namespace: string, selector: Record<string, string> | undefined): ObservedObject[] {
  if (selector === undefined || Object.keys(selector).length === 0) return [];
  return listObjects(state, 'Pod', namespace).filter(({ object }) =>
    matchesSelector(object.metadata?.labels, { matchLabels: selector }),
  );
}

/** Live Services whose selector matches these labels. */
export function servicesSelecting(state: ClusterState, namespace: string, labels: Record<string, string> | undefined): ObservedObject[] {
  return listObjects(state, 'Service', namespace).filter(({ object }) => {
    const selector = object.spec?.selector as Record<string, string> | undefined;
    return selector !== undefined && Object.keys(selector).length > 0 && matchesSelector(labels, { matchLabels: selector });
  });
}

/** Ready and unready addresses behind a Service, from its EndpointSlices, else Endpoints; undefined when neither was recorded. */
export function endpointsOf(
  state: ClusterState,
  service: ObjectRef,
): { ready: number; notReady: number; source: ObservedObject } | undefined {
  const slices = listObjects(state, 'EndpointSlice', service.namespace).filter(
    ({ object }) => object.metadata?.labels?.['kubernetes.io/service-name'] === service.name,
  );
  if (slices.length > 0) return countSlices(slices);
  const endpoints = findObject(state, 'Endpoints', service.namespace, service.name);
  if (endpoints === undefined) return undefined;
  const subsets = (endpoints.object.subsets ?? []) as { addresses?: unknown[]; notReadyAddresses?: unknown[] }[];
  return {
    ready: subsets.reduce((sum, subset) => sum + (subset.addresses?.length ?? 0), 0),
    notReady: subsets.reduce((sum, subset) => sum + (subset.notReadyAddresses?.length ?? 0), 0),
    source: endpoints,
  };
}

function countSlices(slices: ObservedObject[]): { ready: number; notReady: number; source: ObservedObject } {
  const endpoints = slices.flatMap(({ object }) => (object.endpoints ?? []) as { conditions?: { ready?: boolean | null } }[]);
  const ready = endpoints.filter((endpoint) => endpoint.conditions?.ready !== false).length;
  return { ready, notReady: endpoints.length - ready, source: slices[0] as ObservedObject };
}

/** The pod template of a workload, or the spec of a Pod: with the pointer at which the PodSpec stands. */
export function podSpecOf(object: KubernetesObject): { spec: KubernetesObject; pointer: string } | undefined {
  if (object.kind === 'Pod') return object.spec === undefined ? undefined : { spec: object.spec, pointer: '/spec' };
  if (object.kind === 'CronJob') {
    const spec = object.spec?.jobTemplate?.spec?.template?.spec;
    return spec === undefined ? undefined : { spec, pointer: '/spec/jobTemplate/spec/template/spec' };
  }
  const spec = object.spec?.template?.spec;
  return spec === undefined ? undefined : { spec, pointer: '/spec/template/spec' };
}

export type Reference = { relation: string; kind: string; namespace: string; name: string; optional: boolean; pointer: string };

/** What a PodSpec refers to by name: ConfigMaps, Secrets, ServiceAccount, claims, node. Pointers are relative to the PodSpec. */
export function referencesOf(spec: KubernetesObject, namespace: string): Reference[] {
  const found: Reference[] = [];
  const add = (kind: string, name: unknown, relation: string, pointer: string, optional?: boolean) => {
    if (typeof name === 'string' && name !== '') found.push({ relation, kind, namespace, name, optional: optional === true, pointer });
  };
  for (const list of ['initContainers', 'containers']) {
    ((spec[list] ?? []) as KubernetesObject[]).forEach((container, position) => {
      const at = `/${list}/${position}`;
      ((container.envFrom ?? []) as KubernetesObject[]).forEach((source, index) => {
        add('ConfigMap', source.configMapRef?.name, 'env', `${at}/envFrom/${index}/configMapRef/name`, source.configMapRef?.optional);
        add('Secret', source.secretRef?.name, 'env', `${at}/envFrom/${index}/secretRef/name`, source.secretRef?.optional);
      });
      ((container.env ?? []) as KubernetesObject[]).forEach((variable, index) => {
        const from = variable.valueFrom ?? {};
        const pointer = `${at}/env/${index}/valueFrom`;
        add('ConfigMap', from.configMapKeyRef?.name, 'env', `${pointer}/configMapKeyRef/name`, from.configMapKeyRef?.optional);
        add('Secret', from.secretKeyRef?.name, 'env', `${pointer}/secretKeyRef/name`, from.secretKeyRef?.optional);
      });
    });
  }
  ((spec.volumes ?? []) as KubernetesObject[]).forEach((volume, position) => {
    const at = `/volumes/${position}`;
    add('ConfigMap', volume.configMap?.name, 'volume', `${at}/configMap/name`, volume.configMap?.optional);
    add('Secret', volume.secret?.secretName, 'volume', `${at}/secret/secretName`, volume.secret?.optional);
    add('PersistentVolumeClaim', volume.persistentVolumeClaim?.claimName, 'volume', `${at}/persistentVolumeClaim/claimName`);
  });
  ((spec.imagePullSecrets ?? []) as KubernetesObject[]).forEach((secret, position) =>
    add('Secret', secret.name, 'image pull', `/imagePullSecrets/${position}/name`, true),
  );
  add('ServiceAccount', spec.serviceAccountName, 'service account', '/serviceAccountName');
  return found;
}
