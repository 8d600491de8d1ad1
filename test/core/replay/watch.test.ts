import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import { object, pod, resource, tick, time } from '../records.ts';
import { accepting, ask, brief, captureOf, eventsIn, manualClock, open, serve, tableV1, versioned } from './served.ts';

const recorded = (name: string) => JSON.parse(readFileSync(`test/core/replay/protocol/${name}.json`, 'utf8'));

/** Two pods at the start; then one changes, one comes, one goes. */
const records: CaptureRecord[] = [
  versioned(pod(0, 'a', { labels: { app: 'shop' } }), '10'),
  versioned(pod(0, 'b', { labels: { app: 'shop' } }), '8'),
  { ...tick(0), kind: 'sync', stream: 'c01/pods', phase: 'list-end', resourceVersion: '20', count: 2 },
  versioned(pod(10, 'a', { type: 'MODIFIED', labels: { app: 'other' } }), '21'),
  versioned(pod(20, 'c', { labels: { app: 'shop' } }), '22'),
  versioned(pod(30, 'b', { type: 'DELETED', labels: { app: 'shop' } }), '23'),
  tick(60),
];

describe('a watch of a moment', () => {
  it('without a version, or from 0, begins with what is there', async () => {
    const served = await serve(await captureOf(records));
    for (const query of ['', '&resourceVersion=0']) {
      const stream = open(served, `/api/v1/pods?watch=true${query}`);
      expect(brief(await stream.next(2))).toEqual(['ADDED a', 'ADDED c']);
      stream.close();
    }
  });

  it.each([
    ['20', ['MODIFIED a', 'ADDED c', 'DELETED b']],
    ['21', ['ADDED c', 'DELETED b']],
    ['22', ['DELETED b']],
    ['23', []],
    ['10', ['ADDED b', 'MODIFIED a', 'ADDED c', 'DELETED b']],
  ])('from version %s delivers what came after it', async (version, expected) => {
    const clock = manualClock();
    const served = await serve(await captureOf(records), { clock });
    const stream = open(served, `/api/v1/pods?watch=true&timeoutSeconds=5&resourceVersion=${version}`);
    await stream.begun;
    expect(brief(await stream.next(expected.length))).toEqual(expected);
    await clock.advance(5_000);
    expect(await stream.rest()).toEqual([]);
  });

  it('delivers a delete with the version of the deletion', async () => {
    const served = await serve(await captureOf(records));
    const [deleted] = eventsIn(await open(served, '/api/v1/pods?watch=true&resourceVersion=22').next(1));
    expect(deleted).toMatchObject({ type: 'DELETED', object: { kind: 'Pod', metadata: { name: 'b', resourceVersion: '23' } } });
  });

  it('from before the recording answers 200 and the recorded ERROR', async () => {
    const served = await serve(await captureOf(records));
    const reply = await ask(served, '/api/v1/pods?watch=true&resourceVersion=1');
    const expected = recorded('watch-old-rv');
    expected.object.message = 'too old resource version: 1 (23)';
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.text)).toEqual(expected);
  });

  it('from a forgotten version is 410 too, and from a kept one complete', async () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      versioned(pod(index, 'a', { type: index === 0 ? 'ADDED' : 'MODIFIED', restarts: index }), String(100 + index)),
    );
    const served = await serve(await captureOf(many), { window: { changes: 10, bytes: 1e9 } });
    expect((await ask(served, '/api/v1/pods?watch=1&resourceVersion=101')).text).toContain('"code":410');
    const kept = await open(served, '/api/v1/pods?watch=1&resourceVersion=134').next(5);
    expect(eventsIn(kept).map(({ object: { metadata } }) => metadata.resourceVersion)).toEqual(['135', '136', '137', '138', '139']);
  });

  it('from a version of the future waits in silence', async () => {
    const clock = manualClock();
    const served = await serve(await captureOf(records), { clock });
    const stream = open(served, '/api/v1/pods?watch=true&resourceVersion=99999999&timeoutSeconds=2');
    await stream.begun;
    await clock.advance(2_000);
    expect(await stream.rest()).toEqual([]);
  });

  it('sends bookmarks when they are asked for, about once a minute', async () => {
    const clock = manualClock();
    const served = await serve(await captureOf(records), { clock });
    const stream = open(served, '/api/v1/pods?watch=true&resourceVersion=22&allowWatchBookmarks=true&timeoutSeconds=130');
    const silent = open(served, '/api/v1/pods?watch=true&resourceVersion=22&timeoutSeconds=130');
    await stream.next(1);
    await silent.next(1);
    await clock.advance(60_000);
    expect(eventsIn(await stream.next(1))).toEqual([
      { type: 'BOOKMARK', object: { kind: 'Pod', apiVersion: 'v1', metadata: { resourceVersion: '23' } } },
    ]);
    await clock.advance(60_000);
    expect(await stream.next(1)).toHaveLength(1);
    await clock.advance(60_000);
    expect(await stream.rest()).toEqual([]);
    expect(await silent.rest()).toEqual([]);
  });
});

describe('a streaming list (sendInitialEvents)', () => {
  const query = 'watch=true&sendInitialEvents=true&allowWatchBookmarks=true';

  it('sends what is there and then the end mark', async () => {
    const served = await serve(await captureOf(records));
    const lines = await open(served, `/api/v1/pods?${query}&resourceVersionMatch=NotOlderThan`).next(3);
    expect(brief(lines.slice(0, 2))).toEqual(['ADDED a', 'ADDED c']);
    expect(eventsIn(lines)[2]).toEqual({
      type: 'BOOKMARK',
      object: { kind: 'Pod', apiVersion: 'v1', metadata: { resourceVersion: '23', annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  it('without resourceVersionMatch is refused with 422, as recorded', async () => {
    const reply = await ask(await serve(await captureOf(records)), `/api/v1/pods?${query}`);
    expect(reply.status).toBe(422);
    expect(reply.json()).toEqual(recorded('watchlist-norvm'));
  });

  it('from the future is refused with 504', async () => {
    const reply = await ask(
      await serve(await captureOf(records)),
      `/api/v1/pods?${query}&resourceVersionMatch=NotOlderThan&resourceVersion=99`,
    );
    expect(reply.json()).toMatchObject({ code: 504, reason: 'Timeout' });
  });
});

describe('a watch of a running replay', () => {
  const run = async (more: object = {}) => {
    const clock = manualClock();
    const served = await serve(await captureOf(records), { clock, moment: { type: 'run', speed: 10 }, ...more });
    // The records of the first moment are folded while time stands still.
    await expect.poll(async () => (await ask(served, '/api/v1/pods')).json().metadata.resourceVersion).toBe('20');
    return { clock, served };
  };

  it('delivers every change at its time', async () => {
    const { clock, served } = await run();
    const stream = open(served, '/api/v1/pods?watch=true&resourceVersion=20');
    const named = open(served, '/api/v1/namespaces/shop/pods?watch=true&fieldSelector=metadata.name%3Dc&resourceVersion=20');
    await clock.advance(900);
    expect((await ask(served, '/api/v1/namespaces/shop/pods/a')).json().metadata.resourceVersion).toBe('10');
    await clock.advance(100);
    expect(brief(await stream.next(1))).toEqual(['MODIFIED a']);
    await clock.advance(2_000);
    expect(brief(await stream.next(2))).toEqual(['ADDED c', 'DELETED b']);
    expect(brief(await named.next(1))).toEqual(['ADDED c']);
  });

  it('under a label selector turns what no longer matches into a delete of its last matching state', async () => {
    const { clock, served } = await run();
    const shop = open(served, '/api/v1/pods?watch=true&labelSelector=app%3Dshop&resourceVersion=20');
    const other = open(served, '/api/v1/pods?watch=true&labelSelector=app%3Dother&resourceVersion=20');
    await clock.advance(3_000);
    const events = eventsIn(await shop.next(3));
    expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual(['DELETED a', 'ADDED c', 'DELETED b']);
    expect(events[0]?.object.metadata).toMatchObject({ resourceVersion: '21', labels: { app: 'shop' } });
    expect(brief(await other.next(1))).toEqual(['ADDED a']);
  });

  it('sends Tables, with the columns in the first only', async () => {
    const { clock, served } = await run();
    const stream = open(served, '/api/v1/pods?watch=true&resourceVersion=20', tableV1);
    await clock.advance(2_000);
    const [first, second] = eventsIn(await stream.next(2));
    expect(first).toMatchObject({ type: 'MODIFIED', object: { kind: 'Table', apiVersion: 'meta.k8s.io/v1' } });
    expect(first?.object.columnDefinitions.map(({ name }: { name: string }) => name)).toContain('Restarts');
    expect(first?.object.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
    expect(second?.object.columnDefinitions).toBeNull();
    expect(second?.object.rows[0].cells[0]).toBe('c');
  });

  it('sends metadata only where the client asks for it', async () => {
    const { clock, served } = await run();
    const stream = open(
      served,
      '/api/v1/pods?watch=true&resourceVersion=21',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    );
    await clock.advance(2_000);
    const [event] = eventsIn(await stream.next(1));
    expect(Object.keys(event?.object).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
  });

  it('stays open after the end of the replay, until its own time is over', async () => {
    const { clock, served } = await run();
    const stream = open(served, '/api/v1/pods?watch=true&resourceVersion=20&timeoutSeconds=60');
    await clock.advance(20_000);
    await served.done;
    expect(await stream.next(3)).toHaveLength(3);
    await clock.advance(60_000);
    expect(await stream.rest()).toEqual([]);
  });

  it('pages of a list that began before a change show the state of its beginning', async () => {
    const { clock, served } = await run();
    const first = (await ask(served, '/api/v1/pods?limit=1')).json();
    await clock.advance(6_000);
    await served.done;
    const second = (await ask(served, `/api/v1/pods?limit=5&continue=${first.metadata.continue}`)).json();
    expect([...first.items, ...second.items].map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`)).toEqual([
      'a 10',
      'b 8',
    ]);
    expect(second.metadata.resourceVersion).toBe('20');
  });

  it('ends when the server closes', async () => {
    const { served } = await run();
    const stream = open(served, '/api/v1/pods?watch=true');
    await stream.next(1);
    await served.close();
    await stream.rest();
    await expect(fetch(served.url)).rejects.toThrow();
  });
});

describe('an object of the same name', () => {
  it('and another uid is deleted first when its delete was not recorded', async () => {
    const capture = [versioned(pod(0, 'zk-0', { uid: 'old' }), '5'), versioned(pod(1, 'zk-0', { uid: 'new' }), '9')];
    const lines = await open(await serve(await captureOf(capture)), '/api/v1/pods?watch=true&resourceVersion=5').next(2);
    expect(eventsIn(lines).map(({ type, object }) => `${type} ${object.metadata.uid}`)).toEqual(['DELETED old', 'ADDED new']);
  });

  it('is not lost to a late delete of the one before', async () => {
    const capture = [
      versioned(pod(0, 'zk-0', { uid: 'old' }), '5'),
      versioned(pod(1, 'zk-0', { uid: 'new' }), '9'),
      versioned(pod(2, 'zk-0', { uid: 'old', type: 'DELETED' }), '8'),
    ];
    const found = (await ask(await serve(await captureOf(capture)), '/api/v1/namespaces/shop/pods/zk-0')).json();
    expect(found.metadata.uid).toBe('new');
  });
});

describe('a synthetic delete', () => {
  it('that a relist concluded reaches whoever listed before it', async () => {
    const gone = versioned(pod(30, 'b', { type: 'DELETED' }), '8');
    gone.event.synthetic = 'relist';
    const capture = [...records.slice(0, 3), gone];
    expect(brief(await open(await serve(await captureOf(capture)), '/api/v1/pods?watch=1&resourceVersion=20').next(1))).toEqual([
      'DELETED b',
    ]);
  });
});

describe('a resource without any object', () => {
  it('can be watched from the version of its empty list', async () => {
    const clock = manualClock();
    const service = versioned(resource(10, object('Service', 'web')), '30');
    const served = await serve(await captureOf([...records.slice(0, 3), service]), { clock, moment: { type: 'run', speed: 1 } });
    await expect.poll(async () => (await ask(served, '/api/v1/pods')).json().items.length).toBe(2);
    const { metadata } = (await ask(served, '/api/v1/services', accepting('application/json'))).json();
    const stream = open(served, `/api/v1/services?watch=true&resourceVersion=${metadata.resourceVersion}`);
    await clock.advance(10_000);
    expect(brief(await stream.next(1))).toEqual(['ADDED web']);
    expect(brief(await open(served, `/api/v1/services?watch=true&resourceVersion=${metadata.resourceVersion}`).next(1))).toEqual([
      'ADDED web',
    ]);
    expect(served.now()).toBe(time(10));
  });
});
