import type { CaptureRecord } from '../model/capture.ts';
import type { MetricSample } from '../model/event.ts';
import type { ObjectRef } from '../model/resource.ts';
import type { Template } from './logs/templates.ts';
import type { HeardLine } from './novelty.ts';

/** The newest items of every pod, the pod that has been silent for longest first. `bytes` is an estimate of what they take. */
export type Tail<T> = { pods: Map<string, { items: T[]; bytes: number }>; bytes: number; perPod: number; limit: number };

/** The newest log lines and samples of every pod: bounded per pod, and in all, whatever the number of pods. */
export type Tails = { logs: Tail<HeardLine>; metrics: Tail<MetricSample> };

const logBytes = 32 * 2 ** 20;
const metricBytes = 16 * 2 ** 20;
const itemBytes = 250;

/** Tails without items; each pod keeps at least the newest so many. */
export function newTails(limits: { maxLogLines: number; maxMetricSamples: number }): Tails {
  return {
    logs: { pods: new Map(), bytes: 0, perPod: limits.maxLogLines, limit: logBytes },
    metrics: { pods: new Map(), bytes: 0, perPod: limits.maxMetricSamples, limit: metricBytes },
  };
}

/** Keeps a log line (with its template) or pod sample for incidents that may come to need it. */
export function remember(tails: Tails, record: CaptureRecord, template: Template | undefined): void {
  if (record.kind === 'log') {
    const { seq, at, line } = record;
    const item = { seq, said: { seq, at, line }, template };
    push(tails.logs, podKey(line.namespace, line.pod), item, ({ said }) => itemBytes + 2 * said.line.message.length);
  } else if (record.kind === 'metrics' && record.sample.ref.kind === 'Pod') {
    const { seq, at, sample } = record;
    push(tails.metrics, podKey(sample.ref.namespace, sample.ref.name), { seq, at, sample }, (item) => {
      return itemBytes * (1 + (item.sample.containers?.length ?? 0));
    });
  }
}

function podKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function push<T>(tail: Tail<T>, key: string, item: T, bytesOf: (item: T) => number): void {
  const pod = tail.pods.get(key) ?? { items: [], bytes: 0 };
  tail.pods.delete(key);
  tail.pods.set(key, pod);
  pod.items.push(item);
  let added = bytesOf(item);
  // Cut rarely, so that a chatty pod does not shift an array for each line.
  if (pod.items.length >= 2 * tail.perPod || pod.bytes > tail.limit / 4) {
    for (const cut of pod.items.splice(0, Math.floor(pod.items.length / 2))) added -= bytesOf(cut);
  }
  pod.bytes += added;
  tail.bytes += added;
  for (const [oldest, { bytes }] of tail.pods) {
    if (tail.bytes <= tail.limit || oldest === key) return;
    tail.pods.delete(oldest);
    tail.bytes -= bytes;
  }
}

/** What the pods left, oldest first, at most `limit` items (the newest). */
export function tailOf<T extends { seq: number }>(tail: Tail<T>, pods: ObjectRef[], limit: number): T[] {
  const items = pods.flatMap(({ namespace, name }) => (tail.pods.get(podKey(namespace, name))?.items ?? []).slice(-limit));
  return items.sort((a, b) => a.seq - b.seq).slice(-limit);
}

/** When a container was last heard in its log; '' when it was not. */
export function lastLineAt({ logs }: Tails, pod: ObjectRef, container: string | undefined): string {
  const items = logs.pods.get(podKey(pod.namespace, pod.name))?.items ?? [];
  return items.findLast(({ said }) => said.line.container === container)?.said.at ?? '';
}
