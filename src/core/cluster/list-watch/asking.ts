import type { RecordBody, RecordDraft, ResourceEvent } from '../../model/capture.ts';
import type { Clock } from '../../model/clock.ts';
import type { KubernetesObject } from '../../model/resource.ts';
import { type ApiClient, ApiFailure, type ApiResponse, type StreamSpec } from '../api.ts';
import type { Gate } from '../limit.ts';
import { readStatus } from '../status.ts';
import type { Gone, Identities } from './identities.ts';
import type { Input } from './machine.ts';
import { troubleOf, troubleOfFailure } from './trouble.ts';

/** What a list and a watch of one stream have in common. */
export type Asking = {
  client: ApiClient;
  spec: StreamSpec;
  identities: Identities;
  clock: Clock;
  random: () => number;
  signal: AbortSignal;
  gate: Gate;
  normalize: (object: KubernetesObject) => KubernetesObject;
  maxObjectBytes: number;
  headersTimeoutMs: number | undefined;
  /** A list after the first one says what has happened meanwhile, not what is new. */
  relisting: boolean;
  /** Objects that lists have shown to be gone since the last gap was told. */
  deletes: number;
};

type Happened = Input extends infer One ? (One extends Input ? Omit<One, 'now' | 'random'> : never) : never;

/** An input of the machine, as of now. */
export function happened({ clock, random }: Asking, what: Happened): Input {
  return { ...what, now: clock.now(), random: random() } as Input;
}

/** A record of the stream, received now. */
export function draftOf({ spec, clock }: Asking, body: RecordBody, atMs: number = clock.now()): RecordDraft {
  return { at: new Date(atMs).toISOString(), atSource: 'received', cluster: spec.cluster, stream: spec.id, ...body };
}

/** What happened to an object, as a record body. Kind and apiVersion come from the stream where a list leaves them out. */
export function resourceBody(
  { spec, normalize }: Asking,
  type: ResourceEvent['type'],
  object: KubernetesObject,
  synthetic?: ResourceEvent['synthetic'],
): Extract<RecordBody, { kind: 'resource' }> {
  const kept = normalize(object);
  const { name = '', namespace = '', uid = '', resourceVersion = '' } = kept.metadata ?? {};
  const ref = {
    kind: kept.kind ?? spec.type.kind,
    namespace,
    name,
    uid,
    ...(kept.apiVersion === undefined ? {} : { apiVersion: kept.apiVersion }),
  };
  return { kind: 'resource', event: { type, ref, resourceVersion, object: kept, ...(synthetic === undefined ? {} : { synthetic }) } };
}

/** An object of which only its name is known any more. */
export function husk({ spec }: Asking, { uid, name, version }: Gone): KubernetesObject {
  const { group, version: apiVersion, kind } = spec.type;
  const slash = name.indexOf('/');
  const namespace = name.slice(0, slash);
  return {
    apiVersion: group === '' ? apiVersion : `${group}/${apiVersion}`,
    kind,
    metadata: { name: name.slice(slash + 1), ...(namespace === '' ? {} : { namespace }), uid, resourceVersion: version },
  };
}

/** The record of what a list has shown to be gone. */
export function deleted(asking: Asking, gone: Gone, at?: number): RecordDraft {
  asking.deletes += 1;
  return draftOf(asking, resourceBody(asking, 'DELETED', husk(asking, gone), 'relist'), at);
}

/** `namespace/name`, by which an object that was created anew is told from its predecessor. */
export function nameOf({ metadata = {} }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}

/** Runs a request to its end; what goes wrong becomes an input. Undefined when the signal was aborted. */
export async function* attempt(
  asking: Asking,
  request: Parameters<ApiClient['request']>[0],
  read: (response: ApiResponse) => AsyncGenerator<RecordDraft[], Input>,
): AsyncGenerator<RecordDraft[], Input | undefined> {
  const { client, signal, clock, headersTimeoutMs } = asking;
  let response: ApiResponse | undefined;
  try {
    response = await client.request({ ...request, signal, ...(headersTimeoutMs === undefined ? {} : { headersTimeoutMs }) });
    if (response.status !== 200) return happened(asking, { type: 'trouble', trouble: troubleOf(await readStatus(response, clock.now())) });
    return yield* read(response);
  } catch (error) {
    if (signal.aborted) return undefined;
    if (error instanceof ApiFailure) return happened(asking, { type: 'trouble', trouble: troubleOfFailure(error) });
    throw error;
  } finally {
    response?.close();
  }
}
