import type { Clock } from '../model/clock.ts';
import { stringifyJson } from '../model/json.ts';
import { oneLine } from '../model/text.ts';
import type { Playback } from './playback.ts';
import type { ReplayState } from './replay-state.ts';
import { failure, StatusError } from './status.ts';

/** What is answered: `body` is sent as it comes; an endless one (watch, log) ends with its request's signal. */
export type Answer = {
  status: number;
  type?: string;
  headers?: Record<string, string>;
  body: string | Iterable<string> | AsyncIterable<string>;
};

/** A request as the handlers see it. `signal` is aborted when the client is gone or the server closes. */
export type Asked = { method: string; path: string; query: URLSearchParams; accept: string | undefined; body: Buffer; signal: AbortSignal };

/** What every handler looks at. */
export type Served = {
  dir: string;
  cluster: string;
  /** As `/version` tells it. */
  version: () => string;
  state: ReplayState;
  playback: Playback;
  clock: Clock;
  bookmarkMs: number;
};

/** 200 with a JSON body. */
export function json(value: object, status = 200): Answer {
  return { status, body: `${stringifyJson(value)}\n` };
}

/** The Status that an error is answered with: 500 for what is none, such as damage of the capture. */
export function statusAnswer(error: unknown): Answer {
  const message = error instanceof Error ? oneLine(error.message) : 'unknown';
  const { status } = error instanceof StatusError ? error : failure(500, 'InternalError', `Internal error occurred: ${message}`);
  const retryAfter = status.details?.retryAfterSeconds;
  return { ...json(status, status.code), ...(retryAfter === undefined ? {} : { headers: { 'retry-after': String(retryAfter) } }) };
}
