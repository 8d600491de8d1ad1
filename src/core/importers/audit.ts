import { captureError } from '../errors.ts';
import type { AuditEntry } from '../model/capture.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { oneLine } from '../model/text.ts';
import { type AuditEvent, asksForChange, entryOf, fieldOf, noteOf, writersOf, wroteOf } from './audit-entry.ts';
import type { Importer } from './importer.ts';
import { kindOfResource } from './kinds.ts';
import { type Decoded, firstLine, type LineNote, readObjectLines, type Sighting } from './object-lines.ts';
import { groupOf, isNamedObject } from './objects.ts';
import { parseTime } from './times.ts';

/** Subresources that answer with the whole object. */
const wholeSubresources = ['', 'status', 'ephemeralcontainers', 'resize', 'finalize', 'approval'];

/** Audit logs of the API server: what each change left behind, at the time it was answered, and a note of who made it. */
export const audit: Importer = {
  title: 'audit logs of the API server (audit.k8s.io/v1 Events as JSON lines)',
  detect: async (path) => groupOf(String((firstLine(path) as KubernetesObject | undefined)?.apiVersion)) === 'audit.k8s.io',
  read: (paths, options, report) => readObjectLines(paths, options, report, { source: 'audit', decode }),
};

function decode(value: KubernetesObject, file: string): Decoded {
  const { apiVersion, kind, items } = value;
  if (groupOf(String(apiVersion)) !== 'audit.k8s.io' || (kind !== 'Event' && kind !== 'EventList')) {
    return { sightings: [], found: `apiVersion ${apiVersion}, kind ${kind}`, expected: 'an audit.k8s.io/v1 Event or EventList' };
  }
  if (apiVersion !== 'audit.k8s.io/v1') throw unknownVersion(file, String(apiVersion));
  const sightings: Sighting[] = [];
  const ignored: Record<string, number> = {};
  for (const event of kind === 'EventList' && Array.isArray(items) ? items : [value]) {
    const { sighting, lacks } = seenIn((event ?? {}) as AuditEvent);
    if (sighting !== undefined) sightings.push(sighting);
    if (lacks !== undefined) ignored[lacks] = (ignored[lacks] ?? 0) + 1;
  }
  return { sightings, ignored };
}

/** What an audit event shows, and what it lacks: one that lacks the object may still say who asked for a change. */
function seenIn(event: AuditEvent): { sighting?: Sighting; lacks?: string } {
  const reason = passedOver(event);
  if (reason !== undefined) return { lacks: reason };
  const ms = parseTime(event.stageTimestamp);
  if (ms === undefined) return { lacks: 'audit event without stageTimestamp' };
  const object = answeredObject(event);
  if (typeof object !== 'string') return { sighting: objectSighting(event, object, ms) };
  const gone = deletedObject(event);
  if (gone !== undefined) {
    const note = noteOf(event, gone, entryOf(event, gone));
    return { sighting: { object: gone, ms, type: 'DELETED', received: true, named: true, ...(note === undefined ? {} : { note }) } };
  }
  const asked = requestedObject(event);
  const entry = asked === undefined ? undefined : entryOf(event, asked);
  const note = asked === undefined || entry === undefined ? undefined : noteOf(event, asked, entry);
  if (note === undefined || entry === undefined) return { lacks: object };
  return {
    sighting: { ms, id: `audit ${entry.auditID || ms} ${note.message}`, received: true, note },
    lacks: `${object}: only who asked is taken`,
  };
}

function passedOver({ stage, verb, requestURI, requestObject, responseStatus }: AuditEvent): string | undefined {
  if (stage !== 'ResponseComplete') return 'audit stage other than ResponseComplete';
  if (verb === 'deletecollection') return 'audit event of deletecollection, which names no single object';
  if (!['create', 'update', 'patch', 'delete'].includes(String(verb))) return 'audit event of a verb that changes nothing';
  const code = fieldOf(responseStatus, 'code');
  if ((typeof code === 'number' && code >= 400) || fieldOf(responseStatus, 'status') === 'Failure')
    return 'audit event of a refused request';
  // kubectl delete sends its options in the body.
  const options = fieldOf(requestObject, 'kind') === 'DeleteOptions' ? fieldOf(requestObject, 'dryRun') : undefined;
  const dry = /[?&]dryRun=/.test(String(requestURI)) || (Array.isArray(options) && options.length > 0);
  return dry ? 'audit event of a dry run' : undefined;
}

/** The object that a request left behind, or why the audit event shows none. */
function answeredObject({ objectRef, responseObject }: AuditEvent): KubernetesObject | string {
  if (!wholeSubresources.includes(String(fieldOf(objectRef, 'subresource') ?? '')))
    return 'audit event of a subresource without the whole object';
  if (responseObject === undefined || responseObject === null)
    return 'audit event without the answered object (level below RequestResponse)';
  const none = 'audit event whose answer is not the object';
  if (!isNamedObject(responseObject) || responseObject.kind === 'Status') return none;
  return groupOf(responseObject.apiVersion) === String(fieldOf(objectRef, 'apiGroup') ?? '') ? responseObject : none;
}

function objectSighting(event: AuditEvent, object: KubernetesObject, ms: number): Sighting {
  const { verb, responseStatus } = event;
  const created = verb === 'create' || fieldOf(responseStatus, 'code') === 201;
  const type = isGone(object, verb) ? 'DELETED' : created ? 'ADDED' : 'MODIFIED';
  const sighting: Sighting = { object: withoutSecrets(object), ms, type, received: true, writers: writersOf(event, object) };
  const note = noteOf(event, object, entryOf(event, object));
  const wrote = wroteOf(event);
  // Who asks for what is there already changed nothing, and must not be taken for whoever did.
  if (note === undefined || wrote === 'nothing') return sighting;
  const unsure = onlyAsked(note);
  return wrote === 'something' ? { ...sighting, note, noteIfOthers: unsure } : { ...sighting, note: unsure, noteIfAlone: note };
}

/** A note without the version: that somebody asked is sure, that the answer is what came of it is not. */
function onlyAsked(note: LineNote): LineNote {
  const { resourceVersion: _unsure, ...audit } = note.audit ?? {};
  return { ...note, ...(note.audit === undefined ? {} : { audit: audit as AuditEntry }) };
}

/** An object leaves with the request that takes its last hold: neither a grace period nor a finalizer is left. */
function isGone({ metadata = {} }: KubernetesObject, verb: unknown): boolean {
  const held =
    Number(metadata.deletionGracePeriodSeconds ?? 0) > 0 || (Array.isArray(metadata.finalizers) && metadata.finalizers.length > 0);
  return (verb === 'delete' || metadata.deletionTimestamp !== undefined) && !held;
}

/** What a delete took away at once: most kinds answer with a Status of success that names the uid, as far as it is known which kind that is. */
function deletedObject(event: AuditEvent): KubernetesObject | undefined {
  const { verb, responseObject } = event;
  if (verb !== 'delete' || responseObject?.kind !== 'Status' || fieldOf(responseObject, 'status') !== 'Success') return undefined;
  const uid = fieldOf(fieldOf(responseObject, 'details'), 'uid');
  const named = requestedObject(event);
  if (typeof uid !== 'string' || uid === '' || named === undefined) return undefined;
  return { ...named, metadata: { ...named.metadata, uid } };
}

/** The object that a request names, with nothing but its name; undefined for kinds that are not built in, whose name cannot be spelled. */
function requestedObject(event: AuditEvent): KubernetesObject | undefined {
  if (!asksForChange(event)) return undefined;
  const ref = event.objectRef;
  const text = (field: string) => String(fieldOf(ref, field) ?? '');
  const [group, version, namespace, name, uid] = ['apiGroup', 'apiVersion', 'namespace', 'name', 'uid'].map(text) as string[];
  const kind = group?.includes('.') && !group.endsWith('.k8s.io') ? undefined : kindOfResource(text('resource'));
  if (kind === undefined || name === '') return undefined;
  const apiVersion = [group, version || 'v1'].filter(Boolean).join('/');
  return { apiVersion, kind, metadata: { name, ...(namespace === '' ? {} : { namespace }), ...(uid === '' ? {} : { uid }) } };
}

/** Secrets keep their keys, which rules need; their values are not taken over even before masking sees them. */
function withoutSecrets(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Secret') return object;
  const emptied = (values: unknown) => Object.fromEntries(Object.keys((values ?? {}) as object).map((key) => [key, '***']));
  return {
    ...object,
    ...(object.data === undefined ? {} : { data: emptied(object.data) }),
    ...(object.stringData === undefined ? {} : { stringData: emptied(object.stringData) }),
  };
}

function unknownVersion(file: string, found: string): Error {
  return captureError('IMPORT_VERSION', `${file}: found ${oneLine(found, 60)}, expected audit.k8s.io/v1`, {
    suggestions: ['let the API server write version audit.k8s.io/v1 (--audit-log-version), the only one since Kubernetes 1.24'],
  });
}
