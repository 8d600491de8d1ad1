import type { KubernetesObject } from '../model/resource.ts';

/** A resource as discovery tells of it. `group` is '' for core; `version` is the one its objects were recorded in. */
export type ServedType = {
  group: string;
  version: string;
  resource: string;
  singular: string;
  kind: string;
  namespaced: boolean;
  shortNames: string[];
  categories: string[];
};

type Row = [groupVersion: string, resource: string, kind: string, scope: 'namespace' | 'cluster', shortNames?: string, categories?: string];

/** The built-in resources, in the version that current servers prefer, with kubectl's short names and categories. */
const rows: Row[] = [
  ['v1', 'configmaps', 'ConfigMap', 'namespace', 'cm'],
  ['v1', 'endpoints', 'Endpoints', 'namespace', 'ep'],
  ['v1', 'events', 'Event', 'namespace', 'ev'],
  ['v1', 'limitranges', 'LimitRange', 'namespace', 'limits'],
  ['v1', 'namespaces', 'Namespace', 'cluster', 'ns'],
  ['v1', 'nodes', 'Node', 'cluster', 'no'],
  ['v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', 'namespace', 'pvc'],
  ['v1', 'persistentvolumes', 'PersistentVolume', 'cluster', 'pv'],
  ['v1', 'pods', 'Pod', 'namespace', 'po', 'all'],
  ['v1', 'podtemplates', 'PodTemplate', 'namespace'],
  ['v1', 'replicationcontrollers', 'ReplicationController', 'namespace', 'rc', 'all'],
  ['v1', 'resourcequotas', 'ResourceQuota', 'namespace', 'quota'],
  ['v1', 'secrets', 'Secret', 'namespace'],
  ['v1', 'serviceaccounts', 'ServiceAccount', 'namespace', 'sa'],
  ['v1', 'services', 'Service', 'namespace', 'svc', 'all'],
  ['admissionregistration.k8s.io/v1', 'mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', 'cluster', '', 'api-extensions'],
  ['admissionregistration.k8s.io/v1', 'validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', 'cluster', '', 'api-extensions'],
  ['apiextensions.k8s.io/v1', 'customresourcedefinitions', 'CustomResourceDefinition', 'cluster', 'crd,crds', 'api-extensions'],
  ['apiregistration.k8s.io/v1', 'apiservices', 'APIService', 'cluster', '', 'api-extensions'],
  ['apps/v1', 'controllerrevisions', 'ControllerRevision', 'namespace'],
  ['apps/v1', 'daemonsets', 'DaemonSet', 'namespace', 'ds', 'all'],
  ['apps/v1', 'deployments', 'Deployment', 'namespace', 'deploy', 'all'],
  ['apps/v1', 'replicasets', 'ReplicaSet', 'namespace', 'rs', 'all'],
  ['apps/v1', 'statefulsets', 'StatefulSet', 'namespace', 'sts', 'all'],
  ['autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'namespace', 'hpa', 'all'],
  ['batch/v1', 'cronjobs', 'CronJob', 'namespace', 'cj', 'all'],
  ['batch/v1', 'jobs', 'Job', 'namespace', '', 'all'],
  ['coordination.k8s.io/v1', 'leases', 'Lease', 'namespace'],
  ['discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice', 'namespace'],
  ['networking.k8s.io/v1', 'ingressclasses', 'IngressClass', 'cluster'],
  ['networking.k8s.io/v1', 'ingresses', 'Ingress', 'namespace', 'ing'],
  ['networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy', 'namespace', 'netpol'],
  ['policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', 'namespace', 'pdb'],
  ['rbac.authorization.k8s.io/v1', 'clusterrolebindings', 'ClusterRoleBinding', 'cluster'],
  ['rbac.authorization.k8s.io/v1', 'clusterroles', 'ClusterRole', 'cluster'],
  ['rbac.authorization.k8s.io/v1', 'rolebindings', 'RoleBinding', 'namespace'],
  ['rbac.authorization.k8s.io/v1', 'roles', 'Role', 'namespace'],
  ['scheduling.k8s.io/v1', 'priorityclasses', 'PriorityClass', 'cluster', 'pc'],
  ['storage.k8s.io/v1', 'csidrivers', 'CSIDriver', 'cluster'],
  ['storage.k8s.io/v1', 'csinodes', 'CSINode', 'cluster'],
  ['storage.k8s.io/v1', 'csistoragecapacities', 'CSIStorageCapacity', 'namespace'],
  ['storage.k8s.io/v1', 'storageclasses', 'StorageClass', 'cluster', 'sc'],
  ['storage.k8s.io/v1', 'volumeattachments', 'VolumeAttachment', 'cluster'],
];

const builtIn = rows.map(([groupVersion, resource, kind, scope, shortNames = '', categories = '']): ServedType => {
  const names = { resource, singular: kind.toLowerCase(), kind, namespaced: scope === 'namespace' };
  return { ...splitGroupVersion(groupVersion), ...names, shortNames: words(shortNames), categories: words(categories) };
});
const byResource = new Map(builtIn.map((type) => [type.resource, type]));
const byKind = new Map(builtIn.map((type) => [type.kind, type]));

/**
 * Older versions of the same shape, which old clients ask for without looking at discovery (`kubectl describe` 1.20). They are answered,
 * not advertised.
 */
const olderVersions: Record<string, string[]> = {
  cronjobs: ['v1beta1'],
  endpointslices: ['v1beta1'],
  horizontalpodautoscalers: ['v2beta2'],
  poddisruptionbudgets: ['v1beta1'],
};

/** A built-in resource by its plural name. */
export function builtInType(resource: string): ServedType | undefined {
  return byResource.get(resource);
}

/** Whether a version may be asked for: the recorded one, the built-in one, or an older one of the same shape. */
export function servesVersion(type: ServedType, version: string): boolean {
  if (version === type.version) return true;
  const known = byResource.get(type.resource);
  return known?.group === type.group && (version === known.version || (olderVersions[type.resource]?.includes(version) ?? false));
}

/** The type of a recorded object: a built-in one in the object's own version, or a custom one whose plural is known or guessed. */
export function typeOfObject(object: KubernetesObject, resource: string | undefined): ServedType {
  const { apiVersion = 'v1', kind = '', metadata = {} } = object;
  const place = splitGroupVersion(apiVersion);
  const known = byKind.get(kind);
  if (known !== undefined && sameGroup(known.group, place.group)) return { ...known, ...place };
  const lower = kind.toLowerCase();
  const plural = resource === undefined || byResource.has(resource) ? guessedPlural(lower) : resource;
  const names = { resource: plural, singular: lower, kind, namespaced: metadata.namespace !== undefined && metadata.namespace !== '' };
  return { ...place, ...names, shortNames: [], categories: [] };
}

/** `apps/v1` for a type, `v1` for core. */
export function groupVersionOf({ group, version }: Pick<ServedType, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Group and resource as errors and maps name them: `deployments.apps`, `pods`. */
export function qualifiedName({ group, resource }: Pick<ServedType, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** Ingresses, Deployments and such moved from `extensions` to groups of their own. */
function sameGroup(current: string, recorded: string): boolean {
  return current === recorded || recorded === 'extensions';
}

function splitGroupVersion(groupVersion: string): { group: string; version: string } {
  const slash = groupVersion.indexOf('/');
  return slash === -1
    ? { group: '', version: groupVersion }
    : { group: groupVersion.slice(0, slash), version: groupVersion.slice(slash + 1) };
}

/** As the API machinery guesses (`UnsafeGuessKindToResource`). */
function guessedPlural(kind: string): string {
  if (kind.endsWith('s')) return `${kind}es`;
  return kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

function words(text: string): string[] {
  return text === '' ? [] : text.split(',');
}
