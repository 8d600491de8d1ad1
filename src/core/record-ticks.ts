import type { RecordDraft } from './model/capture.ts';
import { type Clock, stamp } from './model/clock.ts';

const tickMs = 5_000;
/** Of an ordinary adjustment nobody need know. */
const wallJumpMs = 2_000;

/**
 * Every 5 s a proof of life per cluster for quiet times, and a note when the machine's wall clock was set (or the machine slept): the times
 * in a capture follow the monotonic clock and go on unchanged. Ends when the signal is aborted.
 */
export async function* ticks(
  clock: Clock,
  clocks: () => Iterable<[cluster: string, clock: Clock]>,
  signal: AbortSignal,
): AsyncGenerator<RecordDraft[]> {
  let offset = offsetOf(clock);
  while (!signal.aborted) {
    const woken = await clock.sleep(tickMs, signal).then(
      () => true,
      () => false,
    );
    if (!woken || signal.aborted) return;
    const jump = offsetOf(clock) - offset;
    offset += jump;
    yield [...clocks()].flatMap(([cluster, time]) => {
      const base = { at: stamp(time), atSource: 'received', cluster, stream: '' } as const;
      const tick: RecordDraft = { ...base, kind: 'tick' };
      return Math.abs(jump) > wallJumpMs ? [{ ...base, kind: 'note', message: jumpMessage(jump) }, tick] : [tick];
    });
  }
}

function offsetOf(clock: Clock): number {
  return clock.wall === undefined ? 0 : clock.wall() - clock.now();
}

function jumpMessage(ms: number): string {
  const [seconds, direction] = [(Math.abs(ms) / 1000).toFixed(1), ms > 0 ? 'forward' : 'back'];
  return `the wall clock of the recording machine was set ${direction} by ${seconds} s; the times recorded here go on as before`;
}
