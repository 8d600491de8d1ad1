/**
 * Time as a recorder or a replay knows it. `now` is epoch milliseconds and never goes back; `sleep` rejects with the signal's reason when
 * aborted; `wall` is what the machine's clock shows, which may be set at any time. Tests inject their own; the clock of a replay runs at the
 * replay's speed.
 */
export type Clock = { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void>; wall?(): number };

/** RFC 3339 in UTC with milliseconds: the `at` of a record. */
export function stamp(clock: Pick<Clock, 'now'>): string {
  return new Date(clock.now()).toISOString();
}
