import type { CaptureRecord } from '../../model/capture.ts';
import { fieldsOf } from '../../model/fields.ts';
import type { KubernetesObject, ObjectRef } from '../../model/resource.ts';
import { endpointsOf, findObject, objectOf, topOwner } from '../../state/lookups.ts';
import { type ClusterState, noteListening } from '../../state/state.ts';
import { isCalm, isHearsay } from '../logs/hearsay.ts';
import { matchSignature } from '../logs/signatures.ts';
import { eventObservations } from './event.ts';
import { exitMessageObservations } from './exit-message.ts';
import type { Extra } from './extra.ts';
import {
  ingressObservations,
  reclaimObservations,
  sidecarObservations,
  terminatingObservations,
  untouchedObservations,
} from './lasting.ts';
import { objectObservations } from './object.ts';
import type { Observation } from './observation.ts';
import { podObservations } from './pod.ts';

/** What a record shows as abnormal, in the state that already includes the record. Most records yield nothing. */
export function observationsOf(state: ClusterState, record: CaptureRecord, notReadySeconds: number, extra?: Extra): Observation[] {
  if (record.kind === 'log') {
    const { message } = record.line;
    return typeof message === 'string' ? logObservations(state, record, extra?.line(message) ?? matchSignature(message)) : [];
  }
  if (record.kind !== 'resource') return [];
  const { ref, object, type } = record.event;
  if (ref.kind === 'Event') return type === 'DELETED' ? [] : eventObservations(object);
  if (type === 'DELETED') return [];
  const terminating = terminatingObservations(ref, object);
  if (ref.kind === 'Pod') {
    const held = [...sidecarObservations(ref, object), ...untouchedObservations(ref, object, record.at), ...terminating];
    return [...podObservations(ref, object, notReadySeconds), ...exitMessageObservations(ref, object), ...held];
  }
  if (ref.kind === 'EndpointSlice' || ref.kind === 'Endpoints' || ref.kind === 'Service') return serviceObservations(state, ref, object);
  if (ref.kind === 'Ingress') return [...ingressObservations(state, ref, object), ...terminating];
  const own = ref.kind === 'Node' ? reclaimObservations(ref, object) : [];
  return [...objectObservations(ref, object, extra?.conditions), ...own, ...terminating];
}

/** Log lines with a known failure text: a symptom of its pod, wherever the cause is. What a container listens on goes to the state. */
function logObservations(
  state: ClusterState,
  record: CaptureRecord & { kind: 'log' },
  match: ReturnType<typeof matchSignature>,
): Observation[] {
  if (match === undefined) return [];
  const { line, seq, at } = record;
  const key = `${line.namespace}/${line.pod}`;
  const named: ObjectRef = { kind: 'Pod', namespace: line.namespace, name: line.pod, uid: line.uid ?? '' };
  const ref = objectOf(state, named)?.ref ?? named;
  const { port, listenPort, startedPort } = match.fields;
  const listened = Number(port ?? listenPort ?? startedPort);
  if (match.id === 'listening' && listened > 0) {
    noteListening(state, key, { container: line.container, port: listened, seq, at, ref, message: line.message });
  }
  if (match.level === 'info' || isHearsay(line.message, line.pod)) return [];
  const quiet = isCalm(line.message);
  return [
    {
      type: 'log',
      ref,
      container: line.container,
      key: [match.id, ...Object.values(match.fields)].join('|').slice(0, 200),
      pointer: '/message',
      value: line.message,
      detail: {
        signature: match.id,
        family: match.family,
        message: line.message.slice(0, 2000),
        ...(quiet ? { quiet } : {}),
        ...prefixed(match.fields),
      },
      standing: false,
      confirm: quiet ? 'never' : 45,
      confirmCount: 3,
    },
  ];
}

/** Captured fields under `field.` names, so that they cannot shadow `signature` or `message`. */
function prefixed(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`field.${name}`, value]));
}

/** A Service that selects pods but has no ready address. The fact belongs to the Service, whichever object showed it. */
function serviceObservations(state: ClusterState, ref: ObjectRef, object: KubernetesObject): Observation[] {
  const name = ref.kind === 'EndpointSlice' ? object.metadata?.labels?.['kubernetes.io/service-name'] : ref.name;
  const service = name === undefined ? undefined : findObject(state, 'Service', ref.namespace, name);
  if (service === undefined) return [];
  const selector = fieldsOf(service.object.spec?.selector);
  if (Object.keys(selector).length === 0 || service.object.spec?.type === 'ExternalName') return [];
  if (service.object.spec?.publishNotReadyAddresses === true) return [];
  const endpoints = endpointsOf(state, service.ref);
  if (endpoints === undefined || endpoints.ready > 0) return [];
  return [
    {
      type: 'state',
      ref: service.ref,
      key: 'endpoints',
      pointer: '/spec/selector',
      value: selector,
      detail: { field: 'endpoints', ready: 0, notReady: endpoints.notReady },
      standing: true,
      confirm: 75,
      cited: { seq: service.seq, at: service.at },
    },
  ];
}

/** The object whose standing facts a record renews: a slice speaks for its Service. */
export function speaksFor(state: ClusterState, ref: ObjectRef, object: KubernetesObject): ObjectRef {
  if (ref.kind !== 'EndpointSlice' && ref.kind !== 'Endpoints') return ref;
  const name = ref.kind === 'EndpointSlice' ? object.metadata?.labels?.['kubernetes.io/service-name'] : ref.name;
  return (name === undefined ? undefined : findObject(state, 'Service', ref.namespace, name)?.ref) ?? ref;
}

/** The workload that an observation belongs to. */
export function workloadOf(state: ClusterState, ref: ObjectRef): ObjectRef {
  return topOwner(state, ref);
}
