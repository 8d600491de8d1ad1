import { describe, expect, it } from 'vitest';
import type { ResourceType } from '../../../src/core/cluster/api.ts';
import { defaultResources, selectResources, streamsOf } from '../../../src/core/cluster/resources.ts';

const verbs = ['get', 'list', 'watch', 'create'];
const type = (group: string, resource: string, kind: string, namespaced = true, version = 'v1'): ResourceType => ({
  group,
  version,
  resource,
  kind,
  namespaced,
  verbs,
});

/** In an order that is not ours, with what must not be taken. */
const served = [
  type('serving.knative.dev', 'services', 'Service'),
  type('example.com', 'widgets', 'Widget'),
  type('coordination.k8s.io', 'leases', 'Lease'),
  type('events.k8s.io', 'events', 'Event'),
  type('', 'secrets', 'Secret'),
  type('', 'services', 'Service'),
  type('', 'nodes', 'Node', false),
  type('', 'endpoints', 'Endpoints'),
  type('', 'events', 'Event'),
  type('', 'pods', 'Pod'),
  type('apps', 'deployments', 'Deployment'),
  type('discovery.k8s.io', 'endpointslices', 'EndpointSlice'),
  { ...type('metrics.k8s.io', 'pods', 'PodMetrics', true, 'v1beta1'), verbs: ['get', 'list'] },
  { ...type('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', false), verbs: ['create'] },
];

const names = (wanted: string[], from = served) => selectResources(from, wanted).types.map(({ group, resource }) => `${resource}/${group}`);

describe('the resources that are recorded', () => {
  it('are without a wish those that diagnosis needs, the most important first', () => {
    expect(names([])).toEqual([
      'pods/',
      'events/',
      'nodes/',
      'deployments/apps',
      'services/',
      'endpointslices/discovery.k8s.io',
      'secrets/',
    ]);
    expect(new Set(defaultResources).size).toBe(defaultResources.length);
  });

  it('have Endpoints only where the cluster has no EndpointSlices', () => {
    const old = served.filter(({ resource }) => resource !== 'endpointslices');
    expect(names([], old)).toContain('endpoints/');
  });

  it.each([
    ['pods', 'pods/'],
    ['pod', 'pods/'],
    ['Pod', 'pods/'],
    ['po', 'pods/'],
    ['deploy', 'deployments/apps'],
    ['deployment.apps', 'deployments/apps'],
    ['deployments.apps', 'deployments/apps'],
    ['deployments.v1.apps', 'deployments/apps'],
    ['svc', 'services/'],
    ['services', 'services/'],
    ['services.serving.knative.dev', 'services/serving.knative.dev'],
    ['widget', 'widgets/example.com'],
    ['leases', 'leases/coordination.k8s.io'],
    ['endpoints', 'endpoints/'],
  ])('can be named as kubectl does: %s', (name, expected) => {
    expect(names([name])).toEqual([expected]);
  });

  it('come once and in our order, however often and wherever they are named', () => {
    expect(names(['widgets', 'no', 'po', 'pods'])).toEqual(['pods/', 'nodes/', 'widgets/example.com']);
  });

  it('are with `all` everything that can be watched, but Events once and no Leases', () => {
    const all = names(['all']);
    expect(all).toContain('widgets/example.com');
    expect(all).toContain('endpoints/');
    expect(all.filter((name) => /^(?:events|leases|selfsubject)|metrics/.test(name))).toEqual(['events/']);
  });

  it('say which name fits nothing, and what was probably meant', () => {
    expect(selectResources(served, ['deploymets', 'po', 'zebra', 'constructor'])).toMatchObject({
      types: [{ resource: 'pods' }],
      unknown: [{ name: 'deploymets', suggestion: 'deployments' }, { name: 'zebra' }, { name: 'constructor' }],
    });
  });
});

describe('the streams', () => {
  const of = (wanted: string[], namespaces: string[] = [], labelSelector?: string) =>
    streamsOf(selectResources(served, wanted).types, { cluster: 'c01', namespaces, ...(labelSelector ? { labelSelector } : {}) });

  it('are one per resource in all namespaces', () => {
    expect(of(['po', 'deploy', 'no']).map(({ id, namespace }) => [id, namespace])).toEqual([
      ['c01/pods', undefined],
      ['c01/nodes', undefined],
      ['c01/deployments', undefined],
    ]);
  });

  it('are one per namespace where namespaces are named, and one for what has none', () => {
    expect(of(['po', 'no'], ['shop', 'pay', 'shop']).map(({ id, namespace }) => [id, namespace])).toEqual([
      ['c01/pods@shop', 'shop'],
      ['c01/pods@pay', 'pay'],
      ['c01/nodes', undefined],
    ]);
  });

  it('of custom resources carry the group, so that no two have one id', () => {
    const ids = of(['all']).map(({ id }) => id);
    expect(ids).toContain('c01/widgets.example.com');
    expect(ids).toContain('c01/services.serving.knative.dev');
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('ask for the metadata of Secrets only', () => {
    expect(of([]).filter(({ metadataOnly }) => metadataOnly)).toMatchObject([{ id: 'c01/secrets' }]);
  });

  it('are narrowed by labels, except where workloads do not leave theirs: Events, and what has no namespace', () => {
    const selected = of(['po', 'deploy', 'ev', 'no'], [], 'app=cart').filter(({ labelSelector }) => labelSelector === 'app=cart');
    expect(selected.map(({ id }) => id)).toEqual(['c01/pods', 'c01/deployments']);
  });
});
