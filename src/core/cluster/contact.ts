import { createHash } from 'node:crypto';
import type { ClusterInfo } from '../model/capture.ts';
import type { Clock } from '../model/clock.ts';
import { fieldsOf, text } from '../model/fields.ts';
import type { ApiClient, ResourceType } from './api.ts';
import { ask, readJson } from './ask.ts';
import { systemClock } from './clock.ts';
import { discover } from './discovery.ts';
import { probe } from './probe.ts';

/**
 * What a cluster says of itself: its identity, the resources it serves, what discovery could not reach, and the time that counts there.
 * `replay` is the speed of a served recording; it has a clock of its own.
 */
export type Contact = {
  info: Pick<ClusterInfo, 'uid' | 'version' | 'serverHash'>;
  types: ResourceType[];
  problems: string[];
  clock: Clock;
  replay?: { speed: number };
};

/** Asks a cluster who it is. Errors of `probe` (CLUSTER_*, exit code 4). */
export async function makeContact(client: ApiClient, clock: Clock, signal: AbortSignal): Promise<Contact> {
  const { version, replay } = await probe(client, signal);
  const { resources, problems } = await discover(client, signal);
  const uid = await systemNamespaceUid(client, signal);
  const serverHash = createHash('sha256').update(client.server).digest('hex').slice(0, 16);
  const info = { ...(uid === undefined ? {} : { uid }), ...(version === '' ? {} : { version }), serverHash };
  const speed = Math.max(1, replay?.speed ?? 1);
  // What a replay serves happened at the replay's time; a standing one goes on from its moment.
  const time = replay === undefined ? clock : systemClock(Date.parse(replay.at), speed);
  return { info, types: resources, problems, clock: time, ...(replay === undefined ? {} : { replay: { speed } }) };
}

/** The uid of the namespace kube-system, which is the nearest to an identity that a cluster has; not everybody may read it. */
async function systemNamespaceUid(client: ApiClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    const response = await ask(client, { path: '/api/v1/namespaces/kube-system', signal });
    const { metadata } = fieldsOf(await readJson(response));
    return response.status === 200 ? text(fieldsOf(metadata).uid) || undefined : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
