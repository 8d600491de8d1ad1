import { describe, expect, it } from 'vitest';
import type { Address } from '../../../src/core/rules/address.ts';
import { judgeDependency } from '../../../src/core/rules/dependency.ts';
import { findObject } from '../../../src/core/state/lookups.ts';
import { applyRecord, newClusterState } from '../../../src/core/state/state.ts';
import { numbered, object, resource } from '../records.ts';

const slice = {
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
  ports: [{ port: 8080 }],
};

function judge(port: string, signature = 'connection-refused', clusterIP = '10.96.0.7') {
  const state = newClusterState('c01');
  const api = object('Service', 'api', { spec: { clusterIP, selector: { app: 'api' }, ports: [{ port: 8080 }] } });
  const endpoints = object('EndpointSlice', 'api-x', slice, { labels: { 'kubernetes.io/service-name': 'api' } });
  for (const record of numbered([resource(0, api), resource(1, endpoints)])) applyRecord(state, record);
  const service = findObject(state, 'Service', 'shop', 'api');
  if (service === undefined) throw new Error('the Service was not kept');
  const address: Address = { type: 'service', host: 'api', port, service };
  return judgeDependency(state, signature, address);
}

describe('a dependency behind a Service with ready endpoints', () => {
  it('is asked on a port that the Service does not offer', () => {
    expect(judge('8081')).toMatchObject({ situation: 'port', evidence: [{ pointer: '/spec/ports' }] });
  });

  it('is not to blame when it refuses on its own port', () => {
    expect(judge('8080')).toBeUndefined();
    expect(judge('')).toBeUndefined();
  });

  it('may be asked on any port when the Service is headless', () => {
    expect(judge('8081', 'connection-refused', 'None')).toBeUndefined();
  });

  it('is slow, or cut off, when connections time out', () => {
    expect(judge('8081', 'connection-timeout')).toMatchObject({ situation: 'slow' });
  });
});
