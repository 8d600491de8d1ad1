import { readBatches } from '../capture/index.ts';
import { captureError, usageError } from '../errors.ts';
import type { CaptureRecord } from '../model/capture.ts';
import type { Clock } from '../model/clock.ts';
import { momentOf, refuseOutside } from './moment.ts';
import type { ServeMoment } from './serve.ts';

/** A capture being folded, and the time that counts there. */
export type Playback = {
  /** The replay's now in epoch milliseconds; never goes back, and never passes a record that is not folded yet. */
  now(): number;
  /** 0 when it stands still: at a fixed moment, and at the end. */
  speed(): number;
  /** The end of a running replay; a still one has none and resolves when the signal aborts. */
  done: Promise<void>;
};

type Source = { dir: string; cluster: string; clock: Clock; signal: AbortSignal; apply: (record: CaptureRecord) => void };

/**
 * Folds a capture up to a moment, or starts to play it; resolves when there is something to serve. CAPTURE_EMPTY: nothing was recorded of
 * the cluster. REPLAY_OUTSIDE (usage): the moment lies before the first or after the last record. Errors of `readBatches`.
 */
export async function openPlayback(source: Source, moment: ServeMoment): Promise<Playback> {
  if (moment.type === 'run') return play(source, moment.speed);
  const momentIn = momentOf(moment.at);
  let first: number | undefined;
  let at = Number.POSITIVE_INFINITY;
  let last = 0;
  let beyond = false;
  for await (const record of recordsOf(source)) {
    const time = Date.parse(record.at);
    if (first === undefined) {
      first = time;
      at = momentIn(first);
      refuseOutside(source.dir, at, first);
    }
    beyond = time > Math.max(at, first);
    if (beyond) break;
    source.apply(record);
    last = Math.max(last, time);
  }
  if (first === undefined) throw emptyError(source);
  if (!beyond) refuseOutside(source.dir, at, first, last);
  const now = beyond ? Math.max(at, first) : last;
  return { now: () => now, speed: () => 0, done: aborted(source.signal) };
}

async function play(source: Source, speed: number): Promise<Playback> {
  if (!(speed > 0 && Number.isFinite(speed))) throw usageError('REPLAY_BAD_SPEED', `a replay runs at a speed above 0, not at ${speed}`);
  const { clock, signal, apply } = source;
  const records = recordsOf(source);
  const first = await records.next();
  if (first.done === true) throw emptyError(source);
  const start = Date.parse(first.value.at);
  const origin = clock.now();
  const target = () => start + (clock.now() - origin) * speed;
  const state = { shown: start, limit: start, ended: false };
  const now = () => {
    state.shown = Math.max(state.shown, Math.min(target(), state.limit));
    return state.shown;
  };
  apply(first.value);
  const run = async () => {
    let reached = start;
    for await (const record of records) {
      const due = Math.max(reached, Date.parse(record.at));
      state.limit = due;
      while (target() < due) await clock.sleep((due - target()) / speed, signal);
      apply(record);
      reached = due;
      state.limit = reached;
    }
    state.ended = true;
  };
  const done = run().catch((error: unknown) => {
    state.ended = true;
    if (!signal.aborted) throw error;
  });
  // Whoever serves may not look at it before the end.
  done.catch(() => undefined);
  return { now, speed: () => (state.ended ? 0 : speed), done };
}

async function* recordsOf({ dir, cluster, signal }: Source): AsyncGenerator<CaptureRecord> {
  for await (const batch of readBatches(dir, { signal })) {
    for (const record of batch) if (record.cluster === cluster) yield record;
  }
}

function emptyError({ dir, cluster }: Source): Error {
  return captureError('CAPTURE_EMPTY', `${dir} holds no record of cluster ${cluster}`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
