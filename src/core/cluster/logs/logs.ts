import type { RecordDraft } from '../../model/capture.ts';
import type { ApiClient } from '../api.ts';
import type { LogContext, LogOptions } from './context.ts';
import { updateFollower } from './follow.ts';
import { type Follower, newFollower, stopFollower } from './follower.ts';
import { placesOf } from './places.ts';
import { type Known, plan } from './plan.ts';
import { type PodView, viewOf } from './pod-view.ts';
import { queueOf } from './queue.ts';

export type { LogOptions } from './context.ts';
export type { LogsMode } from './plan.ts';

/** What is followed and what is not. `open` logs are read now, of `followed` containers something was read; `skipped` counts containers. */
export type LogReport = {
  open: number;
  followed: number;
  waiting: { namespace: string; pod: string; container: string; reason: string }[];
  skipped: { healthy: number };
};

/** The logs of a cluster's pods as a source of records. */
export type LogSource = {
  /** Must be told every record of a pod: which logs to read follows from nothing else. */
  observe(draft: RecordDraft): void;
  records(): AsyncGenerator<RecordDraft[]>;
  report(): LogReport;
};

type Pod = { view: PodView; known: Map<string, Known>; followers: Map<string, Follower>; recheck?: AbortController };

type Logs = { context: LogContext; pods: Map<string, Pod>; quiet: Map<string, number>; followed: number };

/** Batches that wait for the writer; beyond them the followers stop reading, and TCP holds the kubelets back. */
const queueSize = 64;
const recheckMs = 3_600_000;

const defaults = {
  previousLimitBytes: 1024 * 1024,
  sinceSeconds: 300,
  tailLines: 200,
  maxLineBytes: 256 * 1024,
  watchdogMs: 600_000,
  random: Math.random,
};

/** Opens the log source of a cluster: nothing is asked before a pod was observed. It ends with the signal. */
export function openLogs(client: ApiClient, options: LogOptions): LogSource {
  const context: LogContext = {
    client,
    options: { ...defaults, ...options },
    places: placesOf(options.maxStreams),
    queue: queueOf(queueSize),
    openedAtMs: options.clock.now(),
    forbiddenUntil: new Map(),
    running: new Set(),
    isStopped: false,
  };
  const logs: Logs = { context, pods: new Map(), quiet: new Map(), followed: 0 };
  const stop = () => stopAll(logs);
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  return {
    observe(draft) {
      if (draft.kind !== 'resource' || draft.event.ref.kind !== 'Pod' || options.mode === 'none' || context.isStopped) return;
      const { type, object } = draft.event;
      if (type === 'DELETED') forget(logs, draft.event.ref.uid);
      else review(logs, viewOf(object));
    },
    async *records() {
      try {
        yield* context.queue.items();
      } finally {
        options.signal.removeEventListener('abort', stop);
        stop();
      }
    },
    report: () => reportOf(logs),
  };
}

function review(logs: Logs, view: PodView): void {
  const { context, pods, quiet } = logs;
  const pod: Pod = pods.get(view.uid) ?? { view, known: new Map(), followers: new Map() };
  const { mode, clock } = context.options;
  const { wishes, known, recheckAtMs, quiet: count } = plan(view, pod.known, mode, clock.now());
  Object.assign(pod, { view, known });
  quiet.set(view.uid, count);
  pods.set(view.uid, pod);
  const wanted = new Map(wishes.map((wish) => [wish.container, wish]));
  for (const container of wanted.keys()) {
    const target = { namespace: view.namespace, pod: view.name, uid: view.uid, container };
    if (!pod.followers.has(container)) pod.followers.set(container, newFollower(context, target));
  }
  for (const [container, follower] of pod.followers) updateFollower(context, follower, wanted.get(container));
  if (wishes.some(({ failing }) => failing)) context.places.review();
  pod.recheck?.abort();
  delete pod.recheck;
  if (recheckAtMs !== undefined) void recheck(logs, pod, recheckAtMs);
  // Of tens of thousands of healthy pods nothing but their number is kept.
  else if (pod.followers.size === 0) pods.delete(view.uid);
}

async function recheck(logs: Logs, pod: Pod, atMs: number): Promise<void> {
  const { clock } = logs.context.options;
  const waiting = new AbortController();
  pod.recheck = waiting;
  // Not for ever: the clock of a node may be far ahead.
  await clock.sleep(Math.min(atMs - clock.now(), recheckMs), waiting.signal).catch(() => undefined);
  if (!waiting.signal.aborted && !logs.context.isStopped) review(logs, pod.view);
}

function forget(logs: Logs, uid: string): void {
  const { context, pods, quiet } = logs;
  const pod = pods.get(uid);
  quiet.delete(uid);
  pods.delete(uid);
  pod?.recheck?.abort();
  for (const follower of pod?.followers.values() ?? []) {
    updateFollower(context, follower, undefined);
    if (follower.hasLines) logs.followed += 1;
  }
}

function stopAll({ context, pods }: Logs): void {
  context.isStopped = true;
  context.places.close();
  context.queue.close();
  for (const pod of pods.values()) pod.recheck?.abort();
  for (const follower of context.running) stopFollower(follower);
}

function reportOf({ context, pods, quiet, followed }: Logs): LogReport {
  const report: LogReport = { open: 0, followed, waiting: [], skipped: { healthy: 0 } };
  for (const count of quiet.values()) report.skipped.healthy += count;
  for (const { open } of context.running) if (open !== undefined) report.open += 1;
  for (const pod of pods.values()) for (const follower of pod.followers.values()) addTo(report, follower);
  return report;
}

function addTo(report: LogReport, { open, hasLines, wish, reason, target }: Follower): void {
  if (hasLines) report.followed += 1;
  const why = reason || wish?.waiting;
  if (open !== undefined || wish === undefined || why === undefined) return;
  report.waiting.push({ namespace: target.namespace, pod: target.pod, container: target.container, reason: why });
}
