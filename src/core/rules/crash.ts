import type { ActionStep, AggregatedEvent, Signal } from '../model/event.ts';
import type { ObjectRef } from '../model/resource.ts';
import { eventsOf, signalsOf, step, target } from './rule.ts';

/** Exit codes of processes that something else killed: SIGKILL and SIGTERM. */
export const killedCodes: readonly number[] = [137, 143];

/** Runs of containers that ended, with an exit code that a filter accepts. Runs of evicted or disrupted pods are not crashes. */
export function crashesOf(incident: AggregatedEvent, accepts: (exitCode: number) => boolean): Signal[] {
  return signalsOf(incident, 'container.terminated').filter(
    (signal) => accepts(Number(signal.detail.exitCode)) && !lostPod(incident, signal),
  );
}

// Memory has its own rules; of the others the kubelet does not know how they ended, because the node or runtime went away.
const otherEnds = ['OOMKilled', 'Unknown', 'ContainerStatusUnknown'];

/** Runs that the process ended by itself with an error. */
export function failuresOf(incident: AggregatedEvent): Signal[] {
  return crashesOf(incident, (code) => code !== 0 && !killedCodes.includes(code)).filter(
    ({ detail }) => !otherEnds.includes(String(detail.reason)),
  );
}

/** The kubelet's word that it killed this container for a failing probe. */
export function probeKills(incident: AggregatedEvent, signal: Pick<Signal, 'ref' | 'container'>, probe = 'liveness|startup'): Signal[] {
  return eventsOf(incident, ['Killing'], new RegExp(`failed (?:${probe}) probe`, 'i')).filter((event) => sameContainer(event, signal));
}

/** Whether an Event is about this container: by its field path, else by its name in the message, else by the pod alone. */
export function sameContainer(event: Signal, signal: Pick<Signal, 'ref' | 'container'>): boolean {
  if (event.ref.name !== signal.ref.name) return false;
  if (event.container !== undefined) return event.container === signal.container;
  const named = /\bcontainer "?([a-z0-9][a-z0-9-]*)"? failed/i.exec(String(event.detail.message))?.[1];
  return named === undefined || named === signal.container;
}

function lostPod(incident: AggregatedEvent, signal: Signal): boolean {
  return incident.signals.some(
    (other) =>
      other.ref.name === signal.ref.name &&
      (other.type === 'pod.disrupted' ||
        (other.type === 'pod.failed' && ['Evicted', 'NodeShutdown', 'Terminated', 'Preempting'].includes(String(other.detail.reason)))),
  );
}

const withRevisions = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** Going back to the revision before, for kinds that keep revisions; nothing for the others. */
export function goBack(subject: ObjectRef): ActionStep[] {
  if (!withRevisions.has(subject.kind)) return [];
  return [
    step('If an earlier version ran well, go back to it until the cause is removed.', 'The earlier version stays up.', {
      command: `kubectl rollout undo ${target(subject)}`,
      risk: 'medium',
    }),
  ];
}
