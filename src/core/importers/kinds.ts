/** Plural resource → kind, for the resources whose kind cannot be spelled from the plural (coverage names resources only). */
const kinds: Record<string, string> = {
  apiservices: 'APIService',
  clusterrolebindings: 'ClusterRoleBinding',
  clusterroles: 'ClusterRole',
  configmaps: 'ConfigMap',
  controllerrevisions: 'ControllerRevision',
  cronjobs: 'CronJob',
  csidrivers: 'CSIDriver',
  csinodes: 'CSINode',
  csistoragecapacities: 'CSIStorageCapacity',
  customresourcedefinitions: 'CustomResourceDefinition',
  daemonsets: 'DaemonSet',
  deployments: 'Deployment',
  endpoints: 'Endpoints',
  endpointslices: 'EndpointSlice',
  events: 'Event',
  horizontalpodautoscalers: 'HorizontalPodAutoscaler',
  ingressclasses: 'IngressClass',
  ingresses: 'Ingress',
  jobs: 'Job',
  leases: 'Lease',
  limitranges: 'LimitRange',
  mutatingwebhookconfigurations: 'MutatingWebhookConfiguration',
  namespaces: 'Namespace',
  networkpolicies: 'NetworkPolicy',
  nodes: 'Node',
  persistentvolumeclaims: 'PersistentVolumeClaim',
  persistentvolumes: 'PersistentVolume',
  poddisruptionbudgets: 'PodDisruptionBudget',
  pods: 'Pod',
  priorityclasses: 'PriorityClass',
  replicasets: 'ReplicaSet',
  replicationcontrollers: 'ReplicationController',
  resourcequotas: 'ResourceQuota',
  rolebindings: 'RoleBinding',
  roles: 'Role',
  secrets: 'Secret',
  serviceaccounts: 'ServiceAccount',
  services: 'Service',
  statefulsets: 'StatefulSet',
  storageclasses: 'StorageClass',
  validatingwebhookconfigurations: 'ValidatingWebhookConfiguration',
  volumeattachments: 'VolumeAttachment',
};

const resources = new Map(Object.entries(kinds).map(([resource, kind]) => [kind, resource]));

/** The kind of a plural resource name, or undefined when it is not a built-in one. */
export function kindOfResource(resource: string): string | undefined {
  return Object.hasOwn(kinds, resource) ? kinds[resource] : undefined;
}

/** The plural resource name of a kind; for foreign kinds by the rule the API machinery uses (`UnsafeGuessKindToResource`). */
export function resourceOfKind(kind: string): string {
  const known = resources.get(kind);
  if (known !== undefined) return known;
  const lower = kind.toLowerCase();
  if (lower.endsWith('s')) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}
