import { describe, expect, it } from 'vitest';
import { byPath, event, failure, hang, pieces, recorded, type Script, watch } from '../../../fakes/apiserver.ts';
import { changes, follow, list, page, pod, podsSpec, watched } from './following.ts';

const has = (wanted: string) => (told: string[]) => told.some((one) => one.includes(wanted));
const times = (wanted: string, count: number) => (told: string[]) => told.filter((one) => one.includes(wanted)).length >= count;
const versions = (asked: { path: string; query: Record<string, string> }[]) =>
  asked.flatMap(({ query }) => (query.watch === 'true' ? [query.resourceVersion] : []));
const lists = (asked: { query: Record<string, string> }[]) => asked.filter(({ query }) => query.watch === undefined);

describe('a list', () => {
  it('is read in pages of one moment, and the watch begins at its resourceVersion, not at that of an item', async () => {
    const script = {
      [list]: [page(10, [pod('a', 9)], 'next'), page(10, [pod('b', 99)])],
      [watched]: [watch(event('MODIFIED', pod('a', 11)), hang)],
    };
    const { told, asked, drafts } = await follow(byPath(script), has('a@11'));
    expect(changes(told)).toEqual(['ADDED a@9', 'ADDED b@99', 'MODIFIED a@11']);
    expect(lists(asked).map(({ query }) => query)).toEqual([{ limit: '500' }, { limit: '500', continue: 'next' }]);
    expect(versions(asked)).toEqual(['10']);
    expect(drafts.find(({ kind }) => kind === 'resource')).toMatchObject({
      event: { ref: { kind: 'Pod', namespace: 'shop', name: 'a', uid: 'uid-a' } },
    });
  });

  it('reads the two recorded pages of a real API server', async () => {
    const spec = { ...podsSpec, id: 'c01/events', type: { ...podsSpec.type, resource: 'events', kind: 'Event' } };
    const script = { '/api/v1/events': [recorded('chunk1'), recorded('chunk2'), page(4003, [])], '/api/v1/events?watch': [watch(hang)] };
    const { told, asked } = await follow(byPath(script), has('open'), { spec });
    expect(changes(told).slice(0, 2)).toEqual([
      'ADDED orders-api-7b7b4869c9-9zzxt.18eac820b1bfe8ae@825',
      'ADDED orders-api-7b7b4869c9-9zzxt.18eac820f9b588bd@902',
    ]);
    expect(changes(told)).toHaveLength(4);
    expect(new Set(lists(asked).map(({ query }) => query.continue)).size).toBe(3);
    expect(versions(asked)).toEqual(['4003']);
  });

  it('begins again when its token has expired, and is asked for in one piece the third time', async () => {
    const expired = recorded('continue-expired');
    const first = page(10, [pod('a', 9)], 'next');
    const script = { [list]: [first, expired, first, expired, page(12, [pod('a', 9), pod('b', 12)])], [watched]: [watch(hang)] };
    const { told, asked } = await follow(byPath(script), has('open'));
    expect(changes(told)).toEqual(['ADDED a@9', 'ADDED b@12']);
    expect(lists(asked).map(({ query }) => [query.limit, query.continue])).toEqual([
      ['500', undefined],
      ['500', 'next'],
      ['500', undefined],
      ['500', 'next'],
      [undefined, undefined],
    ]);
  });

  it('is no list when a proxy answers with a page of its own', async () => {
    const html = { status: 200, headers: { 'content-type': 'text/html' }, writes: ['<html>please log in</html>'] };
    const bad = { status: 502, headers: { 'content-type': 'text/html' }, writes: ['<html>bad gateway</html>'] };
    const script = { [list]: [html, bad, page(3, [pod('a', 2)])], [watched]: [watch(hang)] };
    const { told, drafts } = await follow(byPath(script), has('open'));
    expect(changes(told)).toEqual(['ADDED a@2']);
    const reasons = drafts.flatMap((draft) => (draft.kind === 'sync' && draft.phase === 'error' ? [draft.reason] : []));
    expect(reasons).toEqual([
      'the answer is no list of Kubernetes objects',
      expect.stringContaining('no answer of Kubernetes: <html>bad gateway</html>'),
    ]);
  });
});

describe('a streamed list (KEP-3157)', () => {
  it('reads what a real API server sent, up to the mark of its end', async () => {
    const { told, asked, drafts } = await follow(byPath({ [watched]: [recorded('pods-watchlist-ns'), watch(hang)] }), times('open', 2), {
      watchList: 'on',
    });
    expect(changes(told).every((one) => one.startsWith('ADDED'))).toBe(true);
    expect(changes(told)).toHaveLength(3);
    expect(asked[0]?.query).toMatchObject({ sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' });
    expect(told).toContain('list-end 7412');
    expect(versions(asked).slice(1)).toEqual(['7412']);
    expect(JSON.stringify(drafts)).not.toContain('"containers":null');
  });

  it('falls back to pages where the server refuses it', async () => {
    const script = { [list]: [page(5, [pod('a', 5)])], [watched]: [recorded('watchlist-norvm'), watch(hang)] };
    const { told, asked } = await follow(byPath(script), has('open 5'), { watchList: 'on' });
    expect(changes(told)).toEqual(['ADDED a@5']);
    expect(lists(asked)).toHaveLength(1);
  });

  it('falls back to pages when the mark does not come, and tells nothing twice', async () => {
    const script = { [list]: [page(5, [pod('a', 5), pod('b', 4)])], [watched]: [watch(event('ADDED', pod('a', 5)), hang), watch(hang)] };
    const { told } = await follow(byPath(script), has('open 5'), { watchList: 'on', initialEventsEndMs: 60 });
    expect(changes(told)).toEqual(['ADDED a@5', 'ADDED b@4']);
    expect(told).toContain('list-end 5');
  });
});

describe('a resourceVersion that is too old', () => {
  const before = page(10, [pod('kept', 8), pod('changed', 9), pod('gone', 7), pod('again', 6)]);
  const after = page(900, [pod('kept', 8), pod('changed', 800), pod('again', 850, {}, 'uid-new'), pod('fresh', 890)]);
  const afterwards = [
    'ADDED kept@8',
    'ADDED changed@9',
    'ADDED gone@7',
    'ADDED again@6',
    'MODIFIED changed@800 (relist)',
    'DELETED again@6 (relist)',
    'ADDED again@850 (relist)',
    'ADDED fresh@890 (relist)',
    'DELETED gone@7 (relist)',
  ];

  it.each([
    ['in the stream, as a real API server says it', recorded('watch-old-rv')],
    ['in the stream of Events after compaction', recorded('watch-compacted-events')],
    ['as the status of the answer', failure(410, 'Gone', 'too old resource version')],
    ['in the old wording', watch(event('ERROR', { kind: 'Status', code: 410, reason: 'Gone', message: 'too old' }))],
  ])('leads to a list that is compared by uid, and to one gap: %s', async (_, expired: Script) => {
    const script = { [list]: [before, after], [watched]: [expired, watch(event('MODIFIED', pod('fresh', 901)), hang)] };
    const { told, asked, drafts, state } = await follow(byPath(script), has('fresh@901'));
    const gaps = drafts.filter(({ kind }) => kind === 'gap');
    expect(changes(told).filter((one) => !one.startsWith('gap'))).toEqual([...afterwards, 'MODIFIED fresh@901']);
    expect(gaps).toMatchObject([{ fromResourceVersion: '10', toResourceVersion: '900', syntheticDeletes: 2 }]);
    expect(versions(asked)).toEqual(['10', '900']);
    expect(state).toMatchObject({ gaps: 1, relists: 2 });
  });

  it('is one gap also when the list itself fails before it succeeds', async () => {
    const script = {
      [list]: [before, failure(500, 'InternalError', 'etcd'), failure(410, 'Expired', 'again'), after],
      [watched]: [recorded('watch-old-rv'), watch(hang)],
    };
    const { drafts } = await follow(byPath(script), times('open', 2));
    expect(drafts.filter(({ kind }) => kind === 'gap')).toHaveLength(1);
  });

  it('is no news where the server has yet to reach it: the same one is asked for again', async () => {
    const script = {
      [list]: [page(10, [])],
      [watched]: [recorded('list-future-rv'), recorded('list-future-rv'), watch(event('ADDED', pod('a', 11)), hang)],
    };
    const { told, asked } = await follow(byPath(script), has('a@11'));
    expect(versions(asked)).toEqual(['10', '10', '10']);
    expect(changes(told)).toEqual(['ADDED a@11']);
  });
});

describe('bytes', () => {
  const odd = pod('a', 11, {
    metadata: { name: 'a', namespace: 'shop', uid: 'u', resourceVersion: '11', annotations: { note: 'été\u2028\r漢字 🚀' } },
  });

  it.each([1, 2, 3, 7])('may be cut anywhere: pieces of %i', async (size) => {
    const bytes = event('ADDED', odd) + event('MODIFIED', pod('a', 12, {}, 'u'));
    const { drafts } = await follow(byPath({ [list]: [page(10, [])], [watched]: [watch(...pieces(bytes, size), hang)] }), has('a@12'));
    const [first] = drafts.filter(({ kind }) => kind === 'resource');
    expect(first).toMatchObject({ event: { object: { metadata: { annotations: { note: 'été\u2028\r漢字 🚀' } } } } });
  });

  it('of half a line at the end are no record: the watch goes on from the last whole one', async () => {
    const script = {
      [list]: [page(10, [])],
      [watched]: [
        watch(event('ADDED', pod('a', 11)), event('MODIFIED', pod('a', 12)).slice(0, 40)),
        watch(event('MODIFIED', pod('a', 12)), hang),
      ],
    };
    const { told, asked, drafts } = await follow(byPath(script), has('a@12'));
    expect(changes(told)).toEqual(['ADDED a@11', 'MODIFIED a@12']);
    expect(versions(asked)).toEqual(['10', '11']);
    expect(drafts).toContainEqual(expect.objectContaining({ phase: 'close', reason: 'torn line of 40 bytes' }));
  });

  it('keep integers beyond 2^53, and null', async () => {
    const bytes = `{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"shop","uid":"u","resourceVersion":"11"},"spec":{"big":12345678901234567890,"none":null}}}\n`;
    const { drafts } = await follow(byPath({ [list]: [page(10, [])], [watched]: [watch(bytes, hang)] }), has('a@11'));
    const [first] = drafts.filter((draft) => draft.kind === 'resource');
    const { stringifyJson } = await import('../../../../src/core/model/json.ts');
    expect(stringifyJson(first?.event.object.spec)).toBe('{"big":12345678901234567890,"none":null}');
  });

  it('that are no UTF-8 do not end the stream', async () => {
    const [head, tail] = event('ADDED', pod('a', 11, { note: 'X' })).split('X');
    const bytes = Buffer.concat([Buffer.from(head ?? ''), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from(tail ?? '')]);
    const script = { [list]: [page(10, [])], [watched]: [watch(bytes, event('MODIFIED', pod('a', 12)), hang)] };
    const { told } = await follow(byPath(script), has('a@12'));
    expect(changes(told)).toEqual(['ADDED a@11', 'MODIFIED a@12']);
  });

  it('of an object that is too large are skipped with a record, and the stream goes on', async () => {
    const huge = pod('huge', 11, { data: 'x'.repeat(50_000) });
    const script = { [list]: [page(10, [])], [watched]: [watch(event('ADDED', huge), event('ADDED', pod('a', 12)), hang)] };
    const { told } = await follow(byPath(script), has('a@12'), { maxObjectBytes: 20_000 });
    expect(changes(told)).toEqual(['oversize huge', 'ADDED a@12']);
  });

  it('that are no JSON end the watch, which goes on from the last good line', async () => {
    const script = {
      [list]: [page(10, [])],
      [watched]: [watch(event('ADDED', pod('a', 11)), '<html>oops</html>\n'), watch(event('MODIFIED', pod('a', 12)), hang)],
    };
    const { told, asked } = await follow(byPath(script), has('a@12'));
    expect(changes(told)).toEqual(['ADDED a@11', 'MODIFIED a@12']);
    expect(versions(asked)).toEqual(['10', '11']);
  });

  it('that the server sends twice are told once', async () => {
    const twice = event('MODIFIED', pod('a', 11));
    const script = { [list]: [page(10, [pod('a', 9)])], [watched]: [watch(twice, twice, event('MODIFIED', pod('a', 12)), hang)] };
    const { told } = await follow(byPath(script), has('a@12'));
    expect(changes(told)).toEqual(['ADDED a@9', 'MODIFIED a@11', 'MODIFIED a@12']);
  });
});
