import type { CaptureManifest, CaptureRecord, ResourceEvent, ResourceMetrics } from '../model/capture.ts';
import { applyChange, type Collection, keyOf, newCollection, raise, type Stored, storedObject, treeOf, type Window } from './collection.ts';
import { endpointsOf } from './endpoints.ts';
import { dropLogs, type LogIndex, newLogIndex, noteLog } from './log-index.ts';
import { builtInType, qualifiedName, type ServedType, typeOfObject } from './resource-types.ts';

/** Everything a served cluster knows at the replay's moment. Only `applyRecord` changes it. */
export type ReplayState = {
  /** By qualified resource name (`deployments.apps`); covered resources are there from the start. */
  collections: Map<string, Collection>;
  /** The newest sample by kind (`Pod`, `Node`) and key; undefined if the capture has none of any kind. */
  metrics: Map<string, ResourceMetrics> | undefined;
  logs: LogIndex;
  /** Plural names by stream, for kinds that are not built in. */
  plurals: Map<string, string>;
  /** The keys of the EndpointSlices of each Service, if Endpoints are derived from them because they were not recorded. */
  slices: Map<string, Set<string>> | undefined;
  highest: bigint;
  window: Window;
};

/** The state before the first record: what the manifest says was looked at in this cluster. */
export function newReplayState(manifest: CaptureManifest, cluster: string, window: Window): ReplayState {
  const streams = manifest.streams.filter((stream) => stream.cluster === cluster);
  const covered = manifest.coverage.filter((entry) => entry.cluster === cluster).map(({ resource }) => resource);
  const types = [...streams.map(({ resource }) => resource), ...covered].map(builtInType).filter((type) => type !== undefined);
  const derivesEndpoints = !types.some(({ resource }) => resource === 'endpoints') && types.some(isSlices);
  const endpoints = derivesEndpoints ? builtInType('endpoints') : undefined;
  const served = endpoints === undefined ? types : [...types, endpoints];
  const measured =
    streams.some(({ resource }) => resource.endsWith('.metrics')) ||
    manifest.segments.some(({ file, class: kind }) => kind === 'metrics' && file.startsWith(`${cluster}/`));
  return {
    collections: new Map(served.map((type) => [qualifiedName(type), newCollection(type)])),
    metrics: measured ? new Map() : undefined,
    logs: newLogIndex(),
    plurals: new Map(streams.map(({ id, resource }) => [id, resource.split('.')[0] ?? ''])),
    slices: derivesEndpoints ? new Map() : undefined,
    highest: 0n,
    window,
  };
}

/** Folds one record of the served cluster into the state. */
export function applyRecord(state: ReplayState, record: CaptureRecord): void {
  if (record.kind === 'resource') applyResource(state, record.event, record);
  else if (record.kind === 'log') noteLog(state.logs, record);
  else if (record.kind === 'sync') applySync(state, record);
  else if (record.kind === 'metrics') {
    state.metrics ??= new Map();
    state.metrics.set(metricsKey(record.sample.ref), record.sample);
  }
}

/** Where the newest sample of a pod or node is kept. */
export function metricsKey({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string {
  return `${kind}/${namespace}/${name}`;
}

/** The version a list of a collection has; an empty one takes that of the whole cluster, as etcd counts. */
export function versionOf(state: ReplayState, collection: Collection): bigint {
  if (collection.highest === 0n) raise(collection, state.highest === 0n ? 1n : state.highest);
  return collection.highest;
}

function applyResource(state: ReplayState, event: ResourceEvent, { seq, stream }: { seq: number; stream: string }): void {
  const collection = collectionOf(state, typeOfObject(event.object, state.plurals.get(stream)));
  const version = numeric(event.resourceVersion) ?? numeric(event.object.metadata?.resourceVersion) ?? BigInt(seq);
  const object = storedObject(event.object, version);
  const { type } = collection;
  if (version > state.highest) state.highest = version;
  applyChange(collection, event.type, object, state.window);
  if (type.resource === 'pods' && event.type === 'DELETED' && !collection.objects.has(keyOf(object))) {
    dropLogs(state.logs, object);
    state.metrics?.delete(metricsKey({ kind: 'Pod', namespace: object.namespace, name: object.name }));
  }
  if (type.resource === 'endpoints') state.slices = undefined;
  const service = event.object.metadata?.labels?.['kubernetes.io/service-name'];
  if (isSlices(type) && service !== undefined) deriveEndpoints(state, collection, service, object);
}

/** A list or bookmark tells how far a resource is, in whichever version its objects are. */
function applySync(state: ReplayState, record: CaptureRecord & { kind: 'sync' }): void {
  const version = record.phase === 'list-end' || record.phase === 'bookmark' ? numeric(record.resourceVersion) : undefined;
  const plural = state.plurals.get(record.stream);
  if (version === undefined || plural === undefined) return;
  for (const collection of state.collections.values()) if (collection.type.resource === plural) raise(collection, version);
}

function collectionOf({ collections }: ReplayState, type: ServedType): Collection {
  const name = qualifiedName(type);
  let collection = collections.get(name);
  if (collection === undefined) {
    collection = newCollection(type);
    collections.set(name, collection);
  }
  // What was only covered so far has the built-in version; the objects know better.
  if (collection.objects.size === 0) collection.type = type;
  return collection;
}

function deriveEndpoints(state: ReplayState, slices: Collection, service: string, slice: Stored): void {
  const type = builtInType('endpoints');
  if (state.slices === undefined || type === undefined) return;
  const { namespace, version } = slice;
  const key = keyOf({ namespace, name: service });
  const keys = (state.slices.get(key) ?? new Set()).add(keyOf(slice));
  const own = [...keys].map((of) => slices.objects.get(of)).filter((stored) => stored !== undefined);
  const collection = collectionOf(state, type);
  const before = collection.objects.get(key);
  if (own.length > 0) {
    state.slices.set(key, new Set(own.map(keyOf)));
    const trees = own.map((stored) => treeOf(slices.type, stored));
    applyChange(collection, 'ADDED', storedObject(endpointsOf(service, namespace, trees), version), state.window);
  } else {
    state.slices.delete(key);
    if (before !== undefined) applyChange(collection, 'DELETED', storedObject(treeOf(type, before), version), state.window);
  }
}

function isSlices({ resource, group }: ServedType): boolean {
  return resource === 'endpointslices' && group === 'discovery.k8s.io';
}

function numeric(version: unknown): bigint | undefined {
  return typeof version === 'string' && /^[1-9]\d*$/.test(version) ? BigInt(version) : undefined;
}
