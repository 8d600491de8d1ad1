import type { AggregatedEvent, Signal } from '../model/event.ts';
import { listObjects, matchesSelector, podSpecOf, selectPods } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';
import { signalsOf } from './rule.ts';

export type Selector = Record<string, string>;

/** Workload kinds whose template labels a Service can select. */
const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Pod'];

/** The Service of an incident that has no ready endpoints, with its selector and the live pods it selects. */
export function emptyService(
  incident: AggregatedEvent,
  state: ClusterState,
): { signal: Signal; service: ObservedObject; selector: Selector; pods: ObservedObject[] } | undefined {
  const signal = signalsOf(incident, 'state', { field: 'endpoints' }).at(0);
  const service = signal === undefined ? undefined : state.byUid.get(signal.ref.uid);
  if (signal === undefined || service === undefined || service.deleted !== undefined) return undefined;
  const selector = textMembers(service.object.spec?.selector);
  return { signal, service, selector, pods: selectPods(state, service.ref.namespace, selector) };
}

/** The labels that a workload gives its pods. */
export function podLabels(observed: ObservedObject): Selector {
  const { object } = observed;
  return textMembers(object.kind === 'Pod' ? object.metadata?.labels : object.spec?.template?.metadata?.labels);
}

function textMembers(value: unknown): Selector {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, text]) => typeof text === 'string')) as Selector;
}

/** Workloads of a namespace that nobody owns, with the labels of their pods. */
export function workloads(state: ClusterState, namespace: string): ObservedObject[] {
  return workloadKinds
    .flatMap((kind) => listObjects(state, kind, namespace))
    .filter(({ object }) => (object.metadata?.ownerReferences ?? []).length === 0 && podSpecOf(object) !== undefined);
}

/** The workloads whose pods a selector would select. */
export function selectedWorkloads(state: ClusterState, namespace: string, selector: Selector): ObservedObject[] {
  return workloads(state, namespace).filter((observed) => matchesSelector(podLabels(observed), { matchLabels: selector }));
}
