import type { CaptureRecord } from '../model/capture.ts';
import type { AggregatorConfig } from '../model/config.ts';
import type { AggregatedEvent, LogLine, MetricSample, Signal } from '../model/event.ts';
import type { ObjectRef } from '../model/resource.ts';
import { covered, objectOf, podsOf } from '../state/lookups.ts';
import { applyRecord, changeOf, type ClusterState, nameKey } from '../state/state.ts';
import { contextOf } from './context.ts';
import type { Observation } from './signals/observation.ts';
import { observationsOf, speaksFor, workloadOf } from './signals/signals.ts';
import { type UtilizationThresholds, utilizationObservations } from './signals/utilization.ts';
import { newTails, remember, type Tails, tailOf } from './tails.ts';
import { secondsBetween } from '../model/time.ts';

/** `snapshot`: from a point-in-time dump, whose own time is only the newest time in it, so that nothing can be seen to last. */
type LiveSignal = Signal & { observation: Observation; since: string; confirmed: boolean; snapshot: boolean };

export type OpenIncident = {
  key: string;
  workload: ObjectRef;
  openedAt: string;
  lastAt: string;
  lastNewAt: string;
  healthySince: string;
  confirmed: boolean;
  dirty: boolean;
  signals: Map<string, LiveSignal>;
  /** Signal ids that stand now, per object. */
  standing: Map<string, Set<string>>;
};

export type Aggregator = {
  state: ClusterState;
  config: AggregatorConfig;
  thresholds: UtilizationThresholds;
  open: Map<string, OpenIncident>;
  ordinals: Map<string, number>;
  tails: Tails;
  sweptAt: string;
  /** The newest crash of a container that a closed incident has told of: `lastState` keeps showing it for ever. */
  told: Map<string, string>;
};

/** Called while the state is as of the moment: `final` closes the incident. */
export type OnMoment = (event: AggregatedEvent, final: boolean) => void;

/** An aggregator over a state; it owns the state from then on. */
export function newAggregator(state: ClusterState, config: AggregatorConfig, thresholds: UtilizationThresholds): Aggregator {
  return { state, config, thresholds, open: new Map(), ordinals: new Map(), tails: newTails(config), sweptAt: '', told: new Map() };
}

/**
 * Takes one record: looks at unsettled incidents before a change alters their causes, applies the record, attaches what it shows,
 * and closes what has recovered.
 */
export function observe(aggregator: Aggregator, record: CaptureRecord, onMoment: OnMoment): void {
  const { state } = aggregator;
  if (record.kind === 'resource' && aggregator.open.size > 0 && changeOf(state, record, record.event) !== undefined) {
    settle(aggregator, onMoment, record.event.ref.namespace);
  }
  applyRecord(state, record);
  remember(aggregator.tails, record);
  const observations = observationsOf(state, record).filter((observation) => !alreadyTold(aggregator, observation));
  if (record.kind === 'metrics') {
    renew(aggregator, record, `metrics|${objectKey(record.sample.ref)}`, utilizationObservations(state, record, aggregator.thresholds));
  } else if (record.kind === 'resource' && record.event.ref.kind !== 'Event') {
    const { ref, object, type } = record.event;
    if (type === 'ADDED') rekey(aggregator, ref);
    renew(aggregator, record, objectKey(speaksFor(state, ref, object)), observations);
    if (type === 'DELETED') renew(aggregator, record, `metrics|${objectKey(ref)}`, []);
  }
  else for (const observation of observations) attach(aggregator, record, observation);
  if (aggregator.sweptAt === '' || secondsBetween(aggregator.sweptAt, state.now) >= 5) sweep(aggregator, onMoment);
}

/** The capture has ended: every open incident is looked at a last time. */
export function finish(aggregator: Aggregator, onMoment: OnMoment): void {
  for (const incident of [...aggregator.open.values()]) close(aggregator, incident, onMoment);
}

/** Looks at confirmed incidents that have new facts, before a change in their namespace (or of a cluster-scoped object). */
function settle(aggregator: Aggregator, onMoment: OnMoment, namespace: string): void {
  for (const incident of aggregator.open.values()) {
    if (!incident.dirty || !incident.confirmed) continue;
    if (namespace !== '' && incident.workload.namespace !== '' && incident.workload.namespace !== namespace) continue;
    incident.dirty = false;
    onMoment(snapshot(aggregator, incident, 'ongoing'), false);
  }
}

/** What a source says now (an object, or the samples of a pod) replaces what stood by its word before. */
function renew(aggregator: Aggregator, record: CaptureRecord, key: string, observations: Observation[]): void {
  const stands = new Map<OpenIncident, Set<string>>();
  for (const observation of observations) {
    const attached = attach(aggregator, record, observation);
    if (attached === undefined || !observation.standing) continue;
    let ids = stands.get(attached.incident);
    if (ids === undefined) stands.set(attached.incident, (ids = new Set()));
    ids.add(attached.signal.id);
  }
  for (const incident of aggregator.open.values()) {
    const before = incident.standing.get(key);
    const now = stands.get(incident);
    if (before === undefined && now === undefined) continue;
    for (const id of before ?? []) if (!now?.has(id)) lower(incident, id);
    if (now === undefined) incident.standing.delete(key);
    else incident.standing.set(key, now);
    if (incident.standing.size === 0 && incident.healthySince === '') incident.healthySince = record.at;
  }
}

function lower(incident: OpenIncident, id: string): void {
  const signal = incident.signals.get(id);
  if (signal !== undefined) signal.active = false;
}

/** An incident that was opened by name (an Event or log before its object) moves under the workload once the object is seen. */
function rekey(aggregator: Aggregator, ref: ObjectRef): void {
  const { open, state } = aggregator;
  for (const key of [ref.uid, nameKey(ref)]) {
    const incident = open.get(key);
    if (incident === undefined) continue;
    const workload = workloadOf(state, ref);
    const target = incidentKey(workload);
    if (target === key) continue;
    const existing = open.get(target);
    open.delete(key);
    if (existing === undefined) {
      incident.key = target;
      incident.workload = workload;
      open.set(target, incident);
    } else {
      for (const [id, signal] of incident.signals) existing.signals.set(id, signal);
      if (incident.openedAt < existing.openedAt) existing.openedAt = incident.openedAt;
      existing.confirmed ||= incident.confirmed;
      existing.dirty = true;
    }
  }
}

function attach(
  aggregator: Aggregator,
  record: CaptureRecord,
  observation: Observation,
): { incident: OpenIncident; signal: LiveSignal } | undefined {
  const { state, config, open } = aggregator;
  const workload = workloadOf(state, observation.ref);
  const key = incidentKey(workload);
  let incident = open.get(key);
  const first = observation.firstAt !== undefined && observation.firstAt !== '' && observation.firstAt < record.at ? observation.firstAt : record.at;
  if (incident === undefined) {
    incident = {
      key, workload, openedAt: first, lastAt: record.at, lastNewAt: record.at, healthySince: '', confirmed: false, dirty: true,
      signals: new Map(), standing: new Map(),
    }; // prettier-ignore
    open.set(key, incident);
  }
  const signal = merge(incident, record, observation, first, config);
  if (signal === undefined) return undefined;
  incident.lastAt = record.at;
  if (observation.confirm !== 'never') incident.healthySince = '';
  if (!observation.standing) confirmMoment(incident, signal);
  return { incident, signal };
}

function merge(
  incident: OpenIncident,
  record: CaptureRecord,
  observation: Observation,
  first: string,
  config: AggregatorConfig,
): LiveSignal | undefined {
  const id = `${observation.type}|${objectKey(observation.ref)}|${observation.container ?? ''}|${observation.key}`;
  const { cited } = observation;
  const known = incident.signals.get(id);
  if (known !== undefined) {
    const restarts = Number(observation.detail.restartCount ?? -1);
    known.count = observation.count ?? (observation.standing ? Math.max(known.count, restarts + 1) : known.count + 1);
    known.lastSeq = cited?.seq ?? record.seq;
    known.lastAt = record.at;
    if (!known.active) known.since = record.at;
    known.active = true;
    addTime(known, observation, record.at);
    // The newest wording and times are what people look for; pointer and value stay those of the first record.
    known.detail = observation.detail;
    if (known.count === 3) markNew(incident, record.at);
    return known;
  }
  if (incident.signals.size >= config.maxSignals) return undefined;
  const signal: LiveSignal = {
    id,
    type: observation.type,
    ref: observation.ref,
    ...(observation.container === undefined ? {} : { container: observation.container, init: observation.init === true }),
    seq: cited?.seq ?? record.seq,
    at: cited?.at ?? record.at,
    lastSeq: cited?.seq ?? record.seq,
    lastAt: record.at,
    count: observation.count ?? Math.max(1, Number(observation.detail.restartCount ?? 0)),
    pointer: observation.pointer,
    value: observation.value,
    detail: observation.detail,
    active: true,
    times: [],
    observation,
    since: observation.standsSince !== undefined && observation.standsSince !== '' && observation.standsSince < first ? observation.standsSince : first,
    confirmed: false,
    snapshot: record.kind === 'resource' && record.event.synthetic === 'snapshot',
  };
  addTime(signal, observation, record.at);
  incident.signals.set(id, signal);
  markNew(incident, record.at);
  return signal;
}

/** A run that ended is told by several records (`state`, then `lastState`): it counts once. */
function addTime(signal: LiveSignal, observation: Observation, at: string): void {
  const time = observation.type === 'container.terminated' ? String(observation.detail.finishedAt) : at;
  if (signal.times.includes(time)) return;
  signal.times.push(time);
  if (signal.times.length > 20) signal.times.shift();
}

function markNew(incident: OpenIncident, at: string): void {
  incident.lastNewAt = at;
  incident.dirty = true;
}

/** Moments (Events, log lines) confirm by how long and how often they repeat. */
function confirmMoment(incident: OpenIncident, signal: LiveSignal): void {
  const { confirm, confirmCount = 1 } = signal.observation;
  if (confirm === 'never' || signal.count < confirmCount) return;
  if (secondsBetween(signal.since, signal.lastAt) >= confirm) {
    signal.confirmed = true;
    incident.confirmed = true;
  }
}

/** Time has passed: standing facts confirm, settled incidents are looked at, recovered and over-long ones close. */
function sweep(aggregator: Aggregator, onMoment: OnMoment): void {
  const { state, config } = aggregator;
  aggregator.sweptAt = state.now;
  for (const incident of [...aggregator.open.values()]) {
    confirmStanding(incident, state.now);
    if (incident.dirty && incident.confirmed && secondsBetween(incident.lastNewAt, state.now) >= config.settleSeconds) {
      incident.dirty = false;
      onMoment(snapshot(aggregator, incident, 'ongoing'), false);
    }
    const healthy = incident.standing.size === 0 ? incident.lastAt : stable(incident, state.now) ? lastCrash(incident) : '';
    const quiet = healthy !== '' && secondsBetween(healthy, state.now) >= config.windowSeconds;
    if (quiet || secondsBetween(incident.openedAt, state.now) >= config.maxIncidentSeconds) close(aggregator, incident, onMoment);
  }
}

/** Facts that a single look proves well enough when there is no second one. */
const tellingAtOnce = new Set<Signal['type']>(['container.waiting', 'container.terminated', 'pod.unschedulable', 'phase']);

function confirmStanding(incident: OpenIncident, now: string): void {
  for (const ids of incident.standing.values()) {
    for (const id of ids) {
      const signal = incident.signals.get(id);
      if (signal === undefined || signal.confirmed || signal.observation.confirm === 'never') continue;
      const atOnce = signal.snapshot && tellingAtOnce.has(signal.type);
      if (!atOnce && secondsBetween(signal.since, now) < signal.observation.confirm) continue;
      signal.confirmed = true;
      incident.confirmed = true;
      incident.dirty = true;
    }
  }
}

function close(aggregator: Aggregator, incident: OpenIncident, onMoment: OnMoment): void {
  const { state } = aggregator;
  confirmStanding(incident, state.now);
  aggregator.open.delete(incident.key);
  for (const signal of incident.signals.values()) {
    if (signal.type === 'container.terminated') aggregator.told.set(crashKey(signal), String(signal.detail.finishedAt));
  }
  if (!incident.confirmed && !onlyLogged(state, incident)) return;
  const deleted = incident.workload.uid !== '' && state.byUid.get(incident.workload.uid)?.deleted !== undefined;
  const healthyAt = incident.standing.size === 0 ? incident.healthySince : stable(incident, state.now) ? lastCrash(incident) : '';
  const healthy = incident.standing.size === 0 || healthyAt !== '';
  const silent = [...incident.signals.values()].every((signal) => isSilent(signal, healthyAt, lastHeard(aggregator, signal)));
  // What only a log told of has nothing that could show its end.
  const status = deleted ? 'deleted' : incident.confirmed && healthy && silent ? 'recovered' : 'ongoing';
  onMoment(snapshot(aggregator, incident, status), true);
  aggregator.ordinals.set(incident.key, (aggregator.ordinals.get(incident.key) ?? 0) + 1);
}

const silenceSeconds = 60;
const lagSeconds = 15;

/** Until when a signal would have been heard again: a log that was not recorded further says nothing about its end. */
function lastHeard({ state, tails }: Aggregator, { type, ref, container }: LiveSignal): string {
  if (type !== 'log') return state.now;
  const lines = tails.logs.get(`${ref.namespace}/${ref.name}`) ?? [];
  return lines.findLast(({ line }) => line.container === container)?.at ?? '';
}

/** Events and log lines are over when none came after the objects turned healthy, or for a minute in which they would have been heard. */
function isSilent(signal: LiveSignal, healthyAt: string, heardUntil: string): boolean {
  const { standing, confirm } = signal.observation;
  if (standing || confirm === 'never' || secondsBetween(signal.lastAt, heardUntil) >= silenceSeconds) return true;
  return healthyAt !== '' && secondsBetween(healthyAt, signal.lastAt) <= lagSeconds;
}

/**
 * Whether log lines are all there is to go by: nothing of the pod but its log was recorded, or the API server itself denied requests.
 * Then they need not repeat for long.
 */
function onlyLogged(state: ClusterState, incident: OpenIncident): boolean {
  return [...incident.signals.values()].some(({ type, ref, count, detail }) => {
    if (type !== 'log') return false;
    const unseen = objectOf(state, ref) === undefined && !covered(state, 'Pod', ref.namespace);
    return unseen || (detail.signature === 'rbac-forbidden' && count >= 2);
  });
}

/**
 * Whether what still stands is only history: containers that crashed before (`lastState`) but have been running
 * for longer than twice any earlier run, and at least half a minute.
 */
function stable(incident: OpenIncident, now: string): boolean {
  for (const ids of incident.standing.values()) {
    for (const id of ids) {
      const signal = incident.signals.get(id);
      if (signal === undefined || signal.observation.confirm === 'never') continue;
      if (signal.type !== 'container.terminated' || signal.detail.current === true) return false;
      const finishedAt = String(signal.detail.finishedAt);
      const run = secondsBetween(String(signal.detail.startedAt), finishedAt);
      if (secondsBetween(finishedAt, now) < Math.max(30, 2 * run)) return false;
    }
  }
  return true;
}

function crashKey(signal: Pick<Signal, 'ref' | 'container'>): string {
  return `${objectKey(signal.ref)}|${signal.container}`;
}

function alreadyTold(aggregator: Aggregator, observation: Observation): boolean {
  if (observation.type !== 'container.terminated' || aggregator.told.size === 0) return false;
  const told = aggregator.told.get(crashKey(observation));
  return told !== undefined && String(observation.detail.finishedAt) <= told;
}

function lastCrash(incident: OpenIncident): string {
  const times = [...incident.signals.values()].map((signal) => String(signal.detail.finishedAt ?? ''));
  return times.reduce((newest, time) => (time > newest ? time : newest), '') || incident.lastAt;
}

const silentPods = 5;

function snapshot(aggregator: Aggregator, incident: OpenIncident, status: AggregatedEvent['status']): AggregatedEvent {
  const { state, config } = aggregator;
  const ordinal = aggregator.ordinals.get(incident.key) ?? 0;
  const signals = [...incident.signals.values()].map(({ observation, since, confirmed, snapshot: _, ...signal }) => ({ ...signal }));
  const pods = new Map(signals.filter(({ ref }) => ref.kind === 'Pod').map(({ ref }) => [nameKey(ref), ref]));
  // Pods that show nothing abnormal themselves (an init container that only waits) still have logs that tell why.
  if (pods.size === 0) for (const { ref } of podsOf(state, incident.workload).slice(-silentPods)) pods.set(nameKey(ref), ref);
  const logs: LogLine[] = tailOf(aggregator.tails.logs, [...pods.values()], config.maxLogLines);
  const metrics: MetricSample[] = tailOf(aggregator.tails.metrics, [...pods.values()], config.maxMetricSamples);
  const mainEvent = [...incident.signals.values()].find((signal) => signal.confirmed) ?? ([...incident.signals.values()][0] as LiveSignal);
  return {
    key: `${incident.key}#${ordinal}`,
    workload: incident.workload,
    cluster: state.cluster,
    openedAt: incident.openedAt,
    lastAt: status === 'ongoing' && incident.standing.size > 0 ? state.now : incident.lastAt,
    status,
    ...(status === 'recovered' ? { endedAt: incident.healthySince || incident.lastAt } : {}),
    mainEvent: signals.find((signal) => signal.id === mainEvent.id) as Signal,
    signals,
    logs,
    metrics,
    context: contextOf(state, incident.workload, incident.openedAt, mainEvent.ref),
  };
}

function incidentKey(workload: ObjectRef): string {
  return workload.uid === '' ? nameKey(workload) : workload.uid;
}

function objectKey(ref: ObjectRef): string {
  return ref.uid === '' ? nameKey(ref) : ref.uid;
}
