import { createHash, createHmac } from 'node:crypto';
import { withheldMark } from '../model/digest.ts';
import { coreEvent } from '../model/event-form.ts';
import { fieldsOf, itemsOf } from '../model/fields.ts';
import type { KubernetesObject } from '../model/resource.ts';
import type { StreamSpec } from './api.ts';

/** What is kept of the values in a ConfigMap: nothing but their keys, keyed digests that show a change, or everything. */
export type ConfigMapData = 'keys' | 'digests' | 'full';

/** `digestKey` is random per run and never written: digests of two runs cannot be compared, nor tried against guessed values. */
export type Normalizing = { configMapData: ConfigMapData; digestKey: string | Buffer };

/**
 * An object as captures keep it. Kind and apiVersion come from the stream where the API leaves them out (items of lists, metadata only);
 * managedFields keep who changed something and when, but not what (27 % of all bytes); Events have the form of core/v1; values of Secrets
 * never stay, should a server send them; values of ConfigMaps as asked for. Pure.
 */
export function normalizeObject(object: KubernetesObject, { type }: Pick<StreamSpec, 'type'>, options: Normalizing): KubernetesObject {
  const { kind: sentKind, apiVersion: sentVersion, metadata, ...rest } = object;
  const bare = sentKind === undefined || sentKind === '' || sentKind === 'PartialObjectMetadata';
  const kind = bare ? type.kind : sentKind;
  const normal = {
    apiVersion: bare || sentVersion === undefined ? apiVersionOf(type) : sentVersion,
    kind,
    metadata: withManagers(fieldsOf(metadata)),
    ...rest,
  };
  const isCore = (name: string) => kind === name || (type.group === '' && type.kind === name);
  if (isCore('Secret')) return withoutValues(normal);
  if (isCore('ConfigMap')) return options.configMapData === 'full' ? normal : withHiddenValues(normal, options);
  return coreEvent(normal);
}

/** What normalizing removes, in words for the manifest. */
export function strippedFields(configMapData: ConfigMapData): string[] {
  const values = {
    full: [],
    keys: ['ConfigMap: values of data and binaryData'],
    digests: ['ConfigMap: values of data and binaryData (keyed digests kept)'],
  };
  return ['metadata.managedFields[*].fieldsV1', 'Secret: values of data and stringData', ...values[configMapData]];
}

function apiVersionOf({ group, version }: StreamSpec['type']): string {
  return group === '' ? version : `${group}/${version}`;
}

const keptOfManagers = ['manager', 'operation', 'subresource', 'time'];

function withManagers(metadata: KubernetesObject): KubernetesObject {
  if (!Array.isArray(metadata.managedFields)) return metadata;
  const managedFields = itemsOf(metadata.managedFields).map((entry) =>
    Object.fromEntries(keptOfManagers.flatMap((field) => (entry[field] === undefined ? [] : [[field, entry[field]]]))),
  );
  return { ...metadata, managedFields };
}

/** Keys stay: that a key is missing explains failures. */
function withoutValues({ data, stringData, ...secret }: KubernetesObject): KubernetesObject {
  const keys = [...Object.keys(fieldsOf(data)), ...Object.keys(fieldsOf(stringData))];
  return keys.length === 0 ? secret : { ...secret, data: Object.fromEntries(keys.map((key) => [key, withheldMark])) };
}

/** An empty value hides nothing, and a program may well fail because of it: it stays. */
function withHiddenValues(object: KubernetesObject, { configMapData, digestKey }: Normalizing): KubernetesObject {
  const hide = (value: unknown) => (value === '' ? '' : configMapData === 'keys' ? withheldMark : digestOf(String(value), digestKey));
  const hidden = { ...object };
  for (const field of ['data', 'binaryData']) {
    if (object[field] === undefined || object[field] === null) continue;
    hidden[field] = Object.fromEntries(Object.entries(fieldsOf(object[field])).map(([key, value]) => [key, hide(value)]));
  }
  return hidden;
}

/** `hmac-sha256:<key id>:<16 hex digits>`: equal values have equal digests as long as the key is the same. */
function digestOf(value: string, key: string | Buffer): string {
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return `hmac-sha256:${keyId}:${createHmac('sha256', key).update(value).digest('hex').slice(0, 16)}`;
}
