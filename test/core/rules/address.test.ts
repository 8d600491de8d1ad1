import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../src/core/model/resource.ts';
import { resolveHost, urlHost } from '../../../src/core/rules/address.ts';
import { applyRecord, newClusterState } from '../../../src/core/state/state.ts';

function stateOf(objects: KubernetesObject[]) {
  const coverage = [{ cluster: 'c01', resource: 'services', kind: 'Service', namespaces: ['shop'], from: '', to: '' }];
  const state = newClusterState('c01', { coverage });
  objects.forEach((object, index) => {
    const { name = '', namespace = '' } = object.metadata ?? {};
    const ref = { kind: String(object.kind), namespace, name, uid: `uid-${index}` };
    applyRecord(state, {
      seq: index + 1,
      at: '2026-03-02T10:00:00.000Z',
      atSource: 'received',
      cluster: 'c01',
      stream: 's',
      kind: 'resource',
      event: { type: 'ADDED', ref, resourceVersion: '1', object },
    }); // prettier-ignore
  });
  return state;
}

const state = stateOf([
  {
    kind: 'Service',
    metadata: { name: 'orders-db', namespace: 'shop' },
    spec: { clusterIP: '10.96.31.7', clusterIPs: ['10.96.31.7', 'fd00::7'], selector: { app: 'db' } },
  },
  { kind: 'Service', metadata: { name: 'queue', namespace: 'platform' }, spec: { clusterIP: 'None', selector: { app: 'queue' } } },
  { kind: 'Pod', metadata: { name: 'db-0', namespace: 'shop' }, status: { podIP: '10.42.1.9' } },
  { kind: 'Node', metadata: { name: 'worker-1' }, status: { addresses: [{ type: 'InternalIP', address: '192.168.4.2' }] } },
]);

describe('a host in a message', () => {
  it.each([
    ['orders-db', 'orders-db'],
    ['orders-db.shop', 'orders-db'],
    ['orders-db.shop.svc', 'orders-db'],
    ['orders-db.shop.svc.cluster.local.', 'orders-db'],
    ['10.96.31.7', 'orders-db'],
    ['[fd00::7]', 'orders-db'],
    ['queue.platform', 'queue'],
    ['queue-0.queue.platform.svc.cluster.local', 'queue'],
    ['queue-0.queue.platform', 'queue'],
  ])('%s is Service %s', (host, name) => {
    expect(resolveHost(state, 'shop', host, '5432')).toMatchObject({ type: 'service', service: { ref: { name } } });
  });

  it('is a pod by its address, a node by its own, the container itself by the loopback', () => {
    expect(resolveHost(state, 'shop', '10.42.1.9', '')).toMatchObject({ type: 'pod', pod: { ref: { name: 'db-0' } } });
    expect(resolveHost(state, 'shop', '192.168.4.2', '')).toMatchObject({ type: 'node' });
    expect(resolveHost(state, 'shop', 'localhost', '')).toMatchObject({ type: 'local' });
    expect(resolveHost(state, 'shop', '127.0.0.1', '')).toMatchObject({ type: 'local' });
  });

  it('is absent only where all Services of the namespace were seen', () => {
    expect(resolveHost(state, 'shop', 'pricing', '80')).toMatchObject({ type: 'absent', name: 'pricing', namespace: 'shop' });
    expect(resolveHost(state, 'billing', 'pricing', '80')).toMatchObject({ type: 'unknown' });
    expect(resolveHost(state, 'shop', 'pricing.billing.svc.cluster.local', '80')).toMatchObject({ type: 'unknown' });
  });

  it('is outside of the cluster when it has a public name or address', () => {
    expect(resolveHost(state, 'shop', 'db.example.com', '5432')).toMatchObject({ type: 'external', host: 'db.example.com', port: '5432' });
    expect(resolveHost(state, 'shop', '203.0.113.9', '5432')).toMatchObject({ type: 'external' });
    expect(resolveHost(state, 'shop', '10.1.2.3', '5432')).toMatchObject({ type: 'unknown' });
  });

  it('is read from a URL', () => {
    expect(urlHost('Post "https://user:secret@api.example.com:8443/v1": EOF')).toBe('api.example.com');
    expect(urlHost('no address here')).toBe('');
  });
});
