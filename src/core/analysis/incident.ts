import type { CaptureRecord } from '../model/capture.ts';
import type { Signal } from '../model/event.ts';
import { sameValue } from '../model/fields.ts';
import type { ObjectRef } from '../model/resource.ts';
import { secondsBetween } from '../model/time.ts';
import { type ClusterState, objectKey } from '../state/state.ts';
import type { Observation } from './signals/observation.ts';

/**
 * A signal of an open incident: what it was read from, since when it has held without a break, and whether it alone makes an incident.
 * `snapshot`: from a point-in-time dump, whose own time is only the newest time in it, so that nothing can be seen to last.
 */
export type LiveSignal = Signal & { observation: Observation; since: string; confirmed: boolean; snapshot: boolean };

/**
 * What is abnormal about a workload now. `openedAt` is when it began as far as is known, `seenAt` when the first record told of it.
 * Unconfirmed incidents end without a word.
 */
export type OpenIncident = {
  key: string;
  workload: ObjectRef;
  openedAt: string;
  seenAt: string;
  lastAt: string;
  lastNewAt: string;
  /** How often it was looked at because it had settled: each time it has to be calm for twice as long. */
  looks: number;
  healthySince: string;
  confirmed: boolean;
  /** Has facts that no rule has looked at yet. */
  dirty: boolean;
  /** Grow with every fact that may change what is concluded, and with every observation at all. */
  news: number;
  observations: number;
  signals: Map<string, LiveSignal>;
  /** Ids of the signals that stand now, per source that said so (an object, or the samples of a pod). */
  standing: Map<string, Set<string>>;
};

const often = 3;
const keptTimes = 20;

/** The key of a workload's incidents, without ordinal: its uid, else its name. */
export const incidentKey = objectKey;

/** An incident of a workload that is first told of at `at` and began at `openedAt`; it has no signals yet. */
export function newIncident(workload: ObjectRef, openedAt: string, at: string): OpenIncident {
  return {
    key: incidentKey(workload),
    workload,
    openedAt,
    seenAt: at,
    lastAt: at,
    lastNewAt: at,
    looks: 0,
    healthySince: '',
    confirmed: false,
    dirty: true,
    news: 1,
    observations: 0,
    signals: new Map(),
    standing: new Map(),
  }; // prettier-ignore
}

/** When an observation's fact began: as it says itself, if that is before the record that shows it. */
export function beganAt({ firstAt = '' }: Observation, record: CaptureRecord): string {
  return firstAt !== '' && firstAt < record.at ? firstAt : record.at;
}

/** Adds an observation to an incident, or counts it as a repetition of one that it has. Undefined when the incident is full. */
export function addObservation(
  incident: OpenIncident,
  record: CaptureRecord,
  observation: Observation,
  limit: number,
): LiveSignal | undefined {
  const id = `${observation.type}|${objectKey(observation.ref)}|${observation.container ?? ''}|${observation.key}`;
  const known = incident.signals.get(id);
  if (known === undefined && incident.signals.size >= limit && !makeRoom(incident, observation)) return undefined;
  const signal = known ?? newSignal(id, record, observation);
  if (known === undefined) {
    incident.signals.set(id, signal);
    incident.lastNewAt = record.at;
    markNew(incident);
  } else repeat(incident, signal, record, observation);
  addTime(signal, observation, record.at);
  if (record.at > incident.lastAt) incident.lastAt = record.at;
  if (observation.confirm !== 'never' && incident.healthySince !== '') {
    incident.healthySince = '';
    incident.news += 1;
  }
  incident.observations += 1;
  if (!observation.standing) confirmMoment(incident, signal);
  return signal;
}

/** What an object says of itself is worth more than the oldest remark that proves nothing alone. */
function makeRoom(incident: OpenIncident, observation: Observation): boolean {
  if (!observation.standing) return false;
  for (const [id, signal] of incident.signals) {
    if (signal.observation.standing || signal.confirmed) continue;
    return incident.signals.delete(id);
  }
  return false;
}

function newSignal(id: string, record: CaptureRecord, observation: Observation): LiveSignal {
  const { type, ref, container, init, pointer, value, detail, count, standsSince = '' } = observation;
  const { seq, at } = observation.cited ?? record;
  const began = beganAt(observation, record);
  return {
    id,
    type,
    ref,
    ...(container === undefined ? {} : { container, init: init === true }),
    seq,
    at,
    lastSeq: seq,
    lastAt: record.at,
    count: count ?? Math.max(1, Number(detail.restartCount ?? 0)),
    pointer,
    value,
    detail,
    active: true,
    times: [],
    observation,
    since: standsSince !== '' && standsSince < began ? standsSince : began,
    confirmed: false,
    snapshot: record.kind === 'resource' && record.event.synthetic === 'snapshot',
  };
}

function repeat(incident: OpenIncident, known: LiveSignal, record: CaptureRecord, observation: Observation): void {
  const restarts = Number(observation.detail.restartCount ?? -1);
  const before = known.count;
  known.count = observation.count ?? (observation.standing ? Math.max(known.count, restarts + 1) : known.count + 1);
  known.lastSeq = observation.cited?.seq ?? record.seq;
  known.lastAt = record.at;
  if (!known.active) {
    known.since = record.at;
    incident.news += 1;
  }
  known.active = true;
  // The newest wording and times are what people look for; pointer and value stay those of the first record. What a log line says is
  // quoted, and a quote must stand in the record that is cited.
  if (observation.type !== 'log') {
    if (known.firstDetail === undefined && !sameValue(known.detail, observation.detail)) known.firstDetail = known.detail;
    known.detail = observation.detail;
  }
  noteOften(incident, known, before);
}

/** Again and again is a new fact, once. */
function noteOften(incident: OpenIncident, { count, lastAt }: LiveSignal, before: number): void {
  if (before >= often || count < often) return;
  incident.lastNewAt = lastAt;
  markNew(incident);
}

/** A run that ended is told by several records (`state`, then `lastState`): it counts once. */
function addTime(signal: LiveSignal, observation: Observation, at: string): void {
  const time = observation.type === 'container.terminated' ? String(observation.detail.finishedAt) : at;
  if (signal.times.includes(time)) return;
  signal.times.push(time);
  if (signal.times.length > keptTimes) signal.times.shift();
}

/** Something of the incident is new to the rules. */
export function markNew(incident: OpenIncident): void {
  incident.dirty = true;
  incident.news += 1;
}

/** The same incident for somebody who confirms and drops things in it. */
export function copyIncident(incident: OpenIncident): OpenIncident {
  const signals = new Map<string, LiveSignal>();
  for (const [id, signal] of incident.signals) signals.set(id, { ...signal });
  return { ...incident, signals, standing: new Map(incident.standing) };
}

/** Moments (Events, log lines) confirm by how long and how often they repeat. */
function confirmMoment(incident: OpenIncident, signal: LiveSignal): void {
  const { confirm, confirmCount = 1 } = signal.observation;
  if (confirm === 'never' || signal.count < confirmCount || secondsBetween(signal.since, signal.lastAt) < confirm) return;
  if (!signal.confirmed) incident.news += 1;
  signal.confirmed = true;
  incident.confirmed = true;
}

/** Facts that a single look proves well enough when there is no second one. */
const tellingAtOnce = new Set<Signal['type']>(['container.waiting', 'container.terminated', 'pod.unschedulable', 'phase']);

/** Confirms what has stood for long enough by now. */
export function confirmStanding(incident: OpenIncident, now: string): void {
  everyStanding(incident, (signal) => {
    if (signal.confirmed || signal.observation.confirm === 'never') return true;
    const atOnce = signal.snapshot && tellingAtOnce.has(signal.type);
    if (!atOnce && secondsBetween(signal.since, now) < signal.observation.confirm) return true;
    signal.confirmed = true;
    incident.confirmed = true;
    markNew(incident);
    return true;
  });
}

/** Lets go of standing facts that rest on other objects and are not so any more. Returns the sources by whose word nothing is left. */
export function dropUntrue(incident: OpenIncident, state: ClusterState): string[] {
  const dropped: string[] = [];
  for (const [source, ids] of incident.standing) {
    const untrue = new Set<string>();
    for (const id of ids) if (incident.signals.get(id)?.observation.holds?.(state) === false) untrue.add(id);
    if (untrue.size === 0) continue;
    const kept = new Set([...ids].filter((id) => !untrue.has(id)));
    replaceStanding(incident, source, kept.size === 0 ? undefined : kept, state.now);
    if (kept.size === 0) dropped.push(source);
  }
  return dropped;
}

/** Whether something is so of every signal that stands now, by whatever source. */
export function everyStanding(incident: OpenIncident, holds: (signal: LiveSignal) => boolean): boolean {
  for (const ids of incident.standing.values()) {
    for (const id of ids) {
      const signal = incident.signals.get(id);
      if (signal !== undefined && !holds(signal)) return false;
    }
  }
  return true;
}

/** What a source said stood by its word is replaced by what it says now; signals that it no longer shows are not active any more. */
export function replaceStanding(incident: OpenIncident, source: string, now: Set<string> | undefined, at: string): void {
  for (const id of incident.standing.get(source) ?? []) {
    const signal = incident.signals.get(id);
    if (signal === undefined || !signal.active || now?.has(id) === true) continue;
    signal.active = false;
    incident.news += 1;
  }
  if (now === undefined) incident.standing.delete(source);
  else incident.standing.set(source, now);
  if (incident.standing.size === 0 && incident.healthySince === '') incident.healthySince = at;
}

/** Moves all that one incident knows into another, of which it turned out to be a part. */
export function absorb(into: OpenIncident, part: OpenIncident, limit: number): void {
  for (const [id, signal] of part.signals) if (!into.signals.has(id) && into.signals.size < limit) into.signals.set(id, signal);
  for (const [source, ids] of part.standing) into.standing.set(source, new Set([...(into.standing.get(source) ?? []), ...ids]));
  if (part.openedAt < into.openedAt) into.openedAt = part.openedAt;
  if (part.seenAt < into.seenAt) into.seenAt = part.seenAt;
  if (part.lastAt > into.lastAt) into.lastAt = part.lastAt;
  into.confirmed ||= part.confirmed;
  markNew(into);
}
