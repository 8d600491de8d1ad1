import type { AnalyzedEvent } from '../model/event.ts';
import { type ObjectRef, sameRef } from '../model/resource.ts';
import { secondsBetween } from '../model/time.ts';
import type { ClusterState } from '../state/state.ts';
import { type Aggregator, peekIncident } from './aggregate.ts';
import { type ExaminedIncident, type Examiner, examineAside } from './explain.ts';
import type { OpenIncident } from './incident.ts';
import { type Judged, mergeIncidents, type Situation } from './merge.ts';

/**
 * How old what is said of an open incident may be, in seconds of capture time: when known facts only were repeated since, and when
 * nothing was seen of it. News of the incident and changes around it are always taken into account.
 */
export type Patience = { repeatSeconds: number; idleSeconds: number };

/** Nothing may be old: a peek says exactly what the end of the recording would. */
export const noPatience: Patience = { repeatSeconds: 0, idleSeconds: 0 };

type Seen = { news: number; observations: number; seq: number; at: string; examined: ExaminedIncident | undefined };
type Concluded = { victims: ObjectRef[]; event: AnalyzedEvent | undefined };

/** What earlier peeks at a cluster found, so that the next one does only what is new. Equal conclusions stay the same object. */
export type Peeks = {
  seen: WeakMap<OpenIncident, Seen>;
  judged: WeakMap<ExaminedIncident, Judged>;
  concluded: WeakMap<ExaminedIncident, Concluded>;
  last: { incidents: ExaminedIncident[]; events: AnalyzedEvent[] };
};

/** Nothing was peeked at yet. */
export function newPeeks(): Peeks {
  return { seen: new WeakMap(), judged: new WeakMap(), concluded: new WeakMap(), last: { incidents: [], events: [] } };
}

/** The open incidents as if they ended now. Rules see the state as it is; nothing that a later peek or the end could notice is changed. */
export function peekOpen(peeks: Peeks, aggregator: Aggregator, examiner: Examiner, patience: Patience): ExaminedIncident[] {
  const { state } = aggregator;
  const found: ExaminedIncident[] = [];
  for (const incident of aggregator.open.values()) {
    let seen = peeks.seen.get(incident);
    if (seen === undefined || isDue(incident, seen, state, patience)) {
      const moment = peekIncident(aggregator, incident);
      const examined = moment === undefined ? undefined : examineAside(examiner, moment, state);
      seen = { news: incident.news, observations: incident.observations, seq: state.seq, at: state.now, examined };
      peeks.seen.set(incident, seen);
    }
    if (seen.examined !== undefined) found.push(seen.examined);
  }
  return found;
}

function isDue(incident: OpenIncident, seen: Seen, state: ClusterState, { repeatSeconds, idleSeconds }: Patience): boolean {
  // An unconfirmed incident costs no rules; time alone may have confirmed it.
  if (seen.examined === undefined || seen.news !== incident.news) return true;
  const age = secondsBetween(seen.at, state.now);
  if (age >= (seen.observations === incident.observations ? idleSeconds : repeatSeconds)) return true;
  return changedSince(state, seen.seq, incident.workload.namespace);
}

function changedSince(state: ClusterState, seq: number, namespace: string): boolean {
  for (let index = state.changes.length - 1; index >= 0; index -= 1) {
    const change = state.changes[index];
    if (change === undefined || change.seq <= seq) return false;
    if (change.ref.namespace === namespace || change.ref.namespace === '') return true;
  }
  return false;
}

/** What incidents amount to together; only what is not known from an earlier peek is worked out. */
export function concludeAside(
  { judged, concluded, last }: Peeks,
  incidents: ExaminedIncident[],
  judge: (incident: ExaminedIncident) => Judged,
  conclude: (situation: Situation) => AnalyzedEvent | undefined,
): AnalyzedEvent[] {
  if (incidents.length === last.incidents.length && incidents.every((incident, index) => incident === last.incidents[index]))
    return last.events;
  const all = incidents.map((incident) => {
    const known = judged.get(incident) ?? judge(incident);
    judged.set(incident, known);
    return known;
  });
  last.incidents = incidents;
  last.events = mergeIncidents(all).flatMap((situation) => {
    const { incident, victims } = situation;
    let known = concluded.get(incident);
    if (known === undefined || !sameRefs(known.victims, victims)) {
      known = { victims, event: conclude(situation) };
      concluded.set(incident, known);
    }
    return known.event ?? [];
  });
  return last.events;
}

function sameRefs(some: ObjectRef[], others: ObjectRef[]): boolean {
  return some.length === others.length && some.every((ref, index) => sameRef(ref, others[index] as ObjectRef));
}
