import type { Signal } from '../model/event.ts';
import { itemsOf, textsOf } from '../model/fields.ts';
import { covered, findObject, listObjects } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';
import { capturedFields } from './log-evidence.ts';

/** What a host in a message stands for. `absent`: a Service name that no Service has, although all of them were seen. */
export type Address =
  | { type: 'service'; host: string; port: string; service: ObservedObject; inferred?: string }
  | { type: 'pod'; host: string; port: string; pod: ObservedObject }
  | { type: 'absent'; host: string; port: string; name: string; namespace: string }
  | { type: 'node' | 'local' | 'external' | 'unknown'; host: string; port: string };

const ipv4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** The addresses that a network, DNS or dependency line names, the program's own wording (`target`) before the IP of the error. */
export function addressesOf(state: ClusterState, signal: Signal): Address[] {
  const { host, port = '', target, address } = capturedFields(signal);
  const [targetHost, targetPort] = splitPort(target ?? '');
  const hosts = [host, targetHost, address].filter((one) => one !== undefined && one !== '') as string[];
  const named = [...hosts].sort((a, b) => Number(isIp(a)) - Number(isIp(b)));
  return [...new Set(named)].map((one) => resolveHost(state, signal.ref.namespace, one, port || targetPort));
}

/** What a host is in the cluster at this moment: by Service name or FQDN, cluster IP, pod IP, node address; else outside of it. */
export function resolveHost(state: ClusterState, namespace: string, written: string, port: string): Address {
  const host = written.replace(/^\[|\]$|\.$/g, '').toLowerCase();
  if (host === 'localhost' || host.startsWith('127.') || host === '::1' || host === '0.0.0.0') return { type: 'local', host, port };
  return isIp(host) ? resolveIp(state, host, port) : resolveName(state, namespace, host, port);
}

function resolveIp(state: ClusterState, host: string, port: string): Address {
  const service = listObjects(state, 'Service').find(({ object }) =>
    [object.spec?.clusterIP, ...textsOf(object.spec?.clusterIPs), ...textsOf(object.spec?.externalIPs)].includes(host),
  );
  if (service !== undefined) return { type: 'service', host, port, service };
  const pods = [...(state.byKind.get('Pod')?.values() ?? [])];
  const pod = pods.findLast(({ object }) => object.status?.podIP === host && object.spec?.hostNetwork !== true);
  if (pod !== undefined) return { type: 'pod', host, port, pod };
  const node = listObjects(state, 'Node').some(({ object }) => itemsOf(object.status?.addresses).some(({ address }) => address === host));
  if (node) return { type: 'node', host, port };
  return { type: privateIp(host) ? 'unknown' : 'external', host, port };
}

function resolveName(state: ClusterState, own: string, host: string, port: string): Address {
  const parts = host.split('.');
  const svc = parts.indexOf('svc');
  if (svc >= 2) return serviceNamed(state, parts[svc - 2] as string, parts[svc - 1] as string, host, port);
  const [first = '', second] = parts;
  if (second === undefined) return serviceNamed(state, first, own, host, port);
  const inNamespace = findObject(state, 'Service', second, first);
  if (inNamespace !== undefined) return { type: 'service', host, port, service: inNamespace };
  const known = findObject(state, 'Namespace', '', second) !== undefined || listObjects(state, 'Service', second).length > 0;
  if (parts.length === 2 && known) return serviceNamed(state, first, second, host, port);
  // `pod.service.namespace`, as clients of headless Services write it.
  const headless = parts.length === 3 ? findObject(state, 'Service', parts[2] as string, second) : undefined;
  if (headless !== undefined) return { type: 'service', host, port, service: headless };
  const governed = parts.length === 2 ? findObject(state, 'Service', own, second) : undefined;
  if (governed !== undefined) return { type: 'service', host, port, service: governed };
  return { type: 'external', host, port };
}

function serviceNamed(state: ClusterState, name: string, namespace: string, host: string, port: string): Address {
  const service = findObject(state, 'Service', namespace, name);
  if (service !== undefined) return { type: 'service', host, port, service };
  if (covered(state, 'Service', namespace)) return { type: 'absent', host, port, name, namespace };
  return { type: 'unknown', host, port };
}

/** The host of the first URL in a text, or ''. */
export function urlHost(text: string): string {
  return /\bhttps?:\/\/(?:[^\s/@"]+@)?(\[[0-9a-f:]+\]|[\w.-]+)/i.exec(text)?.[1] ?? '';
}

function splitPort(target: string): [string, string] {
  const match = /^(.*?)(?::(\d{1,5}))?$/.exec(target);
  return [match?.[1] ?? '', match?.[2] ?? ''];
}

function isIp(host: string): boolean {
  return ipv4.test(host) || (host.includes(':') && /^[0-9a-f:.%]+$/i.test(host.replace(/^\[|\]$/g, '')));
}

function privateIp(host: string): boolean {
  return /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:)/i.test(host);
}
