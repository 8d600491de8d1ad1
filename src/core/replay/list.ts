import { parseJson, stringifyJson } from '../model/json.ts';
import { type Answer, type Asked, json, type Served } from './answer.ts';
import { type Collection, keyOf, objectsAt, positionAfter, type Stored, textOf, treeOf } from './collection.ts';
import { type ObjectForm, objectForm } from './negotiate.ts';
import { versionOf } from './replay-state.ts';
import { groupVersionOf } from './resource-types.ts';
import type { Target } from './route.ts';
import { selectionOf } from './selectors.ts';
import { badRequest, expiredContinue, expiredList, notFound, tooLargeVersion } from './status.ts';
import { type IncludeObject, metadataOf, rowOf, tableOf } from './table.ts';

type Page = { items: Stored[]; version: bigint; next?: string; remaining?: number };

/** GET of a collection: items, a Table or metadata, in pages, at the version asked for. Throws StatusError. */
export function listAnswer(served: Served, asked: Asked, collection: Collection, target: Target): Answer {
  const form = objectForm(asked.accept);
  const page = pageOf(served, asked.query, collection, target);
  const listMeta = {
    resourceVersion: page.version.toString(),
    ...(page.next === undefined ? {} : { continue: page.next }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
  if (form.as === 'object') return { status: 200, body: listText(collection, target, listMeta, page.items) };
  const now = served.playback.now();
  const include = includeOf(asked.query);
  const trees = page.items.map((item) => treeOf(collection.type, item));
  if (form.as === 'table') {
    const rows = trees.map((tree) => rowOf(collection.type, tree, now, include, form.version));
    return { status: 200, body: `${stringifyJson(tableOf(collection.type, rows, listMeta, form.version))}\n` };
  }
  const items = trees.map((tree) => metadataOf(tree, form.version));
  return json({ kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${form.version}`, metadata: listMeta, items });
}

/** GET of one object. Throws StatusError (404 in the API's words). */
export function objectAnswer(served: Served, asked: Asked, collection: Collection, target: Target & { name: string }): Answer {
  const { type } = collection;
  const stored = collection.objects.get(keyOf({ namespace: target.namespace ?? '', name: target.name }));
  if (stored === undefined) throw notFound(type, target.name);
  const form = objectForm(asked.accept);
  if (form.as === 'object') return { status: 200, body: `${textOf(type, target.version, stored)}\n` };
  return { status: 200, body: `${formText(served, collection, stored, form, includeOf(asked.query))}\n` };
}

/** One object as Table or metadata, as JSON. */
export function formText(
  { playback }: Served,
  { type }: Collection,
  stored: Stored,
  form: Exclude<ObjectForm, { as: 'object' }>,
  include: IncludeObject,
): string {
  const tree = treeOf(type, stored);
  if (form.as === 'metadata') return stringifyJson(metadataOf(tree, form.version));
  const listMeta = { resourceVersion: stored.version.toString() };
  return stringifyJson(tableOf(type, [rowOf(type, tree, playback.now(), include, form.version)], listMeta, form.version));
}

/** What a Table's rows carry of the objects (query `includeObject`). */
export function includeOf(query: URLSearchParams): IncludeObject {
  const include = query.get('includeObject');
  return include === 'None' || include === 'Object' ? include : 'Metadata';
}

/** A resourceVersion of a query; undefined for none and for 0, which both mean "whatever there is". */
export function askedVersion(query: URLSearchParams): bigint | undefined {
  const version = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(version)) throw badRequest(`Invalid value: ${JSON.stringify(version)}: no resource version`);
  return version === '' || /^0+$/.test(version) ? undefined : BigInt(version);
}

function* listText({ type }: Collection, { version }: Target, listMeta: object, items: Stored[]): Generator<string> {
  const head = { kind: `${type.kind}List`, apiVersion: groupVersionOf({ group: type.group, version }), metadata: listMeta };
  yield `${JSON.stringify(head).slice(0, -1)},"items":[`;
  for (const [index, item] of items.entries()) yield index === 0 ? item.text : `,${item.text}`;
  yield ']}\n';
}

function pageOf(served: Served, query: URLSearchParams, collection: Collection, target: Target): Page {
  const labels = query.get('labelSelector') ?? '';
  const fields = query.get('fieldSelector') ?? '';
  const selects = selectionOf({ labels, fields, ...(target.namespace === undefined ? {} : { namespace: target.namespace }) });
  const { objects, version, start, position } = snapshotOf(served, query, collection);
  const limit = limitOf(query);
  const rest = objects.filter((item) => (start === undefined || keyOf(item) > start) && selects(item, () => treeOf(collection.type, item)));
  const last = rest[limit - 1];
  if (rest.length <= limit || last === undefined) return { items: rest, version };
  const next = continueToken(version, keyOf(last), position);
  const isWhole = labels === '' && fields === '';
  return { items: rest.slice(0, limit), version, next, ...(isWhole ? { remaining: rest.length - limit } : {}) };
}

type Snapshot = { objects: Stored[]; version: bigint; position: number; start?: string };

function snapshotOf({ state }: Served, query: URLSearchParams, collection: Collection): Snapshot {
  const current = versionOf(state, collection);
  const now = { objects: () => objectsAt(collection) ?? [], version: current, position: collection.position };
  const token = query.get('continue') ?? '';
  const asked = askedVersion(query);
  if (token !== '') {
    if (asked !== undefined) throw badRequest('specifying resource version is not allowed when using continue');
    const { rv, start, at } = readToken(token);
    if (rv === -1n) return { ...now, objects: now.objects(), start };
    const objects = at === undefined ? undefined : objectsAt(collection, at);
    if (objects === undefined) throw expiredContinue(encodeToken({ v: tokenVersion, rv: -1, start: `${start}\0` }));
    return { objects, version: rv, position: at ?? 0, start };
  }
  if (asked !== undefined && asked > current) throw tooLargeVersion(asked, current);
  if (asked === undefined || asked === current || query.get('resourceVersionMatch') !== 'Exact') return { ...now, objects: now.objects() };
  const position = positionAfter(collection, asked);
  const objects = position === undefined ? undefined : objectsAt(collection, position);
  if (objects === undefined || position === undefined) throw expiredList();
  return { objects, version: asked, position };
}

const tokenVersion = 'meta.k8s.io/v1';

/** The API server's own form, and the position in this collection. */
function continueToken(version: bigint, start: string, at: number): string {
  return encodeToken({ v: tokenVersion, rv: version, start: `${start}\0`, at });
}

function encodeToken(token: object): string {
  return Buffer.from(stringifyJson(token)).toString('base64url');
}

function readToken(token: string): { rv: bigint; start: string; at?: number } {
  const problem = (what: string) => badRequest(`invalid continue token: continue key is not valid: ${what}`);
  let value: unknown;
  try {
    value = parseJson(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    throw problem('it is no JSON');
  }
  const { v, rv, start, at } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (v !== tokenVersion) throw problem('the version is not recognized');
  if ((typeof rv !== 'bigint' && !Number.isSafeInteger(rv)) || typeof start !== 'string') throw problem('it lacks its parts');
  return { rv: BigInt(rv as number | bigint), start: start.replace(/\0$/, ''), ...(Number.isSafeInteger(at) ? { at: at as number } : {}) };
}

function limitOf(query: URLSearchParams): number {
  const limit = query.get('limit') ?? '';
  if (!/^\d*$/.test(limit)) throw badRequest(`limit: Invalid value: ${JSON.stringify(limit)}`);
  return limit === '' || Number(limit) === 0 ? Number.POSITIVE_INFINITY : Number(limit);
}
