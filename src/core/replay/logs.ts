import { readCapture } from '../capture/index.ts';
import type { Answer, Asked, Served } from './answer.ts';
import { keyOf, type Stored, treeOf } from './collection.ts';
import { followLog } from './log-follow.ts';
import { isOfPod, type LogRecord, logSpan } from './log-index.ts';
import { isOfRun, type LogQuery, logQuery, type Run, runOf } from './log-query.ts';
import { notFound, unknownResource } from './status.ts';

/**
 * GET of `pods/log`: the recorded lines of a container's current or previous run, up to now. `follow` goes on until the replay ends; one that
 * stands still says nothing more, as a quiet container.
 * Throws StatusError: 404 for the pod, 400 in the API's words for a container that does not exist, has not started, or never ran before.
 */
export function logAnswer(served: Served, asked: Asked, place: { namespace: string; name: string }): Answer {
  const pods = served.state.collections.get('pods');
  if (pods === undefined) throw unknownResource();
  const stored = pods.objects.get(keyOf(place));
  if (stored === undefined) throw notFound(pods.type, place.name);
  const pod = treeOf(pods.type, stored);
  const query = logQuery(asked.query, pod, served.playback.now());
  const run = runOf(pod, query, logSpan(served.state.logs, stored));
  return { status: 200, type: 'text/plain', body: limited(logText(served, asked.signal, stored, query, run), query.limitBytes) };
}

async function* logText(served: Served, signal: AbortSignal, pod: Stored, query: LogQuery, run: Run): AsyncGenerator<string> {
  const following = query.follow && run.isRunning ? followLog(served, pod, query, signal) : undefined;
  try {
    const lastSeq = logSpan(served.state.logs, pod)?.lastSeq ?? 0;
    // Read twice rather than kept: a tail may be as long as the log.
    const skip = Number.isFinite(query.tail) ? (await count(recorded(served, pod, query, run, lastSeq, signal))) - query.tail : 0;
    let seen = 0;
    for await (const record of recorded(served, pod, query, run, lastSeq, signal)) {
      seen += 1;
      if (seen > skip && timeOfLine(record) >= query.sinceMs) yield lineText(record, query);
    }
    if (following === undefined) return;
    for await (const records of following.lines(lastSeq)) yield records.map((record) => lineText(record, query)).join('');
  } finally {
    following?.close();
  }
}

/** The lines of a run as far as they are folded; they are read from the capture again, so that memory does not grow with its length. */
async function* recorded({ dir, cluster, state }: Served, pod: Stored, query: LogQuery, run: Run, lastSeq: number, signal: AbortSignal) {
  const span = logSpan(state.logs, pod);
  if (span === undefined) return;
  try {
    for await (const record of readCapture(dir, { classes: ['logs'], fromSeq: span.firstSeq, signal })) {
      if (record.seq > lastSeq) return;
      if (record.kind !== 'log' || record.cluster !== cluster || record.line.container !== query.container) continue;
      if (isOfPod(record.line, pod) && isOfRun(record, run)) yield record;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function count(records: AsyncIterable<LogRecord>): Promise<number> {
  let total = 0;
  for await (const _ of records) total += 1;
  return total;
}

function timeOfLine({ line, at }: LogRecord): number {
  return Date.parse(line.timestamp === '' ? at : line.timestamp);
}

function lineText({ line, at }: LogRecord, { timestamps }: LogQuery): string {
  return timestamps ? `${line.timestamp || at} ${line.message}\n` : `${line.message}\n`;
}

async function* limited(lines: AsyncGenerator<string>, limitBytes: number): AsyncGenerator<string> {
  let rest = limitBytes;
  for await (const line of lines) {
    const bytes = Buffer.byteLength(line);
    yield bytes <= rest ? line : Buffer.from(line).subarray(0, rest).toString('utf8');
    rest -= bytes;
    if (rest <= 0) return;
  }
}
