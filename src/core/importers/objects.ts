import type { RecordDraft, ResourceEvent } from '../model/capture.ts';
import { coreEvent } from '../model/event-form.ts';
import { type KubernetesObject, refOf } from '../model/resource.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';
import { type ImportReport, streamId } from './importer.ts';
import { resourceOfKind } from './kinds.ts';

/** Whether a JSON or YAML value is a Kubernetes object with a name. */
export function isNamedObject(value: unknown): value is KubernetesObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { apiVersion, kind, metadata } = value as KubernetesObject;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || kind === '') return false;
  if (typeof metadata !== 'object' || metadata === null || typeof metadata.name !== 'string' || metadata.name === '') return false;
  return [metadata.namespace, metadata.uid].every((field: unknown) => field === undefined || field === null || typeof field === 'string');
}

/**
 * The object as captures keep it: managedFields off (named in the report), Events in the words of core/v1, and a uid.
 * An object without uid (rebuilt from text) gets one made of its API group, kind, namespace and name.
 */
export function normalObject(object: KubernetesObject, report: ImportReport): KubernetesObject {
  const { managedFields, ...metadata } = object.metadata ?? {};
  if (managedFields !== undefined) report.strippedFields.add('metadata.managedFields');
  const uid = typeof metadata.uid === 'string' && metadata.uid !== '' ? metadata.uid : syntheticUid(object);
  return coreEvent({ ...object, metadata: { ...metadata, uid } });
}

/** Whether the API server named the object (`metadata.uid`). */
export function hasUid(object: KubernetesObject): boolean {
  return typeof object.metadata?.uid === 'string' && object.metadata.uid !== '';
}

/** The record of one object event. */
export function resourceDraft(
  object: KubernetesObject,
  type: ResourceEvent['type'],
  place: { at: string; cluster: string; source: string; synthetic?: ResourceEvent['synthetic'] },
  report: ImportReport,
): RecordDraft {
  const { at, cluster, source, synthetic } = place;
  const stream = streamId(report, cluster, resourceOfKind(object.kind ?? ''), source);
  const resourceVersion = String(object.metadata?.resourceVersion ?? '');
  const event: ResourceEvent = { type, ref: refOf(object), resourceVersion, object, ...(synthetic === undefined ? {} : { synthetic }) };
  return { at, atSource: 'derived', cluster, stream, kind: 'resource', event };
}

/** The API group of an apiVersion: '' for the core. */
export function groupOf(apiVersion = ''): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

function syntheticUid({ kind = '', metadata = {}, apiVersion = '' }: KubernetesObject): string {
  return uuid5(`${groupOf(apiVersion)}/${kind}/${metadata.namespace ?? ''}/${metadata.name ?? ''}`, labelerNamespace);
}
