import type { AuditEntry } from '../model/capture.ts';
import { type KubernetesObject, refOf } from '../model/resource.ts';
import { oneLine } from '../model/text.ts';
import type { LineNote, Writers } from './object-lines.ts';
import { parseTime } from './times.ts';

/** What is used of an audit.k8s.io/v1 Event. */
export type AuditEvent = KubernetesObject & {
  auditID?: unknown;
  stage?: unknown;
  verb?: unknown;
  requestURI?: unknown;
  requestReceivedTimestamp?: unknown;
  stageTimestamp?: unknown;
  user?: unknown;
  impersonatedUser?: unknown;
  userAgent?: unknown;
  objectRef?: unknown;
  requestObject?: unknown;
  responseStatus?: unknown;
  responseObject?: KubernetesObject;
};

/** A field of what should be a JSON object. */
export function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined;
}

/**
 * Components that change objects all the time; their names are no evidence of a change that somebody made. `system:admin` is a person with the
 * certificate of k3s or OpenShift, `system:anonymous` anybody.
 */
const controlPlane = /^system:(?!serviceaccount:|admin$|anonymous$)|^system:serviceaccount:kube-system:|^eks:/;

/** Subresources through which the object itself is changed. */
const changingSubresources = ['', 'scale', 'ephemeralcontainers', 'resize'];

/** Whether a request asks for a change of its object; not if it reports a status, evicts, binds, or opens a shell. */
export function asksForChange({ objectRef }: AuditEvent): boolean {
  const untold = ['events', 'leases', 'endpoints', 'endpointslices'].includes(String(fieldOf(objectRef, 'resource')));
  return !untold && changingSubresources.includes(String(fieldOf(objectRef, 'subresource') ?? ''));
}

/** Whether a request wrote what it was answered with; `unknown` where its traces do not decide that. */
export type Wrote = 'something' | 'nothing' | 'unknown';

/**
 * An update names the version that it read: the answer has another one exactly if something was written. Of a patch that sets a field, the API
 * server notes manager and time (in whole seconds) in managedFields; of one that only takes fields away it does not. Without managedFields
 * (the audit policy may leave them out) the answer is taken for what the request wrote.
 */
export function wroteOf(event: AuditEvent): Wrote {
  const { verb, requestReceivedTimestamp, requestObject, responseObject } = event;
  if (verb !== 'update' && verb !== 'patch') return 'something';
  const base = verb === 'update' ? fieldOf(fieldOf(requestObject, 'metadata'), 'resourceVersion') : undefined;
  if (typeof base === 'string' && base !== '') return base === responseObject?.metadata?.resourceVersion ? 'nothing' : 'something';
  const received = parseTime(requestReceivedTimestamp);
  const times = managedTimes(event);
  if (received === undefined || times === undefined) return 'something';
  if (times.some((ms) => ms >= Math.floor(received / 1000) * 1000)) return 'something';
  return setsOnly(requestObject) ? 'nothing' : 'unknown';
}

/** When the client of a request last set fields of the object, as far as managedFields tell; undefined without managedFields. */
function managedTimes(event: AuditEvent): number[] | undefined {
  const fields = event.responseObject?.metadata?.managedFields;
  if (!Array.isArray(fields) || fields.length === 0) return undefined;
  const manager = managerOf(event);
  const own = fields.filter((entry) => manager === '' || fieldOf(entry, 'manager') === manager);
  return own.flatMap((entry) => parseTime(fieldOf(entry, 'time')) ?? []);
}

/** The name under which managedFields keep what the client of a request sets: `fieldManager`, else the program of its user agent; '' if unknown. */
function managerOf({ requestURI, userAgent }: AuditEvent): string {
  return new URLSearchParams(String(requestURI).split('?')[1] ?? '').get('fieldManager') ?? String(userAgent ?? '').split('/')[0] ?? '';
}

/** Who set fields of an object when, and under which name the client of the request does; undefined without managedFields. */
export function writersOf(event: AuditEvent, { metadata = {} }: KubernetesObject): Writers | undefined {
  if (!Array.isArray(metadata.managedFields)) return undefined;
  const entries = metadata.managedFields.map((entry) =>
    ['manager', 'operation', 'subresource', 'time'].map((field) => fieldOf(entry, field)),
  );
  return { manager: managerOf(event), entries, counted: metadata.generation !== undefined };
}

/** Whether a patch can only set fields: a whole object to apply, or values without null, lists and directives. */
function setsOnly(patch: unknown): boolean {
  if (typeof patch !== 'object' || patch === null) return false;
  if (typeof fieldOf(patch, 'kind') === 'string' && typeof fieldOf(patch, 'apiVersion') === 'string') return true;
  return setsValues(patch);
}

function setsValues(value: unknown): boolean {
  if (value === null || Array.isArray(value)) return false;
  return typeof value !== 'object' || Object.entries(value).every(([key, item]) => !key.startsWith('$') && setsValues(item));
}

/**
 * Who asked for the change of an object, for analysis; `object` is the one that was answered (then with its resourceVersion), or only named.
 * Undefined for the control plane, and for requests that change no more than a status.
 */
export function entryOf(event: AuditEvent, object: KubernetesObject): AuditEntry | undefined {
  const [user, other] = usersOf(event);
  if (user === undefined || !asksForChange(event)) return undefined;
  const { userAgent, auditID, objectRef } = event;
  const subresource = String(fieldOf(objectRef, 'subresource') ?? '');
  const { resourceVersion } = object.metadata ?? {};
  return {
    user,
    ...(other === undefined ? {} : { impersonatedUser: other }),
    verb: String(event.verb),
    ...(typeof userAgent === 'string' && userAgent !== '' ? { userAgent: oneLine(userAgent, 200) } : {}),
    ref: refOf(object),
    ...(subresource === '' ? {} : { subresource: oneLine(subresource, 60) }),
    ...(resourceVersion === undefined ? {} : { resourceVersion: String(resourceVersion) }),
    auditID: typeof auditID === 'string' ? oneLine(auditID, 100) : '',
  };
}

/** The remark about a request, with the entry if there is one; undefined for the control plane. */
export function noteOf(event: AuditEvent, { kind, metadata = {} }: KubernetesObject, audit: AuditEntry | undefined): LineNote | undefined {
  const [user, other] = usersOf(event);
  if (user === undefined) return undefined;
  const subresource = fieldOf(event.objectRef, 'subresource');
  const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  const who = other === undefined ? user : `${user} as ${other}`;
  const message = `audit: ${who} sent ${event.verb} for ${kind} ${name}${subresource ? `, ${subresource}` : ''}`;
  return audit === undefined ? { message } : { message, audit };
}

/** Who logged in and, where the request impersonates, as whom; nobody where all of that is the control plane. */
function usersOf({ user, impersonatedUser }: AuditEvent): [user?: string, impersonated?: string] {
  const names = [user, impersonatedUser].map((one) => fieldOf(one, 'username'));
  const [name, other] = names.map((one) => (typeof one === 'string' && one !== '' ? one : undefined));
  if (name === undefined || [name, other].every((one) => one === undefined || controlPlane.test(one))) return [];
  return [oneLine(name, 120), other === undefined ? undefined : oneLine(other, 120)];
}
