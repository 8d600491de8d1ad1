/** JSON of synthetic objects as an API server would send them, about as large as real ones: a pod 4.3 KB with managedFields, an Event 1.1 KB. */

const fieldsV1 = Object.fromEntries(
  Array.from({ length: 18 }, (_, index) => [`f:field${index}`, { '.': {}, 'f:name': {}, 'f:value': {}, 'f:type': {} }]),
);

const podTemplate = JSON.stringify({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name: '@name',
    generateName: 'shop-7b7b4869c9-',
    namespace: '@ns',
    uid: '@uid',
    resourceVersion: '@rv',
    creationTimestamp: '2026-11-23T20:57:24Z',
    labels: { app: 'shop', 'pod-template-hash': '7b7b4869c9', 'topology.kubernetes.io/zone': 'zone-a' },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'shop-7b7b4869c9', uid: '@ownerUid', controller: true, blockOwnerDeletion: true },
    ],
    managedFields: ['kube-controller-manager', 'kubelet'].map((manager) => ({
      manager,
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-11-23T20:57:24Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:status': fieldsV1 },
    })),
  },
  spec: {
    volumes: [
      {
        name: 'kube-api-access-x',
        projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }], defaultMode: 420 },
      },
    ],
    containers: ['app', 'proxy'].map((name) => ({
      name,
      image: `registry.example.com/shop/${name}:1.2.3`,
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      env: Array.from({ length: 6 }, (_, index) => ({ name: `SETTING_${index}`, value: `value-of-setting-${index}` })),
      resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
      readinessProbe: {
        httpGet: { path: '/ready', port: 8080, scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
      terminationMessagePath: '/dev/termination-log',
      imagePullPolicy: 'IfNotPresent',
    })),
    restartPolicy: 'Always',
    nodeName: 'node-1',
    serviceAccountName: 'default',
  },
  status: {
    phase: 'Running',
    conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
      type,
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: '2026-11-23T20:57:26Z',
    })),
    hostIP: '10.0.0.4',
    podIP: '10.244.0.7',
    startTime: '2026-11-23T20:57:24Z',
    containerStatuses: ['app', 'proxy'].map((name) => ({
      name,
      state: { running: { startedAt: '2026-11-23T20:57:25Z' } },
      lastState: {},
      ready: true,
      restartCount: 0,
      image: `registry.example.com/shop/${name}:1.2.3`,
      imageID: 'registry.example.com/shop@sha256:ab12',
      containerID: 'containerd://@uid',
      started: true,
    })),
    qosClass: 'Burstable',
  },
}); // prettier-ignore

const eventTemplate = JSON.stringify({
  kind: 'Event',
  apiVersion: 'v1',
  metadata: {
    name: '@name.@rv',
    namespace: '@ns',
    uid: '@uid',
    resourceVersion: '@rv',
    creationTimestamp: '2026-11-23T20:57:24Z',
    managedFields: [
      {
        manager: 'kubelet',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-11-23T20:57:24Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:count': {}, 'f:message': {} },
      },
    ],
  },
  involvedObject: {
    kind: 'Pod',
    namespace: '@ns',
    name: '@name',
    uid: '@ownerUid',
    apiVersion: 'v1',
    resourceVersion: '1',
    fieldPath: 'spec.containers{app}',
  },
  reason: 'Unhealthy',
  message:
    'Readiness probe failed: Get "http://10.244.0.7:8080/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  source: { component: 'kubelet', host: 'node-1' },
  firstTimestamp: '2026-11-23T20:57:24Z',
  lastTimestamp: '2026-11-23T20:57:24Z',
  count: 1,
  type: 'Warning',
  eventTime: null,
  reportingComponent: 'kubelet',
  reportingInstance: 'node-1',
}); // prettier-ignore

/** A pod; the same index is the same pod in every version. */
export function podJson(index: number, version: number): string {
  return filled(podTemplate, `shop-7b7b4869c9-${index.toString(36).padStart(5, 'b')}`, `ns-${index % 50}`, uidOf('0', index), version);
}

/** A new Event about a pod. */
export function eventJson(index: number, version: number): string {
  return filled(
    eventTemplate,
    `shop-7b7b4869c9-${(index % 20_000).toString(36).padStart(5, 'b')}`,
    `ns-${index % 50}`,
    uidOf('e', version),
    version,
  );
}

function filled(template: string, name: string, namespace: string, uid: string, version: number): string {
  return template
    .replaceAll('@name', name)
    .replaceAll('@ns', namespace)
    .replaceAll('@uid', uid)
    .replaceAll('@ownerUid', uidOf('f', 1))
    .replaceAll('@rv', String(version));
}

function uidOf(prefix: string, index: number): string {
  return `${prefix}0000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
}
