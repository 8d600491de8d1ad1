import type { ContainerView, PodView } from './pod-view.ts';

/** Whose logs to record: those of containers in trouble, of all, of none. */
export type LogsMode = 'failing' | 'all' | 'none';

/** One log to read: of an instance (containerID), as `previous` or current; `running` means that more will come. */
export type Read = { instance: string; previous: boolean; running: boolean };

/** What is wanted of one container: its logs in the order in which they are to be read. `waiting` says why there are none yet. */
export type Wish = { container: string; failing: boolean; reads: Read[]; startedMs?: number; waiting?: string };

/** What the planner remembers of a container from one look to the next. `before`: the instance that had ended at the first look. */
export type Known = { failing: boolean; healthySinceMs?: number; before: string };

/** What is to be done for a pod now. `recheckAtMs` is when the answer may change although the pod does not. `quiet` containers need nothing. */
export type Plan = { wishes: Wish[]; known: Map<string, Known>; recheckAtMs?: number; quiet: number };

const minuteMs = 60_000;
/** A restart counts as trouble for this long. */
const restartMs = 10 * minuteMs;
/** How long a started container may take to become ready. */
const unreadyMs = 30_000;
/** A container is followed until it was healthy for so long. */
const healthyMs = 5 * minuteMs;

const harmless = new Set(['', 'ContainerCreating', 'PodInitializing']);

/** Decides from a pod which logs to read. Pure: the same pod, memory and time give the same plan. */
export function plan(pod: PodView, before: ReadonlyMap<string, Known>, mode: LogsMode, nowMs: number): Plan {
  const known = new Map<string, Known>();
  const wishes: Wish[] = [];
  const changes: number[] = [];
  for (const container of pod.containers) {
    const spans = trouble(pod, container);
    changes.push(...spans.flat());
    const memory = remember(before.get(container.name), container, isWithin(spans, nowMs), nowMs);
    known.set(container.name, memory);
    if (memory.failing && memory.healthySinceMs !== undefined) changes.push(memory.healthySinceMs + healthyMs);
    if (mode === 'all' || (mode === 'failing' && memory.failing)) wishes.push(wishOf(container, memory));
  }
  const recheckAtMs = Math.min(...changes.filter((at) => at > nowMs));
  return { wishes, known, quiet: pod.containers.length - wishes.length, ...(Number.isFinite(recheckAtMs) ? { recheckAtMs } : {}) };
}

/** The spans of time (epoch ms, from ≤ t < to) in which a container is in trouble, as far as the pod as it stands can say. */
function trouble(pod: PodView, container: ContainerView): [from: number, to: number][] {
  const { type, state, reason, exitCode, ready, startedMs, restartedMs } = container;
  const spans: [number, number][] = [];
  const always: [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (pod.failed || (state === 'waiting' && !harmless.has(reason))) spans.push(always);
  if (restartedMs !== undefined) spans.push([Number.NEGATIVE_INFINITY, restartedMs + restartMs]);
  // A pod that is being deleted stops being ready, and its containers end by signal.
  if (pod.deleting) return spans;
  if (state === 'terminated' && exitCode !== 0) spans.push(always);
  // Init containers are ready when they are done, ephemeral ones never.
  const hasReadiness = type === 'regular' || type === 'sidecar';
  if (hasReadiness && state === 'running' && !ready && startedMs !== undefined)
    spans.push([startedMs + unreadyMs, Number.POSITIVE_INFINITY]);
  return spans;
}

function isWithin(spans: [from: number, to: number][], nowMs: number): boolean {
  return spans.some(([from, to]) => from <= nowMs && nowMs < to);
}

function remember(before: Known | undefined, container: ContainerView, isInTrouble: boolean, nowMs: number): Known {
  const first = before?.before ?? container.previous;
  if (isInTrouble) return { failing: true, before: first };
  if (before?.failing !== true) return { failing: false, before: first };
  const healthySinceMs = before.healthySinceMs ?? nowMs;
  return nowMs - healthySinceMs >= healthyMs ? { failing: false, before: first } : { failing: true, healthySinceMs, before: first };
}

/** An instance that ended long before the first look is worth a request only if the container is in trouble. */
function wishOf({ name, state, reason, current, previous, startedMs }: ContainerView, { failing, before }: Known): Wish {
  const reads: Read[] = [];
  if (previous !== '' && (failing || previous !== before)) reads.push({ instance: previous, previous: true, running: false });
  if (current !== '') reads.push({ instance: current, previous: false, running: state === 'running' });
  return {
    container: name,
    failing,
    reads,
    ...(startedMs === undefined ? {} : { startedMs }),
    ...(reads.length > 0 ? {} : { waiting: reason || 'not started' }),
  };
}
