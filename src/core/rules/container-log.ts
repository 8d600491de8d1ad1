import { matchAll, type SignatureMatch } from '../analysis/logs/signatures.ts';
import type { AggregatedEvent, Evidence, LogLine, Signal } from '../model/event.ts';
import { formatSeconds } from '../model/time.ts';
import type { ClusterState } from '../state/state.ts';

/** A line of a log, or of the termination message (then `pointer` and `value` say where the whole message stands). */
export type SpokenLine = LogLine & { pointer?: string; value?: unknown };

/** A known failure text in the last lines of a run, and the line that holds it. */
export type Finding = { match: SignatureMatch; line: SpokenLine };

/** What a container wrote at the end of a run: the last lines, and the signatures found in them, in the order of the lines. */
export type LastWords = { lines: SpokenLine[]; block: string; findings: Finding[] };

const keptLines = 60;
const rareCount = 5;
const silence: LastWords = { lines: [], block: '', findings: [] };
// Several rules ask for the same words; reading them once per look at an incident is enough. The same lines may be looked at again for an
// incident that lacks something else.
const read = new WeakMap<LogLine[], Map<Signal, LastWords>>();

/**
 * The last words of the run that a `container.terminated` signal tells of: its log, else its termination message
 * (terminationMessagePolicy FallbackToLogsOnError puts the log there), else the log of an earlier run.
 */
export function lastWords(incident: AggregatedEvent, signal: Signal): LastWords {
  const words = read.get(incident.logs) ?? new Map<Signal, LastWords>();
  read.set(incident.logs, words);
  const known = words.get(signal) ?? wordsOf(linesOfRun(incident, signal));
  words.set(signal, known);
  return known;
}

/** The findings of some signatures in the last words of a run. */
export function lastFindings(incident: AggregatedEvent, signal: Signal, signatures: string[]): Finding[] {
  return lastWords(incident, signal).findings.filter(({ match }) => signatures.includes(match.id));
}

/** All lines of a container that the incident holds, oldest first. */
export function linesOf(incident: AggregatedEvent, signal: Pick<Signal, 'ref' | 'container'>): LogLine[] {
  const { ref, container } = signal;
  return incident.logs.filter(
    ({ line }) => line.pod === ref.name && line.container === container && (line.namespace === '' || line.namespace === ref.namespace),
  );
}

/** The ports that a container says it listens on, each with the line that says so: as remembered by the state, and in the last lines. */
export function listeningPorts(
  state: Pick<ClusterState, 'listening'>,
  incident: AggregatedEvent,
  signal: Pick<Signal, 'ref' | 'container'>,
): { port: number; line: SpokenLine }[] {
  const { ref, container } = signal;
  const remembered = (state.listening.get(`${ref.namespace}/${ref.name}`) ?? []).filter((said) => said.container === container);
  const early = remembered.map(({ port, seq, at, message }) => {
    const line = { namespace: ref.namespace, pod: ref.name, container: container ?? '', message, timestamp: '' };
    return { port, line: { seq, at, line } };
  });
  const late = linesOf(incident, signal).map((line) => {
    const match = matchAll(line.line.message).find(({ id }) => id === 'listening');
    return { port: Number(match?.fields.port ?? match?.fields.listenPort ?? match?.fields.startedPort), line };
  });
  return [...early, ...late].filter(({ port }) => Number.isInteger(port));
}

const weights: Record<string, number> = { fatal: 5, error: 5, warn: 3, unknown: 1 };

/**
 * The line that says most of what is new: its workload logged nothing of the kind before. Errors count most, then what is rare, then what
 * came last. Undefined when nothing new was said, or only information.
 */
export function freshLine(lines: SpokenLine[]): SpokenLine | undefined {
  let best: { line: SpokenLine; weight: number } | undefined;
  for (const line of lines) {
    if (line.fresh === undefined) continue;
    const weight = (weights[line.level ?? ''] ?? 0) + (line.fresh.count <= rareCount ? 1 : 0);
    if (weight > 1 && weight >= (best?.weight ?? 0)) best = { line, weight };
  }
  return best?.line;
}

/** A fresh line as evidence; the note names its template. */
export function citeFresh(signal: Pick<Signal, 'ref'>, line: SpokenLine): Evidence {
  const { template = '', heardSeconds = 0 } = line.fresh ?? {};
  return citeLine(
    signal,
    line,
    `new: the recorded log of the ${formatSeconds(heardSeconds)} before holds nothing like it (template ${template})`,
  );
}

/** A line as evidence. */
export function citeLine(signal: Pick<Signal, 'ref'>, line: SpokenLine, note: string): Evidence {
  const { seq, at, pointer = '/message' } = line;
  const type = line.pointer === undefined ? 'log' : 'status';
  return { id: '', type, seq, pointer, value: line.value ?? line.line.message, ref: signal.ref, at, note, role: 'supports' };
}

function linesOfRun(incident: AggregatedEvent, signal: Signal): SpokenLine[] {
  const lines = linesOf(incident, signal);
  const [started, finished] = [Date.parse(String(signal.detail.startedAt)), Date.parse(String(signal.detail.finishedAt))];
  const timed = lines.filter(({ line }) => line.timestamp !== '');
  if (timed.length === 0 || Number.isNaN(finished)) {
    const previous = lines.filter(({ line }) => line.previous === true);
    const untimed = previous.length > 0 ? previous : lines;
    return untimed.length > 0 ? untimed : terminationMessage(signal);
  }
  // Container times have whole seconds, log times nanoseconds.
  const before = timed.filter(({ line }) => Date.parse(line.timestamp) <= finished + 1999);
  const within = before.filter(({ line }) => Date.parse(line.timestamp) >= started - 1000);
  if (within.length > 0) return within;
  const message = terminationMessage(signal);
  return message.length > 0 ? message : before;
}

/** The message of the terminated state (core/v1 ContainerStateTerminated.message), line by line. */
function terminationMessage(signal: Signal): SpokenLine[] {
  const { seq, at, ref, container = '' } = signal;
  const value = (signal.value as { message?: unknown } | undefined)?.message;
  if (typeof value !== 'string' || value.trim() === '') return [];
  const place = { seq, at, pointer: `${signal.pointer}/message`, value };
  const line = { namespace: ref.namespace, pod: ref.name, container, timestamp: '' };
  return value
    .trimEnd()
    .split('\n')
    .map((message) => ({ ...place, line: { ...line, message } }));
}

function wordsOf(all: SpokenLine[]): LastWords {
  if (all.length === 0) return silence;
  const lines = all.slice(-keptLines);
  const block = lines.map(({ line }) => line.message).join('\n');
  const findings = lines.flatMap((line) => matchAll(line.line.message, block).map((match) => ({ match, line })));
  // Some signatures span lines; the line that holds a captured part stands for them.
  for (const match of matchAll(block)) {
    if (findings.some((finding) => finding.match.id === match.id)) continue;
    const parts = Object.values(match.fields).filter((part) => part.length > 2);
    const line = lines.findLast(({ line: { message } }) => parts.some((part) => message.includes(part))) ?? lines.at(-1);
    if (line !== undefined) findings.push({ match, line });
  }
  return { lines, block, findings };
}
