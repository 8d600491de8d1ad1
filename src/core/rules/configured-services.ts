import { isWithheld } from '../model/digest.ts';
import type { AggregatedEvent, Signal } from '../model/event.ts';
import { fieldsOf, itemsOf, textsOf } from '../model/fields.ts';
import { findObject, listObjects, selectPods } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';
import { mountsOf } from './mounts.ts';
import { containerOf } from './subject.ts';

export type ConfiguredService = { service: ObservedObject; from: string };

type Told = { text: string; from: string; code: boolean };

/**
 * Services of the namespace that a container is told to use, for lines that name none: found as a host in the line, the container's
 * command, arguments and variables, earlier lines of its log, or the ConfigMaps it is given. Services in front of the pod itself are left out.
 */
export function configuredServices(state: ClusterState, signal: Signal, incident?: AggregatedEvent): ConfiguredService[] {
  const { namespace, name: pod } = signal.ref;
  const texts = [...toldBySpec(state, signal), ...toldByLog(signal, incident)];
  return listObjects(state, 'Service', namespace).flatMap((service) => {
    if (selectPods(state, namespace, service.object.spec?.selector).some(({ ref }) => ref.name === pod)) return [];
    const name = service.ref.name.replaceAll('.', '\\.');
    const word = new RegExp(`(?<![\\w.-])${name}(?![\\w-])`);
    // In program text a name may be any word; there it counts only where it stands as a host.
    const host = new RegExp(`(?:[/@]|["'\`])${name}(?:["'\`:/.]|$)|(?<![\\w.-])${name}:\\d|host\\w*["']?\\s*[=:]\\s*["']?${name}\\b`, 'im');
    const found = texts.find(({ text, code }) => (code ? host : word).test(text));
    return found === undefined ? [] : [{ service, from: found.from }];
  });
}

function toldByLog(signal: Signal, incident: AggregatedEvent | undefined): Told[] {
  const lines = (incident?.logs ?? []).filter(({ line }) => line.pod === signal.ref.name && line.container === signal.container);
  return [
    { text: String(signal.detail.message), from: 'the log line', code: false },
    ...lines.map(({ line }) => ({ text: line.message, from: 'its log', code: true })),
  ];
}

function toldBySpec(state: ClusterState, signal: Signal): Told[] {
  const spec = containerOf(state, signal)?.spec ?? {};
  const told: Told[] = [...textsOf(spec.command), ...textsOf(spec.args)].map((text) => ({ text, from: 'its command line', code: true }));
  for (const { name, value, valueFrom } of itemsOf(spec.env)) {
    if (typeof value === 'string') told.push({ text: value, from: `its variable ${name}`, code: false });
    const key = fieldsOf(valueFrom?.configMapKeyRef);
    if (key.name !== undefined) told.push(...toldByMap(state, signal, key.name, [key.key]));
  }
  for (const { configMapRef } of itemsOf(spec.envFrom)) {
    if (fieldsOf(configMapRef).name !== undefined) told.push(...toldByMap(state, signal, configMapRef.name));
  }
  for (const { object } of mountsOf(state, signal)) {
    if (object?.kind === 'ConfigMap') told.push(...toldByMap(state, signal, object.name));
  }
  return told;
}

function toldByMap(state: ClusterState, signal: Signal, name: string, keys?: string[]): Told[] {
  const data = findObject(state, 'ConfigMap', signal.ref.namespace, name)?.object.data;
  const entries = Object.entries(fieldsOf(data)).filter(([key]) => keys === undefined || keys.includes(key));
  return entries.flatMap(([, text]) => (isWithheld(text) ? [] : [{ text: String(text), from: `ConfigMap ${name}`, code: true }]));
}
