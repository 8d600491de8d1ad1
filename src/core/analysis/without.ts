import type { PodLog } from '../model/capture.ts';
import type { AggregatedEvent, Change, Evidence, Signal } from '../model/event.ts';
import { sameValue } from '../model/fields.ts';
import { pointerParts, resolvePointer } from '../model/pointer.ts';
import { type KubernetesObject, sameRef } from '../model/resource.ts';
import { objectOf } from '../state/lookups.ts';
import { type ClusterState, type Listening, nameKey, type ObservedObject, objectKey, type Version } from '../state/state.ts';

/** What is looked up of a piece of evidence to remove it. */
export type Fact = Pick<Evidence, 'seq' | 'pointer' | 'value' | 'ref'>;

/** An incident and its cluster as if one fact had not been recorded; `swap` is what an object has to hold meanwhile. */
export type Reduction = {
  incident: AggregatedEvent;
  state: ClusterState;
  swap?: { known: ObservedObject; object: KubernetesObject; versions: Version[] };
};

/**
 * Takes a fact out: the signals, log lines, samples, changes and object fields that carry it. What is not touched is shared, and nothing is
 * changed. It holds as long as the state stays as it is.
 */
export function reduce(incident: AggregatedEvent, state: ClusterState, fact: Fact): Reduction {
  const known = objectOf(state, fact.ref);
  const whole = known !== undefined && isIdentity(fact);
  const changes = changesWithout(state.changes, fact);
  const reduced = { ...state, changes, listening: listeningWithout(state.listening, fact) };
  const rest = incidentWithout(incident, fact, whole);
  if (known === undefined) return { incident: rest, state: reduced };
  if (whole) return { incident: rest, state: stateWithout(reduced, known) };
  const [object, versions] = [objectWithout(known.object, fact), versionsWithout(known.versions, fact)];
  const same = object === known.object && versions === known.versions;
  return { incident: rest, state: reduced, ...(same ? {} : { swap: { known, object, versions } }) };
}

/**
 * Looks at a reduction. Meanwhile the object that holds the fact stands in the state without it; it is as before when this returns or
 * throws.
 */
export function lookAt<T>({ incident, state, swap }: Reduction, look: (incident: AggregatedEvent, state: ClusterState) => T): T {
  if (swap === undefined) return look(incident, state);
  const { known } = swap;
  const { object, versions } = known;
  known.object = swap.object;
  known.versions = swap.versions;
  try {
    return look(incident, state);
  } finally {
    known.object = object;
    known.versions = versions;
  }
}

/** Pointers that only say that the object is there: without it, it is not. */
const identity = new Set(['', '/kind', '/metadata', '/metadata/name', '/metadata/uid']);

function isIdentity({ pointer }: Fact): boolean {
  return identity.has(pointer);
}

// --- the incident ---

function incidentWithout(incident: AggregatedEvent, fact: Fact, whole: boolean): AggregatedEvent {
  const main = incident.signals.indexOf(incident.mainEvent);
  const left = incident.signals.map((signal) => (whole && sameRef(signal.ref, fact.ref) ? undefined : signalWithout(signal, fact)));
  const signals = left.filter((signal) => signal !== undefined);
  return {
    ...incident,
    // The array itself stays where nothing is gone, for what is remembered by it.
    signals: left.every((signal, position) => signal === incident.signals[position]) ? incident.signals : signals,
    mainEvent: (main < 0 ? signalWithout(incident.mainEvent, fact) : left[main]) ?? signals[0] ?? blank(incident.mainEvent),
    logs: linesWithout(incident, fact),
    metrics: kept(incident.metrics, ({ seq }) => seq !== fact.seq),
    context: { ...incident.context, changes: changesWithout(incident.context.changes, fact) },
  };
}

function kept<T>(items: T[], keep: (item: T) => boolean): T[] {
  return items.every(keep) ? items : items.filter(keep);
}

/** A signal that says nothing. */
function blank(signal: Signal): Signal {
  return { ...signal, type: 'state', pointer: '', value: null, detail: {} };
}

function linesWithout({ logs }: AggregatedEvent, { seq, pointer, value, ref }: Fact): AggregatedEvent['logs'] {
  // The same line said again is the same fact.
  const said = pointer === '/message' && typeof value === 'string' && value !== '';
  const same = ({ namespace, pod, message }: PodLog) =>
    said && message === value && pod === ref.name && (namespace === '' || namespace === ref.namespace);
  return kept(logs, ({ seq: one, line }) => one !== seq && !same(line));
}

/** Signals of which there is one per text or per end of a run: the place alone does not tell two of them apart. */
const told = new Set<Signal['type']>(['container.waiting', 'container.terminated', 'event', 'log']);

function signalWithout(signal: Signal, fact: Fact): Signal | undefined {
  if (!sameRef(signal.ref, fact.ref)) return signal;
  const [own, gone] = [plain(signal.pointer), plain(fact.pointer)];
  if (!isWithin(own, gone) && !isWithin(gone, own)) return signal;
  const sameRecord = fact.seq === signal.seq || fact.seq === signal.lastSeq;
  if (isWithin(own, gone)) {
    return told.has(signal.type) && !sameRecord && !sameFact(own, signal.value, resolvePointer(fact.value, own.slice(gone.length)))
      ? signal
      : undefined;
  }
  const rest = gone.slice(own.length);
  const value = resolvePointer(signal.value, rest);
  return sameRecord || sameFact(gone, value, fact.value) ? partOf(signal, rest) : signal;
}

/** A signal without one of its fields. */
function partOf(signal: Signal, pointer: string): Signal {
  const field = pointerParts(pointer)?.[0] ?? '';
  const { [field]: gone, ...rest } = signal.detail;
  const detail = typeof gone === 'string' ? { ...rest, [field]: '' } : rest;
  return { ...signal, value: without(signal.value, pointer), detail };
}

// --- the state ---

function changesWithout(changes: Change[], fact: Fact): Change[] {
  let left = changes;
  changes.forEach((change, position) => {
    if (change.ref.name !== fact.ref.name || !sameRef(change.ref, fact.ref)) return;
    const reduced = changeWithout(change, fact);
    if (reduced === change) return;
    if (left === changes) left = [...changes];
    left[position] = reduced;
  });
  if (left === changes) return changes;
  return left.filter((change, position) => change === changes[position] || change.type !== 'modified' || change.fields.length > 0);
}

/** Without what the record of the fact changed, and without what made the field what the fact says; nothing is left without fields. */
function changeWithout(change: Change, { seq, pointer, value }: Fact): Change {
  if (change.fields.length === 0) return change.seq === seq ? { ...change, type: 'modified' } : change;
  const fields = change.fields.filter(
    ({ path, after }) => !(isWithin(path, pointer) || isWithin(pointer, path)) || (change.seq !== seq && !sameValue(after, value)),
  );
  return fields.length === change.fields.length ? change : { ...change, fields };
}

function listeningWithout(listening: Map<string, Listening[]>, { seq, value, ref }: Fact): Map<string, Listening[]> {
  const key = `${ref.namespace}/${ref.name}`;
  const said = listening.get(key);
  const left = said?.filter((one) => one.seq !== seq && one.message !== value);
  return left === undefined || left.length === said?.length ? listening : new Map([...listening, [key, left]]);
}

function versionsWithout(versions: Version[], fact: Fact): Version[] {
  const left = versions.map((version) => {
    const object = objectWithout(version.object, fact);
    return object === version.object ? version : { ...version, object };
  });
  return left.every((version, position) => version === versions[position]) ? versions : left;
}

/** An object without a field, where it says the same as the fact; a run of a container that ended may stand in two places. */
function objectWithout(object: KubernetesObject, fact: Fact): KubernetesObject {
  let left = object;
  for (const place of new Set([fact.pointer, plain(fact.pointer), past(fact.pointer)])) {
    const value = resolvePointer(left, place);
    if (value !== undefined && sameFact(place, value, fact.value)) left = without(left, place) as KubernetesObject;
  }
  return left;
}

function stateWithout(state: ClusterState, gone: ObservedObject): ClusterState {
  const key = objectKey(gone.ref);
  const byKind = new Map(state.byKind);
  for (const [group, members] of byKind) if (members.has(key)) byKind.set(group, copyWithout(members, key));
  return {
    ...state,
    byUid: copyWithout(state.byUid, key),
    byName: state.byName.get(nameKey(gone.ref)) === gone ? copyWithout(state.byName, nameKey(gone.ref)) : state.byName,
    byKind,
    deleted: copyWithout(state.deleted, key),
  };
}

function copyWithout<T>(map: Map<string, T>, key: string): Map<string, T> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

// --- places and values ---

/** The same place whether the container's state is the current or the last one. */
function plain(pointer: string): string {
  return pointer.replace('/lastState/', '/state/');
}

function past(pointer: string): string {
  return pointer.replace('/state/', '/lastState/');
}

function isWithin(pointer: string, outer: string): boolean {
  return pointer === outer || pointer.startsWith(`${outer}/`);
}

const telling = ['type', 'status', 'reason', 'exitCode', 'signal', 'name'];

/** Equal values; in a status, what only differs in its times, counts and wording says the same again. */
function sameFact(pointer: string, a: unknown, b: unknown): boolean {
  if (sameValue(a, b)) return true;
  if (!pointer.startsWith('/status') || typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [one, other] = [a, b] as Record<string, unknown>[];
  return telling.some((name) => one?.[name] !== undefined) && telling.every((name) => one?.[name] === other?.[name]);
}

/** A value without what a pointer leads to; the path is copied, the rest shared. Lists close up. */
function without(value: unknown, pointer: string): unknown {
  const [part, ...parts] = pointerParts(pointer) ?? [];
  if (part === undefined || typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return value;
  if (Array.isArray(value)) {
    const copy = [...value];
    if (parts.length === 0) copy.splice(Number(part), 1);
    else copy[Number(part)] = without(copy[Number(part)], pointer.slice(pointer.indexOf('/', 1)));
    return copy;
  }
  const copy: Record<string, unknown> = { ...value };
  if (parts.length === 0) delete copy[part];
  else copy[part] = without(copy[part], pointer.slice(pointer.indexOf('/', 1)));
  return copy;
}
