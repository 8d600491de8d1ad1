import type { AggregatedEvent } from '../model/event.ts';
import { secondsBetween, timeOf } from '../model/time.ts';
import { covered, objectOf } from '../state/lookups.ts';
import { type ClusterState, objectKey } from '../state/state.ts';
import { everyStanding, type LiveSignal, type OpenIncident } from './incident.ts';
import { isUnhealed, type SingleLook } from './single-look.ts';
import { lastLineAt, type Tails } from './tails.ts';
import { hasCompleted, isUnwell } from './well.ts';

const silenceSeconds = 60;
const lagSeconds = 15;
const provenRunSeconds = 30;

/** Since when nothing abnormal has stood any more, or only crashes that containers have long run past; '' while something stands. */
export function healthySince(incident: OpenIncident, now: string): string {
  if (incident.standing.size === 0) return incident.healthySince;
  return isHistory(incident, now) ? lastCrash(incident) : '';
}

/** Whether an incident has been quiet for so long that it is over. */
export function isQuiet(incident: OpenIncident, now: string, windowSeconds: number): boolean {
  if (incident.standing.size === 0) return secondsBetween(incident.lastAt, now) >= windowSeconds;
  return isHistory(incident, now) && secondsBetween(lastCrash(incident), now) >= windowSeconds;
}

/** How an incident that closes now has ended. What only a log told of has nothing that could show its end. */
export function statusOf(state: ClusterState, tails: Tails, incident: OpenIncident, look: SingleLook): AggregatedEvent['status'] {
  if (state.byUid.get(objectKey(incident.workload))?.deleted !== undefined) return 'deleted';
  if (hasCompleted(state, incident.workload)) return 'recovered';
  const since = healthySince(incident, state.now);
  if (!incident.confirmed || (incident.standing.size > 0 && since === '')) return 'ongoing';
  for (const signal of incident.signals.values()) {
    if (look.single && signal.snapshot && signal.confirmed && isUnhealed(state, look, signal)) return 'ongoing';
    if (isUnanswered(state, signal)) return 'ongoing';
    if (!isSilent(signal, since, heardUntil(state, tails, signal))) return 'ongoing';
  }
  return 'recovered';
}

/** Whether an incident rests on warnings about an object that is still not all right: controllers repeat them at growing intervals. */
export function isWarned(state: ClusterState, incident: OpenIncident): boolean {
  return [...incident.signals.values()].some((signal) => isUnanswered(state, signal));
}

function isUnanswered(state: ClusterState, { type, ref, confirmed, detail }: LiveSignal): boolean {
  return type === 'event' && confirmed && detail.type === 'Warning' && isUnwell(state, ref);
}

/**
 * Whether log lines are all there is to go by: nothing of the pod but its log was recorded, or the API server itself denied requests.
 * Then they need not repeat for long.
 */
export function onlyLogged(state: ClusterState, incident: OpenIncident): boolean {
  return [...incident.signals.values()].some(({ type, ref, count, detail }) => {
    if (type !== 'log') return false;
    const unseen = objectOf(state, ref) === undefined && !covered(state, 'Pod', ref.namespace);
    return unseen || (detail.signature === 'rbac-forbidden' && count >= 2);
  });
}

/** Until when a signal would have been heard again: a log that was not recorded further says nothing about its end. */
function heardUntil(state: ClusterState, tails: Tails, { type, ref, container }: LiveSignal): string {
  return type === 'log' ? lastLineAt(tails, ref, container) : state.now;
}

/** Events and log lines are over when none came after the objects turned healthy, or for a minute in which they would have been heard. */
function isSilent(signal: LiveSignal, since: string, until: string): boolean {
  const { standing, confirm } = signal.observation;
  if (standing || confirm === 'never' || secondsBetween(signal.lastAt, until) >= silenceSeconds) return true;
  return since !== '' && secondsBetween(since, signal.lastAt) <= lagSeconds;
}

/**
 * Whether what still stands is only history: containers that crashed before (`lastState`) but have been running
 * for longer than twice any earlier run, and at least half a minute.
 */
function isHistory(incident: OpenIncident, now: string): boolean {
  return everyStanding(incident, ({ type, detail, observation }) => {
    if (observation.confirm === 'never') return true;
    if (type !== 'container.terminated' || detail.current === true) return false;
    const finishedAt = String(detail.finishedAt);
    const run = secondsBetween(String(detail.startedAt), finishedAt);
    return secondsBetween(finishedAt, now) >= Math.max(provenRunSeconds, 2 * run);
  });
}

function lastCrash(incident: OpenIncident): string {
  let newest = '';
  for (const { detail } of incident.signals.values()) {
    const time = String(detail.finishedAt ?? '');
    if (newest === '' || timeOf(time) > timeOf(newest)) newest = time;
  }
  return newest || incident.lastAt;
}
