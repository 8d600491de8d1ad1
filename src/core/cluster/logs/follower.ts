import type { LogContext, LogTarget, Stoppable } from './context.ts';
import type { Guest } from './places.ts';
import type { Read, Wish } from './plan.ts';
import { newPosition, type Position, positionAfter } from './position.ts';

/** How the reading of one container's logs stands, from instance to instance. Times are epoch milliseconds. */
export type Follower = Guest & {
  target: LogTarget;
  /** What is wanted now; undefined for nothing more. */
  wish: Wish | undefined;
  position: Position;
  /** Instances of which everything was read: when, and whether as previous one. */
  done: Map<string, { atMs: number; previous: boolean }>;
  /** The current log was read since it was wanted: go on where that ended. */
  isResumed: boolean;
  lastInstance: string;
  /** It has one of the places for streams; `isEvicted` when it is to give that up. */
  isInside: boolean;
  isEvicted: boolean;
  open?: { read: Read; abort: AbortController };
  pause?: AbortController;
  /** The server said that there is nothing yet: until the pod changes. */
  isBlocked: boolean;
  openedMs: number;
  firstOpenedMs?: number;
  notBeforeMs: number;
  /** When the position was held. */
  heldMs: number;
  /** Consecutive reads without a line, and whether their failure was reported. */
  failures: number;
  isReported: boolean;
  /** A rotation that the log seems to tell of. */
  lost?: { from: string; to: string; seenMs: number };
  /** Why nothing is read, for people; '' while something is. */
  reason: string;
  wasNoted: boolean;
  hasLines: boolean;
};

/** A follower that reads nothing yet; an earlier run of the recording says where it goes on. */
export function newFollower({ options }: LogContext, target: LogTarget): Follower {
  const before = options.resume?.(target.uid, target.container);
  const follower: Follower = {
    target,
    wish: undefined,
    position: before === undefined ? newPosition() : positionAfter(before.timestamp, before.lastLines),
    done: new Map(),
    isResumed: before !== undefined,
    lastInstance: '',
    isInside: false,
    isEvicted: false,
    isBlocked: false,
    openedMs: Number.NEGATIVE_INFINITY,
    notBeforeMs: Number.NEGATIVE_INFINITY,
    heldMs: 0,
    failures: 0,
    isReported: false,
    reason: '',
    wasNoted: false,
    hasLines: false,
    isUrgent: () => follower.wish?.failing === true,
    giveUp() {
      follower.isEvicted = true;
      stopFollower(follower);
    },
  };
  return follower;
}

/** The first read that is wanted and was not done; none while the server has to be waited for. */
export function nextRead({ wish, done, isBlocked }: Follower): Read | undefined {
  return isBlocked ? undefined : wish?.reads.find(({ instance }) => !done.has(instance));
}

/** True if both ask for the same log, or neither for any. */
export function isSameRead(a: Read | undefined, b: Read | undefined): boolean {
  return a?.instance === b?.instance && a?.previous === b?.previous && a?.running === b?.running;
}

/** Breaks off what a follower is doing. */
export function stopFollower({ open, pause }: Stoppable): void {
  open?.abort.abort();
  pause?.abort();
}

/** Lets others have the place. */
export function leavePlace({ places }: LogContext, follower: Follower): void {
  follower.isEvicted = false;
  if (!follower.isInside) return;
  follower.isInside = false;
  places.leave(follower);
}
