import { fieldsOf, itemsOf, text, textsOf } from '../model/fields.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { findObject, type LabelSelector, listObjects, matchesSelector } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';

export type Direction = 'ingress' | 'egress';

/**
 * A recorded NetworkPolicy that isolates `pod` in a direction, when no recorded policy lets the traffic from or to `peer` on `port` pass.
 * What cannot be judged (address blocks, unknown ports or namespaces) counts as allowed.
 */
export function blockingPolicy(
  state: ClusterState,
  direction: Direction,
  pod: ObservedObject,
  peer: ObservedObject | undefined,
  port: number | undefined,
): ObservedObject | undefined {
  const policies = listObjects(state, 'NetworkPolicy', pod.ref.namespace).filter(({ object }) => isolates(object, direction, pod));
  const allowed = policies.some(({ object, ref }) =>
    itemsOf(object.spec?.[direction]).some((rule) => allows(state, ref.namespace, rule, direction, peer, port, pod)),
  );
  return allowed ? undefined : policies[0];
}

function isolates({ spec }: KubernetesObject, direction: Direction, pod: ObservedObject): boolean {
  const types = textsOf(spec?.policyTypes).map((type) => type.toLowerCase());
  // Without policyTypes a policy is about ingress, and about egress if it has such rules.
  const about = types.length > 0 ? types.includes(direction) : direction === 'ingress' || spec?.egress !== undefined;
  return about && matchesSelector(pod.object.metadata?.labels, fieldsOf(spec?.podSelector) as LabelSelector);
}

function allows(
  state: ClusterState,
  namespace: string,
  rule: KubernetesObject,
  direction: Direction,
  peer: ObservedObject | undefined,
  port: number | undefined,
  pod: ObservedObject,
): boolean {
  const target = direction === 'ingress' ? pod : peer;
  const ports = itemsOf(rule.ports);
  const open = ports.length === 0 || ports.some((one) => opens(one, port, target));
  const peers = itemsOf(direction === 'ingress' ? rule.from : rule.to);
  return open && (peers.length === 0 || peers.some((one) => isPeer(state, namespace, one, peer)));
}

function opens({ port: wanted, endPort }: KubernetesObject, port: number | undefined, target: ObservedObject | undefined): boolean {
  if (wanted === undefined || port === undefined) return true;
  if (typeof wanted === 'number') return port >= wanted && port <= Number(endPort ?? wanted);
  const named = itemsOf(target?.object.spec?.containers)
    .flatMap(({ ports }) => itemsOf(ports))
    .filter(({ name }) => name === wanted);
  return target === undefined || named.some(({ containerPort }) => containerPort === port);
}

function isPeer(
  state: ClusterState,
  own: string,
  { ipBlock, podSelector, namespaceSelector }: KubernetesObject,
  peer: ObservedObject | undefined,
): boolean {
  if (ipBlock !== undefined || peer === undefined) return true;
  if (podSelector !== undefined && !matchesSelector(peer.object.metadata?.labels, podSelector as LabelSelector)) return false;
  if (namespaceSelector === undefined) return peer.ref.namespace === own;
  const namespace = findObject(state, 'Namespace', '', peer.ref.namespace);
  if (namespace === undefined) return true;
  const labels = { 'kubernetes.io/metadata.name': text(namespace.ref.name), ...namespace.object.metadata?.labels };
  return matchesSelector(labels, namespaceSelector as LabelSelector);
}
