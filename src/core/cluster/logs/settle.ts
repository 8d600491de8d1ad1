import type { Trouble } from '../list-watch/trouble.ts';
import { draftOf, type LogContext, minReopenMs, nameOf } from './context.ts';
import { type Follower, leavePlace } from './follower.ts';
import type { Read } from './plan.ts';
import { release } from './position.ts';
import type { Outcome } from './read.ts';

const maxBackoffMs = 30_000;
const forbiddenMs = 300_000;
/** A connection that lasted so long was well. */
const healthyMs = 120_000;

/** What a read that has ended means for the next one: when it may begin, or what it has to wait for. */
export function settle(context: LogContext, follower: Follower, read: Read, outcome: Outcome): void {
  const nowMs = context.options.clock.now();
  if (outcome.lines > 0 || nowMs - follower.openedMs > healthyMs) follower.failures = 0;
  if (outcome.type === 'refused') {
    refused(context, follower, read, outcome.trouble);
    return;
  }
  if (!read.previous) {
    follower.isResumed = follower.wish !== undefined;
    follower.lastInstance = read.instance;
  }
  if (outcome.type !== 'broken') follower.isReported = false;
  if (outcome.type === 'broken') failed(context, follower, outcome.trouble);
  else if (outcome.type === 'ended' && !read.running) finish(follower, read, nowMs);
  else if (outcome.type === 'ended') follower.notBeforeMs = nowMs + (outcome.lines > 0 ? minReopenMs : backoffMs(context, follower));
  else follower.notBeforeMs = follower.openedMs + minReopenMs;
}

function finish(follower: Follower, { instance, previous }: Read, atMs: number): void {
  follower.failures = 0;
  if (previous) release(follower.position);
  // The container restarted meanwhile, so this may have been the log of the next instance.
  const isDoubtful = !previous && follower.wish?.reads.some((read) => read.previous && read.instance === instance);
  if (!isDoubtful) follower.done.set(instance, { atMs, previous });
}

/** That there is no previous instance, and that a container has not started, are both a 400; a pod that is gone is a 404. */
function refused(context: LogContext, follower: Follower, read: Read, trouble: Trouble): void {
  if (trouble.kind === 'forbidden') forbid(context, follower, trouble);
  else if (trouble.kind !== 'invalid' && trouble.kind !== 'gone') failed(context, follower, trouble);
  else if (read.previous) finish(follower, read, context.options.clock.now());
  else {
    follower.isBlocked = true;
    follower.reason = trouble.reason;
  }
}

function forbid(context: LogContext, follower: Follower, { code, reason }: Pick<Trouble, 'code' | 'reason'>): void {
  const { forbiddenUntil, queue, options } = context;
  const { namespace } = follower.target;
  if (!forbiddenUntil.has(namespace)) queue.add([draftOf(context, { kind: 'sync', phase: 'error', code, reason })]);
  forbiddenUntil.set(namespace, options.clock.now() + forbiddenMs);
  leavePlace(context, follower);
}

/** Reports the first of several failures in a row and lets others have the place meanwhile. */
function failed(context: LogContext, follower: Follower, trouble: Trouble): void {
  const code = trouble.code === undefined ? {} : { code: trouble.code };
  const reason = `log of ${nameOf(follower.target)}: ${trouble.reason}`;
  if (!follower.isReported) context.queue.add([draftOf(context, { kind: 'sync', phase: 'error', ...code, reason })]);
  follower.isReported = true;
  follower.reason = trouble.reason;
  const askedMs = trouble.kind === 'retry' ? trouble.retryAfterMs : 0;
  follower.notBeforeMs = context.options.clock.now() + Math.max(backoffMs(context, follower), askedMs);
  leavePlace(context, follower);
}

/** Doubles with each failure, with jitter (recording.md §2.3). */
function backoffMs({ options }: LogContext, follower: Follower): number {
  const most = Math.min(maxBackoffMs, minReopenMs * 2 ** follower.failures);
  follower.failures += 1;
  return minReopenMs + options.random() * (most - minReopenMs);
}
