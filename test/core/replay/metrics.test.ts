import { describe, expect, it } from 'vitest';
import { object, pod, resource, tick, time, usage } from '../records.ts';
import { accepting, ask, captureOf, serve, tableV1 } from './served.ts';

const base = '/apis/metrics.k8s.io/v1beta1';
const nodeSample = {
  ...usage(10, 'x', 1500, 1000),
  sample: { ...usage(10, 'x', 1524.84562, 2048).sample, ref: { kind: 'Node', namespace: '', name: 'node-1', uid: '' } },
};
const records = [
  resource(0, object('Node', 'node-1')),
  pod(0, 'cart-1', { labels: { app: 'cart' } }),
  pod(0, 'db-0', { labels: { app: 'db' } }),
  pod(0, 'done', { phase: 'Succeeded' }),
  usage(10, 'cart-1', 10, 64),
  nodeSample,
  usage(10, 'db-0', 0, 1.5),
  usage(10, 'done', 1, 1),
  usage(40, 'cart-1', 1.234567, 65),
  pod(50, 'db-0', { type: 'DELETED' }),
  tick(60),
];

describe('metrics.k8s.io', () => {
  it('serves the newest sample of each pod with its labels, in the quantities of metrics-server', async () => {
    const served = await serve(await captureOf(records), { moment: { type: 'at', at: time(45) } });
    const list = (await ask(served, `${base}/pods`)).json();
    expect(list).toMatchObject({ kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1' });
    expect(list.items).toEqual([
      {
        kind: 'PodMetrics',
        apiVersion: 'metrics.k8s.io/v1beta1',
        metadata: { name: 'cart-1', namespace: 'shop', creationTimestamp: '2026-03-01T10:00:45Z', labels: { app: 'cart' } },
        timestamp: time(40),
        window: '30s',
        containers: [{ name: 'app', usage: { cpu: '1234567n', memory: '66560Ki' } }],
      },
      expect.objectContaining({
        metadata: expect.objectContaining({ name: 'db-0' }),
        containers: [{ name: 'app', usage: { cpu: '0', memory: '1536Ki' } }],
      }),
    ]);
  });

  it('serves an earlier sample at an earlier moment', async () => {
    const served = await serve(await captureOf(records), { moment: { type: 'at', at: time(20) } });
    expect((await ask(served, `${base}/namespaces/shop/pods/cart-1`)).json()).toMatchObject({
      timestamp: time(10),
      containers: [{ usage: { cpu: '10000000n' } }],
    });
  });

  it('leaves out pods that are gone or have ended', async () => {
    const served = await serve(await captureOf(records));
    expect((await ask(served, `${base}/namespaces/shop/pods`)).json().items).toHaveLength(1);
    for (const gone of ['db-0', 'done', 'never']) {
      expect((await ask(served, `${base}/namespaces/shop/pods/${gone}`)).json()).toMatchObject({ code: 404, reason: 'NotFound' });
    }
  });

  it('selects pods by their labels', async () => {
    const served = await serve(await captureOf(records), { moment: { type: 'at', at: time(45) } });
    const list = (await ask(served, `${base}/pods?labelSelector=app%3Ddb`)).json();
    expect(list.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(['db-0']);
  });

  it('serves nodes', async () => {
    const served = await serve(await captureOf(records));
    expect((await ask(served, `${base}/nodes`)).json()).toMatchObject({
      kind: 'NodeMetricsList',
      items: [{ kind: 'NodeMetrics', metadata: { name: 'node-1' }, usage: { cpu: '1524845620n', memory: '2097152Ki' }, window: '30s' }],
    });
    expect((await ask(served, `${base}/nodes/node-1`)).json()).toMatchObject({ kind: 'NodeMetrics' });
    expect((await ask(served, `${base}/nodes`, accepting(tableV1))).json()).toMatchObject({
      kind: 'Table',
      rows: [{ cells: ['node-1', expect.any(String)] }],
    });
  });

  it('is not there when the recording has no metrics', async () => {
    const served = await serve(await captureOf([pod(0, 'cart-1')]));
    expect((await ask(served, `${base}/pods`)).json()).toMatchObject({
      code: 404,
      message: 'the server could not find the requested resource',
    });
    expect((await ask(served, '/apis')).json().groups.map(({ name }: { name: string }) => name)).not.toContain('metrics.k8s.io');
  });

  it('cannot be watched', async () => {
    const served = await serve(await captureOf(records));
    expect((await ask(served, `${base}/pods?watch=true`)).status).toBe(405);
  });
});
