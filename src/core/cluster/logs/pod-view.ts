import { fieldsOf, itemsOf, text } from '../../model/fields.ts';
import type { KubernetesObject } from '../../model/resource.ts';

/** One container of a pod, as far as its log is concerned. Times are epoch milliseconds. */
export type ContainerView = {
  name: string;
  type: 'regular' | 'init' | 'sidecar' | 'ephemeral';
  state: 'waiting' | 'running' | 'terminated';
  /** Why it waits or ended: CrashLoopBackOff, ContainerCreating, OOMKilled… */
  reason: string;
  exitCode: number;
  ready: boolean;
  startedMs?: number;
  /** When the instance before this one ended. */
  restartedMs?: number;
  /** Instance (containerID) whose log the API serves; '' while there is none. While a container waits, that is the one that ended last. */
  current: string;
  /** Instance that `previous=true` serves, '' if there is none or it is the current one. */
  previous: string;
};

/** What the log planner needs to know of a pod. */
export type PodView = { namespace: string; name: string; uid: string; failed: boolean; deleting: boolean; containers: ContainerView[] };

/** Reads a Pod's metadata, spec.initContainers[].restartPolicy (KEP-753) and the three lists of container statuses. */
export function viewOf(pod: KubernetesObject): PodView {
  const { metadata = {}, spec, status } = pod;
  const sidecars = new Set(
    itemsOf(spec?.initContainers)
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  );
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    failed: status?.phase === 'Failed',
    deleting: metadata.deletionTimestamp !== undefined,
    containers: [
      ...itemsOf(status?.initContainerStatuses).map((one) => containerOf(one, sidecars.has(one.name) ? 'sidecar' : 'init')),
      ...itemsOf(status?.containerStatuses).map((one) => containerOf(one, 'regular')),
      ...itemsOf(status?.ephemeralContainerStatuses).map((one) => containerOf(one, 'ephemeral')),
    ],
  };
}

function containerOf(status: KubernetesObject, type: ContainerView['type']): ContainerView {
  const { running, terminated, waiting } = fieldsOf(status.state);
  const before = fieldsOf(fieldsOf(status.lastState).terminated);
  const state = running !== undefined ? 'running' : terminated !== undefined ? 'terminated' : 'waiting';
  const ended = text(before.containerID);
  const current = servedOf(status, state, fieldsOf(terminated), ended);
  const startedMs = timeOf(fieldsOf(running).startedAt);
  const restartedMs = timeOf(before.finishedAt);
  return {
    name: text(status.name),
    type,
    state,
    reason: text(fieldsOf(waiting ?? terminated).reason),
    exitCode: Number(fieldsOf(terminated).exitCode ?? 0),
    ready: status.ready === true,
    ...(startedMs === undefined ? {} : { startedMs }),
    ...(restartedMs === undefined ? {} : { restartedMs }),
    current,
    previous: ended === current ? '' : ended,
  };
}

/** Which instance the kubelet takes for the current one (kubernetes pkg/kubelet/kubelet_pods.go validateContainerLogStatus). */
function servedOf(status: KubernetesObject, state: ContainerView['state'], terminated: KubernetesObject, ended: string): string {
  if (state === 'waiting') return ended;
  const id = text(status.containerID);
  if (state === 'terminated') return text(terminated.containerID) || id || ended;
  return id || `restart ${status.restartCount ?? 0}`;
}

function timeOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
