import type { RecordBody, RecordDraft } from '../../model/capture.ts';
import { type Clock, stamp } from '../../model/clock.ts';
import type { ApiClient } from '../api.ts';
import type { Places } from './places.ts';
import type { LogsMode } from './plan.ts';
import type { Queue } from './queue.ts';

/** How the logs of a cluster are recorded. */
export type LogOptions = {
  /** Alias of the cluster, `c01`. */
  cluster: string;
  clock: Clock;
  signal: AbortSignal;
  mode: LogsMode;
  /** Logs that are read at the same time: each is a connection from the API server to a kubelet. */
  maxStreams: number;
  /** Of the log of an instance that ended, so much is kept, from its end. */
  previousLimitBytes?: number;
  /** How far back the first look goes at the log of a container that ran before the recorder (mode `all`). */
  sinceSeconds?: number;
  /** The same in mode `failing`, in lines. */
  tailLines?: number;
  /** Of a longer line only the beginning is kept. */
  maxLineBytes?: number;
  /** After so long without a line the log of a running container is opened anew (kubernetes#115701). Real time. */
  watchdogMs?: number;
  random?: () => number;
  /** Where an earlier run of the same recording ended: the newest timestamp and the lines that bear it. */
  resume?: (podUid: string, container: string) => { timestamp: string; lastLines: string[] } | undefined;
};

/** Logs of one container are opened no faster than this. */
export const minReopenMs = 800;

/** Whose log. */
export type LogTarget = { namespace: string; pod: string; uid: string; container: string };

/** What is under way and can be broken off. */
export type Stoppable = { open?: { abort: AbortController }; pause?: AbortController };

/** What all followers of a cluster share. `forbiddenUntil` is by namespace, in epoch milliseconds. */
export type LogContext = {
  client: ApiClient;
  options: Required<Omit<LogOptions, 'resume'>> & Pick<LogOptions, 'resume'>;
  places: Places;
  queue: Queue<RecordDraft[]>;
  openedAtMs: number;
  forbiddenUntil: Map<string, number>;
  /** Those that are reading or waiting to read. */
  running: Set<Stoppable>;
  isStopped: boolean;
};

/** A record of the log stream as of now. */
export function draftOf(
  { options }: Pick<LogContext, 'options'>,
  body: RecordBody,
  atSource: RecordDraft['atSource'] = 'received',
): RecordDraft {
  return { at: stamp(options.clock), atSource, cluster: options.cluster, stream: `${options.cluster}/pods.log`, ...body };
}

/** `shop/cart-1 app`: for remarks. */
export function nameOf({ namespace, pod, container }: LogTarget): string {
  return `${namespace}/${pod} ${container}`;
}
