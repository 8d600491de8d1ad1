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
  /** How slowly a stream asks again that was refused, or whose resource is not served. */
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
 * nothing can have been missed, `gap` what must be told when a new list has closed it. A list whose `token` is not '' goes on with that page.
 * `mute` counts the watches in a row that had nothing to say. While the resource is not served, `absent` is set.
 */
export type Machine = {
  phase: 'listing' | 'watching' | 'waiting';
  next: 'list' | 'watch';
  version: string;
  list: { version: string; token: string; count: number; restarts: number; streamed: boolean; startedAt: number };
  watchList: boolean;
  pageSize: number;
  failures: number;
  mute: number;
  startedAt: number;
  /** Of the watch that is open. */
  openedAt: number | undefined;
  events: number;
  proven: number;
  gap?: { from: number; version: string; reason: string };
  renewed: boolean;
  absent: boolean;
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

/** What to do next: at most one list, watch or wait, after everything else. */
export type Effect =
  | { do: 'record'; body: RecordBody }
  | { do: 'list'; limit: number | undefined; token: string; restart: boolean }
  | { do: 'watch'; version: string; initialEvents: boolean }
  | { do: 'wait'; ms: number }
  | { do: 'renew' | 'discover' | 'compare' };

export type Step = { state: Machine; effects: Effect[] };

const mostRestarts = 2;
const mostMute = 3;

/** A stream that has not begun, or one that goes on from where an earlier run stopped. */
export function newMachine(watchList: boolean, timing: Timing, resume?: { version: string; since: number }): Machine {
  return {
    phase: 'waiting',
    next: resume === undefined || resume.version === '' ? 'list' : 'watch',
    version: resume?.version ?? '',
    list: { version: '', token: '', count: 0, restarts: 0, streamed: false, startedAt: 0 },
    watchList,
    pageSize: timing.pageSize,
    failures: 0,
    mute: 0,
    startedAt: Number.NEGATIVE_INFINITY,
    openedAt: undefined,
    events: 0,
    proven: resume?.since ?? 0,
    ...(resume === undefined || resume.version !== ''
      ? {}
      : { gap: { from: resume.since, version: '', reason: 'no resourceVersion to go on from' } }),
    renewed: false,
    absent: false,
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
      return { state: onEvents(state, input), effects: [] };
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
      return onPageTooLarge(state, input, timing);
    case 'trouble':
      return onTrouble(state, input, input.trouble, timing);
  }
}

/** Starts the list, the page of a list, or the watch that is due. What was not served may be served in another version now. */
function begin(state: Machine, { now }: Input, timing: Timing): Step {
  const started = { ...state, startedAt: now };
  const first: Effect[] = state.absent ? [{ do: 'discover' }] : [];
  if (state.next === 'watch') return { state: started, effects: [...first, { do: 'watch', version: state.version, initialEvents: false }] };
  const { token, restarts } = state.list;
  if (token !== '') return { state: { ...started, phase: 'listing' }, effects: [...first, pageOf(state, timing)] };
  const list = { version: '', token: '', count: 0, restarts, streamed: state.watchList, startedAt: now };
  const next: Machine = { ...started, phase: 'listing', list };
  const asked: Effect = list.streamed ? { do: 'watch', version: '', initialEvents: true } : pageOf(next, timing);
  return { state: next, effects: [...first, sync('list-begin'), asked] };
}

/** A list whose tokens keep expiring is asked for in one piece. */
function pageOf({ list, pageSize }: Machine, timing: Timing): Effect {
  const limit = list.restarts >= mostRestarts ? undefined : Math.min(pageSize, timing.pageSize);
  return { do: 'list', limit, token: list.token, restart: list.token === '' };
}

function onPage(state: Machine, input: Extract<Input, { type: 'page' }>, timing: Timing): Step {
  const { version, token } = input;
  if (token !== '' && token === state.list.token) return onTrouble(state, input, endless, timing);
  const list = { ...state.list, version: state.list.version || version, token, count: state.list.count + input.count };
  const next = { ...state, list, renewed: false, absent: false };
  if (token !== '') return { state: next, effects: [pageOf(next, timing)] };
  const complete = listed(next, input.now);
  // The first watch is no reopening; after a later list it waits its turn, and misses nothing by that.
  if (state.version !== '') return wait(complete.state, input, timing, complete.effects, 0);
  return { state: complete.state, effects: [...complete.effects, { do: 'watch', version: complete.state.version, initialEvents: false }] };
}

const endless: Trouble = { kind: 'invalid', code: 200, reason: 'the list does not come to an end: a page names itself as the next one' };

/** Smaller pages, of this list too; one piece was too much. */
function onPageTooLarge(state: Machine, input: Input, timing: Timing): Step {
  const smaller = { ...state, pageSize: Math.max(1, Math.floor(state.pageSize / 5)), list: { ...state.list, restarts: 0 } };
  return wait(smaller, input, timing, [sync('error', { reason: 'page too large' })], 0);
}

/**
 * A whole list has been read: whatever it does not show is gone, and a gap that it closes is told. It shows the cluster as it was when its
 * first page was read; what came later is the watch's to tell.
 */
function listed(state: Machine, now: number): Step {
  const { gap: closed, denied: _, ...rest } = state;
  const { version, count } = state.list;
  const effects: Effect[] = [{ do: 'compare' }, sync('list-end', { resourceVersion: version, count })];
  if (closed !== undefined) effects.push({ do: 'record', body: gapBody(closed, now, version) });
  const list = { ...state.list, restarts: 0 };
  return { state: { ...rest, phase: 'watching', next: 'watch', version, proven: list.startedAt, mute: 0, list }, effects };
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

/** That a watch was opened proves nothing: an API server says 200 before it says that the resourceVersion is too old. */
function onOpened(state: Machine, { now }: Input): Step {
  const { denied: _, ...rest } = state;
  const listing = state.phase === 'listing';
  const open = sync('open', listing || state.version === '' ? {} : { resourceVersion: state.version });
  const opened = { ...rest, openedAt: now, events: 0, renewed: false, absent: false };
  return { state: { ...opened, phase: listing ? 'listing' : 'watching' }, effects: [open] };
}

function onEvents(state: Machine, { now, version, count }: Extract<Input, { type: 'events' }>): Machine {
  const next = { ...state, events: state.events + count };
  return state.phase === 'watching' ? { ...next, version: version || state.version, proven: now, mute: 0 } : next;
}

function onBookmark(state: Machine, { now, version, initialEventsEnd }: Extract<Input, { type: 'bookmark' }>): Step {
  if (version === '') return { state, effects: [] };
  if (state.phase === 'listing') {
    if (!initialEventsEnd) return { state, effects: [] };
    return listed({ ...state, list: { ...state.list, version, count: state.events } }, now);
  }
  return { state: { ...state, version, proven: now, mute: 0 }, effects: [sync('bookmark', { resourceVersion: version })] };
}

/** The server ended the watch, as it does every few minutes: it goes on from the last resourceVersion, and nothing is lost. */
function onClosed(state: Machine, input: Extract<Input, { type: 'closed' }>, timing: Timing): Step {
  const torn = input.tornBytes > 0 ? { reason: `torn line of ${input.tornBytes} bytes` } : {};
  const close = sync('close', torn);
  const short = input.now - (state.openedAt ?? input.now) < timing.shortWatchMs && state.events === 0;
  // A streamed list that ends before its mark is no list.
  if (state.phase === 'listing') return wait({ ...failed(state, input.now, timing), watchList: false }, input, timing, [close]);
  if (short) return wait(failed(state, input.now, timing), input, timing, [close]);
  return wait({ ...state, failures: 0, proven: input.now }, input, timing, [close], 0);
}

function onTrouble(state: Machine, input: Input, trouble: Trouble, timing: Timing): Step {
  const { code, reason } = trouble;
  const error = sync('error', { ...(code === undefined ? {} : { code }), reason });
  const next = failed(state, input.now, timing);
  switch (trouble.kind) {
    case 'expired':
      if (state.next === 'watch') return wait(lost(next, reason), input, timing, [error]);
      // Where even a list in one piece expires, haste does not help.
      return wait({ ...next, list: anew(state, 1) }, input, timing, [error], state.list.restarts < mostRestarts ? 0 : undefined);
    case 'gone':
      return wait({ ...next, absent: true }, input, timing, state.absent ? [error] : [error, absence], slowly(input, timing));
    case 'invalid':
      if (state.next === 'watch') return wait(lost(next, reason), input, timing, [error]);
      if (state.list.streamed) return wait({ ...state, watchList: false }, input, timing, [error], 0);
      return wait({ ...next, list: anew(state, 0) }, input, timing, [error]);
    case 'unauthorized':
      return wait({ ...next, renewed: true }, input, timing, [error, { do: 'renew' }], state.renewed ? undefined : 0);
    case 'forbidden':
      return wait({ ...next, denied: reason }, input, timing, [error], slowly(input, timing));
    case 'retry': {
      const mute = isMute(state, trouble) ? state.mute + 1 : state.mute;
      const known = mute < mostMute ? { ...next, mute } : lost(next, `${mute} watches in a row said nothing`);
      return wait(known, input, timing, [error], undefined, trouble.retryAfterMs);
    }
  }
}

const absence: Effect = { do: 'record', body: { kind: 'note', message: 'not served any more; asked again every few minutes' } };

function slowly({ random }: Input, { forbiddenRetryMs }: Timing): number {
  return forbiddenRetryMs * (1 + random / 10);
}

/** Nothing came of a watch that the server had taken, or it has never heard of the resourceVersion: it may have been restored from a backup. */
function isMute({ openedAt, next }: Machine, { silent }: Extract<Trouble, { kind: 'retry' }>): boolean {
  return next === 'watch' && (silent === 'unknown-version' || (silent === 'idle' && openedAt !== undefined));
}

/** The next list begins with its first page. */
function anew({ list }: Machine, restarts: number): Machine['list'] {
  return { ...list, token: '', restarts: list.restarts + restarts };
}

/** The watch cannot go on from where it was: a list has to show what was missed. */
function lost(state: Machine, reason: string): Machine {
  const gap = state.gap ?? { from: state.proven, version: state.version, reason };
  return { ...state, next: 'list', gap, mute: 0 };
}

function failed(state: Machine, now: number, timing: Timing): Machine {
  const wasHealthy = state.openedAt !== undefined && now - state.openedAt >= timing.healthyMs;
  return { ...state, failures: wasHealthy ? 1 : state.failures + 1 };
}

/** Waits before the next list or watch: `ms`, or the backoff with full jitter; never shorter than the floor or than the server asks for. */
function wait(state: Machine, { now, random }: Input, timing: Timing, effects: Effect[], ms?: number, atLeast = 0): Step {
  const grown = Math.min(timing.maxBackoffMs, timing.backoffMs * 2 ** Math.max(0, state.failures - 1));
  const floor = state.startedAt + timing.minReopenMs - now;
  const delay = Math.max(ms ?? grown * random, atLeast, floor, 0);
  return { state: { ...state, phase: 'waiting', openedAt: undefined }, effects: [...effects, { do: 'wait', ms: delay }] };
}

function sync(phase: Extract<RecordBody, { kind: 'sync' }>['phase'], more: Partial<Extract<RecordBody, { kind: 'sync' }>> = {}): Effect {
  return { do: 'record', body: { kind: 'sync', phase, ...more } };
}
