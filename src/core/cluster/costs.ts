const existence = (what: string) => `nobody can tell ${what} that does not exist from one that was not recorded`;

const workloads = 'pods are not attributed to the workload that owns them, and no roll-out or change of it is seen';
const storage = 'a pod that waits for its volume cannot be explained by the storage behind it';
const rbac = 'a program that is forbidden something cannot be explained by the role it lacks';
const webhooks = 'pods that an admission webhook refuses are seen, but not the webhook';

/** What diagnosis loses without a resource (`name.group`, or `name/subresource`). */
const costs: Record<string, string> = {
  pods: 'nothing can be diagnosed: every diagnosis begins at a pod',
  'pods/log': 'crashes are diagnosed by exit code and reason alone, not by what the program said last',
  events: 'failed scheduling, mounts, image pulls and probes lose the reason that Kubernetes gives for them',
  nodes: 'a node that is not ready, full or under pressure cannot be named as the cause',
  namespaces: 'a namespace that is being deleted cannot be named as the cause',
  'deployments.apps': workloads,
  'replicasets.apps': `${workloads}: a ReplicaSet links a pod to its Deployment`,
  'statefulsets.apps': workloads,
  'daemonsets.apps': workloads,
  replicationcontrollers: workloads,
  'jobs.batch': `${workloads}; Jobs that fail or run too long go unnoticed`,
  'cronjobs.batch': 'a CronJob that is suspended or misses its schedule goes unnoticed',
  services: 'a Service that selects no pod, or the wrong port of one, goes unnoticed',
  'endpointslices.discovery.k8s.io': 'whether a Service has anybody ready to answer is not known',
  endpoints: 'whether a Service has anybody ready to answer is not known',
  'ingresses.networking.k8s.io': 'an Ingress that points at a missing Service or port goes unnoticed',
  'ingressclasses.networking.k8s.io': 'an Ingress without a class that serves it goes unnoticed',
  'networkpolicies.networking.k8s.io': 'a connection that a NetworkPolicy blocks looks like any other time-out',
  configmaps: `${existence('a ConfigMap or key')}, and changed configuration is not seen`,
  secrets: existence('a Secret'),
  serviceaccounts: existence('a ServiceAccount'),
  persistentvolumeclaims: storage,
  persistentvolumes: storage,
  'storageclasses.storage.k8s.io': existence('a StorageClass'),
  'csidrivers.storage.k8s.io': storage,
  'csinodes.storage.k8s.io': 'a node without room for one more volume cannot be named as the cause',
  'volumeattachments.storage.k8s.io': 'a volume that is still attached to another node cannot be named as the cause',
  'horizontalpodautoscalers.autoscaling': 'an autoscaler that cannot scale, or is at its limit, goes unnoticed',
  'poddisruptionbudgets.policy': 'a drain that a PodDisruptionBudget holds up cannot be explained',
  resourcequotas: 'pods that a quota refuses are seen, but not how full the quota is',
  limitranges: 'pods that a LimitRange refuses are seen, but not its limits',
  'priorityclasses.scheduling.k8s.io': existence('a PriorityClass'),
  'roles.rbac.authorization.k8s.io': rbac,
  'rolebindings.rbac.authorization.k8s.io': rbac,
  'clusterroles.rbac.authorization.k8s.io': rbac,
  'clusterrolebindings.rbac.authorization.k8s.io': rbac,
  'apiservices.apiregistration.k8s.io': 'an aggregated API that is down, such as metrics, cannot be named as the cause',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': webhooks,
  'validatingwebhookconfigurations.admissionregistration.k8s.io': webhooks,
  'pods.metrics.k8s.io':
    'memory and CPU of containers are not recorded: no advice on requests and limits, and leaks are seen only when they kill',
  'nodes.metrics.k8s.io': 'how busy the nodes are is not recorded',
  'nodes/proxy': 'network figures are not recorded',
};

/** What a recording without this resource loses, as a clause. `name` is `pods`, `deployments.apps` or `pods/log`. */
export function costOf(name: string): string {
  return Object.hasOwn(costs, name) ? (costs[name] as string) : 'its changes are not recorded';
}
