import { nearest } from '../model/nearest.ts';
import type { ResourceType, StreamSpec } from './api.ts';

/**
 * What diagnosis needs, most important first. Left out: Leases, because every node renews one every 10 s, which says what its Ready condition
 * says; CustomResourceDefinitions, because they are large and no rule reads them; Endpoints, because EndpointSlices say all that they do.
 */
export const defaultResources: readonly string[] = [
  'pods',
  'events',
  'nodes',
  'namespaces',
  'deployments.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'replicationcontrollers',
  'jobs.batch',
  'cronjobs.batch',
  'services',
  'endpointslices.discovery.k8s.io',
  'ingresses.networking.k8s.io',
  'ingressclasses.networking.k8s.io',
  'networkpolicies.networking.k8s.io',
  'configmaps',
  'secrets',
  'serviceaccounts',
  'persistentvolumeclaims',
  'persistentvolumes',
  'storageclasses.storage.k8s.io',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'horizontalpodautoscalers.autoscaling',
  'poddisruptionbudgets.policy',
  'resourcequotas',
  'limitranges',
  'priorityclasses.scheduling.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'apiservices.apiregistration.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
];

/** kubectl's short names of the built-in resources. */
const shortNames: Record<string, string> = {
  cm: 'configmaps',
  cj: 'cronjobs',
  crd: 'customresourcedefinitions',
  deploy: 'deployments',
  ds: 'daemonsets',
  ep: 'endpoints',
  ev: 'events',
  hpa: 'horizontalpodautoscalers',
  ing: 'ingresses',
  limits: 'limitranges',
  netpol: 'networkpolicies',
  no: 'nodes',
  ns: 'namespaces',
  pc: 'priorityclasses',
  pdb: 'poddisruptionbudgets',
  po: 'pods',
  pv: 'persistentvolumes',
  pvc: 'persistentvolumeclaims',
  quota: 'resourcequotas',
  rc: 'replicationcontrollers',
  rs: 'replicasets',
  sa: 'serviceaccounts',
  sc: 'storageclasses',
  sts: 'statefulsets',
  svc: 'services',
};

/** `unknown` are names that fit nothing, with the nearest that would. */
export type Selected = { types: ResourceType[]; unknown: { name: string; suggestion?: string }[] };

/**
 * The types meant by names as kubectl takes them: plural, singular, kind, short name, `name.group`, or `all` (without Leases). No names: the
 * default set, as far as the cluster serves it. Only what can be listed and watched counts; the most important come first.
 */
export function selectResources(served: ResourceType[], wanted: readonly string[]): Selected {
  const usable = inOrder(served.filter(isUsable));
  if (wanted.length === 0) {
    const old = usable.some(({ resource }) => resource === 'endpointslices') ? [] : ['endpoints'];
    const names = new Set([...defaultResources, ...old]);
    return { types: usable.filter((type) => names.has(fullName(type))), unknown: [] };
  }
  const found = wanted.map((name) => ({ name, types: meantBy(name.toLowerCase(), usable) }));
  const types = new Set(found.flatMap((one) => one.types));
  const unknown = found.filter((one) => one.types.length === 0).map(({ name }) => ({ name, ...suggestion(name, usable) }));
  return { types: usable.filter((type) => types.has(type)), unknown };
}

/** The same Events are served twice; core/v1 is the form captures keep. */
function isUsable({ group, verbs }: ResourceType): boolean {
  return group !== 'events.k8s.io' && verbs.includes('list') && verbs.includes('watch');
}

/** Where two groups have a resource of one name, as Service of core and of Knative, the built-in one is meant. */
function meantBy(name: string, usable: ResourceType[]): ResourceType[] {
  if (name === 'all') return usable.filter(({ resource, group }) => resource !== 'leases' || group !== 'coordination.k8s.io');
  const plural = Object.hasOwn(shortNames, name) ? shortNames[name] : name;
  const found = usable.find((type) => namesOf(type).includes(name)) ?? usable.find(({ resource }) => resource === plural);
  return found === undefined ? [] : [found];
}

function namesOf(type: ResourceType): string[] {
  const { group, version, resource } = type;
  const kind = type.kind.toLowerCase();
  return [resource, kind, ...(group === '' ? [] : [`${resource}.${group}`, `${kind}.${group}`, `${resource}.${version}.${group}`])];
}

function suggestion(name: string, usable: ResourceType[]): { suggestion?: string } {
  const near = nearest(name, [...new Set(usable.flatMap(namesOf))]);
  return near === undefined ? {} : { suggestion: near };
}

/** Which objects: `cluster` is the alias, no `namespaces` means all. */
export type Scope = { cluster: string; namespaces: readonly string[]; labelSelector?: string };

/**
 * One stream per type; where namespaces are named, one per namespaced type and namespace, and still one for what belongs to no namespace.
 * A label selector narrows namespaced types except Events. Of Secrets only the metadata is asked for.
 */
export function streamsOf(types: ResourceType[], { cluster, namespaces, labelSelector }: Scope): StreamSpec[] {
  return types.flatMap((type) => {
    const id = `${cluster}/${builtIn.has(fullName(type)) ? type.resource : fullName(type)}`;
    // Events do not carry the labels of what they tell of.
    const selected = labelSelector !== undefined && type.namespaced && type.kind !== 'Event';
    const base = { cluster, type, metadataOnly: fullName(type) === 'secrets', ...(selected ? { labelSelector } : {}) };
    if (!type.namespaced || namespaces.length === 0) return [{ id, ...base }];
    return [...new Set(namespaces)].map((namespace) => ({ id: `${id}@${namespace}`, namespace, ...base }));
  });
}

const builtIn = new Set(defaultResources);

/** `pods`, `deployments.apps`. */
export function fullName({ group, resource }: Pick<ResourceType, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function inOrder(types: ResourceType[]): ResourceType[] {
  const rank = (type: ResourceType) => {
    const place = defaultResources.indexOf(fullName(type));
    return place === -1 ? defaultResources.length : place;
  };
  return types.toSorted((a, b) => rank(a) - rank(b));
}
