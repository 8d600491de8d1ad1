import { fieldsOf, itemsOf, text, textsOf } from '../model/fields.ts';
import type { KubernetesObject, ObjectRef } from '../model/resource.ts';
import { type ClusterState, nameKey, type ObservedObject, objectKey } from './state.ts';

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
  return state.coverage.some((entry) => entry.kind === kind && (entry.namespaces.includes('*') || entry.namespaces.includes(namespace)));
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
  const references = itemsOf(observed.object.metadata?.ownerReferences);
  const reference = references.find(({ controller }) => controller === true) ?? references[0];
  if (reference === undefined || reference.kind === 'Node' || text(reference.name) === '') return undefined;
  const owner = { kind: text(reference.kind), namespace: ref.namespace, name: text(reference.name), uid: text(reference.uid) };
  return objectOf(state, owner)?.ref ?? owner;
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
  // The set grows while it is walked; an object that is its own ancestor is met once.
  const owners = new Set([objectKey(self?.ref ?? ref)]);
  for (const owner of owners) {
    for (const child of state.children.get(owner) ?? []) {
      const observed = state.byUid.get(child);
      if (observed?.ref.kind === 'Pod') pods.push(observed);
      else owners.add(child);
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
  const equal = Object.entries(fieldsOf(selector.matchLabels)).every(([key, value]) => own[key] === value);
  return equal && itemsOf(selector.matchExpressions).every((expression) => matchesExpression(own, expression as Requirement));
}

type Requirement = { key: string; operator: string; values?: string[] };

/** One requirement of a label selector or node selector term; Gt and Lt compare integers (core/v1 NodeSelectorRequirement). */
export function matchesExpression(labels: Record<string, string>, expression: Requirement): boolean {
  const value = labels[expression.key];
  const values = textsOf(expression.values);
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
  const matchLabels = fieldsOf(selector);
  if (Object.keys(matchLabels).length === 0) return [];
  return listObjects(state, 'Pod', namespace).filter(({ object }) => matchesSelector(object.metadata?.labels, { matchLabels }));
}

/** Live Services whose selector matches these labels. */
export function servicesSelecting(state: ClusterState, namespace: string, labels: Record<string, string> | undefined): ObservedObject[] {
  return listObjects(state, 'Service', namespace).filter(({ object }) => {
    const matchLabels = fieldsOf(object.spec?.selector);
    return Object.keys(matchLabels).length > 0 && matchesSelector(labels, { matchLabels });
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
  const [first] = slices;
  if (first !== undefined) return countSlices(slices, first);
  const endpoints = findObject(state, 'Endpoints', service.namespace, service.name);
  if (endpoints === undefined) return undefined;
  const subsets = itemsOf(endpoints.object.subsets);
  return {
    ready: subsets.reduce((sum, { addresses }) => sum + itemsOf(addresses).length, 0),
    notReady: subsets.reduce((sum, { notReadyAddresses }) => sum + itemsOf(notReadyAddresses).length, 0),
    source: endpoints,
  };
}

function countSlices(slices: ObservedObject[], source: ObservedObject): { ready: number; notReady: number; source: ObservedObject } {
  const endpoints = slices.flatMap(({ object }) => itemsOf(object.endpoints));
  // An unknown (absent) readiness counts as ready (discovery/v1 EndpointConditions).
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false).length;
  return { ready, notReady: endpoints.length - ready, source };
}

/** The pod template of a workload, or the spec of a Pod: with the pointer at which the PodSpec stands. */
export function podSpecOf(object: KubernetesObject): { spec: KubernetesObject; pointer: string } | undefined {
  const at = (spec: unknown, pointer: string) =>
    typeof spec === 'object' && spec !== null && !Array.isArray(spec) ? { spec, pointer } : undefined;
  if (object.kind === 'Pod') return at(object.spec, '/spec');
  if (object.kind === 'CronJob') return at(object.spec?.jobTemplate?.spec?.template?.spec, '/spec/jobTemplate/spec/template/spec');
  return at(object.spec?.template?.spec, '/spec/template/spec');
}

export type Reference = { relation: string; kind: string; namespace: string; name: string; optional: boolean; pointer: string };

/** What a PodSpec refers to by name: ConfigMaps, Secrets, ServiceAccount, claims. Pointers are relative to the PodSpec. */
export function referencesOf(spec: KubernetesObject, namespace: string): Reference[] {
  const found: Reference[] = [];
  const add = (kind: string, name: unknown, relation: string, pointer: string, optional?: boolean) => {
    if (typeof name === 'string' && name !== '') found.push({ relation, kind, namespace, name, optional: optional === true, pointer });
  };
  for (const list of ['initContainers', 'containers']) {
    itemsOf(spec[list]).forEach((container, position) => {
      const at = `/${list}/${position}`;
      itemsOf(container.envFrom).forEach(({ configMapRef, secretRef }, index) => {
        add('ConfigMap', configMapRef?.name, 'env', `${at}/envFrom/${index}/configMapRef/name`, configMapRef?.optional);
        add('Secret', secretRef?.name, 'env', `${at}/envFrom/${index}/secretRef/name`, secretRef?.optional);
      });
      itemsOf(container.env).forEach(({ valueFrom }, index) => {
        const { configMapKeyRef, secretKeyRef } = fieldsOf(valueFrom);
        const pointer = `${at}/env/${index}/valueFrom`;
        add('ConfigMap', configMapKeyRef?.name, 'env', `${pointer}/configMapKeyRef/name`, configMapKeyRef?.optional);
        add('Secret', secretKeyRef?.name, 'env', `${pointer}/secretKeyRef/name`, secretKeyRef?.optional);
      });
    });
  }
  itemsOf(spec.volumes).forEach(({ name, configMap, secret, persistentVolumeClaim, projected }, position) => {
    const at = `/volumes/${position}`;
    add('ConfigMap', configMap?.name, 'volume', `${at}/configMap/name`, configMap?.optional);
    add('Secret', secret?.secretName, 'volume', `${at}/secret/secretName`, secret?.optional);
    add('PersistentVolumeClaim', persistentVolumeClaim?.claimName, 'volume', `${at}/persistentVolumeClaim/claimName`);
    // The token volume is in every pod and nobody asked for it (plugin/pkg/admission/serviceaccount).
    if (text(name).startsWith('kube-api-access-')) return;
    itemsOf(projected?.sources).forEach((source, index) => {
      const pointer = `${at}/projected/sources/${index}`;
      add('ConfigMap', source.configMap?.name, 'volume', `${pointer}/configMap/name`, source.configMap?.optional);
      add('Secret', source.secret?.name, 'volume', `${pointer}/secret/name`, source.secret?.optional);
    });
  });
  itemsOf(spec.imagePullSecrets).forEach(({ name }, position) => {
    add('Secret', name, 'image pull', `/imagePullSecrets/${position}/name`, true);
  });
  add('ServiceAccount', spec.serviceAccountName, 'service account', '/serviceAccountName');
  return found;
}
