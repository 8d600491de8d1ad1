import { fieldsOf, itemsOf, text } from '../../model/fields.ts';
import type { KubernetesObject, ObjectRef } from '../../model/resource.ts';
import { secondsBetween } from '../../model/time.ts';
import { brokenReferences } from '../../state/ingress.ts';
import type { ClusterState } from '../../state/state.ts';
import type { Observation } from './observation.ts';

const finalizerSeconds = 300;
const podSeconds = 120;

/** An object that is being deleted: abnormal when it is still there long after its grace period (metadata.deletionTimestamp). */
export function terminatingObservations(ref: ObjectRef, object: KubernetesObject): Observation[] {
  const { deletionTimestamp, finalizers } = fieldsOf(object.metadata);
  const since = text(deletionTimestamp);
  const held =
    ref.kind === 'Namespace' ? itemsOf(object.spec?.finalizers).length > 0 || finalizers !== undefined : finalizers !== undefined;
  if (since === '' || (ref.kind !== 'Pod' && !held)) return [];
  const names = (Array.isArray(finalizers) ? finalizers : []).filter((name) => typeof name === 'string').join(', ');
  return [
    {
      type: 'state',
      ref,
      key: 'terminating',
      pointer: '/metadata/deletionTimestamp',
      value: deletionTimestamp,
      detail: { field: 'terminating', finalizers: names },
      standing: true,
      confirm: ref.kind === 'Pod' ? podSeconds : finalizerSeconds,
      firstAt: since,
    },
  ];
}

const untouchedSeconds = 60;

/** A pod that neither a scheduler nor a kubelet has said a word about, although it is not new: nothing in its status shows trouble. */
export function untouchedObservations(ref: ObjectRef, pod: KubernetesObject, at: string): Observation[] {
  const { phase, conditions, containerStatuses, startTime } = fieldsOf(pod.status);
  const created = text(pod.metadata?.creationTimestamp);
  if (phase !== 'Pending' || itemsOf(conditions).length > 0 || containerStatuses !== undefined || startTime !== undefined) return [];
  if (created === '' || secondsBetween(created, at) < untouchedSeconds || pod.metadata?.deletionTimestamp !== undefined) return [];
  const detail = { field: 'untouched' };
  return [
    {
      type: 'state',
      ref,
      key: 'untouched',
      pointer: '/status/phase',
      value: phase,
      detail,
      standing: true,
      confirm: untouchedSeconds,
      firstAt: created,
    },
  ];
}

const sidecarSeconds = 300;

/** A pod that should end (restartPolicy other than Always), one container of which is done while another still runs. */
export function sidecarObservations(ref: ObjectRef, pod: KubernetesObject): Observation[] {
  if (pod.metadata?.deletionTimestamp !== undefined || pod.status?.phase !== 'Running') return [];
  if (!['Never', 'OnFailure'].includes(text(pod.spec?.restartPolicy))) return [];
  const statuses = itemsOf(pod.status?.containerStatuses);
  const running = statuses.filter(({ state }) => fieldsOf(state).running !== undefined).map(({ name }) => text(name));
  const ended = (state: unknown) => fieldsOf(state).terminated?.exitCode === 0;
  const position = statuses.findIndex(({ state }) => ended(state));
  const done = statuses[position];
  const others = statuses.some(({ state }) => !ended(state) && fieldsOf(state).running === undefined);
  if (done === undefined || running.length === 0 || others) return [];
  return [
    {
      type: 'state',
      ref,
      key: 'sidecar',
      pointer: `/status/containerStatuses/${position}/state/terminated`,
      value: done.state.terminated,
      detail: { field: 'sidecar', done: text(done.name), running: running.join(', ') },
      standing: true,
      confirm: sidecarSeconds,
      firstAt: text(done.state.terminated.finishedAt),
    },
  ];
}

const referenceSeconds = 60;

/** An Ingress that refers to a Service, port, class or certificate that does not exist (looked at again before it counts). */
export function ingressObservations(state: ClusterState, ref: ObjectRef, object: KubernetesObject): Observation[] {
  const [broken] = brokenReferences(state, object);
  if (broken === undefined || object.metadata?.deletionTimestamp !== undefined) return [];
  return [
    {
      type: 'state',
      ref,
      key: 'references',
      pointer: '/spec',
      value: object.spec,
      detail: { field: 'references' },
      standing: true,
      confirm: referenceSeconds,
      firstAt: text(object.metadata?.creationTimestamp),
      holds: (now) => brokenReferences(now, object).length > 0,
    },
  ];
}

const reclaimTaints = /^aws-node-termination-handler\/(?:spot-itn|rebalance-recommendation)$|impending-node-termination$/;

/** A node that its cloud takes away: the taints of the termination handlers. */
export function reclaimObservations(ref: ObjectRef, node: KubernetesObject): Observation[] {
  const position = itemsOf(node.spec?.taints).findIndex(({ key }) => reclaimTaints.test(text(key)));
  const taint = itemsOf(node.spec?.taints)[position];
  if (taint === undefined) return [];
  const detail = { field: 'reclaim', taint: text(taint.key) };
  return [
    { type: 'state', ref, key: 'reclaim', pointer: `/spec/taints/${position}`, value: taint, detail, standing: true, confirm: 'never' },
  ];
}
