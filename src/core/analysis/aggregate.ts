import type { CaptureRecord } from '../model/capture.ts';
import type { AggregatorConfig } from '../model/config.ts';
import type { AggregatedEvent } from '../model/event.ts';
import type { ObjectRef } from '../model/resource.ts';
import { secondsBetween } from '../model/time.ts';
import { applyRecord, type ClusterState, changeOf, nameKey, objectKey } from '../state/state.ts';
import { isQuiet, isWarned, onlyLogged, statusOf } from './health.ts';
import {
  absorb,
  addObservation,
  beganAt,
  confirmStanding,
  copyIncident,
  dropUntrue,
  incidentKey,
  type LiveSignal,
  markNew,
  newIncident,
  type OpenIncident,
  replaceStanding,
} from './incident.ts';
import { type Ledger, newLedger, noteClosed, openedNotBefore, pruneLedger } from './ledger.ts';
import type { Template } from './logs/templates.ts';
import { type Heard, habitOf, hear, newHeard } from './novelty.ts';
import type { Extra } from './signals/extra.ts';
import type { Observation } from './signals/observation.ts';
import { observationsOf, speaksFor, workloadOf } from './signals/signals.ts';
import { type UtilizationThresholds, utilizationObservations } from './signals/utilization.ts';
import { confirmGlimpses, newLook, noteLook, type SingleLook } from './single-look.ts';
import { snapshot } from './snapshot.ts';
import { newTails, remember, type Tails } from './tails.ts';

/** The open incidents of one cluster, and what must be known of the closed ones. */
export type Aggregator = {
  state: ClusterState;
  config: AggregatorConfig;
  thresholds: UtilizationThresholds;
  open: Map<string, OpenIncident>;
  /** Open incidents per source by whose word something stands in them. */
  standing: Map<string, Set<OpenIncident>>;
  ledger: Ledger;
  tails: Tails;
  heard: Heard;
  look: SingleLook;
  extra?: Extra;
  sweptAt: string;
  /** The newest crash of each container that a closed incident has told of, per pod: `lastState` keeps showing it for ever. */
  told: Map<string, Map<string, string>>;
};

/** An incident as of now: `final` when it closes. `incident` stays the same object over all its moments. */
export type Moment = { event: AggregatedEvent; final: boolean; incident: object };

/** Called while the state is as of the moment. */
export type OnMoment = (moment: Moment) => void;

/** How often open incidents are looked at, in seconds of capture time. */
const sweepSeconds = 5;

/** An aggregator over a state; it owns the state from then on. */
export function newAggregator(state: ClusterState, config: AggregatorConfig, thresholds: UtilizationThresholds): Aggregator {
  return {
    state,
    config,
    thresholds,
    open: new Map(),
    standing: new Map(),
    ledger: newLedger(),
    tails: newTails(config),
    heard: newHeard(),
    look: newLook(),
    sweptAt: '',
    told: new Map(),
  }; // prettier-ignore
}

/**
 * Takes one record: looks at unsettled incidents before a change alters their causes, applies the record, attaches what it shows,
 * and closes what has recovered.
 */
export function observe(aggregator: Aggregator, record: CaptureRecord, onMoment: OnMoment): void {
  const { state } = aggregator;
  const change = record.kind === 'resource' ? changeOf(state, record, record.event) : undefined;
  if (change !== undefined && aggregator.open.size > 0) settle(aggregator, onMoment, change.ref.namespace);
  const first = record.kind === 'resource' && !state.byUid.has(objectKey(record.event.ref));
  applyRecord(state, record, change);
  const template = record.kind === 'log' ? hear(aggregator.heard, record) : undefined;
  remember(aggregator.tails, record, template);
  noteLook(aggregator.look, record);
  if (first) rekey(aggregator, record.event.ref);
  attachAll(aggregator, record, template);
  if (aggregator.sweptAt === '' || secondsBetween(aggregator.sweptAt, state.now) >= sweepSeconds) sweep(aggregator, onMoment);
}

/** The capture has ended: every open incident is looked at a last time. */
export function finish(aggregator: Aggregator, onMoment: OnMoment): void {
  for (const incident of [...aggregator.open.values()]) {
    recheck(aggregator, incident);
    confirmGlimpses(aggregator.state, aggregator.look, incident);
    close(aggregator, incident, onMoment);
  }
}

/** What `finish` would tell of an open incident now, if anything; nothing is changed. */
export function peekIncident(aggregator: Aggregator, incident: OpenIncident): Moment | undefined {
  const { state, look } = aggregator;
  const copy = copyIncident(incident);
  dropUntrue(copy, state);
  confirmGlimpses(state, look, copy);
  confirmStanding(copy, state.now);
  return lastMoment(aggregator, copy, incident);
}

function attachAll(aggregator: Aggregator, record: CaptureRecord, template: Template | undefined): void {
  const { state } = aggregator;
  if (record.kind === 'metrics') {
    renew(aggregator, record, samplesOf(record.sample.ref), utilizationObservations(state, record, aggregator.thresholds));
    return;
  }
  const observations = observationsOf(state, record, aggregator.config.notReadySeconds, aggregator.extra).filter(
    (observation) => !alreadyTold(aggregator, observation),
  );
  if (record.kind !== 'resource' || record.event.ref.kind === 'Event') {
    if (template !== undefined) for (const { detail } of observations) Object.assign(detail, habitOf(template));
    for (const observation of observations) attach(aggregator, record, observation);
    return;
  }
  const { ref, object, type } = record.event;
  renew(aggregator, record, objectKey(speaksFor(state, ref, object)), observations);
  if (type !== 'DELETED') return;
  renew(aggregator, record, samplesOf(ref), []);
  aggregator.told.delete(objectKey(ref));
}

function samplesOf(ref: ObjectRef): string {
  return `metrics|${objectKey(ref)}`;
}

/** Looks at confirmed incidents that have new facts, before a change in their namespace (or of a cluster-scoped object). */
function settle(aggregator: Aggregator, onMoment: OnMoment, namespace: string): void {
  for (const incident of aggregator.open.values()) {
    if (!incident.dirty || !incident.confirmed) continue;
    if (namespace !== '' && incident.workload.namespace !== '' && incident.workload.namespace !== namespace) continue;
    look(aggregator, incident, onMoment);
  }
}

function look(aggregator: Aggregator, incident: OpenIncident, onMoment: OnMoment): void {
  incident.dirty = false;
  onMoment({ event: snapshot(aggregator, incident, 'ongoing'), final: false, incident });
}

/** What a source says now (an object, or the samples of a pod) replaces what stood by its word before. */
function renew(aggregator: Aggregator, record: CaptureRecord, source: string, observations: Observation[]): void {
  const before = aggregator.standing.get(source);
  if (before === undefined && observations.length === 0) return;
  const now = new Map<OpenIncident, Set<string>>();
  for (const observation of observations) {
    const attached = attach(aggregator, record, observation);
    if (attached === undefined || !observation.standing) continue;
    const ids = now.get(attached.incident);
    if (ids === undefined) now.set(attached.incident, new Set([attached.signal.id]));
    else ids.add(attached.signal.id);
  }
  for (const incident of new Set([...(before ?? []), ...now.keys()])) replaceStanding(incident, source, now.get(incident), record.at);
  if (now.size === 0) aggregator.standing.delete(source);
  else aggregator.standing.set(source, new Set(now.keys()));
}

/** An incident that was opened before its object was seen (by an Event, a log, or a reference) moves under the object's workload. */
function rekey(aggregator: Aggregator, ref: ObjectRef): void {
  const { open, state, standing } = aggregator;
  if (open.size === 0) return;
  for (const key of new Set([objectKey(ref), nameKey(ref)])) {
    const incident = open.get(key);
    if (incident === undefined) continue;
    const workload = workloadOf(state, ref);
    const target = incidentKey(workload);
    if (target === key) {
      incident.workload = workload;
      incident.news += 1;
      continue;
    }
    open.delete(key);
    const existing = open.get(target);
    if (existing === undefined) {
      incident.key = target;
      incident.workload = workload;
      markNew(incident);
      open.set(target, incident);
      continue;
    }
    absorb(existing, incident, aggregator.config.maxSignals);
    for (const source of incident.standing.keys()) standing.get(source)?.add(existing).delete(incident);
  }
}

function attach(
  aggregator: Aggregator,
  record: CaptureRecord,
  observation: Observation,
): { incident: OpenIncident; signal: LiveSignal } | undefined {
  const { state, config, open, ledger } = aggregator;
  const workload = workloadOf(state, observation.ref);
  const key = incidentKey(workload);
  let incident = open.get(key);
  if (incident === undefined) {
    incident = newIncident(workload, openedNotBefore(ledger, key, beganAt(observation, record)), record.at);
    open.set(key, incident);
  }
  const signal = addObservation(incident, record, observation, config.maxSignals);
  return signal === undefined ? undefined : { incident, signal };
}

/** Time has passed: standing facts confirm, settled incidents are looked at, recovered and over-long ones close. */
function sweep(aggregator: Aggregator, onMoment: OnMoment): void {
  const { state, config } = aggregator;
  aggregator.sweptAt = state.now;
  pruneLedger(aggregator.ledger, state);
  for (const incident of [...aggregator.open.values()]) {
    recheck(aggregator, incident);
    confirmStanding(incident, state.now);
    const unseen = incident.dirty && incident.confirmed;
    if (unseen && secondsBetween(incident.lastNewAt, state.now) >= config.settleSeconds * 2 ** incident.looks) {
      incident.looks = Math.min(incident.looks + 1, 4);
      look(aggregator, incident, onMoment);
    }
    const overlong = secondsBetween(incident.seenAt, state.now) >= config.maxIncidentSeconds;
    const quiet = isQuiet(incident, state.now, config.windowSeconds) && !isWarned(state, incident);
    if (overlong || quiet) close(aggregator, incident, onMoment);
  }
}

function close(aggregator: Aggregator, incident: OpenIncident, onMoment: OnMoment): void {
  const { state, open, ledger } = aggregator;
  recheck(aggregator, incident);
  confirmStanding(incident, state.now);
  open.delete(incident.key);
  for (const source of incident.standing.keys()) unlink(aggregator, source, incident);
  for (const signal of incident.signals.values()) tell(aggregator, signal);
  const moment = lastMoment(aggregator, incident, incident);
  if (moment === undefined) return;
  onMoment(moment);
  noteClosed(ledger, incident.key, state.now);
}

/** An incident as it ends at this moment, on behalf of `whose`; undefined for what was never confirmed. */
function lastMoment(aggregator: Aggregator, incident: OpenIncident, whose: OpenIncident): Moment | undefined {
  const { state, tails, look } = aggregator;
  if (!incident.confirmed && !onlyLogged(state, incident)) return undefined;
  return { event: snapshot(aggregator, incident, statusOf(state, tails, incident, look)), final: true, incident: whose };
}

/** What stands may rest on other objects, which have changed. */
function recheck(aggregator: Aggregator, incident: OpenIncident): void {
  for (const source of dropUntrue(incident, aggregator.state)) unlink(aggregator, source, incident);
}

function unlink({ standing }: Aggregator, source: string, incident: OpenIncident): void {
  const others = standing.get(source);
  others?.delete(incident);
  if (others?.size === 0) standing.delete(source);
}

function tell({ told, state }: Aggregator, { type, ref, container = '', detail }: LiveSignal): void {
  if (type !== 'container.terminated') return;
  const pod = objectKey(ref);
  const known = state.byUid.get(pod);
  if (known === undefined || known.deleted !== undefined) return;
  const containers = told.get(pod);
  const finishedAt = String(detail.finishedAt);
  if (containers === undefined) told.set(pod, new Map([[container, finishedAt]]));
  else if (finishedAt > (containers.get(container) ?? '')) containers.set(container, finishedAt);
}

function alreadyTold({ told }: Aggregator, { type, ref, container = '', detail }: Observation): boolean {
  if (type !== 'container.terminated' || told.size === 0) return false;
  const last = told.get(objectKey(ref))?.get(container);
  return last !== undefined && String(detail.finishedAt) <= last;
}
