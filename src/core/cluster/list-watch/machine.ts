import type { RecordBody } from '../../model/capture.ts';
import type { Trouble } from './trouble.ts';

/** Limits of a stream, all in milliseconds but `pageSize`. */
export type Timing = {
  pageSize: number;
  /** Reopens and relists of a stream are at least this far apart, whatever the server does. */
  minReopenMs: number;
  backoffMs: number;
  maxBackoffMs: number;
  /** A watch that was open for so long ends a series of failures. */
  healthyMs: number;
  /** A watch without an event that ends before this is a failure. */
  shortWatchMs: number;
  /** How slowly a refused stream asks again. */
  forbiddenRetryMs: number;
};

/** How client-go, kube-rs and the API server's own limits have it (recording.md §2.3). */
export const defaultTiming: Timing = {
  pageSize: 500,
  minReopenMs: 800,
  backoffMs: 800,
  maxBackoffMs: 30_000,
  healthyMs: 120_000,
  shortWatchMs: 1000,
  forbiddenRetryMs: 300_000,
};

/**
 * A list-watch as data. `version` is the resourceVersion to watch from ('' before the first whole list), `proven` the moment up to which
 * nothing can have been missed, `gap` what must be told when a new list has closed it.
 */
export type Machine = {
  phase: 'listing' | 'watching' | 'waiting' | 'ended';
  next: 'list' | 'watch';
  version: string;
  list: { version: string; token: string; count: number; restarts: number; streamed: boolean };
  watchList: boolean;
  pageSize: number;
  failures: number;
  startedAt: number;
  openedAt: number;
  events: number;
  proven: number;
  gap?: { from: number; version: string; reason: string };
  renewed: boolean;
  denied?: string;
};

/** What happened. `random` is 0 to 1, `now` epoch milliseconds. */
export type Input = { now: number; random: number } & (
  | { type: 'start' | 'due' | 'opened' | 'slow' | 'late-mark' | 'page-too-large' }
  | { type: 'page'; version: string; token: string; count: number }
  | { type: 'events'; version: string; count: number }
  | { type: 'bookmark'; version: string; initialEventsEnd: boolean }
  | { type: 'closed'; tornBytes: number }
  | { type: 'trouble'; trouble: Trouble }
);

/** What to do next: at most one request or wait, after the records. */
export type Effect =
  | { do: 'record'; body: RecordBody }
  | { do: 'list'; limit: number | undefined; token: string; restart: boolean }
  | { do: 'watch'; version: string; initialEvents: boolean }
  | { do: 'wait'; ms: number }
  | { do: 'renew' }
  | { do: 'compare' }
  | { do: 'end'; reason: string };

export type Step = { state: Machine; effects: Effect[] };

const mostRestarts = 2;

/** A stream that has not begun, or one that goes on from where an earlier run stopped. */
export function newMachine(watchList: boolean, timing: Timing, resume?: { version: string; since: number }): Machine {
  return {
    phase: 'waiting',
    next: resume === undefined || resume.version === '' ? 'list' : 'watch',
    version: resume?.version ?? '',
    list: { version: '', token: '', count: 0, restarts: 0, streamed: false },
    watchList,
    pageSize: timing.pageSize,
    failures: 0,
    startedAt: Number.NEGATIVE_INFINITY,
    openedAt: 0,
    events: 0,
    proven: resume?.since ?? 0,
    ...(resume === undefined || resume.version !== ''
      ? {}
      : { gap: { from: resume.since, version: '', reason: 'no resourceVersion to go on from' } }),
    renewed: false,
  };
}

/** The list-watch protocol as one pure function: what happened → what to record and what to ask next. */
export function step(state: Machine, input: Input, timing: Timing): Step {
  switch (input.type) {
    case 'start':
    case 'due':
      return begin(state, input, timing);
    case 'page':
      return onPage(state, input, timing);
    case 'opened':
      return onOpened(state, input);
    case 'events':
      return {
        state: {
          ...state,
          version: state.phase === 'watching' ? input.version : state.version,
          events: state.events + input.count,
          proven: input.now,
        },
        effects: [],
      };
    case 'bookmark':
      return onBookmark(state, input);
    case 'closed':
      return onClosed(state, input, timing);
    case 'slow':
      return wait(state, input, timing, [sync('close', { reason: 'slow-reader' })], 0);
    case 'late-mark':
      return wait(
        { ...state, watchList: false, next: 'list' },
        input,
        timing,
        [sync('close', { reason: 'no end of the initial events' })],
        0,
      );
    case 'page-too-large':
      return wait(
        { ...state, pageSize: Math.max(1, Math.floor(state.pageSize / 5)), next: 'list' },
        input,
        timing,
        [sync('error', { reason: 'page too large' })],
        0,
      );
    case 'trouble':
      return onTrouble(state, input, input.trouble, timing);
  }
}

/** Starts the list or watch that is due. */
function begin(state: Machine, { now }: Input, timing: Timing): Step {
  const started = { ...state, startedAt: now };
  if (state.next === 'watch') return { state: started, effects: [{ do: 'watch', version: state.version, initialEvents: false }] };
  const list = { ...state.list, version: '', token: '', count: 0, streamed: state.watchList };
  const next: Machine = { ...started, phase: 'listing', list };
  const effects: Effect[] = [sync('list-begin')];
  if (state.watchList) return { state: next, effects: [...effects, { do: 'watch', version: '', initialEvents: true }] };
  const limit = list.restarts > mostRestarts ? undefined : Math.min(state.pageSize, timing.pageSize);
  return { state: next, effects: [...effects, { do: 'list', limit, token: '', restart: true }] };
}

function onPage(state: Machine, input: Extract<Input, { type: 'page' }>, timing: Timing): Step {
  const list = { ...state.list, version: state.list.version || input.version, token: input.token, count: state.list.count + input.count };
  const next = { ...state, list };
  if (input.token !== '')
    return { state: next, effects: [{ do: 'list', limit: Math.min(state.pageSize, timing.pageSize), token: input.token, restart: false }] };
  const complete = listed(next, input.now);
  // A list and the watch that follows it are one opening of the stream.
  return { state: complete.state, effects: [...complete.effects, { do: 'watch', version: complete.state.version, initialEvents: false }] };
}

/** A whole list has been read: whatever it does not show is gone, and a gap that it closes is told. */
function listed(state: Machine, now: number): Step {
  const { gap: closed, denied: _, ...rest } = state;
  const { version, count } = state.list;
  const effects: Effect[] = [{ do: 'compare' }, sync('list-end', { resourceVersion: version, count })];
  if (closed !== undefined) effects.push({ do: 'record', body: gapBody(closed, now, version) });
  return { state: { ...rest, phase: 'watching', next: 'watch', version, proven: now, list: { ...state.list, restarts: 0 } }, effects };
}

function gapBody({ from, version, reason }: NonNullable<Machine['gap']>, now: number, to: string): RecordBody {
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    kind: 'gap',
    from: iso(from),
    to: iso(now),
    reason,
    ...(version === '' ? {} : { fromResourceVersion: version }),
    toResourceVersion: to,
  };
}

function onOpened(state: Machine, { now }: Input): Step {
  const { denied: _, ...rest } = state;
  const phase = state.phase === 'listing' ? ('listing' as const) : ('watching' as const);
  const open = sync('open', state.version === '' ? {} : { resourceVersion: state.version });
  return {
    state: { ...rest, phase, openedAt: now, events: 0, renewed: false, proven: phase === 'watching' ? now : state.proven },
    effects: [open],
  };
}

function onBookmark(state: Machine, { now, version, initialEventsEnd }: Extract<Input, { type: 'bookmark' }>): Step {
  if (state.phase === 'listing') {
    if (!initialEventsEnd) return { state, effects: [] };
    return listed({ ...state, list: { ...state.list, version, count: state.events } }, now);
  }
  return { state: { ...state, version, proven: now }, effects: [sync('bookmark', { resourceVersion: version })] };
}

/** The server ended the watch, as it does every few minutes: it goes on from the last resourceVersion, and nothing is lost. */
function onClosed(state: Machine, input: Extract<Input, { type: 'closed' }>, timing: Timing): Step {
  const torn = input.tornBytes > 0 ? { reason: `torn line of ${input.tornBytes} bytes` } : {};
  const close = sync('close', torn);
  const short = input.now - state.openedAt < timing.shortWatchMs && state.events === 0;
  const unfinished = state.phase === 'listing';
  if (short || unfinished) return wait(failed(state, input.now, timing), input, timing, [close]);
  return wait({ ...state, failures: 0, proven: input.now }, input, timing, [close], 0);
}

function onTrouble(state: Machine, input: Input, trouble: Trouble, timing: Timing): Step {
  const { code, reason } = trouble;
  const error = sync('error', { ...(code === undefined ? {} : { code }), reason });
  const next = failed(state, input.now, timing);
  switch (trouble.kind) {
    case 'expired': {
      if (state.next === 'list')
        return wait({ ...next, list: { ...state.list, restarts: state.list.restarts + 1 } }, input, timing, [error], 0);
      const gap = state.gap ?? { from: state.proven, version: state.version, reason };
      return wait({ ...state, next: 'list', gap }, input, timing, [error], 0);
    }
    case 'gone':
      return { state: { ...state, phase: 'ended' }, effects: [error, { do: 'end', reason }] };
    case 'invalid':
      if (state.phase === 'listing' && state.list.streamed) return wait({ ...state, watchList: false }, input, timing, [error], 0);
      return wait(next, input, timing, [error]);
    case 'unauthorized':
      return wait({ ...next, renewed: true }, input, timing, [error, { do: 'renew' }], state.renewed ? undefined : 0);
    case 'forbidden':
      return wait({ ...next, denied: reason }, input, timing, [error], timing.forbiddenRetryMs * (1 + input.random / 10));
    case 'retry':
      return wait(next, input, timing, [error], undefined, trouble.retryAfterMs);
  }
}

function failed(state: Machine, now: number, timing: Timing): Machine {
  const wasHealthy = state.phase === 'watching' && now - state.openedAt >= timing.healthyMs;
  return { ...state, failures: wasHealthy ? 1 : state.failures + 1 };
}

/** Waits before the next list or watch: `ms`, or the backoff with full jitter; never shorter than the floor or than the server asks for. */
function wait(state: Machine, { now, random }: Input, timing: Timing, effects: Effect[], ms?: number, atLeast = 0): Step {
  const grown = Math.min(timing.maxBackoffMs, timing.backoffMs * 2 ** Math.max(0, state.failures - 1));
  const floor = state.startedAt + timing.minReopenMs - now;
  const delay = Math.max(ms ?? grown * random, atLeast, floor, 0);
  return { state: { ...state, phase: 'waiting' }, effects: [...effects, { do: 'wait', ms: delay }] };
}

function sync(phase: Extract<RecordBody, { kind: 'sync' }>['phase'], more: Partial<Extract<RecordBody, { kind: 'sync' }>> = {}): Effect {
  return { do: 'record', body: { kind: 'sync', phase, ...more } };
}
