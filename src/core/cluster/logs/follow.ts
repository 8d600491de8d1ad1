import { draftOf, type LogContext, minReopenMs, nameOf } from './context.ts';
import { type Follower, isSameRead, leavePlace, nextRead } from './follower.ts';
import type { LogLine } from './line.ts';
import type { Read, Wish } from './plan.ts';
import { hold, previousSinceTimeOf, release, sinceTimeOf } from './position.ts';
import { type Outcome, readLog, type Since } from './read.ts';
import { settle } from './settle.ts';

/** The log of an instance that is over ends by itself within this time. */
const graceMs = 5_000;
/** Within this time the pod tells of a new instance, and a place becomes free where containers only crash. */
const settledMs = 10_000;
const heldMs = 60_000;
const previousTailLines = 2_000;

/** Tells a follower what is wanted now. It starts reading if there is something new, and ends when there is nothing. */
export function updateFollower(context: LogContext, follower: Follower, wish: Wish | undefined): void {
  const before = nextRead(follower);
  follower.wish = wish;
  follower.isBlocked = false;
  if (wish === undefined) follower.isResumed = false;
  forgetDone(context, follower);
  const { open, lost } = follower;
  // Not rotated: it was the log of a new instance.
  if (lost !== undefined && currentOf(wish) !== follower.lastInstance) delete follower.lost;
  if (open?.read.running && !wish?.reads.some((read) => isSameRead(read, open.read))) void endSoon(context, open.abort);
  const next = nextRead(follower);
  if (!isSameRead(before, next)) {
    follower.notBeforeMs = follower.openedMs + minReopenMs;
    follower.pause?.abort();
  }
  if (!context.running.has(follower) && next !== undefined) void run(context, follower);
}

/** The kubelet restarts a container faster than the pod tells: what was read as its log may have been that of the next instance. */
function forgetDone({ options }: LogContext, { done, wish }: Follower): void {
  for (const [instance, { atMs, previous }] of done) {
    const read = wish?.reads.find((one) => one.instance === instance);
    const isDoubtful = read?.previous === true && !previous && options.clock.now() - atMs < settledMs;
    if (read === undefined || isDoubtful) done.delete(instance);
  }
}

async function run(context: LogContext, follower: Follower): Promise<void> {
  context.running.add(follower);
  for (let read = nextRead(follower); read !== undefined && !context.isStopped; read = nextRead(follower)) {
    if (follower.isEvicted) leavePlace(context, follower);
    await waitUntilAllowed(context, follower);
    // Whatever may have changed while it waited is looked at again.
    if (follower.isEvicted || waitMs(context, follower) > 0 || !isSameRead(read, nextRead(follower))) continue;
    if (!(await enter(context, follower))) break;
    if (follower.isEvicted || !isSameRead(read, nextRead(follower))) continue;
    follower.openedMs = context.options.clock.now();
    follower.firstOpenedMs ??= follower.openedMs;
    const outcome = await readOnce(context, follower, read);
    tellRotation(context, follower);
    settle(context, follower, read, outcome);
  }
  leavePlace(context, follower);
  context.running.delete(follower);
}

function currentOf(wish: Wish | undefined): string | undefined {
  return wish?.reads.find(({ previous }) => !previous)?.instance;
}

async function endSoon({ options }: LogContext, abort: AbortController): Promise<void> {
  await options.clock.sleep(graceMs, abort.signal).catch(() => undefined);
  abort.abort();
}

function waitMs({ options, forbiddenUntil }: LogContext, { notBeforeMs, target }: Follower): number {
  return Math.max(notBeforeMs, forbiddenUntil.get(target.namespace) ?? Number.NEGATIVE_INFINITY) - options.clock.now();
}

async function waitUntilAllowed(context: LogContext, follower: Follower): Promise<void> {
  const ms = waitMs(context, follower);
  if (ms <= 0) return;
  if (waitMs(context, { ...follower, notBeforeMs: Number.NEGATIVE_INFINITY }) > 0) follower.reason = 'forbidden';
  follower.pause = new AbortController();
  await context.options.clock.sleep(ms, follower.pause.signal).catch(() => undefined);
  delete follower.pause;
}

async function enter(context: LogContext, follower: Follower): Promise<boolean> {
  if (follower.isInside) return !context.isStopped;
  follower.reason = `limit of ${context.options.maxStreams} streams`;
  const waiting = new AbortController();
  void noteLimit(context, follower, waiting.signal);
  follower.isInside = await context.places.enter(follower);
  waiting.abort();
  return follower.isInside && !context.isStopped;
}

async function noteLimit(context: LogContext, follower: Follower, signal: AbortSignal): Promise<void> {
  if (follower.wasNoted) return;
  await context.options.clock.sleep(settledMs, signal).catch(() => undefined);
  if (signal.aborted || context.isStopped || follower.wish === undefined) return;
  follower.wasNoted = true;
  context.queue.add([
    draftOf(context, { kind: 'note', message: `the log of ${nameOf(follower.target)} is not followed: ${follower.reason}` }),
  ]);
}

async function readOnce(context: LogContext, follower: Follower, read: Read): Promise<Outcome> {
  const { target, position, isResumed, lastInstance } = follower;
  const since = sinceOf(context, follower, read);
  if (!read.previous) {
    // Until the pod says so, nobody knows whether the lines to come are of the instance that is asked for.
    hold(position);
    follower.heldMs = follower.openedMs;
  }
  const from = position.lastTimestamp;
  let mayTellRotation = read.running && isResumed && lastInstance === read.instance && from !== '';
  const onNew = ({ timestamp }: LogLine, wasContinued: boolean) => {
    const nowMs = context.options.clock.now();
    follower.hasLines = true;
    if (mayTellRotation && !wasContinued && timestamp !== '') follower.lost = { from, to: timestamp, seenMs: nowMs };
    mayTellRotation = false;
    if (position.held && nowMs - follower.heldMs > heldMs) release(position);
    tellRotation(context, follower);
  };
  const abort = new AbortController();
  follower.open = { read, abort };
  follower.reason = '';
  const outcome = await readLog(context, { target, read, since, position, signal: abort.signal, onNew });
  delete follower.open;
  abort.abort();
  return outcome;
}

/** A log that no longer holds what was read last has been rotated; that it is the log of a new instance the pod would have told by now. */
function tellRotation(context: LogContext, follower: Follower): void {
  const { lost, target } = follower;
  if (lost === undefined || context.options.clock.now() - lost.seenMs < settledMs) return;
  delete follower.lost;
  const reason = `log rotated: ${nameOf(target)}`;
  context.queue.add([draftOf(context, { kind: 'gap', from: lost.from, to: lost.to, reason }, 'derived')]);
}

function sinceOf({ options, openedAtMs }: LogContext, { position, isResumed, wish, firstOpenedMs = 0 }: Follower, read: Read): Since {
  const sinceTime = read.previous ? previousSinceTimeOf(position) : sinceTimeOf(position);
  const known = sinceTime === undefined ? {} : { sinceTime };
  if (isResumed && sinceTime !== undefined) return known;
  if (read.previous) return { ...known, tailLines: previousTailLines };
  if (options.mode === 'failing') return { ...known, tailLines: options.tailLines };
  if (sinceTime !== undefined || (wish?.startedMs ?? 0) >= openedAtMs) return known;
  // As far back as the first time, so that a quiet log loses nothing when it is opened anew.
  return { sinceSeconds: options.sinceSeconds + Math.ceil((options.clock.now() - firstOpenedMs) / 1000) };
}
