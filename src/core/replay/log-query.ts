import { fieldsOf, itemsOf, text } from '../model/fields.ts';
import type { KubernetesObject } from '../model/resource.ts';
import type { LogRecord, LogSpan } from './log-index.ts';
import { badRequest } from './status.ts';

/** The query of `pods/log`. `sinceMs` is epoch milliseconds; `tail` and `limitBytes` are Infinity without a limit. */
export type LogQuery = {
  container: string;
  previous: boolean;
  follow: boolean;
  timestamps: boolean;
  sinceMs: number;
  tail: number;
  limitBytes: number;
};

/** One run of a container: its lines by their timestamps (epoch milliseconds), or, where no times are known, by their flag. */
export type Run = { previous: boolean; from?: number; until?: number; isRunning: boolean };

/** Reads the query; `now` is the replay's. A Status 400 is thrown for a container that is not the pod's, and for what is no number. */
export function logQuery(query: URLSearchParams, pod: KubernetesObject, now: number): LogQuery {
  const sinceTime = query.get('sinceTime');
  const sinceSeconds = numberOf(query, 'sinceSeconds', 1);
  if (sinceTime !== null && sinceSeconds !== undefined) throw badRequest('at most one of `sinceTime` or `sinceSeconds` may be specified');
  const since = sinceTime === null ? Number.NEGATIVE_INFINITY : Date.parse(sinceTime);
  if (Number.isNaN(since)) throw badRequest(`sinceTime: Invalid value: ${JSON.stringify(sinceTime)}`);
  return {
    container: containerOf(pod, query.get('container') ?? ''),
    previous: isTrue(query.get('previous')),
    follow: isTrue(query.get('follow')),
    timestamps: isTrue(query.get('timestamps')),
    sinceMs: sinceSeconds === undefined ? since : now - sinceSeconds * 1000,
    tail: numberOf(query, 'tailLines', 0) ?? Number.POSITIVE_INFINITY,
    limitBytes: numberOf(query, 'limitBytes', 1) ?? Number.POSITIVE_INFINITY,
  };
}

/**
 * The run whose log the kubelet would give: the one that runs or ran last, or the one before. A Status 400 is thrown when there is none,
 * in the kubelet's words, unless lines of it were recorded.
 */
export function runOf(pod: KubernetesObject, { container, previous }: Pick<LogQuery, 'container' | 'previous'>, span?: LogSpan): Run {
  const status = statusOf(pod, container);
  const { running, terminated, waiting } = fieldsOf(status.state);
  const last = fieldsOf(status.lastState).terminated;
  const named = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata?.name)}`;
  if (previous) {
    if (!last && span?.previous.has(container) !== true) throw badRequest(`previous terminated ${named} not found`);
    const next = timeIn(running ?? terminated, 'startedAt') ?? Number.POSITIVE_INFINITY;
    const finished = timeIn(last, 'finishedAt') ?? Number.NEGATIVE_INFINITY;
    // Times of containers are whole seconds: in a shared one a line may be of either run.
    return { previous, ...fromOf(last), until: Math.max(next, finished + 1000), isRunning: false };
  }
  const current = running ?? terminated ?? last;
  if (!current && waiting && span?.containers.has(container) !== true) throw badRequest(`${named} is ${waitingFor(text(waiting.reason))}`);
  return { previous, ...fromOf(current), isRunning: Boolean(running) };
}

/** Whether a line belongs to a run. */
export function isOfRun({ line }: LogRecord, { previous, from, until = Number.POSITIVE_INFINITY }: Run): boolean {
  const time = Date.parse(line.timestamp);
  if (Number.isNaN(time) || from === undefined) return (line.previous === true) === previous;
  return time >= from && time < until;
}

/** When a run of a container that runs began; undefined when it does not run. */
export function runningSince(pod: KubernetesObject, container: string): number | undefined {
  return timeIn(fieldsOf(statusOf(pod, container).state).running, 'startedAt');
}

function containerOf({ metadata = {}, spec = {} }: KubernetesObject, wanted: string): string {
  const names = (field: string) => itemsOf(spec[field]).map(({ name }) => text(name));
  const [containers, inits] = [names('containers'), names('initContainers')];
  if (wanted !== '') {
    if ([...containers, ...inits, ...names('ephemeralContainers')].includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${metadata.name}`);
  }
  const [first] = containers;
  if (containers.length === 1 && first !== undefined) return first;
  const annotated = metadata.annotations?.['kubectl.kubernetes.io/default-container'] ?? '';
  if (containers.includes(annotated)) return annotated;
  const choice = containers.length === 0 ? '' : `, choose one of: [${containers.join(' ')}]`;
  const more = inits.length === 0 ? '' : ` or one of the init containers: [${inits.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${metadata.name}${choice}${more}`);
}

function statusOf({ status = {} }: KubernetesObject, container: string): KubernetesObject {
  const lists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'];
  const found = lists.flatMap((field) => itemsOf(fieldsOf(status)[field])).find(({ name }) => name === container);
  return found ?? {};
}

function waitingFor(reason: string): string {
  if (reason === 'ErrImagePull') return "waiting to start: image can't be pulled";
  if (reason === 'ImagePullBackOff') return 'waiting to start: trying and failing to pull image';
  return reason === '' ? 'waiting to start - no logs yet' : `waiting to start: ${reason}`;
}

function fromOf(state: unknown): { from?: number } {
  const from = timeIn(state, 'startedAt');
  return from === undefined ? {} : { from };
}

function timeIn(state: unknown, field: 'startedAt' | 'finishedAt'): number | undefined {
  const time = Date.parse(text(fieldsOf(state)[field]));
  return Number.isNaN(time) ? undefined : time;
}

function numberOf(query: URLSearchParams, name: string, least: number): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^\d+$/.test(value) || Number(value) < least)
    throw badRequest(`${name}: Invalid value: ${JSON.stringify(value)}: must be at least ${least}`);
  return Number(value);
}

function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1' || value === '';
}
