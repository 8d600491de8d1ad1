import type { RecordBody, RecordDraft } from '../model/capture.ts';
import type { Clock } from '../model/clock.ts';
import type { KubernetesObject } from '../model/resource.ts';
import type { ApiClient, StreamSpec } from './api.ts';
import { discover } from './discovery.ts';
import { type Gate, newGate } from './limit.ts';
import { type Asking, deleted, draftOf, happened } from './list-watch/asking.ts';
import { endList, newIdentities } from './list-watch/identities.ts';
import { defaultTiming, type Effect, type Input, type Machine, newMachine, step, type Timing } from './list-watch/machine.ts';
import { runList } from './list-watch/run-list.ts';
import { runWatch } from './list-watch/run-watch.ts';

/** How a stream stands, for people. `denied` is the API server's refusal while it lasts. */
export type StreamState = {
  phase: Machine['phase'];
  resourceVersion: string;
  events: number;
  reopens: number;
  relists: number;
  gaps: number;
  throttled: number;
  denied?: string;
};

/** What a stream needs; limits that are left out have the defaults of recording.md §2. */
export type WatchOptions = {
  clock: Clock;
  random: () => number;
  signal: AbortSignal;
  /** `auto` lists in pages: streamed lists were measured slower on large clusters. */
  watchList?: 'auto' | 'on' | 'off';
  timing?: Partial<Timing>;
  headersTimeoutMs?: number;
  /** How long a watch may be silent; Events have no bookmarks and get the whole time of the watch. */
  watchIdleMs?: number;
  watchTimeoutSeconds?: readonly [least: number, most: number];
  initialEventsEndMs?: number;
  slowReaderMs?: number;
  maxObjectBytes?: number;
  listGate?: Gate;
  normalize?: (object: KubernetesObject) => KubernetesObject;
  /** What an earlier run knew: where to go on, and which objects there were (uid, resourceVersion, `namespace/name`). */
  resume?: { resourceVersion: string; objects: Iterable<[uid: string, version: string, name: string]>; since: string };
  onState?: (state: StreamState) => void;
};

/**
 * Everything that happens to one resource: a consistent list, then a watch that is resumed, listed anew and retried as the API server demands.
 * Ends only when the signal is aborted. Never throws for what a cluster does.
 */
export async function* watchResource(client: ApiClient, spec: StreamSpec, options: WatchOptions): AsyncGenerator<RecordDraft[]> {
  const { clock, random, signal, resume } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const asking: Asking = {
    client,
    spec,
    clock,
    random,
    signal,
    identities: newIdentities(resume?.objects),
    gate: options.listGate ?? newGate(1),
    normalize: options.normalize ?? ((object) => object),
    maxObjectBytes: options.maxObjectBytes ?? 8 * 1024 * 1024,
    headersTimeoutMs: options.headersTimeoutMs,
    relisting: resume !== undefined,
    deletes: 0,
  }; // prettier-ignore
  const stream: Stream = {
    asking,
    timing,
    state: newMachine(options.watchList === 'on', timing, resume && { version: resume.resourceVersion, since: Date.parse(resume.since) }),
    counts: { events: 0, reopens: 0, relists: 0, gaps: 0, throttled: 0 },
    onState: options.onState,
  };
  for (let input: Input | undefined = happened(asking, { type: 'start' }); input !== undefined && !signal.aborted; ) {
    const effects = advance(stream, input);
    const records = recorded(stream, effects);
    if (records.length > 0) yield records;
    input = yield* act(stream, effects, options);
  }
}

type Stream = {
  asking: Asking;
  timing: Timing;
  state: Machine;
  counts: Pick<StreamState, 'events' | 'reopens' | 'relists' | 'gaps' | 'throttled'>;
  onState: WatchOptions['onState'];
};

function advance(stream: Stream, input: Input): Effect[] {
  const { state, effects } = step(stream.state, input, stream.timing);
  stream.state = state;
  const { counts, onState } = stream;
  if (input.type === 'events') counts.events += input.count;
  if (input.type === 'trouble' && input.trouble.code === 429) counts.throttled += 1;
  for (const effect of effects) {
    if (effect.do === 'watch') counts.reopens += 1;
    if (effect.do === 'record' && effect.body.kind === 'gap') counts.gaps += 1;
    if (effect.do === 'record' && effect.body.kind === 'sync' && effect.body.phase === 'list-begin') counts.relists += 1;
  }
  onState?.({
    phase: state.phase,
    resourceVersion: state.version,
    ...counts,
    ...(state.denied === undefined ? {} : { denied: state.denied }),
  });
  return effects;
}

/** The records that effects ask for. */
function recorded(stream: Stream, effects: Effect[]): RecordDraft[] {
  const { asking } = stream;
  const drafts: RecordDraft[] = [];
  for (const effect of effects) {
    if (effect.do === 'compare') drafts.push(...goneObjects(stream));
    if (effect.do === 'record') drafts.push(draftOf(asking, withDeletes(stream, effect.body)));
  }
  return drafts;
}

/** The list is whole: what it does not show is gone. Events that are gone were old. */
function goneObjects({ asking }: Stream): RecordDraft[] {
  const gone = endList(asking.identities);
  asking.relisting = true;
  return asking.spec.type.kind === 'Event' ? [] : gone.map((one) => deleted(asking, one));
}

function withDeletes({ asking }: Stream, body: RecordBody): RecordBody {
  if (body.kind !== 'gap' || asking.spec.type.kind === 'Event') return body;
  const syntheticDeletes = asking.deletes;
  asking.deletes = 0;
  return { ...body, syntheticDeletes };
}

/** Does what is to be done, and yields what happens on the way; the result is what happened then, undefined at the end. */
async function* act(stream: Stream, effects: Effect[], options: WatchOptions): AsyncGenerator<RecordDraft[], Input | undefined> {
  const { asking } = stream;
  let next: Input | undefined;
  for (const effect of effects) {
    if (effect.do === 'renew') await asking.client.renew().catch(() => undefined);
    if (effect.do === 'discover') asking.spec = await rediscovered(asking);
    if (effect.do === 'list') next = yield* runList(asking, effect);
    if (effect.do === 'watch')
      next = yield* runWatch(asking, effect, {
        ...watchLimits(asking, options),
        apply: (input) => recorded(stream, advance(stream, input)),
      });
    if (effect.do === 'wait') {
      const slept = await asking.clock.sleep(effect.ms, asking.signal).then(
        () => true,
        () => false,
      ); // prettier-ignore
      next = slept ? happened(asking, { type: 'due' }) : undefined;
    }
  }
  return next;
}

/** A resource that was not served may be back in another version. */
async function rediscovered({ client, spec, signal }: Asking): Promise<StreamSpec> {
  const { resources } = await discover(client, signal).catch(() => ({ resources: [] }));
  const type = resources.find(({ group, resource }) => group === spec.type.group && resource === spec.type.resource);
  return type === undefined ? spec : { ...spec, type };
}

/** The API server ends a watch after a random time, so that not all of them come back at once. */
function watchLimits({ spec, random }: Asking, options: WatchOptions) {
  const [least, most] = options.watchTimeoutSeconds ?? [300, 600];
  const timeoutSeconds = Math.round(least + random() * (most - least));
  const quiet = (timeoutSeconds + 30) * 1000;
  return {
    timeoutSeconds,
    idleMs: spec.type.kind === 'Event' ? quiet : (options.watchIdleMs ?? 90_000),
    slowReaderMs: options.slowReaderMs ?? 30_000,
    initialEventsEndMs: options.initialEventsEndMs ?? 60_000,
  };
}
