import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../model/clock.ts';

/** The machine's clock: its wall time at the start plus monotonic time since, `speed` times as fast. `startAt` in epoch milliseconds. */
export function systemClock(startAt: number = Date.now(), speed = 1): Clock {
  const origin = performance.now();
  return {
    now: () => startAt + (performance.now() - origin) * speed,
    wall: () => Date.now(),
    sleep: (ms, signal) => wait(ms / speed, undefined, { signal }).catch((error: unknown) => Promise.reject(signal?.reason ?? error)),
  };
}
