import { fieldsOf, itemsOf, text } from '../../model/fields.ts';
import type { KubernetesObject, ObjectRef } from '../../model/resource.ts';
import type { Observation } from './observation.ts';

/** Waiting reasons that are ordinary steps of a start (pkg/kubelet/container/sync_result.go lists the others). */
const startingReasons = new Set(['ContainerCreating', 'PodInitializing', '']);
/** Waiting reasons that a retry often heals within seconds; they need to stand for a while. */
const retriedReasons = new Set(['ErrImagePull', 'ImagePullBackOff', 'CreateContainerConfigError', 'RegistryUnavailable']);

const statusLists = [
  ['initContainerStatuses', true],
  ['containerStatuses', false],
  ['ephemeralContainerStatuses', false],
] as const;

/**
 * What is abnormal in a Pod's status: containers, conditions, phase. Pods that are being deleted only tell of disruptions.
 * A running pod may be unready for `notReadySeconds` before that alone counts.
 */
export function podObservations(ref: ObjectRef, pod: KubernetesObject, notReadySeconds: number): Observation[] {
  const found: Observation[] = [];
  const deleting = pod.metadata?.deletionTimestamp !== undefined;
  for (const [list, init] of statusLists) {
    itemsOf(pod.status?.[list]).forEach((status, position) => {
      containerObservations(ref, pod, status, `/status/${list}/${position}`, init, deleting, found);
    });
  }
  if (!deleting) podStanding(ref, pod, found);
  conditionObservations(ref, pod, deleting, notReadySeconds, found);
  return found;
}

function containerObservations(
  ref: ObjectRef,
  pod: KubernetesObject,
  status: KubernetesObject,
  pointer: string,
  init: boolean,
  deleting: boolean,
  found: Observation[],
): void {
  const { waiting, terminated } = fieldsOf(status.state);
  const base = { ref, container: text(status.name), init };
  if (isState(waiting) && !startingReasons.has(text(waiting.reason)) && !deleting) {
    const reason = text(waiting.reason);
    found.push({
      ...base,
      type: 'container.waiting',
      key: reason,
      pointer: `${pointer}/state/waiting`,
      value: waiting,
      detail: { reason, message: text(waiting.message) },
      standing: true,
      standsSince: conditionSince(pod, 'Ready'),
      confirm: retriedReasons.has(reason) ? 20 : 0,
    });
  }
  // The current state comes second, so that it is what a merged signal tells.
  const last = status.lastState?.terminated;
  if (isState(last)) addTerminated(`${pointer}/lastState/terminated`, last, false);
  if (isState(terminated)) addTerminated(`${pointer}/state/terminated`, terminated, true);

  function addTerminated(at: string, state: KubernetesObject, now: boolean): void {
    const exitCode = Number(state.exitCode ?? 0);
    const finished = exitCode === 0 && text(state.reason) !== 'OOMKilled';
    const restartPolicy = text(pod.spec?.restartPolicy) || 'Always';
    const restarts = Number(status.restartCount ?? 0);
    if (finished && (init || restartPolicy !== 'Always' || (now && restarts === 0))) return;
    // A container that stops because its pod is deleted is no crash.
    if (deleting && now) return;
    found.push({
      ...base,
      type: 'container.terminated',
      key: `${text(state.reason)}|${exitCode}`,
      pointer: at,
      value: state,
      detail: {
        reason: text(state.reason),
        exitCode,
        signal: Number(state.signal ?? 0),
        message: text(state.message),
        startedAt: text(state.startedAt),
        finishedAt: text(state.finishedAt),
        restartCount: restarts,
        current: now,
        containerId: text(state.containerID),
      },
      standing: true,
      standsSince: text(state.finishedAt),
      confirm: finished ? 'never' : restartPolicy === 'Always' || init ? 15 : 0,
    });
  }
}

/** When a condition of the pod last changed; '' when it has none. */
function conditionSince(pod: KubernetesObject, type: string): string {
  return text(itemsOf(pod.status?.conditions).find((condition) => condition.type === type)?.lastTransitionTime);
}

function isState(value: unknown): value is KubernetesObject {
  return typeof value === 'object' && value !== null;
}

function podStanding(ref: ObjectRef, pod: KubernetesObject, found: Observation[]): void {
  const status = fieldsOf(pod.status);
  if (status.phase === 'Failed') {
    found.push({
      type: 'pod.failed',
      ref,
      key: text(status.reason),
      pointer: text(status.reason) === '' ? '/status/phase' : '/status/reason',
      value: text(status.reason) === '' ? status.phase : status.reason,
      detail: { reason: text(status.reason), message: text(status.message) },
      standing: true,
      confirm: 0,
    });
  }
}

function conditionObservations(
  ref: ObjectRef,
  pod: KubernetesObject,
  deleting: boolean,
  notReadySeconds: number,
  found: Observation[],
): void {
  for (const [position, condition] of itemsOf(pod.status?.conditions).entries()) {
    const detail = { reason: text(condition.reason), message: text(condition.message) };
    const base = {
      ref,
      pointer: `/status/conditions/${position}`,
      value: condition,
      detail,
      key: detail.reason,
      standing: true,
      standsSince: text(condition.lastTransitionTime),
    }; // prettier-ignore
    if (condition.type === 'DisruptionTarget' && condition.status === 'True') {
      found.push({ ...base, type: 'pod.disrupted', confirm: 'never' });
    }
    if (deleting || condition.status !== 'False') continue;
    if (condition.type === 'PodScheduled') {
      found.push({ ...base, type: 'pod.unschedulable', confirm: 20, firstAt: text(condition.lastTransitionTime) });
    } else if (condition.type === 'Ready' && pod.status?.phase === 'Running' && detail.reason !== 'PodCompleted') {
      found.push({ ...base, type: 'pod.notReady', confirm: notReadySeconds });
    }
  }
}
