import { describe, expect, it } from 'vitest';
import type { Asked } from '../../../fakes/apiserver.ts';
import { byPath, event, failure, hang, json, recorded, reset, type Script, watch } from '../../../fakes/apiserver.ts';
import { bookmark, changes, follow, list, page, pod, podsSpec, watched } from './following.ts';

const has = (wanted: string) => (told: string[]) => told.some((one) => one.includes(wanted));
const times = (wanted: string, count: number) => (told: string[]) => told.filter((one) => one.startsWith(wanted)).length >= count;
const watches = (asked: Asked[]) => asked.filter(({ query }) => query.watch === 'true');
const lists = (asked: Asked[]) => asked.filter(({ path, query }) => path === list && query.watch === undefined);
const pauses = (asked: Asked[]) => asked.slice(1).map(({ atMs }, index) => Math.round(atMs - (asked[index]?.atMs ?? 0)));
const empty = page(10, []);

describe('requests of a stream', () => {
  it.each<[string, Script]>([
    ['closes every watch at once', watch()],
    ['closes every watch after one event', watch(event('MODIFIED', pod('a', 11)))],
    ['closes every watch after a bookmark', watch(event('BOOKMARK', bookmark(11)))],
    ['resets every connection', { writes: [reset] }],
    ['fails every time', failure(500, 'InternalError', 'etcd')],
    ['says every time that the resourceVersion is too old', recorded('watch-old-rv')],
    ['refuses the credentials every time', recorded('unauth')],
  ])('are never closer than 800 ms, also when the server %s', async (_, answer) => {
    const { asked } = await follow(byPath({ [list]: [empty], [watched]: [answer] }), times('list-begin', 100), {
      ...limited(40),
    });
    // A list and the watch after it are one opening; pages of one list would be too.
    const openings = asked.filter(({ query }, index) => query.watch === 'true' || index > 0).slice(1);
    expect(openings.length).toBeGreaterThanOrEqual(8);
    for (const pause of pauses(openings)) expect(pause).toBeGreaterThanOrEqual(799);
  });

  it('wait longer after each failure, up to 30 s', async () => {
    const { asked } = await follow(byPath({ [list]: [failure(503, 'ServiceUnavailable', 'starting')] }), times('error', 12));
    const waited = pauses(lists(asked));
    expect(waited.slice(0, 3)).toEqual([800, 800, 1600]);
    expect(Math.max(...waited)).toBe(15_000);
    expect(waited).toEqual(waited.toSorted((a, b) => a - b));
  });

  it.each<[string, Script, number]>([
    ['in seconds', failure(429, 'TooManyRequests', 'slow down', {}, { 'retry-after': '7' }), 7000],
    ['as a date', failure(429, 'TooManyRequests', 'slow down', {}, { 'retry-after': 'Mon, 02 Mar 2026 10:00:20 GMT' }), 18_000],
    ['with a 503', failure(503, 'ServiceUnavailable', 'later', {}, { 'retry-after': '9' }), 9000],
    [
      'in the stream',
      watch(event('ERROR', { kind: 'Status', code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 11 } })),
      11_000,
    ],
  ])('wait as long as the server asks: %s', async (_, answer, least) => {
    const { asked, state } = await follow(
      byPath({ [list]: [empty], [watched]: [answer, watch(event('ADDED', pod('a', 11)), hang)] }),
      has('a@11'),
    );
    const [pause = 0] = pauses(watches(asked));
    expect(pause).toBeGreaterThanOrEqual(least);
    expect(pause).toBeLessThan(least + 2500);
    expect(lists(asked)).toHaveLength(1);
    expect(state?.throttled).toBe(JSON.stringify(answer).includes('429') ? 1 : 0);
  });
});

describe('a watch that ends', () => {
  it('is opened again from the last resourceVersion, of an event or a bookmark, without a list and without a gap', async () => {
    const script = {
      [list]: [empty],
      [watched]: [watch(event('ADDED', pod('a', 11)), event('BOOKMARK', bookmark(44))), watch(event('ADDED', pod('b', 45)), hang)],
    };
    const { told, asked } = await follow(byPath(script), has('b@45'));
    expect(watches(asked).map(({ query }) => query.resourceVersion)).toEqual(['10', '44']);
    expect(watches(asked)[0]?.query).toMatchObject({ allowWatchBookmarks: 'true', timeoutSeconds: '450' });
    expect(lists(asked)).toHaveLength(1);
    expect(changes(told)).toEqual(['ADDED a@11', 'ADDED b@45']);
  });

  it.each<[string, Script]>([
    ['is refused', { writes: [reset] }],
    ['breaks in the middle of a line', watch(event('ADDED', pod('z', 99)).slice(0, 30), reset)],
    ['gets a 500', failure(500, 'InternalError', 'etcd')],
    ['gets a 504', failure(504, 'Timeout', 'request timed out')],
    ['gets a page of a proxy', { status: 502, headers: { 'content-type': 'text/html' }, writes: ['<html>'] }],
  ])('because the connection %s spares the server a list: it goes on where it was', async (_, fault) => {
    const script = {
      [list]: [empty],
      [watched]: [watch(event('ADDED', pod('a', 11))), fault, fault, watch(event('ADDED', pod('b', 12)), hang)],
    };
    const { told, asked } = await follow(byPath(script), has('b@12'));
    expect(watches(asked).map(({ query }) => query.resourceVersion)).toEqual(['10', '11', '11', '11']);
    expect(lists(asked)).toHaveLength(1);
    expect(changes(told)).toEqual(['ADDED a@11', 'ADDED b@12']);
  });

  it('is given up when it has been silent for too long, and opened again where it was', async () => {
    const script = { [list]: [empty], [watched]: [watch(event('ADDED', pod('a', 11)), hang), watch(event('ADDED', pod('b', 12)), hang)] };
    const { told, asked } = await follow(byPath(script), has('b@12'), { watchIdleMs: 50 });
    expect(changes(told)).toEqual(['ADDED a@11', 'ADDED b@12']);
    expect(watches(asked)[1]?.query.resourceVersion).toBe('11');
    expect(watches(asked)[0]?.gone).toBe(true);
  });

  it('is given up when not even its headers come', async () => {
    const script = { [list]: [empty], [watched]: [{ writes: [hang] }, watch(event('ADDED', pod('b', 12)), hang)] };
    const { told } = await follow(byPath(script), has('b@12'), { headersTimeoutMs: 60 });
    expect(changes(told)).toEqual(['ADDED b@12']);
  });

  it('after three in a row that never said a word, a list shows what was missed', async () => {
    const script = { [list]: [empty, page(50, [pod('a', 40)])], [watched]: [watch(hang), watch(hang), watch(hang), watch(hang)] };
    const { told } = await follow(byPath(script), has('a@40'), { watchIdleMs: 30 });
    expect(changes(told).slice(0, 1)).toEqual(['ADDED a@40 (relist)']);
  });

  it('is closed on purpose when nobody takes what it says, and nothing is lost', async () => {
    const many = Array.from({ length: 20 }, (_, index) => event('ADDED', pod(`p${index}`, 11 + index)));
    let count = 0;
    const answers = byPath({ [list]: [empty] });
    const { told, asked } = await follow(
      (request, index) => {
        if (request.query.watch !== 'true') return answers(request, index);
        // What a server has kept since the resourceVersion; the first time not all of it at once.
        const rest = many.slice(Number(request.query.resourceVersion) - 10);
        count += 1;
        return watch(...(count === 1 ? rest.slice(0, 3) : rest), hang);
      },
      has('p19@30'),
      {
        slowReaderMs: 40,
        consume: async (drafts) => {
          if (count === 1 && drafts.some(({ kind }) => kind === 'resource')) await new Promise((resolve) => setTimeout(resolve, 150));
        },
      },
    );
    expect(told).toContain('close');
    expect(changes(told).map((one) => one.split('@')[0])).toEqual(many.map((_, index) => `ADDED p${index}`));
    expect(watches(asked)).toHaveLength(2);
  });
});

describe('rights', () => {
  it('that are refused by 401 are renewed once at once, then with patience', async () => {
    const unauthorized = recorded('unauth');
    const { asked, renewals, told } = await follow(
      byPath({ [list]: [unauthorized, unauthorized, unauthorized, empty], [watched]: [watch(hang)] }),
      has('open'),
    );
    expect(renewals).toBe(3);
    expect(pauses(lists(asked))[0]).toBe(800);
    expect(told.filter((one) => one === 'error 401')).toHaveLength(3);
  });

  it('that are refused by 403 are told and asked for slowly; once granted, the stream begins', async () => {
    const states: (string | undefined)[] = [];
    const forbidden = failure(403, 'Forbidden', 'pods is forbidden: User "jane" cannot list resource "pods"');
    const { asked } = await follow(byPath({ [list]: [forbidden, forbidden, empty], [watched]: [watch(hang)] }), has('open'), {
      consume: async () => undefined,
      onState: ({ denied }) => states.push(denied),
    });
    expect(pauses(lists(asked))).toEqual([315_000, 315_000]);
    expect(states.some((denied) => denied?.includes('User "jane" cannot list'))).toBe(true);
    expect(states.at(-1)).toBeUndefined();
  });

  it('to a resource whose CRD is gone are asked for slowly; it is found again in the version that is served then', async () => {
    const type = {
      group: 'example.com',
      version: 'v1alpha1',
      resource: 'widgets',
      kind: 'Widget',
      namespaced: true,
      verbs: ['list', 'watch'],
    };
    const resources = [{ name: 'widgets', kind: 'Widget', namespaced: true, verbs: ['list', 'watch'] }];
    const versions = [{ groupVersion: 'example.com/v1', version: 'v1' }];
    const groups = [{ name: 'example.com', versions, preferredVersion: versions[0] }];
    const script = {
      '/apis/example.com/v1alpha1/widgets': [{ status: 404, headers: { 'content-type': 'text/plain' }, writes: ['404 page not found\n'] }],
      '/api': [json({ kind: 'APIVersions', versions: [] })],
      '/apis': [json({ kind: 'APIGroupList', groups })],
      '/apis/example.com/v1': [json({ kind: 'APIResourceList', groupVersion: 'example.com/v1', resources })],
      '/apis/example.com/v1/widgets': [page(7, [{ metadata: { name: 'w', namespace: 'shop', uid: 'u', resourceVersion: '6' } }])],
      '/apis/example.com/v1/widgets?watch': [watch(hang)],
    };
    const { told, drafts } = await follow(byPath(script), has('open'), { spec: { ...podsSpec, id: 'c01/widgets.example.com', type } });
    expect(told).toContain('note: not served any more; asked again every few minutes');
    expect(changes(told)).toEqual(['ADDED w@6']);
    expect(drafts.find(({ kind }) => kind === 'resource')).toMatchObject({ event: { ref: { kind: 'Widget' } } });
  });
});

/** Ends the following after so many states in which it waits. */
function limited(count: number) {
  let left = count;
  const stop = new AbortController();
  return {
    signal: stop.signal,
    onState: ({ phase }: { phase: string }) => {
      if (phase === 'waiting') left -= 1;
      if (left === 0) stop.abort();
    },
  };
}
