import type { KubernetesObject } from '../model/resource.ts';
import type { Importer } from './importer.ts';
import { type Decoded, firstLine, readObjectLines } from './object-lines.ts';
import { isNamedObject } from './objects.ts';
import { eventTime } from './times.ts';

/** JSON lines of kubernetes-event-exporter: core/v1 Events without kind, with the labels of what they speak of, and the cluster's name. */
export const eventExporter: Importer = {
  title: 'JSON lines of kubernetes-event-exporter',
  detect: async (path) => isExported(firstLine(path)),
  read: (paths, options, report) => readObjectLines(paths, options, report, { source: 'event-exporter', decode }),
};

function isExported(value: unknown): boolean {
  const { clusterName, involvedObject, metadata } = (value ?? {}) as KubernetesObject;
  return typeof clusterName === 'string' && typeof involvedObject === 'object' && typeof metadata === 'object';
}

function decode(value: KubernetesObject): Decoded {
  const { clusterName: _cluster, ...rest } = value;
  const event = { ...rest, apiVersion: 'v1', kind: 'Event', involvedObject: plainReference(rest.involvedObject) };
  const ms = eventTime(event);
  if (isNamedObject(event) && event.involvedObject !== undefined && ms !== undefined) {
    return { sightings: [{ object: event, ms }] };
  }
  const fields = Object.keys(rest).slice(0, 5).join(', ');
  const found = ms === undefined && event.involvedObject !== undefined ? 'no time' : `the fields ${fields || 'none'}`;
  return { sightings: [], found, expected: 'an Event with metadata.name, involvedObject and a time' };
}

/** The exporter copies labels and annotations of the object into the reference; these are no part of an Event. */
function plainReference(reference: unknown): unknown {
  if (typeof reference !== 'object' || reference === null) return undefined;
  const known = ['apiVersion', 'kind', 'namespace', 'name', 'uid', 'resourceVersion', 'fieldPath'];
  return Object.fromEntries(Object.entries(reference).filter(([field]) => known.includes(field)));
}
