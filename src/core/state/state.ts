import type { CaptureRecord, Coverage, ResourceEvent } from '../model/capture.ts';
import type { Change, ChangeAuthor } from '../model/event.ts';
import { itemsOf, sameValue, text } from '../model/fields.ts';
import { type KubernetesObject, type ObjectRef, sameRef } from '../model/resource.ts';
import { secondsBetween } from '../model/time.ts';
import { compareVersions } from '../model/versions.ts';
import { type Authors, authorOf, noteAuthor, requestOf } from './authors.ts';
import { comparedFields, diffObjects } from './diff.ts';

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

/** Everything known about one cluster as of the last applied record. Only `applyRecord` changes it. Maps by uid use `objectKey`. */
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
  /** Deleted objects that are still remembered, the longest gone first. */
  deleted: Map<string, ObservedObject>;
  changes: Change[];
  coverage: Coverage[];
  gaps: Gap[];
  /** What pods (`namespace/name`) said in their logs that they listen on. */
  listening: Map<string, Listening[]>;
  authors: Authors;
};

/** A log line in which a container says on which port it listens. */
export type Listening = { container: string; port: number; seq: number; at: string; ref: ObjectRef; message: string };

const keptVersions = 8;
const keptChanges = 500;
const keptGaps = 500;
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
    deleted: new Map(),
    changes: [],
    coverage: (options.coverage ?? []).filter((entry) => entry.cluster === cluster),
    gaps: [],
    listening: new Map(),
    authors: new Map(),
  };
}

/** `Kind/namespace/name`: the key of an object whose uid may be unknown. */
export function nameKey(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return `${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** The uid of an object, else its `nameKey`. */
export function objectKey(ref: ObjectRef): string {
  return ref.uid === '' ? nameKey(ref) : ref.uid;
}

/**
 * The change that a resource record would make, without making it: what people or controllers changed on purpose.
 * Undefined for status updates and for kinds that only follow others.
 */
export function changeOf(state: ClusterState, record: { seq: number; at: string }, event: ResourceEvent): Change | undefined {
  const { ref, type, object } = event;
  if (derivedKinds.has(ref.kind) || notKept.has(ref.kind)) return undefined;
  const known = state.byUid.get(objectKey(ref));
  const change = (kind: Change['type'], fields: Change['fields'] = []): Change => {
    const by = authorOf(state.authors, event, kind);
    return { ref, seq: record.seq, at: record.at, type: kind, fields, ...(by === undefined ? {} : { by }) };
  };
  if (type === 'DELETED') return change('deleted');
  if (known === undefined || known.deleted !== undefined)
    return wasThere(object, record.at) ? asked(change('modified')) : change('created');
  if (sameSpec(known.object, object)) return undefined;
  const fields = diffObjects(known.object, object);
  if (fields.length === 0) return undefined;
  const { by, ...made } = change('modified', fields);
  return by === undefined || isBeyondOneRequest(state, known, event, by) ? made : { ...made, by };
}

/** A request that shows an object for the first time: that somebody asked is known, from what it was changed is not. */
function asked(change: Change): Change | undefined {
  return change.by === undefined ? undefined : change;
}

/**
 * Whether others may have changed the object too since its last version: it is listed again after a pause, goes back to an older version or one
 * whose request came before (as after a restored backup), more than one generation lies between, or a request is known without its answer.
 */
function isBeyondOneRequest(
  { changes }: ClusterState,
  { ref, seq, object }: ObservedObject,
  { type, object: young }: ResourceEvent,
  by: ChangeAuthor,
): boolean {
  const [old, now] = [object.metadata, young.metadata];
  if (type === 'ADDED' || by.seq < seq || compareVersions(String(old?.resourceVersion), String(now?.resourceVersion)) > 0) return true;
  const [before, after] = [old?.generation, now?.generation];
  if (before !== undefined && after !== undefined && after - before > 1) return true;
  return changes.some((change) => change.seq > seq && change.fields.length === 0 && sameRef(change.ref, ref));
}

const createdWithinSeconds = 60;

/** Whether an object that is seen for the first time had been there before: the start of a recording, or a dump. */
function wasThere(object: KubernetesObject, at: string): boolean {
  const created = object.metadata?.creationTimestamp;
  return typeof created === 'string' && secondsBetween(created, at) > createdWithinSeconds;
}

/** Whether two versions ask for the same: by generation where the API keeps one, else by comparing spec and data; and by labels. */
function sameSpec(before: KubernetesObject, after: KubernetesObject): boolean {
  if (!sameValue(before.metadata?.labels ?? {}, after.metadata?.labels ?? {})) return false;
  const [old, young] = [before.metadata?.generation, after.metadata?.generation];
  if (old !== undefined && young !== undefined && old !== young) return false;
  if (old !== undefined && young !== undefined && after.kind !== 'Namespace') return true;
  return comparedFields.every((field) => sameValue(before[field] ?? null, after[field] ?? null));
}

const keptListening = 4;
const keptListeners = 5000;

/** Remembers that a container says it listens on a port. The same port said again (after a restart) is not new. */
export function noteListening(state: ClusterState, key: string, said: Listening): void {
  const known = state.listening.get(key) ?? [];
  if (known.length === 0) {
    state.listening.set(key, known);
    // Pods of which only logs are recorded are never seen to go.
    for (const oldest of state.listening.keys()) {
      if (state.listening.size <= keptListeners) break;
      state.listening.delete(oldest);
    }
  }
  const again = known.some(({ container, port }) => container === said.container && port === said.port);
  if (!again && known.length < keptListening) known.push(said);
}

/** Applies one record. Returns the change it made to what was asked for, if any; a caller that knows it already may pass it on. */
export function applyRecord(state: ClusterState, record: CaptureRecord, known?: Change): Change | undefined {
  state.seq = record.seq;
  if (record.at > state.now) state.now = record.at;
  if (state.startedAt === '') state.startedAt = record.at;
  if (record.kind === 'gap') {
    state.gaps.push({ from: record.from, to: record.to, reason: record.reason });
    if (state.gaps.length > keptGaps) state.gaps.shift();
  }
  const change = record.kind === 'note' ? requestIn(state, record) : (known ?? changeIn(state, record));
  if (record.kind === 'resource' && !notKept.has(record.event.ref.kind)) applyResource(state, record, record.event, change);
  if (change === undefined) return undefined;
  state.changes.push(change);
  if (state.changes.length > keptChanges) state.changes.shift();
  return change;
}

function changeIn(state: ClusterState, record: CaptureRecord): Change | undefined {
  return record.kind === 'resource' ? changeOf(state, record, record.event) : undefined;
}

/** Remembers who sent a request; of one whose answer the log does not hold, that it was sent is all there is. */
function requestIn(state: ClusterState, record: Extract<CaptureRecord, { kind: 'note' }>): Change | undefined {
  if (record.audit === undefined) return undefined;
  const author = noteAuthor(state.authors, record, record.audit);
  return derivedKinds.has(record.audit.ref.kind) ? undefined : requestOf(author);
}

function applyResource(state: ClusterState, record: { seq: number; at: string }, event: ResourceEvent, change: Change | undefined): void {
  const { ref, object } = event;
  const key = objectKey(ref);
  const version = { seq: record.seq, at: record.at, object };
  let known = state.byUid.get(key);
  if (known === undefined) {
    known = { ...version, ref, firstSeq: record.seq, firstAt: record.at, versions: [] };
    index(state, known);
  } else {
    if (change?.type === 'modified') {
      known.versions.push({ seq: known.seq, at: known.at, object: known.object });
      if (known.versions.length > keptVersions) known.versions.shift();
    }
    known.seq = version.seq;
    known.at = version.at;
    known.object = object;
    if (event.type !== 'DELETED') revive(state, key, known);
  }
  if (event.type !== 'DELETED') return;
  known.deleted = { seq: record.seq, at: record.at };
  state.deleted.delete(key);
  state.deleted.set(key, known);
  forgetDeleted(state);
}

/** A record of an object means that it is there, unless its name has gone to a younger one. */
function revive(state: ClusterState, key: string, known: ObservedObject): void {
  if (known.deleted === undefined) return;
  delete known.deleted;
  state.deleted.delete(key);
  const name = nameKey(known.ref);
  const holder = state.byName.get(name);
  if (holder === undefined || holder.deleted !== undefined) state.byName.set(name, known);
}

function index(state: ClusterState, known: ObservedObject): void {
  const { ref, object } = known;
  const key = objectKey(ref);
  state.byUid.set(key, known);
  state.byName.set(nameKey(ref), known);
  for (const group of groupsOf(ref)) {
    const members = state.byKind.get(group);
    if (members === undefined) state.byKind.set(group, new Map([[key, known]]));
    else members.set(key, known);
  }
  for (const owner of ownerKeys(ref, object)) {
    const owned = state.children.get(owner);
    if (owned === undefined) state.children.set(owner, new Set([key]));
    else owned.add(key);
  }
}

function groupsOf(ref: ObjectRef): string[] {
  return [ref.kind, `${ref.kind}/${ref.namespace}`];
}

function ownerKeys(ref: ObjectRef, object: KubernetesObject): string[] {
  return itemsOf(object.metadata?.ownerReferences).map((owner) =>
    objectKey({ kind: text(owner.kind), namespace: ref.namespace, name: text(owner.name), uid: text(owner.uid) }),
  );
}

/** Deleted objects stay for an hour of capture time (rules speak of them), then go, so that memory follows the cluster's size. */
function forgetDeleted(state: ClusterState): void {
  for (const [key, gone] of state.deleted) {
    if (gone.deleted !== undefined && secondsBetween(gone.deleted.at, state.now) <= keptDeletedSeconds) return;
    state.deleted.delete(key);
    forget(state, key, gone);
  }
}

function forget(state: ClusterState, key: string, gone: ObservedObject): void {
  const { ref } = gone;
  state.byUid.delete(key);
  if (state.byName.get(nameKey(ref)) === gone) state.byName.delete(nameKey(ref));
  for (const group of groupsOf(ref)) drop(state.byKind, group, key);
  // An object's owners can change after it was indexed; those that are left over go with their owner.
  for (const owner of ownerKeys(ref, gone.object)) drop(state.children, owner, key);
  state.children.delete(key);
  state.listening.delete(`${ref.namespace}/${ref.name}`);
}

function drop(groups: Map<string, Map<string, unknown> | Set<string>>, group: string, key: string): void {
  const members = groups.get(group);
  members?.delete(key);
  if (members?.size === 0) groups.delete(group);
}
