import { parseJson, stringifyJson } from '../model/json.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { groupVersionOf, type ServedType } from './resource-types.ts';

/** One version of an object. `text` is its JSON without apiVersion and kind, which is how items of lists are served. */
export type Stored = { namespace: string; name: string; uid: string; version: bigint; text: string };

/** What happened to an object. `position` counts the changes of its collection; `highest` is the collection's version after it. */
export type Change = {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  position: number;
  highest: bigint;
  object: Stored;
  before?: Stored;
};

/**
 * The live objects of one resource and the last changes to them. Objects are kept as text: far smaller than trees, and what most answers
 * send. `listeners` are called after every change.
 */
export type Collection = {
  type: ServedType;
  objects: Map<string, Stored>;
  /** The highest resourceVersion seen, and the first; 0 before there was any. */
  highest: bigint;
  first: bigint;
  /** Position of the newest change, from 1; 0 before the first. */
  position: number;
  changes: Change[];
  bytes: number;
  /** The newest change that is no longer kept. */
  forgotten?: Pick<Change, 'highest' | 'position'> & { version: bigint };
  listeners: Set<() => void>;
};

export type Window = { changes: number; bytes: number };

/** An empty collection. */
export function newCollection(type: ServedType): Collection {
  return { type, objects: new Map(), highest: 0n, first: 0n, position: 0, changes: [], bytes: 0, listeners: new Set() };
}

/** The key that objects of one resource are found and sorted by. */
export function keyOf({ namespace, name }: Pick<Stored, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** An object of a capture as it is kept; `version` becomes its resourceVersion (`metadata.resourceVersion`). */
export function storedObject(
  { apiVersion: _apiVersion, kind: _kind, metadata = {}, ...fields }: KubernetesObject,
  version: bigint,
): Stored {
  const { name = '', namespace = '', uid = '' } = metadata;
  const text = stringifyJson({ metadata: { ...metadata, resourceVersion: version.toString() }, ...fields });
  return { namespace, name, uid, version, text };
}

/** The object as a tree, with apiVersion and kind. */
export function treeOf(type: ServedType, { text }: Stored): KubernetesObject {
  return { kind: type.kind, apiVersion: groupVersionOf(type), ...(parseJson(text) as KubernetesObject) };
}

/** The object as JSON with apiVersion and kind; `version` is the API version that was asked for. */
export function textOf({ group, kind }: ServedType, version: string, { text }: Stored): string {
  return `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(groupVersionOf({ group, version }))},${text.slice(1)}`;
}

/** A resourceVersion from anywhere but an object (a list, a bookmark) moves the collection forward. */
export function raise(collection: Collection, version: bigint): void {
  if (collection.first === 0n) collection.first = version;
  if (version > collection.highest) collection.highest = version;
}

/**
 * Takes what a record says of an object. An object of the same name and another uid replaces the one before (its delete was not seen);
 * the delete of an object that is not there, and the same version once more, change nothing.
 */
export function applyChange(collection: Collection, type: Change['type'], object: Stored, window: Window): void {
  raise(collection, object.version);
  const key = keyOf(object);
  const before = collection.objects.get(key);
  const replaced = before !== undefined && before.uid !== object.uid;
  if (type === 'DELETED') {
    if (before === undefined || replaced) return;
    collection.objects.delete(key);
    push(collection, 'DELETED', object, before, window);
    return;
  }
  if (before?.text === object.text) return;
  if (replaced) push(collection, 'DELETED', { ...before, version: object.version }, before, window);
  collection.objects.set(key, object);
  if (replaced || before === undefined) push(collection, 'ADDED', object, undefined, window);
  else push(collection, 'MODIFIED', object, before, window);
}

/**
 * The changes a client at resourceVersion `version` has not seen, as the position before the first of them; undefined if that is longer
 * ago than is kept. Rather twice than never: objects are not recorded in the order of their versions.
 */
export function positionAfter({ changes, first, forgotten, position }: Collection, version: bigint): number | undefined {
  if (forgotten === undefined ? version < first : isForgotten(forgotten, version)) return undefined;
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle] as Change).highest < version) low = middle + 1;
    else high = middle;
  }
  const next = changes[low];
  if (next === undefined) return position;
  // Before the oldest change that is kept there may have been another one of the same version: then nobody knows what was seen.
  if (low === 0 && forgotten !== undefined) return undefined;
  return next.object.version === version ? next.position : next.position - 1;
}

/** The changes after a position; undefined if some of them are no longer kept. */
export function changesAfter({ changes, position }: Collection, after: number): Change[] | undefined {
  const oldest = changes[0]?.position ?? position + 1;
  return after + 1 < oldest ? undefined : changes.slice(after + 1 - oldest);
}

/** The objects by key as they were at a position, undefined if it is longer ago than is kept; sorted as the API sorts. */
export function objectsAt(collection: Collection, position = collection.position): Stored[] | undefined {
  const since = changesAfter(collection, position);
  if (since === undefined || position > collection.position) return undefined;
  const { objects } = collection;
  const then = since.length === 0 ? objects : new Map(objects);
  for (const { object, before } of since.toReversed()) {
    if (before === undefined) then.delete(keyOf(object));
    else then.set(keyOf(object), before);
  }
  return [...then.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object);
}

/** Whether a client at `version` may have missed a change that is no longer kept. */
function isForgotten(forgotten: NonNullable<Collection['forgotten']>, version: bigint): boolean {
  return version < forgotten.highest || (version === forgotten.highest && forgotten.version !== version);
}

function push(collection: Collection, type: Change['type'], object: Stored, before: Stored | undefined, window: Window): void {
  const { changes, highest, listeners } = collection;
  collection.position += 1;
  changes.push({ type, position: collection.position, highest, object, ...(before === undefined ? {} : { before }) });
  collection.bytes += object.text.length;
  if (changes.length > window.changes * 1.25 || collection.bytes > window.bytes * 1.25) forget(collection, window);
  for (const listener of listeners) listener();
}

/** Forgets in larger steps, so that the array is not moved at every change. */
function forget(collection: Collection, window: Window): void {
  const { changes } = collection;
  let count = 0;
  for (const { object, highest, position } of changes) {
    const fits = changes.length - count <= window.changes && collection.bytes <= window.bytes;
    if (fits || count === changes.length - 1) break;
    collection.bytes -= object.text.length;
    collection.forgotten = { highest, position, version: object.version };
    count += 1;
  }
  changes.splice(0, count);
}
