import type { AggregatedEvent, AnswerSegment, Claim, Evidence, Signal } from '../model/event.ts';
import { fieldsOf, itemsOf } from '../model/fields.ts';
import { covered, objectOf } from '../state/lookups.ts';
import type { ClusterState } from '../state/state.ts';
import { citeSignal, eventsOf, idsOf, logsOf, observation, present, signalsOf } from './rule.ts';

/**
 * How a log line bears on its incident: `exit` it stands at the end of a run that failed, `earlier` the container failed but long
 * after the line, `unready` the container is up but not ready (or an init container that does not finish), `lasting` it only goes on,
 * `alone` nothing of the pod but its log was recorded.
 */
export type Bearing = 'exit' | 'unready' | 'lasting' | 'earlier' | 'alone';

export type LogFinding = {
  signal: Signal;
  bearing: Bearing;
  fields: Record<string, string>;
  /** The line (or termination message), and what the container did. */
  evidence: Evidence[];
};

const nearSeconds = 30;
const lastingCount = 5;
const lastingSeconds = 60;

/** Lines of these signatures that bear on the incident, per container and captured fields. Lines of containers that went on well are left out. */
export function findings(incident: AggregatedEvent, state: ClusterState, signatures: string[], note: string): LogFinding[] {
  return logsOf(incident, signatures).flatMap((signal) => {
    const failure = failureOf(incident, signal);
    const bearing = bearingOf(incident, state, signal, failure);
    if (bearing === undefined) return [];
    const shown = failure !== undefined && bearing !== 'lasting' ? citeSignal(failure, 'the container failed') : undefined;
    return [{ signal, bearing, fields: capturedFields(signal), evidence: present(citeSignal(signal, note), shown) }];
  });
}

/** The captured groups of the signature (`field.host` → host). */
export function capturedFields(signal: Signal): Record<string, string> {
  const entries = Object.entries(signal.detail).filter(([name]) => name.startsWith('field.'));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice('field.'.length), String(value)]));
}

/** A confidence for each bearing, from the one of a line at the exit. */
export function weigh(bearing: Bearing, exit: number): number {
  const less: Record<Bearing, number> = { exit: 0, unready: 0.04, lasting: 0.15, alone: 0.17, earlier: 0.27 };
  return Math.max(0.5, Math.round((exit - less[bearing]) * 100) / 100);
}

/** The facts that `lineObservation` words: container, line, and what the container did. */
export function lineFacts({ signal, bearing }: LogFinding): { container: string; line: string; bearing: string } {
  const line = String(signal.detail.message).replace(/\s+/g, ' ').trim();
  return { container: signal.container ?? '', line: line.length > 240 ? `${line.slice(0, 239)}…` : line, bearing };
}

const afterwards: Record<Bearing, string> = {
  exit: 'and then exits with an error',
  unready: 'and does not become ready',
  lasting: 'again and again',
  earlier: 'before it failed',
  alone: '(of its pod only the log was recorded)',
};

/** `Container web logs "…" and then exits with an error.` */
export function lineObservation(claim: Claim): AnswerSegment {
  const { container, line, bearing } = claim.facts;
  return observation(`Container ${container} logs "${line}" ${afterwards[bearing as Bearing]}.`, idsOf(claim, 0));
}

// Ended from outside (OOM kill, liveness, eviction): the last line is then not the reason of the end.
const killed = new Set<unknown>([0, 137, 143]);

function failureOf(incident: AggregatedEvent, line: Signal): Signal | undefined {
  const same = ({ container, detail }: Signal) =>
    container === line.container && !killed.has(detail.exitCode) && detail.reason !== 'OOMKilled';
  const failures = signalsOf(incident, 'container.terminated').filter(same);
  // Without the pod's status, the kubelet's word that it restarts the container says as much.
  const restarted = eventsOf(incident, ['BackOff'], /restarting failed container/i).filter(
    ({ ref, container }) => ref.name === line.ref.name && (container ?? line.container) === line.container,
  );
  return (
    failures.find(({ ref }) => ref.name === line.ref.name) ??
    failures[0] ??
    (signalsOf(incident, 'container.terminated').length === 0 ? restarted[0] : undefined)
  );
}

function bearingOf(incident: AggregatedEvent, state: ClusterState, line: Signal, failure: Signal | undefined): Bearing | undefined {
  if (line.detail.exit === true) return failure === undefined ? 'earlier' : 'exit';
  if (failure !== undefined) {
    if (nearExit(line, failure)) return 'exit';
    return goesOn(line) && !sudden.has(failure.detail.exitCode) ? 'lasting' : 'earlier';
  }
  if (waitsInVain(incident, state, line)) return 'unready';
  if (incident.status === 'ongoing' && goesOn(line)) return 'lasting';
  const alone = objectOf(state, line.ref) === undefined && !covered(state, 'Pod', line.ref.namespace);
  return alone && !succeedsLater(incident, line) ? 'alone' : undefined;
}

const success =
  /\b(?:re)?connected\b|\bconnection (?:is )?(?:re)?(?:established|stored)|\bsuccess(?:ful|fully)?\b|\bsucceeded\b|\brecovered\b|\bready to (?:accept|serve)/i;

function succeedsLater(incident: AggregatedEvent, line: Signal): boolean {
  return incident.logs.some(
    ({ seq, line: one }) =>
      seq > line.lastSeq && one.pod === line.ref.name && one.container === line.container && success.test(one.message),
  );
}

// A process that dies of a signal of its own making (SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV) says why at once, if at all.
const sudden = new Set<unknown>([132, 134, 135, 136, 139]);
const suddenSeconds = 5;

function nearExit(line: Signal, failure: Signal): boolean {
  const ends = [...failure.times, String(failure.detail.finishedAt)].map((time) => Date.parse(time)).filter(Number.isFinite);
  const times = [...line.times, line.at, line.lastAt].map((time) => Date.parse(time));
  if (ends.length === 0 || failure.type === 'event') return true;
  if (sudden.has(failure.detail.exitCode)) {
    return times.some((time) => ends.some((end) => time - end < 1000 && end - time <= suddenSeconds * 1000));
  }
  // A short run is one block: whatever it says belongs to its end.
  const started = Date.parse(String(failure.detail.startedAt));
  const run = Math.min(Date.parse(String(failure.detail.finishedAt)) - started, 300_000);
  const before = Math.max(nearSeconds * 1000, Number.isFinite(run) ? run : 0);
  return times.some((time) => ends.some((end) => time - end <= nearSeconds * 1000 && end - time <= before));
}

// What a program itself logs as information harms nobody as long as it runs.
function goesOn(line: Signal): boolean {
  return line.detail.quiet !== true && line.count >= lastingCount && Date.parse(line.lastAt) - Date.parse(line.at) >= lastingSeconds * 1000;
}

/** The container runs without being ready, or is an init container that has not finished. */
function waitsInVain(incident: AggregatedEvent, state: ClusterState, line: Signal): boolean {
  const status = fieldsOf(objectOf(state, line.ref)?.object.status);
  const main = itemsOf(status.containerStatuses).find(({ name }) => name === line.container);
  const notReady = signalsOf(incident, 'pod.notReady').some(({ ref, active }) => ref.name === line.ref.name && active);
  if (main !== undefined) return main.ready === false && notReady && line.count >= 2;
  const init = itemsOf(status.initContainerStatuses).find(({ name }) => name === line.container);
  return init !== undefined && fieldsOf(init.state).terminated === undefined && init.ready !== true && line.count >= 2;
}
