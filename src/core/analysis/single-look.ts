import type { CaptureRecord } from '../model/capture.ts';
import { fieldsOf, text } from '../model/fields.ts';
import { secondsBetween } from '../model/time.ts';
import type { ClusterState } from '../state/state.ts';
import { nameKey } from '../state/state.ts';
import { everyStanding, type LiveSignal, type OpenIncident } from './incident.ts';
import { isOld, isWell } from './well.ts';

/**
 * Whether the capture is one look at a cluster (a dump): nothing in it can be seen to last or to pass. `goodNews`: the newest Event of
 * success per object and reason, for objects of which only Events were dumped.
 */
export type SingleLook = { single: boolean; goodNews: Map<string, string> };

/** A look that has seen nothing; it is single until a record says otherwise. */
export function newLook(): SingleLook {
  return { single: true, goodNews: new Map() };
}

/** Events that tell of success, and which failures they end (all of the object when not named). */
const successes = new Map<string, string[]>([
  ['Started', []],
  ['Completed', []],
  ['ProvisioningSucceeded', []],
  ['EnsuredLoadBalancer', []],
  ['NodeReady', []],
  ['SuccessfulCreate', ['FailedCreate']],
  ['Scheduled', ['FailedScheduling']],
  ['SuccessfulAttachVolume', ['FailedAttachVolume']],
]);

/** Takes note of a record: a watched change ends the single look, an Event of success is remembered while it lasts. */
export function noteLook(look: SingleLook, record: CaptureRecord): void {
  if (!look.single || record.kind !== 'resource') return;
  const { synthetic, ref, object } = record.event;
  if (synthetic !== 'snapshot') {
    look.single = false;
    look.goodNews.clear();
    return;
  }
  const ended = ref.kind === 'Event' ? successes.get(text(object.reason)) : undefined;
  if (ended === undefined) return;
  const about = fieldsOf(object.involvedObject ?? object.regarding);
  const key = nameKey({ kind: text(about.kind), namespace: text(about.namespace), name: text(about.name) });
  for (const reason of ended.length === 0 ? [''] : ended) look.goodNews.set(`${key}|${reason}`, record.at);
}

/** At the end of a single look: what could only be confirmed by a second one counts, unless its object is all right or too young. */
export function confirmGlimpses(state: ClusterState, look: SingleLook, incident: OpenIncident): void {
  if (!look.single) return;
  const standing = new Set<LiveSignal>();
  everyStanding(incident, (signal) => standing.add(signal).size > 0);
  for (const signal of incident.signals.values()) {
    if (signal.confirmed || !signal.snapshot || signal.observation.confirm === 'never') continue;
    const counts = signal.observation.standing ? standing.has(signal) && isUndated(state, signal) : isUnhealed(state, look, signal);
    if (!counts || !isOld(state, signal.ref, signal.observation.confirm)) continue;
    signal.confirmed = true;
    incident.confirmed = true;
  }
}

const freshSeconds = 900;

/** Whether a warning still counts at the end of a single look. */
export function isUnhealed(state: ClusterState, { goodNews }: SingleLook, { type, ref, lastAt, detail }: LiveSignal): boolean {
  if (type !== 'event' || detail.type !== 'Warning' || isWell(state, ref)) return false;
  const news = [goodNews.get(`${nameKey(ref)}|`), goodNews.get(`${nameKey(ref)}|${detail.reason}`)];
  return secondsBetween(lastAt, state.now) <= freshSeconds && news.every((at) => at === undefined || at < lastAt);
}

/** A fact without a time of its own, or a condition that is the newest thing in the dump: how long it has stood cannot be known. */
function isUndated(state: ClusterState, { type, since, observation }: LiveSignal): boolean {
  const { firstAt = '', standsSince = '' } = observation;
  return (firstAt === '' && standsSince === '') || (type === 'condition' && since >= state.now);
}
