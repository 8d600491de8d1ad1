import type { Served } from './answer.ts';
import { keyOf, type Stored, treeOf } from './collection.ts';
import { isOfPod, type LogRecord } from './log-index.ts';
import { type LogQuery, runningSince } from './log-query.ts';

/** The lines of a running container as the replay comes to them. Close it. */
export type Following = { lines(afterSeq: number): AsyncGenerator<LogRecord[]>; close(): void };

/** Lines that were read late still belong to a run that has ended. In replay time. */
const graceMs = 2_000;

/** Listens from now on. Ends, as the kubelet does, with the run of the container or its pod; also with the replay and the signal. */
export function followLog({ state, playback, clock }: Served, pod: Stored, { container }: LogQuery, signal: AbortSignal): Following {
  const pods = state.collections.get('pods');
  const stop = new AbortController();
  let waiting: LogRecord[] = [];
  let wake = () => {};
  let isOver = false;
  const end = () => {
    isOver = true;
    wake();
  };
  const hear = (record: LogRecord) => {
    if (record.line.container !== container || record.line.previous === true || !isOfPod(record.line, pod)) return;
    waiting.push(record);
    wake();
  };
  const sinceNow = () => {
    const stored = pods?.objects.get(keyOf(pod));
    return pods === undefined || stored?.uid !== pod.uid ? undefined : runningSince(treeOf(pods.type, stored), container);
  };
  const since = sinceNow();
  let ends = false;
  const look = () => {
    if (ends || sinceNow() === since) return;
    ends = true;
    clock.sleep(graceMs / playback.speed(), stop.signal).then(end, end);
  };
  state.logs.listeners.add(hear);
  pods?.listeners.add(look);
  signal.addEventListener('abort', end, { once: true });
  playback.done.then(end, end);
  return {
    async *lines(afterSeq) {
      while (true) {
        const ready = waiting.filter(({ seq }) => seq > afterSeq);
        waiting = [];
        if (ready.length > 0) yield ready;
        else if (isOver || signal.aborted) return;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
    close() {
      state.logs.listeners.delete(hear);
      pods?.listeners.delete(look);
      signal.removeEventListener('abort', end);
      stop.abort();
    },
  };
}
