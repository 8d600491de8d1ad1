import type { CaptureRecord } from '../model/capture.ts';
import type { LogLine, MetricSample } from '../model/event.ts';
import type { ObjectRef } from '../model/resource.ts';

type Tail<T> = Map<string, T[]>;

/** The newest log lines and samples of every pod, bounded per pod and in the number of pods (oldest pods go first). */
export type Tails = { logs: Tail<LogLine>; metrics: Tail<MetricSample>; logLines: number; samples: number };

const maxPods = 5000;

export function newTails(limits: { maxLogLines: number; maxMetricSamples: number }): Tails {
  return { logs: new Map(), metrics: new Map(), logLines: limits.maxLogLines, samples: limits.maxMetricSamples };
}

/** Keeps a log line or pod sample for incidents that may come to need it. */
export function remember(tails: Tails, record: CaptureRecord): void {
  const { seq, at } = record;
  if (record.kind === 'log') {
    push(tails.logs, `${record.line.namespace}/${record.line.pod}`, { seq, at, line: record.line }, tails.logLines);
  } else if (record.kind === 'metrics' && record.sample.ref.kind === 'Pod') {
    push(tails.metrics, `${record.sample.ref.namespace}/${record.sample.ref.name}`, { seq, at, sample: record.sample }, tails.samples);
  } else if (record.kind === 'resource' && record.event.type === 'DELETED' && record.event.ref.kind === 'Pod') {
    trim(tails.logs);
    trim(tails.metrics);
  }
}

function push<T>(tail: Tail<T>, key: string, item: T, limit: number): void {
  let items = tail.get(key);
  if (items === undefined) tail.set(key, (items = []));
  items.push(item);
  // Cut rarely, so that a chatty pod does not shift an array for each line.
  if (items.length >= 2 * limit) items.splice(0, items.length - limit);
}

function trim<T>(tail: Tail<T>): void {
  for (const key of tail.keys()) {
    if (tail.size <= maxPods) return;
    tail.delete(key);
  }
}

/** What the pods left, oldest first, at most `limit` items (the newest). */
export function tailOf<T extends { seq: number }>(tail: Tail<T>, pods: ObjectRef[], limit: number): T[] {
  const items = pods.flatMap((pod) => (tail.get(`${pod.namespace}/${pod.name}`) ?? []).slice(-limit));
  return items.sort((a, b) => a.seq - b.seq).slice(-limit);
}
