import type { RecordDraft } from '../../model/capture.ts';
import { ApiFailure, type ApiRequest } from '../api.ts';
import { ask } from '../ask.ts';
import { type Line, readLines } from '../lines.ts';
import { type Trouble, troubleOf, troubleOfFailure } from '../list-watch/trouble.ts';
import { readStatus } from '../status.ts';
import { draftOf, type LogContext, type LogTarget, nameOf } from './context.ts';
import { type LogLine, lineOf } from './line.ts';
import type { Read } from './plan.ts';
import { isRepeated, overlapOf, type Position } from './position.ts';

/** Where in a log to begin (query of pods/log): at `sinceTime` after what was read before. */
export type Since = { sinceTime?: string; sinceSeconds?: number; tailLines?: number };

/** How reading a log ended. `lines` were new. `quiet`: nothing came for too long; `cut`: by ourselves. */
export type Outcome = { lines: number } & End;

type End = { type: 'ended' | 'quiet' | 'cut' } | { type: 'refused' | 'broken'; trouble: Trouble };

/** What one request for a log needs. `onNew` is told each new line and whether the log still held lines that were read before. */
export type LogRequest = {
  target: LogTarget;
  read: Read;
  since: Since;
  position: Position;
  signal: AbortSignal;
  onNew?: (line: LogLine, wasContinued: boolean) => void;
};

/** Asks for a log and hands its new lines to the queue, which may hold it back; of a previous log only the end. Never throws. */
export async function readLog(context: LogContext, request: LogRequest): Promise<Outcome> {
  const { options, queue } = context;
  const { previous, running } = request.read;
  const tail: Tail = { drafts: [], bytes: 0, left: 0 };
  const count = { lines: 0 };
  const keep = async (drafts: RecordDraft[]) => {
    count.lines += drafts.length;
    if (previous) keepLast(tail, drafts, options.previousLimitBytes);
    else if (drafts.length > 0) await queue.push(drafts);
  };
  const end = await readAll(context, request, keep).catch((error: unknown): End => {
    if (request.signal.aborted) return { type: 'cut' };
    if (running && error instanceof ApiFailure && error.kind === 'idle') return { type: 'quiet' };
    return { type: 'broken', trouble: troubleOfFailure(error instanceof ApiFailure ? error : new ApiFailure('reset', String(error))) };
  });
  // What was read counts as read, also when the log broke off.
  if (tail.drafts.length > 0) await queue.push(tailOf(context, request.target, tail));
  return { ...count, ...end };
}

async function readAll(context: LogContext, request: LogRequest, keep: (drafts: RecordDraft[]) => Promise<void>): Promise<End> {
  const { client, options } = context;
  const response = await ask(client, requestOf(context, request));
  if (response.status !== 200) return { type: 'refused', trouble: troubleOf(await readStatus(response, options.clock.now())) };
  const overlap = overlapOf(request.position);
  // While a container runs, a piece without line feed may be half a line; of one that ended it is the last word.
  const body = request.read.running ? response.body : withFinalLineFeed(response.body);
  for await (const lines of readLines(body, options.maxLineBytes)) {
    await keep(lines.flatMap((line) => draftsOf(context, request, overlap, line)));
  }
  return { type: 'ended' };
}

function requestOf({ options }: LogContext, { target, read, since, signal }: LogRequest): ApiRequest {
  const { namespace, pod, container } = target;
  return {
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`,
    query: {
      container,
      ...(read.previous ? { previous: true } : {}),
      ...(read.running ? { follow: true } : {}),
      timestamps: true,
      ...since,
    },
    accept: '*/*',
    signal,
    // A kubelet sends not even headers before the first line.
    ...(read.running ? { headersTimeoutMs: options.watchdogMs, idleTimeoutMs: options.watchdogMs } : {}),
  };
}

function draftsOf(context: LogContext, request: LogRequest, overlap: ReturnType<typeof overlapOf>, line: Line): RecordDraft[] {
  const { target, read, position, onNew } = request;
  const { timestamp, message } = lineOf('bytes' in line ? line.bytes : line.head);
  if (isRepeated(position, overlap, { timestamp, message })) return [];
  onNew?.({ timestamp, message }, overlap.found);
  const draft = draftOf(context, { kind: 'log', line: { ...target, message, timestamp, ...(read.previous ? { previous: true } : {}) } });
  if ('bytes' in line) return [draft];
  const reason = `a log line of ${nameOf(target)} had ${line.oversizeBytes} bytes; its beginning is kept`;
  return [draft, draftOf(context, { kind: 'drop', count: 1, reason })];
}

/** The end of a log, and how many records were left out before it. */
type Tail = { drafts: RecordDraft[]; bytes: number; left: number };

function keepLast(tail: Tail, drafts: RecordDraft[], limitBytes: number): void {
  for (const draft of drafts) tail.bytes += bytesOf(draft);
  tail.drafts.push(...drafts);
  let leave = 0;
  for (; tail.bytes > limitBytes && leave < tail.drafts.length - 1; leave += 1) tail.bytes -= bytesOf(tail.drafts[leave]);
  tail.drafts.splice(0, leave);
  tail.left += leave;
}

function bytesOf(draft: RecordDraft | undefined): number {
  return draft?.kind === 'log' ? Buffer.byteLength(draft.line.message) : 0;
}

function tailOf(context: LogContext, target: LogTarget, { drafts, left }: Tail): RecordDraft[] {
  if (left === 0) return drafts;
  return [draftOf(context, { kind: 'drop', count: left, reason: `the beginning of the previous log of ${nameOf(target)}` }), ...drafts];
}

async function* withFinalLineFeed(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let last = 0x0a;
  for await (const chunk of body) {
    last = chunk.at(-1) ?? last;
    yield chunk;
  }
  if (last !== 0x0a) yield Buffer.from('\n');
}
