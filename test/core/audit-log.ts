import type { KubernetesObject } from '../../src/core/model/resource.ts';
import { deploymentObject, object, pod, replicaSetObject, time, waiting } from './records.ts';

/** Users of the control plane. */
export const controllers = {
  deployments: 'system:serviceaccount:kube-system:deployment-controller',
  replicaSets: 'system:serviceaccount:kube-system:replicaset-controller',
  garbage: 'system:serviceaccount:kube-system:generic-garbage-collector',
  kubelet: 'system:node:node-1',
};

const resources: Record<string, string> = {
  Deployment: 'deployments',
  ReplicaSet: 'replicasets',
  Pod: 'pods',
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  PersistentVolumeClaim: 'persistentvolumeclaims',
};

let requests = 0;

/** An audit.k8s.io/v1 Event about a request for an object, answered with it, `seconds` after the start; `more` replaces whole fields. */
export function audited(
  seconds: number,
  user: string,
  verb: string,
  about: KubernetesObject,
  more: KubernetesObject = {},
): KubernetesObject {
  const { kind = '', apiVersion = 'v1', metadata = {} } = about;
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  requests += 1;
  const auditID = `d0000000-0000-4000-8000-${String(requests).padStart(12, '0')}`;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID,
    stage: 'ResponseComplete',
    requestURI: `/apis/${apiVersion}/namespaces/shop/${resources[kind]}/${metadata.name}`,
    verb,
    user: { username: user, groups: ['system:authenticated'] },
    sourceIPs: ['192.0.2.7'],
    userAgent: user.startsWith('system:') ? 'kube-controller-manager/v1.36.2' : 'kubectl/v1.36.2 (linux/amd64) kubernetes/7c48c2b',
    objectRef: {
      resource: resources[kind],
      namespace: 'shop',
      name: metadata.name,
      apiVersion: version,
      ...(group === '' ? {} : { apiGroup: group }),
    },
    responseStatus: { metadata: {}, code: verb === 'create' ? 201 : 200 },
    requestReceivedTimestamp: time(seconds),
    stageTimestamp: time(seconds),
    responseObject: about,
    ...more,
  };
}

/** The same request through a subresource. */
export function through(subresource: string, event: KubernetesObject): KubernetesObject {
  return { ...event, objectRef: { ...event.objectRef, subresource } };
}

/** The same request at level Metadata: neither what was sent nor what was answered. */
export function metadataOnly({ requestObject: _sent, responseObject: _answered, ...event }: KubernetesObject): KubernetesObject {
  return { ...event, level: 'Metadata' };
}

/** A delete that is answered with a Status, as that of most kinds is. */
export function deletedWith(event: KubernetesObject): KubernetesObject {
  const { name, uid } = event.responseObject?.metadata ?? {};
  const details = { name, uid, kind: event.objectRef.resource };
  return { ...event, responseObject: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
}

/** The version of an object that a request leaves behind. */
export function versioned(about: KubernetesObject, resourceVersion: number): KubernetesObject {
  return { ...about, metadata: { ...about.metadata, resourceVersion: String(resourceVersion) } };
}

/** Deployment shop/cart with an image. */
export function cart(resourceVersion: number, generation: number, image: string): KubernetesObject {
  return versioned({ ...deploymentObject('cart', { generation, image }), apiVersion: 'apps/v1' }, resourceVersion);
}

/** Its ReplicaSet of an image, with one pod in a state: what the control plane makes of it. `seconds` is when that began. */
export function pods(seconds: number, suffix: string, resourceVersion: number, state?: object, deleting = false): KubernetesObject {
  const owner = replicaSet(suffix);
  const image = suffix === '7d9f8b6c5' ? 'registry.example/cart:1' : 'registry.example/cart:9';
  const { event } = pod(seconds, `cart-${suffix}-x2x4z`, {
    owner,
    labels: { app: 'cart' },
    spec: { containers: [{ name: 'app', image }] },
    state,
    deleting,
    created: seconds,
  });
  return versioned(event.object, resourceVersion);
}

export function replicaSet(suffix: string): KubernetesObject {
  const { metadata, ...rest } = replicaSetObject('cart');
  const named = { ...metadata, name: `cart-${suffix}`, uid: `ReplicaSet-cart-${suffix}`, resourceVersion: '11' };
  return { ...rest, apiVersion: 'apps/v1', metadata: named };
}

const notFound =
  'failed to pull and unpack image "registry.example/cart:9": failed to resolve reference "registry.example/cart:9": registry.example/cart:9: not found';

const backOff = `Back-off pulling image "registry.example/cart:9": ErrImagePull: ${notFound}`;

/** A healthy Deployment shop/cart, made by a pipeline. */
export function healthyCart(): KubernetesObject[] {
  const { deployments, replicaSets, kubelet } = controllers;
  return [
    audited(0, 'system:serviceaccount:ci:deployer', 'create', cart(10, 1, 'registry.example/cart:1')),
    audited(0, deployments, 'create', replicaSet('7d9f8b6c5')),
    audited(1, replicaSets, 'create', pods(1, '7d9f8b6c5', 12)),
    through('status', audited(3, kubelet, 'patch', pods(1, '7d9f8b6c5', 13))),
  ];
}

/** An image that does not exist from second 120 on, as the kubelet says it, and what the control plane makes of the change. */
export function failingPull(): KubernetesObject[] {
  const { deployments, replicaSets, kubelet } = controllers;
  return [
    audited(121, deployments, 'create', replicaSet('5c6d7e8f9')),
    through('status', audited(121, deployments, 'update', cart(21, 2, 'registry.example/cart:9'))),
    audited(121, replicaSets, 'create', pods(121, '5c6d7e8f9', 22)),
    through('status', audited(124, kubelet, 'patch', pods(121, '5c6d7e8f9', 23, waiting('ErrImagePull', notFound)))),
    ...[140, 200, 260].map((seconds, index) =>
      through('status', audited(seconds, kubelet, 'patch', pods(121, '5c6d7e8f9', 24 + index, waiting('ImagePullBackOff', backOff)))),
    ),
  ];
}

/** The end of it after second 300, and a long quiet time. */
export function rolledBack(): KubernetesObject[] {
  const { replicaSets, kubelet } = controllers;
  return [
    audited(301, replicaSets, 'delete', pods(121, '5c6d7e8f9', 31, waiting('ImagePullBackOff', notFound), true)),
    audited(302, kubelet, 'delete', pods(121, '5c6d7e8f9', 32, waiting('ImagePullBackOff', notFound), true)),
    ...Array.from({ length: 20 }, (_, index) =>
      through('status', audited(330 + index * 60, kubelet, 'patch', pods(1, '7d9f8b6c5', 40 + index))),
    ),
  ];
}

/** The lines of a log. */
export function auditLog(events: KubernetesObject[]): string {
  return `${events.map((event) => JSON.stringify(event)).join('\n')}\n`;
}

/** ConfigMap shop/settings. */
export function settings(resourceVersion: number): KubernetesObject {
  return versioned(object('ConfigMap', 'settings', { data: { mode: 'fast' } }), resourceVersion);
}
