import type { RecordDraft, ResourceEvent } from '../../model/capture.ts';
import { fieldsOf, text } from '../../model/fields.ts';
import { parseJson } from '../../model/json.ts';
import type { KubernetesObject, ObjectRef } from '../../model/resource.ts';
import { oneLine } from '../../model/text.ts';
import type { ApiResponse } from '../api.ts';
import { type Line, readLines } from '../lines.ts';
import { statusOf } from '../status.ts';
import { type Asking, attempt, draftOf, happened, husk, nameOf, resourceBody } from './asking.ts';
import { beginList, noteEvent } from './identities.ts';
import type { Effect, Input } from './machine.ts';
import { watchRequest } from './requests.ts';
import { listed } from './run-list.ts';
import { troubleOf } from './trouble.ts';

/** Limits of a watch. `apply` tells the machine what happened on the way and yields what it wants recorded. */
export type WatchRun = {
  timeoutSeconds: number;
  idleMs: number;
  slowReaderMs: number;
  initialEventsEndMs: number;
  apply: (input: Input) => RecordDraft[];
};

const initialEventsEnd = 'k8s.io/initial-events-end';

/** Reads one watch to its end, whatever ends it. */
export async function* runWatch(
  asking: Asking,
  effect: Extract<Effect, { do: 'watch' }>,
  run: WatchRun,
): AsyncGenerator<RecordDraft[], Input | undefined> {
  if (effect.initialEvents) beginList(asking.identities);
  const leave = effect.initialEvents ? await asking.gate() : () => undefined;
  const request = { ...watchRequest(asking.spec, run.timeoutSeconds, effect), idleTimeoutMs: run.idleMs };
  try {
    return yield* attempt(asking, request, (response) => readWatch(asking, response, effect.initialEvents, run, leave));
  } finally {
    leave();
  }
}

async function* readWatch(
  asking: Asking,
  response: ApiResponse,
  initial: boolean,
  run: WatchRun,
  leave: () => void,
): AsyncGenerator<RecordDraft[], Input> {
  const reading: Reading = { asking, run, initial, version: '', events: 0, ended: undefined };
  let late = false;
  const mark = initial
    ? setTimeout(() => {
        late = true;
        response.close();
      }, run.initialEventsEndMs)
    : undefined; // prettier-ignore
  const lines = readLines(response.body, asking.maxObjectBytes);
  yield run.apply(happened(asking, { type: 'opened' }));
  try {
    for (let next = await lines.next(); ; next = await lines.next()) {
      if (late && reading.initial) return happened(asking, { type: 'late-mark' });
      if (next.done === true) return happened(asking, { type: 'closed', tornBytes: next.value });
      const drafts = take(reading, next.value);
      if (!reading.initial) {
        clearTimeout(mark);
        leave();
      } // prettier-ignore
      const slow = drafts.length > 0 ? yield* handOver(drafts, response, run.slowReaderMs) : false;
      if (reading.ended !== undefined) return reading.ended;
      if (slow) return happened(asking, { type: 'slow' });
    }
  } catch (error) {
    if (late && reading.initial) return happened(asking, { type: 'late-mark' });
    throw error;
  } finally {
    clearTimeout(mark);
  }
}

/** Yields a batch; true if its consumer took so long that the connection was closed: the API server would drop a reader like that. */
async function* handOver(drafts: RecordDraft[], response: ApiResponse, slowReaderMs: number): AsyncGenerator<RecordDraft[], boolean> {
  let slow = false;
  const timer = setTimeout(() => {
    slow = true;
    response.close();
  }, slowReaderMs); // prettier-ignore
  try {
    yield drafts;
  } finally {
    clearTimeout(timer);
  }
  return slow;
}

type Reading = { asking: Asking; run: WatchRun; initial: boolean; version: string; events: number; ended: Input | undefined };

/** The records of one chunk of lines. The machine learns the newest resourceVersion only after the records before it. */
function take(reading: Reading, lines: Line[]): RecordDraft[] {
  const { asking, run } = reading;
  const at = asking.clock.now();
  const drafts: RecordDraft[] = [];
  const tell = () => {
    if (reading.events > 0)
      drafts.push(...run.apply(happened(asking, { type: 'events', version: reading.version, count: reading.events })));
    reading.events = 0;
  };
  for (const line of lines) {
    if (!('bytes' in line)) {
      drafts.push(...tooLarge(reading, line.head.toString('utf8'), line.oversizeBytes, at));
      continue;
    }
    const event = parsedLine(line.bytes);
    if (event.type === 'BOOKMARK') {
      tell();
      const { resourceVersion, annotations } = fieldsOf(event.object.metadata);
      const ends = fieldsOf(annotations)[initialEventsEnd] === 'true';
      drafts.push(...run.apply(happened(asking, { type: 'bookmark', version: text(resourceVersion), initialEventsEnd: ends })));
      if (ends) reading.initial = false;
    } else if (event.type === 'ADDED' || event.type === 'MODIFIED' || event.type === 'DELETED') {
      drafts.push(...changed(reading, event.type, event.object, at));
    } else {
      // What follows an ERROR, or a line that cannot be read, is not to be trusted: the watch is opened again from the last good one.
      tell();
      const trouble =
        'reason' in event ? { kind: 'retry' as const, reason: event.reason, retryAfterMs: 0 } : troubleOf(statusOf(event.object));
      reading.ended = happened(asking, { type: 'trouble', trouble });
      return drafts;
    }
  }
  tell();
  return drafts;
}

function changed(reading: Reading, type: ResourceEvent['type'], object: KubernetesObject, at: number): RecordDraft[] {
  const { asking } = reading;
  const { uid = '', resourceVersion = '' } = object.metadata ?? {};
  reading.events += 1;
  // Between the initial events and their mark there may be others.
  if (reading.initial && type !== 'DELETED') return listed(asking, object, at);
  reading.version = resourceVersion;
  const name = nameOf(object);
  if (!noteEvent(asking.identities, type, uid, resourceVersion, name)) return [];
  // Events are deleted because they are old, not because anything happened.
  const expired = type === 'DELETED' && asking.spec.type.kind === 'Event';
  const kept = expired ? husk(asking, { uid, name, version: resourceVersion }) : object;
  return [draftOf(asking, resourceBody(asking, type, kept), at)];
}

/** What the beginning of a line that is too long to keep tells: which object it is, and whether that is gone. */
function tooLarge({ asking }: Reading, head: string, bytes: number, at: number): RecordDraft[] {
  const ref = guessedRef(head, asking.spec.type.kind);
  const drafts = [draftOf(asking, { kind: 'oversize', ref, bytes }, at)];
  if (ref.uid === '' || !head.startsWith('{"type":"DELETED"')) return drafts;
  const gone = { uid: ref.uid, name: `${ref.namespace}/${ref.name}`, version: '' };
  noteEvent(asking.identities, 'DELETED', gone.uid, '', gone.name);
  return [...drafts, draftOf(asking, resourceBody(asking, 'DELETED', husk(asking, gone)), at)];
}

/** Name, namespace and uid from the beginning of an object: its metadata comes before what makes it large. */
function guessedRef(head: string, kind: string): ObjectRef {
  const metadata = head.slice(Math.max(0, head.indexOf('"metadata"')));
  const field = (name: string) => new RegExp(`"${name}":"([^"\\\\]{1,253})"`).exec(metadata)?.[1] ?? '';
  return { kind, namespace: field('namespace'), name: field('name'), uid: field('uid') };
}

type Parsed =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; object: KubernetesObject }
  | { type: 'unreadable'; reason: string };

const types = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const;

function parsedLine(bytes: Buffer): Parsed {
  try {
    const { type, object } = parseJson(bytes.toString('utf8')) as { type?: unknown; object?: unknown };
    const known = types.find((one) => one === type);
    if (known !== undefined && typeof object === 'object' && object !== null) return { type: known, object };
    return { type: 'unreadable', reason: `a watch event of type ${oneLine(String(type), 40)}` };
  } catch {
    return { type: 'unreadable', reason: `a line of ${bytes.length} bytes that is no JSON` };
  }
}
