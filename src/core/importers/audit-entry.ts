import type { AuditEntry } from '../model/capture.ts';
import { type KubernetesObject, refOf } from '../model/resource.ts';
import { oneLine } from '../model/text.ts';
import type { LineNote } from './object-lines.ts';
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

/**
 * Whether a write found what it asked for: the API server notes the time of each write in managedFields, in whole seconds, and the newest one is
 * from before this request. Not decided without managedFields.
 */
export function writesNothing({ verb, requestReceivedTimestamp, responseObject }: AuditEvent): boolean {
  if (verb !== 'update' && verb !== 'patch') return false;
  const received = parseTime(requestReceivedTimestamp);
  const fields = responseObject?.metadata?.managedFields;
  const times = (Array.isArray(fields) ? fields : []).flatMap((entry) => parseTime(fieldOf(entry, 'time')) ?? []);
  return received !== undefined && times.length > 0 && Math.max(...times) < Math.floor(received / 1000) * 1000;
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
