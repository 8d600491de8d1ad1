import { request } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ServedCapture } from '../../../src/core/replay/serve.ts';
import { deployment, object, pod, resource, tick, usage } from '../records.ts';
import { accepting, ask, captureOf, serve, versioned } from './served.ts';

const aggregatedV2 =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

const slice = (seconds: number, name: string, addresses: string[], more: object = {}, type?: 'DELETED') =>
  versioned(
    resource(
      seconds,
      object('EndpointSlice', name, {
        apiVersion: 'discovery.k8s.io/v1',
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true }, nodeName: 'node-1', ...more })),
        metadata: { labels: { 'kubernetes.io/service-name': 'cart' } },
      }),
      type,
    ),
    String(100 + seconds),
  );

let served: ServedCapture;

beforeAll(async () => {
  const records = [
    pod(1, 'cart-1'),
    {
      ...deployment(1, 'cart'),
      event: { ...deployment(1, 'cart').event, object: { ...deployment(1, 'cart').event.object, apiVersion: 'apps/v1' } },
    },
    resource(1, object('CronJob', 'old', { apiVersion: 'batch/v1beta1' })),
    resource(1, object('Widget', 'w1', { apiVersion: 'example.com/v1alpha1' })),
    resource(1, object('Widget', 'w2', { apiVersion: 'other.com/v2' })),
    usage(1, 'cart-1', 1, 1),
    tick(5),
  ];
  served = await serve(await captureOf(records, ['pods', 'services', 'endpointslices']));
});

describe('discovery', () => {
  it('lists the core resources that were recorded or looked at, with short names and verbs', async () => {
    const { resources } = (await ask(served, '/api/v1')).json();
    expect(resources.map(({ name }: { name: string }) => name)).toEqual(['endpoints', 'pods', 'pods/log', 'services']);
    expect(resources[1]).toEqual({
      name: 'pods',
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      verbs: ['get', 'list', 'watch'],
      shortNames: ['po'],
      categories: ['all'],
    }); // prettier-ignore
  });

  it('lists groups in the versions that were recorded', async () => {
    const { groups } = (await ask(served, '/apis')).json();
    const versions = groups.map(({ preferredVersion }: { preferredVersion: { groupVersion: string } }) => preferredVersion.groupVersion);
    expect(versions).toEqual([
      'apps/v1',
      'batch/v1beta1',
      'discovery.k8s.io/v1',
      'example.com/v1alpha1',
      'metrics.k8s.io/v1beta1',
      'other.com/v2',
    ]);
    expect((await ask(served, '/api')).json()).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    expect((await ask(served, '/apis/apps')).json()).toMatchObject({ kind: 'APIGroup', name: 'apps' });
    expect((await ask(served, '/apis/example.com/v1alpha1')).json().resources).toMatchObject([
      { name: 'widgets', kind: 'Widget', namespaced: true },
    ]);
  });

  it('is aggregated for clients that ask for it', async () => {
    const reply = await ask(served, '/apis', accepting(aggregatedV2));
    expect(reply.headers.get('content-type')).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    expect(reply.json().items[0]).toMatchObject({
      metadata: { name: 'apps' },
      versions: [
        {
          version: 'v1',
          resources: [{ resource: 'deployments', scope: 'Namespaced', shortNames: ['deploy'], responseKind: { kind: 'Deployment' } }],
        },
      ],
    });
    const core = (await ask(served, '/api', accepting(aggregatedV2))).json().items[0].versions[0].resources;
    expect(core.find(({ resource: name }: { resource: string }) => name === 'pods').subresources).toMatchObject([{ subresource: 'log' }]);
  });

  it('tells the version of the recorded cluster', async () => {
    expect((await ask(served, '/version')).json()).toMatchObject({ major: '1', minor: '33', gitVersion: 'v1.33.1' });
  });

  it.each(['/healthz', '/livez', '/readyz?verbose'])('says ok at %s', async (path) => {
    expect(await ask(served, path)).toMatchObject({ status: 200, text: 'ok' });
  });
});

describe('a path that is not served', () => {
  it.each([
    ['nothing', '/'],
    ['OpenAPI', '/openapi/v2'],
    ['OpenAPI 3', '/openapi/v3'],
    ['a resource that was not looked at', '/api/v1/secrets'],
    ['a group that was not recorded', '/apis/networking.k8s.io/v1/ingresses'],
    ['another version', '/apis/apps/v1beta1/deployments'],
    ['a namespaced object without namespace', '/api/v1/pods/cart-1'],
    ['a deeper path', '/api/v1/namespaces/shop/pods/cart-1/log/more'],
    ['an unknown subresource', '/api/v1/namespaces/shop/pods/cart-1/scale'],
    ['a name that cannot be decoded', '/api/v1/namespaces/%E0%A4%A/pods'],
    ['an escape from the tree', '/api/v1/namespaces/..%2f..%2fetc/pods/..'],
    ['a name of JavaScript', '/apis/constructor/v1/__proto__'],
  ])('%s is a Status 404', async (_what, path) => {
    expect((await ask(served, path)).json()).toMatchObject({ kind: 'Status', code: 404, reason: 'NotFound' });
  });

  it('but an older version of the same shape is, for old clients', async () => {
    const batch = (await ask(served, '/apis/batch/v1/namespaces/shop/cronjobs/old')).json();
    expect(batch).toMatchObject({ kind: 'CronJob', apiVersion: 'batch/v1' });
  });
});

describe('what would change something', () => {
  it.each([
    ['POST', '/api/v1/namespaces/shop/pods'],
    ['PUT', '/api/v1/namespaces/shop/pods/cart-1'],
    ['PATCH', '/api/v1/namespaces/shop/pods/cart-1'],
    ['DELETE', '/api/v1/namespaces/shop/pods/cart-1'],
    ['POST', '/api/v1/namespaces/shop/pods/cart-1/exec'],
    ['GET', '/api/v1/namespaces/shop/pods/cart-1/exec'],
    ['GET', '/api/v1/namespaces/shop/pods/cart-1/portforward'],
  ])('%s %s is refused: this is a recording', async (method, path) => {
    expect((await ask(served, path, { method })).json()).toMatchObject({
      code: 405,
      reason: 'MethodNotAllowed',
      message: expect.stringContaining('recording'),
    });
  });

  it('and a body beyond 1 MiB is not kept', async () => {
    const reply = await ask(served, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      method: 'POST',
      body: 'x'.repeat(2_000_000),
    });
    expect(reply.json()).toMatchObject({ code: 400, message: 'the body of the request is too large' });
  });
});

describe('access reviews', () => {
  const access = async (spec: object) => {
    const body = JSON.stringify({ kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec });
    const reply = await ask(served, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { method: 'POST', body });
    expect(reply.status).toBe(201);
    return reply.json().status;
  };

  it.each([
    [true, { verb: 'list', resource: 'pods' }],
    [true, { verb: 'watch', resource: 'deployments', group: 'apps', namespace: 'shop' }],
    [true, { verb: 'get', resource: 'pods', subresource: 'log' }],
    [true, { verb: 'list', resource: 'pods', group: 'metrics.k8s.io' }],
    [false, { verb: 'watch', resource: 'pods', group: 'metrics.k8s.io' }],
    [false, { verb: 'list', resource: 'secrets' }],
    [false, { verb: 'delete', resource: 'pods' }],
    [false, { verb: 'get', resource: 'nodes', subresource: 'proxy' }],
    [false, { verb: '*', resource: '*' }],
  ])('answer %s to %j', async (allowed, resourceAttributes) => {
    const status = await access({ resourceAttributes });
    expect(status).toMatchObject({ allowed, reason: expect.any(String) });
  });

  it('understand the protobuf that kubectl sends', async () => {
    const field = (number: number, value: Buffer) => Buffer.concat([Buffer.from([number * 8 + 2, value.length]), value]);
    const attributes = Buffer.concat([field(1, Buffer.from('shop')), field(2, Buffer.from('list')), field(5, Buffer.from('pods'))]);
    const review = Buffer.concat([field(1, Buffer.alloc(0)), field(2, field(1, attributes))]);
    const body = Buffer.concat([Buffer.from('k8s\0'), field(1, Buffer.from('type')), field(2, review)]);
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    expect((await ask(served, path, { method: 'POST', body })).json()).toMatchObject({
      spec: { resourceAttributes: { namespace: 'shop', verb: 'list', resource: 'pods' } },
      status: { allowed: true },
    });
    for (const cut of [body.subarray(0, -3), Buffer.from('{'), Buffer.from('k8s\0\xff\xff')]) {
      expect((await ask(served, path, { method: 'POST', body: cut })).status).toBe(400);
    }
  });

  it('list what may be read', async () => {
    const reply = await ask(served, '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      method: 'POST',
      body: '{"spec":{"namespace":"shop"}}',
    });
    expect(reply.json().status.resourceRules).toContainEqual({
      verbs: ['get', 'list', 'watch'],
      apiGroups: ['apps'],
      resources: ['deployments'],
    });
  });
});

describe('Endpoints', () => {
  const at = async (records: Parameters<typeof captureOf>[0]) => {
    const reply = await ask(
      await serve(await captureOf(records, ['services', 'endpointslices'])),
      '/api/v1/namespaces/shop/endpoints/cart',
    );
    return reply.json();
  };

  it('are derived from the EndpointSlices of a Service', async () => {
    const found = await at([
      slice(1, 'cart-a', ['10.0.0.1', '10.0.0.2']),
      slice(2, 'cart-b', ['10.0.0.3'], { conditions: { ready: false } }),
    ]);
    expect(found).toMatchObject({
      kind: 'Endpoints',
      apiVersion: 'v1',
      metadata: { name: 'cart', namespace: 'shop', resourceVersion: '102' },
    });
    expect(found.subsets).toEqual([
      {
        addresses: [
          { ip: '10.0.0.1', nodeName: 'node-1' },
          { ip: '10.0.0.2', nodeName: 'node-1' },
        ],
        notReadyAddresses: [{ ip: '10.0.0.3', nodeName: 'node-1' }],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ]); // prettier-ignore
  });

  it('have no subsets without endpoints, and go with the last slice', async () => {
    expect(await at([slice(1, 'cart-a', [])])).not.toHaveProperty('subsets');
    expect(await at([slice(1, 'cart-a', ['10.0.0.1']), slice(2, 'cart-a', [], {}, 'DELETED')])).toMatchObject({ code: 404 });
  });

  it('that were recorded are served as they are', async () => {
    const recorded = versioned(resource(0, object('Endpoints', 'cart', { subsets: [{ addresses: [{ ip: '9.9.9.9' }] }] })), '99');
    const reply = await ask(
      await serve(await captureOf([recorded, slice(1, 'cart-a', ['10.0.0.1'])], ['endpoints', 'endpointslices'])),
      '/api/v1/endpoints',
    );
    expect(reply.json().items).toMatchObject([{ subsets: [{ addresses: [{ ip: '9.9.9.9' }] }] }]);
  });
});

describe('the server', () => {
  it('says of every answer which moment it shows', async () => {
    for (const path of ['/api/v1/pods', '/nope', '/healthz']) {
      expect((await ask(served, path)).headers.get('k8s-labeler-replay')).toBe('at=2026-03-01T10:00:05.000Z; speed=0');
    }
  });

  it('writes a kubeconfig whose only context points to it', async () => {
    expect(parse(served.kubeconfig())).toMatchObject({
      'current-context': 'replay',
      clusters: [{ name: 'replay', cluster: { server: served.url, 'insecure-skip-tls-verify': true } }],
      contexts: [{ name: 'replay', context: { cluster: 'replay', user: 'replay' } }],
      users: [{ name: 'replay' }],
    });
  });

  it('answers to local names only, so that no web page can read it', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(`${served.url}/api/v1/pods`, { headers: { host: 'rebound.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it('tells of the requests it has answered', async () => {
    const requests: object[] = [];
    const loud = await serve(await captureOf([pod(0, 'cart-1')]), { onRequest: (asked) => requests.push(asked) });
    await ask(loud, '/api/v1/pods?limit=1');
    await ask(loud, '/nope');
    expect(requests).toEqual([
      { method: 'GET', path: '/api/v1/pods?limit=1', status: 200 },
      { method: 'GET', path: '/nope', status: 404 },
    ]);
  });
});
