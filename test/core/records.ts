import type { CaptureRecord } from '../../src/core/model/capture.ts';
import { type KubernetesObject, type OwnerReference, refOf } from '../../src/core/model/resource.ts';

/** Small capture records for tests: namespace `shop`, cluster `c01`, times in seconds after `time(0)`. `numbered` gives them their seq. */
const base = { seq: 0, atSource: 'received', cluster: 'c01', stream: 's1' } as const;
const namespace = 'shop';

type RecordType = 'ADDED' | 'MODIFIED' | 'DELETED';
type Common = {
  type?: RecordType;
  uid?: string;
  labels?: Record<string, string>;
  owner?: KubernetesObject;
  namespace?: string;
  created?: number;
};

/** `seconds` after the start of all test captures. */
export function time(seconds: number): string {
  return new Date(Date.UTC(2026, 2, 1, 10) + seconds * 1000).toISOString();
}

/** The records in the order of their times, numbered from 1; equal times keep their order. */
export function numbered(records: CaptureRecord[]): CaptureRecord[] {
  const ordered = records.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return ordered.map((record, position) => ({ ...record, seq: position + 1 }));
}

/** A record of any object. */
export function resource(seconds: number, object: KubernetesObject, type: RecordType = 'ADDED'): CaptureRecord & { kind: 'resource' } {
  return { ...base, at: time(seconds), kind: 'resource', event: { type, ref: refOf(object), resourceVersion: String(seconds), object } };
}

/** An object with metadata; its uid is `<kind>-<name>` unless said otherwise. */
export function object(kind: string, name: string, fields: KubernetesObject = {}, common: Common = {}): KubernetesObject {
  const { uid = `${kind}-${name}`, labels, owner, created = 0 } = common;
  const clusterScoped = ['Node', 'Namespace', 'PersistentVolume', 'StorageClass'].includes(kind);
  return {
    apiVersion: 'v1',
    kind,
    ...fields,
    metadata: {
      name,
      ...(clusterScoped ? {} : { namespace: common.namespace ?? namespace }),
      uid,
      creationTimestamp: time(created),
      ...(labels === undefined ? {} : { labels }),
      ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
      ...fields.metadata,
    },
  };
}

export function ownerReference({ apiVersion, kind = '', metadata = {} }: KubernetesObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name ?? '', uid: metadata.uid ?? '', controller: true };
}

type Workload = Common & {
  replicas?: number;
  ready?: number;
  generation?: number;
  image?: string;
  env?: Record<string, string>;
  volumes?: KubernetesObject[];
  conditions?: KubernetesObject[];
};

/** A Deployment whose pods carry `app: <name>`; `generation` defaults to 1. */
export function deployment(seconds: number, name: string, options: Workload = {}) {
  return resource(seconds, deploymentObject(name, options), options.type);
}

export function deploymentObject(name: string, options: Workload = {}): KubernetesObject {
  const { replicas = 1, ready = replicas, generation = 1, image = 'shop/app:1', env = {}, volumes = [], conditions = [] } = options;
  const container = { name: 'app', image, env: Object.entries(env).map(([key, value]) => ({ name: key, value })) };
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [container], volumes } };
  const status = { observedGeneration: generation, replicas, readyReplicas: ready, conditions };
  return object(
    'Deployment',
    name,
    { metadata: { generation }, spec: { replicas, selector: { matchLabels: labels }, template }, status },
    options,
  );
}

/** The ReplicaSet `<deployment>-7d9f8b6c5` of a Deployment. */
export function replicaSet(seconds: number, deploymentName: string, options: Common = {}) {
  return resource(seconds, replicaSetObject(deploymentName, options), options.type);
}

export function replicaSetObject(deploymentName: string, options: Common = {}): KubernetesObject {
  const owner = object('Deployment', deploymentName, {}, options);
  return object('ReplicaSet', `${deploymentName}-7d9f8b6c5`, { spec: { replicas: 1 }, status: {} }, { ...options, owner });
}

/** What a container is doing: fields of `state` or `lastState`. */
export const running = (since: number) => ({ running: { startedAt: time(since) } });
export const waiting = (reason: string, message = '') => ({ waiting: { reason, message } });
export const terminated = (exitCode: number, from: number, to: number, reason = exitCode === 0 ? 'Completed' : 'Error') => ({
  terminated: { exitCode, reason, startedAt: time(from), finishedAt: time(to), containerID: `containerd://${to}` },
});

type PodOptions = Common & {
  phase?: string;
  ready?: boolean;
  restarts?: number;
  state?: object;
  lastState?: object;
  resources?: object;
  conditions?: KubernetesObject[];
  status?: object;
  spec?: object;
  deleting?: boolean;
};

/** A pod of one container `app`, running and Ready unless said otherwise; `owner` is an object, such as `replicaSetObject('cart')`. */
export function pod(seconds: number, name: string, options: PodOptions = {}) {
  const { phase = 'Running', ready = options.state === undefined, restarts = 0, state = running(0), lastState = {}, resources } = options;
  const container = { name: 'app', image: 'shop/app:1', ...(resources === undefined ? {} : { resources }) };
  const readiness = { type: 'Ready', status: ready ? 'True' : 'False', reason: ready ? '' : 'ContainersNotReady' };
  const containerStatuses = [{ name: 'app', ready, restartCount: restarts, state, lastState }];
  const fields = {
    ...(options.deleting === true ? { metadata: { deletionTimestamp: time(seconds) } } : {}),
    spec: { restartPolicy: 'Always', containers: [container], ...options.spec },
    status: { phase, conditions: [readiness, ...(options.conditions ?? [])], containerStatuses, ...options.status },
  };
  return resource(seconds, object('Pod', name, fields, options), options.type);
}

/** The Deployment `name`, its ReplicaSet and a healthy pod `<name>-7d9f8b6c5-x2x4z`. */
export function healthyWorkload(name: string, options: PodOptions = {}): CaptureRecord[] {
  return [deployment(0, name), replicaSet(0, name), workloadPod(1, name, options)];
}

/** The pod `<name>-7d9f8b6c5-x2x4z` of the Deployment `name`. */
export function workloadPod(seconds: number, name: string, options: PodOptions = {}) {
  const more = {
    type: seconds > 1 ? ('MODIFIED' as const) : ('ADDED' as const),
    labels: { app: name },
    owner: replicaSetObject(name),
    ...options,
  };
  return pod(seconds, `${name}-7d9f8b6c5-x2x4z`, more);
}

/** A core/v1 Event about an object, by default a Warning. */
export function event(
  seconds: number,
  about: { kind: string; name: string; uid?: string },
  reason: string,
  message: string,
  options: { type?: string; count?: number; first?: number } = {},
) {
  const fields = {
    involvedObject: { namespace, uid: `${about.kind}-${about.name}`, ...about },
    reason,
    message,
    type: options.type ?? 'Warning',
    count: options.count ?? 1,
    firstTimestamp: time(options.first ?? seconds),
    lastTimestamp: time(seconds),
  };
  return resource(
    seconds,
    object('Event', `${about.name}.${reason}.${seconds}`, fields),
    options.count === undefined ? 'ADDED' : 'MODIFIED',
  );
}

/** A line of the log of container `app`. */
export function log(seconds: number, podName: string, message: string): CaptureRecord & { kind: 'log' } {
  return {
    ...base,
    stream: 's2',
    at: time(seconds),
    kind: 'log',
    line: { namespace, pod: podName, container: 'app', message, timestamp: time(seconds) },
  };
}

/** A sample of the container `app` of a pod: millicores and MiB. */
export function usage(seconds: number, podName: string, cpuMillicores: number, mebibytes: number): CaptureRecord & { kind: 'metrics' } {
  const ref = { kind: 'Pod', namespace, name: podName, uid: `Pod-${podName}` };
  const memoryBytes = mebibytes * 1_048_576;
  const sample = {
    ref,
    timestamp: time(seconds),
    windowSeconds: 30,
    cpuMillicores,
    memoryBytes,
    containers: [{ name: 'app', cpuMillicores, memoryBytes }],
  };
  return { ...base, stream: 's3', at: time(seconds), kind: 'metrics', sample };
}

/** Nothing happened, but time has passed. */
export function tick(seconds: number): CaptureRecord {
  return { ...base, at: time(seconds), kind: 'tick' };
}

/** A stretch that was not recorded. */
export function gap(seconds: number, from: number, to: number): CaptureRecord {
  return { ...base, at: time(seconds), kind: 'gap', from: time(from), to: time(to), reason: 'connection lost' };
}

/** Ticks every five seconds, so that time is seen to pass. */
export function ticks(from: number, to: number, every = 5): CaptureRecord[] {
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, index) => tick(from + index * every));
}
