import { captureError } from '../errors.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { oneLine } from '../model/text.ts';
import type { Importer } from './importer.ts';
import { type Decoded, firstLine, readObjectLines, type Sighting } from './object-lines.ts';
import { groupOf, isNamedObject } from './objects.ts';
import { parseTime } from './times.ts';

/** What is used of an audit.k8s.io/v1 Event. */
type AuditEvent = KubernetesObject & {
  stage?: unknown;
  verb?: unknown;
  requestURI?: unknown;
  stageTimestamp?: unknown;
  user?: { username?: unknown };
  objectRef?: { resource?: unknown; namespace?: unknown; name?: unknown; apiGroup?: unknown; subresource?: unknown };
  responseStatus?: { code?: unknown };
  responseObject?: KubernetesObject;
};

/** Subresources that answer with the whole object. */
const wholeSubresources = [undefined, '', 'status', 'ephemeralcontainers', 'resize', 'finalize', 'approval'];

/** Components that change objects all the time; their names are no evidence of a change that somebody made. */
const controlPlane = /^system:(?!serviceaccount:)|^system:serviceaccount:kube-system:/;

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
    const sighting = sightingOf((event ?? {}) as AuditEvent);
    if (typeof sighting === 'string') ignored[sighting] = (ignored[sighting] ?? 0) + 1;
    else sightings.push(sighting);
  }
  return { sightings, ignored };
}

/** The object that a request left behind, or why the audit event shows none. */
function sightingOf(event: AuditEvent): Sighting | string {
  const { objectRef, responseObject, verb } = event;
  const reason = passedOver(event);
  if (reason !== undefined) return reason;
  if (responseObject === undefined || responseObject === null)
    return 'audit event without the answered object (level below RequestResponse)';
  const sameGroup = groupOf(responseObject.apiVersion) === String(objectRef?.apiGroup ?? '');
  if (!isNamedObject(responseObject) || responseObject.kind === 'Status' || !sameGroup) return 'audit event whose answer is not the object';
  const ms = parseTime(event.stageTimestamp);
  if (ms === undefined) return 'audit event without stageTimestamp';
  const created = verb === 'create' || event.responseStatus?.code === 201;
  const type = isGone(responseObject, verb) ? 'DELETED' : created ? 'ADDED' : 'MODIFIED';
  return { object: withoutSecrets(responseObject), ms, type, received: true, ...noteOf(event, responseObject) };
}

function passedOver({ stage, verb, requestURI, objectRef, responseStatus }: AuditEvent): string | undefined {
  if (stage !== 'ResponseComplete') return 'audit stage other than ResponseComplete';
  if (verb === 'deletecollection') return 'audit event of deletecollection, which names no single object';
  if (!['create', 'update', 'patch', 'delete'].includes(String(verb))) return 'audit event of a verb that changes nothing';
  if (typeof responseStatus?.code === 'number' && responseStatus.code >= 400) return 'audit event of a refused request';
  if (/[?&]dryRun=/.test(String(requestURI))) return 'audit event of a dry run';
  return wholeSubresources.includes(objectRef?.subresource as string) ? undefined : 'audit event of a subresource without the whole object';
}

/** An object leaves with the request that takes its last hold: neither a grace period nor a finalizer is left. */
function isGone({ metadata = {} }: KubernetesObject, verb: unknown): boolean {
  const held =
    Number(metadata.deletionGracePeriodSeconds ?? 0) > 0 || (Array.isArray(metadata.finalizers) && metadata.finalizers.length > 0);
  return (verb === 'delete' || metadata.deletionTimestamp !== undefined) && !held;
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

function noteOf({ user, verb, objectRef }: AuditEvent, { kind, metadata = {} }: KubernetesObject): { note?: string } {
  const username = user?.username;
  if (typeof username !== 'string' || username === '' || controlPlane.test(username)) return {};
  const subresource = objectRef?.subresource ? `, ${objectRef.subresource}` : '';
  const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  return { note: `audit: ${oneLine(username, 120)} sent ${verb} for ${kind} ${name}${subresource}` };
}

function unknownVersion(file: string, found: string): Error {
  return captureError('IMPORT_VERSION', `${file}: found ${oneLine(found, 60)}, expected audit.k8s.io/v1`, {
    suggestions: ['let the API server write version audit.k8s.io/v1 (--audit-log-version), the only one since Kubernetes 1.24'],
  });
}
