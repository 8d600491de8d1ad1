import type { CaptureRecord, Coverage, ResourceEvent } from '../model/capture.ts';
import type { Change } from '../model/event.ts';
import type { KubernetesObject, ObjectRef } from '../model/resource.ts';
import { diffObjects } from './diff.ts';

/** One version of an object and the record that showed it. */
export type Version = { seq: number; at: string; object: KubernetesObject };

/** What is known of one object: its newest version, where it was first seen, older versions of its spec or data (newest last). */
export type ObservedObject = Version & {
  ref: ObjectRef;
  firstSeq: number;
  firstAt: string;
  deleted?: { seq: number; at: string };
  versions: Version[];
};

/** A stretch of time that was not recorded. */
export type Gap = { from: string; to: string; reason: string };

/** Everything known about one cluster as of the last applied record. Only `applyRecord` changes it. */
export type ClusterState = {
  cluster: string;
  name: string;
  version?: string;
  seq: number;
  now: string;
  startedAt: string;
  byUid: Map<string, ObservedObject>;
  byName: Map<string, ObservedObject>;
  byKind: Map<string, Map<string, ObservedObject>>;
  children: Map<string, Set<string>>;
  deleted: ObservedObject[];
  changes: Change[];
  coverage: Coverage[];
  gaps: Gap[];
  logPods: Map<string, ObjectRef>;
  /** What pods (`namespace/name`) said in their logs that they listen on. */
  listening: Map<string, Listening[]>;
};

/** A log line in which a container says on which port it listens. */
export type Listening = { container: string; port: number; seq: number; at: string; ref: ObjectRef; message: string };

const keptVersions = 8;
const keptChanges = 500;
const keptDeletedSeconds = 3600;

/** Kinds that are not kept as objects: Events become signals, slices of leases and such only cost memory. */
const notKept = new Set(['Event', 'Lease', 'ControllerRevision']);

/** Kinds whose spec changes follow from other objects; they are no changes that somebody made. */
export const derivedKinds = new Set(['Pod', 'ReplicaSet', 'EndpointSlice', 'Endpoints', 'PodMetrics', 'NodeMetrics']);

/** An empty state; `coverage` is narrowed to the cluster. */
export function newClusterState(cluster: string, options: { name?: string; version?: string; coverage?: Coverage[] } = {}): ClusterState {
  return {
    cluster,
    name: options.name ?? cluster,
    ...(options.version === undefined ? {} : { version: options.version }),
    seq: 0,
    now: '',
    startedAt: '',
    byUid: new Map(),
    byName: new Map(),
    byKind: new Map(),
    children: new Map(),
    deleted: [],
    changes: [],
    coverage: (options.coverage ?? []).filter((entry) => entry.cluster === cluster),
    gaps: [],
    logPods: new Map(),
    listening: new Map(),
  };
}

/** `Kind/namespace/name`: the key of an object whose uid may be unknown. */
export function nameKey(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return `${ref.kind}/${ref.namespace}/${ref.name}`;
}

/**
 * The change that a resource record would make, without making it: what people or controllers changed on purpose.
 * Undefined for status updates and for kinds that only follow others.
 */
export function changeOf(state: ClusterState, record: { seq: number; at: string }, event: ResourceEvent): Change | undefined {
  const { ref, type, object } = event;
  if (derivedKinds.has(ref.kind) || notKept.has(ref.kind)) return undefined;
  const known = state.byUid.get(ref.uid);
  const base = { ref, seq: record.seq, at: record.at };
  if (type === 'DELETED') return { ...base, type: 'deleted', fields: [] };
  if (known === undefined || known.deleted !== undefined) return { ...base, type: 'created', fields: [] };
  if (sameSpec(known.object, object)) return undefined;
  const fields = diffObjects(known.object, object);
  return fields.length === 0 ? undefined : { ...base, type: 'modified', fields };
}

/** Whether two versions ask for the same: by generation where the API keeps one, else by comparing spec and data. */
function sameSpec(before: KubernetesObject, after: KubernetesObject): boolean {
  const [old, young] = [before.metadata?.generation, after.metadata?.generation];
  if (old !== undefined && young !== undefined && old !== young) return false;
  if (old !== undefined && young !== undefined && after.kind !== 'Namespace') return true;
  return ['spec', 'data', 'binaryData', 'rules', 'subjects'].every(
    (field) => JSON.stringify(before[field] ?? null) === JSON.stringify(after[field] ?? null),
  );
}

const keptListening = 4;

/** Remembers that a container says it listens on a port. The same port said again (after a restart) is not new. */
export function noteListening(state: ClusterState, key: string, said: Listening): void {
  let known = state.listening.get(key);
  if (known === undefined) state.listening.set(key, (known = []));
  const again = known.some(({ container, port }) => container === said.container && port === said.port);
  if (!again && known.length < keptListening) known.push(said);
}

/** Applies one record. Returns the change it made to what was asked for, if any. */
export function applyRecord(state: ClusterState, record: CaptureRecord): Change | undefined {
  state.seq = record.seq;
  if (record.at > state.now) state.now = record.at;
  if (state.startedAt === '') state.startedAt = record.at;
  if (record.kind === 'gap') {
    state.gaps.push({ from: record.from, to: record.to, reason: record.reason });
    return undefined;
  }
  if (record.kind === 'log') {
    const { namespace, pod, uid } = record.line;
    const key = `${namespace}/${pod}`;
    if (!state.logPods.has(key)) state.logPods.set(key, { kind: 'Pod', namespace, name: pod, uid: uid ?? '' });
    return undefined;
  }
  if (record.kind !== 'resource' || notKept.has(record.event.ref.kind)) return undefined;
  return applyResource(state, record, record.event);
}

function applyResource(state: ClusterState, record: { seq: number; at: string }, event: ResourceEvent): Change | undefined {
  const change = changeOf(state, record, event);
  const { ref, object } = event;
  const version = { seq: record.seq, at: record.at, object };
  let known = state.byUid.get(ref.uid);
  if (known === undefined) {
    known = { ...version, ref, firstSeq: record.seq, firstAt: record.at, versions: [] };
    index(state, known);
  } else {
    if (change?.type === 'modified') {
      known.versions.push({ seq: known.seq, at: known.at, object: known.object });
      if (known.versions.length > keptVersions) known.versions.shift();
    }
    Object.assign(known, version);
    if (event.type !== 'DELETED') delete known.deleted;
    state.byName.set(nameKey(ref), known);
  }
  if (event.type === 'DELETED') {
    known.deleted = { seq: record.seq, at: record.at };
    state.deleted.push(known);
    forgetDeleted(state);
  }
  if (change !== undefined) {
    state.changes.push(change);
    if (state.changes.length > keptChanges) state.changes.splice(0, state.changes.length - keptChanges);
  }
  return change;
}

function index(state: ClusterState, known: ObservedObject): void {
  const { ref, object } = known;
  state.byUid.set(ref.uid, known);
  state.byName.set(nameKey(ref), known);
  for (const key of [ref.kind, `${ref.kind}/${ref.namespace}`]) {
    let group = state.byKind.get(key);
    if (group === undefined) state.byKind.set(key, (group = new Map()));
    group.set(ref.uid, known);
  }
  for (const owner of object.metadata?.ownerReferences ?? []) {
    let owned = state.children.get(owner.uid);
    if (owned === undefined) state.children.set(owner.uid, (owned = new Set()));
    owned.add(ref.uid);
  }
}

/** Deleted objects stay for an hour of capture time (rules speak of them), then go, so that memory follows the cluster's size. */
function forgetDeleted(state: ClusterState): void {
  const limit = new Date(Date.parse(state.now) - keptDeletedSeconds * 1000).toISOString();
  while (state.deleted[0]?.deleted !== undefined && state.deleted[0].deleted.at < limit) {
    const gone = state.deleted.shift() as ObservedObject;
    if (gone.deleted === undefined) continue;
    forget(state, gone);
  }
}

function forget(state: ClusterState, gone: ObservedObject): void {
  const { ref } = gone;
  state.byUid.delete(ref.uid);
  if (state.byName.get(nameKey(ref)) === gone) state.byName.delete(nameKey(ref));
  for (const key of [ref.kind, `${ref.kind}/${ref.namespace}`]) state.byKind.get(key)?.delete(ref.uid);
  for (const owner of gone.object.metadata?.ownerReferences ?? []) {
    const owned = state.children.get(owner.uid);
    owned?.delete(ref.uid);
    if (owned?.size === 0) state.children.delete(owner.uid);
  }
  state.logPods.delete(`${ref.namespace}/${ref.name}`);
  state.listening.delete(`${ref.namespace}/${ref.name}`);
}
