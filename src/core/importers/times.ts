import type { KubernetesObject } from '../model/resource.ts';

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const conditionTimes = ['lastTransitionTime', 'lastUpdateTime', 'lastProbeTime', 'lastHeartbeatTime'];
const statusTimes = ['startTime', 'completionTime', 'lastScheduleTime', 'lastSuccessfulTime', 'lastScaleTime'];
const statusLists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'];

/** Epoch milliseconds of an RFC 3339 time, finer digits cut off; undefined for anything else and for Go's zero time. */
export function parseTime(value: unknown): number | undefined {
  if (typeof value !== 'string' || !rfc3339.test(value)) return undefined;
  const ms = Date.parse(value);
  return ms > 0 ? ms : undefined;
}

/** The form all record times have: UTC with milliseconds, so that they compare as text. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * The newest time an object speaks of, as far as it lies in the past when the object was written: managedFields, conditions,
 * container states, Event times, life-cycle times. `deletionTimestamp` is the end of the grace period, so the grace is taken off.
 */
export function newestTime(object: KubernetesObject): number | undefined {
  const { metadata = {}, status } = object;
  const times: unknown[] = [metadata.creationTimestamp, deletionRequested(metadata)];
  for (const entry of list(metadata.managedFields)) times.push(entry.time);
  if (isEvent(object)) times.push(...eventTimes(object));
  if (isObject(status)) times.push(...timesOfStatus(status));
  return newest(times);
}

/** When an Event last happened: series, lastTimestamp, eventTime, firstTimestamp, in the words of core/v1 or events.k8s.io/v1. */
export function eventTime(object: KubernetesObject): number | undefined {
  return newest(eventTimes(object)) ?? parseTime(object.metadata?.creationTimestamp);
}

/** Core or events.k8s.io Event. */
export function isEvent(object: KubernetesObject): boolean {
  return object.kind === 'Event' && (object.involvedObject !== undefined || object.regarding !== undefined);
}

function eventTimes(object: KubernetesObject): unknown[] {
  const series = isObject(object.series) ? object.series.lastObservedTime : undefined;
  const { lastTimestamp, eventTime, firstTimestamp, deprecatedLastTimestamp, deprecatedFirstTimestamp } = object;
  return [series, lastTimestamp, eventTime, firstTimestamp, deprecatedLastTimestamp, deprecatedFirstTimestamp];
}

function timesOfStatus(status: Fields): unknown[] {
  const times = statusTimes.map((field) => status[field]);
  for (const condition of list(status.conditions)) times.push(...conditionTimes.map((field) => condition[field]));
  for (const container of statusLists.flatMap((field) => list(status[field]))) {
    for (const state of [container.state, container.lastState]) {
      if (!isObject(state)) continue;
      const { running, terminated } = state;
      if (isObject(running)) times.push(running.startedAt);
      if (isObject(terminated)) times.push(terminated.startedAt, terminated.finishedAt);
    }
  }
  return times;
}

function deletionRequested(metadata: Fields): string | undefined {
  const end = parseTime(metadata.deletionTimestamp);
  if (end === undefined) return undefined;
  const grace = Number(metadata.deletionGracePeriodSeconds ?? 0);
  return formatTime(end - (Number.isFinite(grace) ? grace * 1000 : 0));
}

function newest(times: unknown[]): number | undefined {
  let result: number | undefined;
  for (const time of times) {
    const ms = parseTime(time);
    if (ms !== undefined && (result === undefined || ms > result)) result = ms;
  }
  return result;
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
