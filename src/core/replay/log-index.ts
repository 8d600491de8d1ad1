import type { CaptureRecord, PodLog } from '../model/capture.ts';
import type { Stored } from './collection.ts';

/** A log line as it was recorded. */
export type LogRecord = CaptureRecord & { kind: 'log' };

/** The stretch of the capture that holds a pod's lines, of which containers, and of which the run before the last restart. */
export type LogSpan = { firstSeq: number; lastSeq: number; containers: Set<string>; previous: Set<string> };

/** Where in the capture the lines of each pod lie; the lines themselves stay there. `listeners` hear every new line. */
export type LogIndex = { byPod: Map<string, LogSpan>; listeners: Set<(record: LogRecord) => void> };

/** An index of nothing. */
export function newLogIndex(): LogIndex {
  return { byPod: new Map(), listeners: new Set() };
}

/** Notes one line and tells the listeners. */
export function noteLog({ byPod, listeners }: LogIndex, record: LogRecord): void {
  const { uid, namespace, pod, container, previous } = record.line;
  const key = podKey({ uid, namespace, name: pod });
  const span = byPod.get(key) ?? { firstSeq: record.seq, lastSeq: record.seq, containers: new Set(), previous: new Set() };
  byPod.set(key, span);
  span.lastSeq = record.seq;
  (previous === true ? span.previous : span.containers).add(container);
  for (const listener of listeners) listener(record);
}

/** Forgets a pod that is gone. */
export function dropLogs({ byPod }: LogIndex, pod: Pick<Stored, 'uid' | 'namespace' | 'name'>): void {
  byPod.delete(podKey(pod));
  byPod.delete(podKey({ ...pod, uid: '' }));
}

/** Where a pod's lines lie, including those recorded without its uid; undefined if there are none. */
export function logSpan({ byPod }: LogIndex, pod: Pick<Stored, 'uid' | 'namespace' | 'name'>): LogSpan | undefined {
  const [own, unnamed] = [byPod.get(podKey(pod)), byPod.get(podKey({ ...pod, uid: '' }))];
  if (own === undefined || unnamed === undefined || own === unnamed) return own ?? unnamed;
  return {
    firstSeq: Math.min(own.firstSeq, unnamed.firstSeq),
    lastSeq: Math.max(own.lastSeq, unnamed.lastSeq),
    containers: new Set([...own.containers, ...unnamed.containers]),
    previous: new Set([...own.previous, ...unnamed.previous]),
  };
}

/** Whether a line belongs to a pod: by uid where the line has one. */
export function isOfPod(line: PodLog, pod: Pick<Stored, 'uid' | 'namespace' | 'name'>): boolean {
  return line.namespace === pod.namespace && line.pod === pod.name && (line.uid === undefined || line.uid === '' || line.uid === pod.uid);
}

function podKey({ uid, namespace, name }: { uid?: string | undefined; namespace: string; name: string }): string {
  return uid === undefined || uid === '' ? `${namespace}/${name}` : uid;
}
