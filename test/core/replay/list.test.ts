import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ServedCapture } from '../../../src/core/replay/serve.ts';
import { deployment, event, object, pod, resource } from '../records.ts';
import { accepting, ask, captureOf, serve, versioned } from './served.ts';

const recorded = (name: string) => JSON.parse(readFileSync(`test/core/replay/protocol/${name}.json`, 'utf8'));
const names = (reply: { json: () => { items: { metadata: { name: string } }[] } }) =>
  reply.json().items.map(({ metadata }) => metadata.name);

let served: ServedCapture;

beforeAll(async () => {
  const records = [
    versioned(pod(0, 'cart-2', { labels: { app: 'cart', tier: 'web' }, spec: { nodeName: 'node-1' } }), '11'),
    versioned(pod(0, 'cart-1', { labels: { app: 'cart' }, phase: 'Pending', spec: { nodeName: 'node-2' } }), '12'),
    versioned(pod(1, 'db-0', { labels: { app: 'db', shard: '7' }, namespace: 'data' }), '13'),
    versioned(pod(2, 'gone', {}), '14'),
    versioned(pod(3, 'gone', { type: 'DELETED' }), '15'),
    versioned(deployment(3, 'cart'), '16'),
    versioned(event(4, { kind: 'Pod', name: 'cart-1' }, 'BackOff', 'restarting'), '17'),
    versioned(resource(4, object('Widget', 'w1', { apiVersion: 'example.com/v1alpha1', spec: { size: 3 } })), '18'),
  ];
  served = await serve(await captureOf(records));
});

describe('a list', () => {
  it('holds the live objects in the order of their keys, without kind and apiVersion, at the highest version seen', async () => {
    const reply = await ask(served, '/api/v1/pods');
    const list = reply.json();
    expect(reply.status).toBe(200);
    expect(list).toMatchObject({ kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '15' } });
    expect(list.items.map((item: { metadata: object }) => Object.keys(item)[0])).toEqual(['metadata', 'metadata', 'metadata']);
    expect(
      list.items.map(({ metadata }: { metadata: { namespace: string; name: string } }) => `${metadata.namespace}/${metadata.name}`),
    ).toEqual(['data/db-0', 'shop/cart-1', 'shop/cart-2']);
  });

  it('of one namespace holds its objects only', async () => {
    expect(names(await ask(served, '/api/v1/namespaces/data/pods'))).toEqual(['db-0']);
    expect(names(await ask(served, '/api/v1/namespaces/nowhere/pods'))).toEqual([]);
  });

  it('of what was looked at without finding anything is empty', async () => {
    expect((await ask(served, '/api/v1/services')).json()).toMatchObject({ kind: 'ServiceList', items: [] });
  });

  it.each([
    ['app=cart', ['cart-1', 'cart-2']],
    ['app==cart,tier=web', ['cart-2']],
    ['app!=cart', ['db-0']],
    ['app in (db, mail)', ['db-0']],
    ['app notin (db)', ['cart-1', 'cart-2']],
    ['tier', ['cart-2']],
    ['!tier', ['db-0', 'cart-1']],
    ['shard>6', ['db-0']],
    ['shard<6', []],
    ['constructor', []],
  ])('understands the label selector %s', async (selector, expected) => {
    expect(names(await ask(served, `/api/v1/pods?labelSelector=${encodeURIComponent(selector)}`))).toEqual(expected);
  });

  it.each([
    ['metadata.name=cart-1', ['cart-1']],
    ['metadata.namespace!=shop', ['db-0']],
    ['spec.nodeName=node-1', ['cart-2']],
    ['status.phase==Pending', ['cart-1']],
    ['spec.nodeName!=node-1,status.phase!=Pending', ['db-0']],
    ['status.no.such.path=', ['db-0', 'cart-1', 'cart-2']],
  ])('understands the field selector %s', async (selector, expected) => {
    expect(names(await ask(served, `/api/v1/pods?fieldSelector=${encodeURIComponent(selector)}`))).toEqual(expected);
  });

  it('finds Events by the object they are about', async () => {
    const fields = 'involvedObject.name=cart-1,involvedObject.kind=Pod,reason=BackOff,type=Warning';
    expect(names(await ask(served, `/api/v1/events?fieldSelector=${encodeURIComponent(fields)}`))).toHaveLength(1);
    expect(names(await ask(served, '/api/v1/events?fieldSelector=involvedObject.name%3Dother'))).toEqual([]);
  });

  it.each(['labelSelector=a%20b', 'labelSelector=%3D', 'fieldSelector=nonsense', 'limit=-1', 'resourceVersion=abc'])(
    'refuses ?%s with 400',
    async (query) => {
      expect((await ask(served, `/api/v1/pods?${query}`)).json()).toMatchObject({ kind: 'Status', reason: 'BadRequest', code: 400 });
    },
  );

  it('holds metadata only where the client asks for PartialObjectMetadata', async () => {
    const list = (
      await ask(served, '/api/v1/pods?limit=1', accepting('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'))
    ).json();
    expect(list).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    expect(list.items).toEqual([
      {
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: expect.objectContaining({ name: 'db-0', namespace: 'data' }),
      },
    ]);
  });

  it('is refused in a form that is not served', async () => {
    expect((await ask(served, '/api/v1/pods', accepting('application/yaml'))).status).toBe(406);
  });
});

describe('pages', () => {
  it('follow each other by continue tokens at one version', async () => {
    const first = (await ask(served, '/api/v1/pods?limit=2')).json();
    expect(first.metadata).toMatchObject({ resourceVersion: '15', remainingItemCount: 1 });
    const second = (await ask(served, `/api/v1/pods?limit=2&continue=${first.metadata.continue}`)).json();
    expect(second.metadata).toEqual({ resourceVersion: '15' });
    expect([...first.items, ...second.items].map(({ metadata }) => metadata.name)).toEqual(['db-0', 'cart-1', 'cart-2']);
  });

  it('tell no count where a selector leaves objects out', async () => {
    const first = (await ask(served, '/api/v1/pods?limit=1&labelSelector=app%3Dcart')).json();
    expect(Object.keys(first.metadata)).toEqual(['resourceVersion', 'continue']);
    expect(names(await ask(served, `/api/v1/pods?limit=1&labelSelector=app%3Dcart&continue=${first.metadata.continue}`))).toEqual([
      'cart-2',
    ]);
  });

  it('refuse a garbled token as the API server does', async () => {
    const status = (await ask(served, '/api/v1/pods?continue=garbled')).json();
    expect(status).toEqual({
      ...recorded('bad-cont'),
      message: expect.stringMatching(/^invalid continue token: continue key is not valid: /),
    });
  });

  it('refuse a token of another time, and give one that goes on with the objects of now', async () => {
    const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 3, start: 'shop/cart-1\0' })).toString('base64url');
    const reply = await ask(served, `/api/v1/pods?limit=1&continue=${token}`);
    const status = reply.json();
    expect(status).toEqual({ ...recorded('continue-expired'), metadata: { continue: expect.any(String) } });
    expect(reply.status).toBe(410);
    expect(names(await ask(served, `/api/v1/pods?limit=1&continue=${status.metadata.continue}`))).toEqual(['cart-2']);
  });
});

describe('versions', () => {
  it('from the future time out, as recorded', async () => {
    const reply = await ask(served, '/api/v1/pods?resourceVersion=99999999&resourceVersionMatch=NotOlderThan');
    expect(reply.json()).toEqual({ ...recorded('list-future-rv'), message: 'Timeout: Too large resource version: 99999999, current: 15' });
    expect(reply.status).toBe(504);
    expect(reply.headers.get('retry-after')).toBe('1');
  });

  it('of the past are served exactly while they are kept, then 410', async () => {
    expect(names(await ask(served, '/api/v1/pods?resourceVersion=14&resourceVersionMatch=Exact'))).toEqual([
      'db-0',
      'cart-1',
      'cart-2',
      'gone',
    ]);
    const reply = await ask(served, '/api/v1/pods?resourceVersion=2&resourceVersionMatch=Exact');
    expect(reply.json()).toEqual(recorded('list-exact-compacted'));
  });

  it('0 and none mean now', async () => {
    expect(names(await ask(served, '/api/v1/pods?resourceVersion=0'))).toHaveLength(3);
    expect(names(await ask(served, '/api/v1/pods?resourceVersion='))).toHaveLength(3);
  });
});

describe('one object', () => {
  it('carries kind, apiVersion and its recorded version', async () => {
    const found = (await ask(served, '/api/v1/namespaces/shop/pods/cart-1')).json();
    expect(found).toMatchObject({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { name: 'cart-1', resourceVersion: '12' },
      status: { phase: 'Pending' },
    });
  });

  it('is found under its status subresource too', async () => {
    expect((await ask(served, '/api/v1/namespaces/shop/pods/cart-1/status')).json()).toMatchObject({ kind: 'Pod' });
  });

  it.each([
    ['/api/v1/namespaces/shop/pods/gone', 'pods "gone" not found', { name: 'gone', kind: 'pods' }],
    ['/apis/apps/v1/namespaces/shop/deployments/no', 'deployments.apps "no" not found', { name: 'no', group: 'apps', kind: 'deployments' }],
    ['/api/v1/namespaces/shop/pods/%22%0a', 'pods "\\"\\n" not found', { name: '"\n', kind: 'pods' }],
  ])('that is not there is a 404 in the words of the API: %s', async (path, message, details) => {
    expect((await ask(served, path)).json()).toMatchObject({ reason: 'NotFound', code: 404, message, details });
  });

  it('of a custom resource is served in its own group, version and plural', async () => {
    expect((await ask(served, '/apis/example.com/v1alpha1/namespaces/shop/widgets/w1')).json()).toMatchObject({
      kind: 'Widget',
      apiVersion: 'example.com/v1alpha1',
      spec: { size: 3 },
    });
  });

  it('keeps integers beyond 2^53 exactly', async () => {
    const big = versioned(
      resource(0, object('Widget', 'big', { apiVersion: 'example.com/v1', spec: { id: 9007199254740993n } })),
      '9007199254740995',
    );
    const reply = await ask(await serve(await captureOf([big])), '/apis/example.com/v1/namespaces/shop/widgets');
    expect(reply.text).toContain('"id":9007199254740993');
    expect(reply.text).toContain('"resourceVersion":"9007199254740995"');
  });

  it('recorded without a version has the number of its record', async () => {
    const bare = resource(0, object('Pod', 'bare'));
    bare.event.resourceVersion = '';
    expect((await ask(await serve(await captureOf([bare])), '/api/v1/namespaces/shop/pods/bare')).json().metadata.resourceVersion).toBe(
      '1',
    );
  });
});
