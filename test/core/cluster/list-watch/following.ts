import type { StreamSpec } from '../../../../src/core/cluster/api.ts';
import { type StreamState, type WatchOptions, watchResource } from '../../../../src/core/cluster/watch-resource.ts';
import type { RecordDraft } from '../../../../src/core/model/capture.ts';
import type { Clock } from '../../../../src/core/model/clock.ts';
import { type ApiServer, type Asked, type Handler, json, type Script, startApiServer } from '../../../fakes/apiserver.ts';

export const podsSpec: StreamSpec = {
  id: 'c01/pods',
  cluster: 'c01',
  type: { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true, verbs: ['get', 'list', 'watch'] },
  metadataOnly: false,
};

/** The watch of pods, and their list. */
export const [list, watched] = ['/api/v1/pods', '/api/v1/pods?watch'] as const;

export type Followed = { drafts: RecordDraft[]; told: string[]; asked: Asked[]; renewals: number; state: StreamState | undefined };

type FollowOptions = Partial<WatchOptions> & { spec?: StreamSpec; consume?: (drafts: RecordDraft[]) => Promise<void> };

/**
 * Follows one resource of a scripted server until enough was told. Waits between requests take no time: the clock only says that they were
 * made, and the server notes by it when it was asked. What the server does byte by byte happens in real time.
 */
export async function follow(handler: Handler, enough: (told: string[]) => boolean, options: FollowOptions = {}): Promise<Followed> {
  const clock = jumpingClock();
  const server: ApiServer = await startApiServer(handler, { now: clock.now });
  const stop = new AbortController();
  const drafts: RecordDraft[] = [];
  const told: string[] = [];
  let state: StreamState | undefined;
  const { spec = podsSpec, consume, ...rest } = options;
  try {
    const onState = (next: StreamState) => {
      state = next;
    };
    const stream = watchResource(server.client, spec, { clock, random: () => 0.5, signal: stop.signal, onState, ...rest });
    for await (const batch of stream) {
      drafts.push(...batch);
      told.push(...batch.map(inShort));
      await consume?.(batch);
      if (enough(told)) break;
    }
  } finally {
    stop.abort();
    await server.close();
  }
  return { drafts, told, asked: server.asked, renewals: server.renewals(), state };
}

/** A record in a few words: `ADDED shop/a@5`, `DELETED shop/a (relist)`, `gap: …`, `error 410`, `open 10`. */
export function inShort(draft: RecordDraft): string {
  if (draft.kind === 'resource') {
    const { type, ref, resourceVersion, synthetic } = draft.event;
    return `${type} ${ref.name}@${resourceVersion}${synthetic === undefined ? '' : ` (${synthetic})`}`;
  }
  if (draft.kind === 'sync') return [draft.phase, draft.code, draft.resourceVersion].filter((one) => one !== undefined).join(' ');
  if (draft.kind === 'gap') return `gap, ${draft.syntheticDeletes} deleted: ${draft.reason}`;
  if (draft.kind === 'oversize') return `oversize ${draft.ref.name}`;
  return draft.kind === 'note' ? `note: ${draft.message}` : draft.kind;
}

/** What was told of objects. */
export const changes = (told: string[]) => told.filter((one) => /^(?:ADDED|MODIFIED|DELETED|oversize|gap)/.test(one));

/** A pod; its uid is its name unless given. */
export function pod(name: string, version: number | string, more: object = {}, uid = `uid-${name}`): object {
  const metadata = { name, namespace: 'shop', uid, resourceVersion: String(version) };
  return { kind: 'Pod', apiVersion: 'v1', metadata, ...more };
}

/** A page of a list, as a server sends it: items without kind and apiVersion. */
export function page(version: number, items: object[], token?: string): Script {
  const bare = items.map((item) => ({ ...item, kind: undefined, apiVersion: undefined }));
  const metadata = { resourceVersion: String(version), ...(token === undefined ? {} : { continue: token }) };
  return json({ kind: 'PodList', apiVersion: 'v1', metadata, items: bare });
}

export const bookmark = (version: number, ends = false) => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { resourceVersion: String(version), ...(ends ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) },
  spec: { containers: null },
});

function jumpingClock(): Clock {
  let now = Date.parse('2026-03-02T10:00:00Z');
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
}
