import { fieldsOf, itemsOf, text } from '../../model/fields.ts';
import type { KubernetesObject } from '../../model/resource.ts';
import { ageOf, count, created, hasCondition, nameOf, printer, textOr } from './cells.ts';

/** What the containers of a pod add up to, as `kubectl get pods` shows it (printPod of kubernetes/pkg/printers). */
type PodSummary = { status: string; ready: number; total: number; restarts: number; lastRestart: string };

const wide = ['+IP', '+Node', '+Nominated Node', '+Readiness Gates'];

/** The columns of a Pod. */
export const podPrinter = printer(['Name', 'Ready', 'Status', 'Restarts', 'Age', ...wide], (pod, now) => {
  const { status, ready, total, restarts, lastRestart } = summaryOf(pod);
  const restarted = restarts !== 0 && lastRestart !== '' ? `${restarts} (${ageOf(lastRestart, now)} ago)` : String(restarts);
  const ip = textOr(itemsOf(pod.status?.podIPs)[0]?.ip ?? pod.status?.podIP);
  const places = [ip, textOr(pod.spec?.nodeName), textOr(pod.status?.nominatedNodeName), readinessGates(pod)];
  return [nameOf(pod), `${ready}/${total}`, status, restarted, created(pod, now), ...places];
});

function summaryOf(pod: KubernetesObject): PodSummary {
  const { metadata = {}, status = {} } = pod;
  const init = initSummary(pod);
  let { reason } = init;
  let { ready, restarts, lastRestart } = init;
  if (!init.initializing || hasCondition(pod, 'Initialized')) {
    const main = mainSummary(pod, reason);
    reason = main.reason;
    ready += main.ready;
    restarts = init.sidecarRestarts + main.restarts;
    lastRestart = later(init.lastSidecarRestart, main.lastRestart);
  }
  if (metadata.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null) {
    if (status.reason === 'NodeLost') reason = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') reason = 'Terminating';
  }
  return { status: reason, ready, total: itemsOf(pod.spec?.containers).length + sidecarNames(pod).size, restarts, lastRestart };
}

/** Before the init containers are through, the first of them that is not done gives the status. */
function initSummary(pod: KubernetesObject) {
  const { status = {}, spec = {} } = pod;
  const gated = itemsOf(status.conditions).some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');
  const plain = text(status.reason) || text(status.phase);
  const sidecars = sidecarNames(pod);
  const summary = {
    reason: gated ? 'SchedulingGated' : plain,
    initializing: false,
    ready: 0,
    restarts: 0,
    lastRestart: '',
    sidecarRestarts: 0,
    lastSidecarRestart: '',
  };
  for (const [index, container] of itemsOf(status.initContainerStatuses).entries()) {
    const isSidecar = sidecars.has(container.name);
    const finished = finishedAt(container);
    summary.restarts += count(container.restartCount);
    summary.lastRestart = later(summary.lastRestart, finished);
    if (isSidecar) {
      summary.sidecarRestarts += count(container.restartCount);
      summary.lastSidecarRestart = later(summary.lastSidecarRestart, finished);
    }
    const { terminated, waiting } = fieldsOf(container.state);
    if (terminated?.exitCode === 0) continue;
    if (isSidecar && container.started === true) {
      if (container.ready === true) summary.ready += 1;
      continue;
    }
    const isWaiting = text(waiting?.reason) !== '' && waiting.reason !== 'PodInitializing';
    if (terminated) summary.reason = `Init:${terminatedReason(terminated)}`;
    else summary.reason = isWaiting ? `Init:${waiting.reason}` : `Init:${index}/${itemsOf(spec.initContainers).length}`;
    return { ...summary, initializing: true };
  }
  return summary;
}

/** The first container that waits or has ended gives the status; one that failed counts more than one that completed. */
function mainSummary(pod: KubernetesObject, before: string) {
  const summary = { reason: before, ready: 0, restarts: 0, lastRestart: '' };
  let failed = '';
  for (const container of itemsOf(pod.status?.containerStatuses).toReversed()) {
    summary.restarts += count(container.restartCount);
    summary.lastRestart = later(summary.lastRestart, finishedAt(container));
    const { terminated, waiting, running } = fieldsOf(container.state);
    if (text(waiting?.reason) !== '') summary.reason = waiting.reason;
    else if (terminated) {
      summary.reason = terminatedReason(terminated);
      if (terminated.exitCode !== 0) failed = summary.reason;
    } else if (container.ready === true && running) summary.ready += 1;
  }
  if (summary.reason !== 'Completed') return summary;
  const isRunning = summary.ready > 0;
  if (isRunning && hasCondition(pod, 'Ready')) return { ...summary, reason: 'Running' };
  return { ...summary, reason: failed || (isRunning ? 'NotReady' : 'Completed') };
}

function terminatedReason({ reason, signal, exitCode }: KubernetesObject): string {
  if (text(reason) !== '') return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`;
}

function sidecarNames({ spec = {} }: KubernetesObject): Set<unknown> {
  return new Set(
    itemsOf(spec.initContainers)
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  );
}

function finishedAt(container: KubernetesObject): string {
  return text(fieldsOf(fieldsOf(container.lastState).terminated).finishedAt);
}

/** RFC 3339 times in UTC of one precision order as texts. */
function later(a: string, b: string): string {
  return a > b ? a : b;
}

function readinessGates(pod: KubernetesObject): string {
  const gates = itemsOf(pod.spec?.readinessGates);
  if (gates.length === 0) return '<none>';
  return `${gates.filter(({ conditionType }) => hasCondition(pod, conditionType)).length}/${gates.length}`;
}
