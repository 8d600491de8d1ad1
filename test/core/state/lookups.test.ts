import { describe, expect, it } from 'vitest';
import type { CaptureRecord, Coverage } from '../../../src/core/model/capture.ts';
import type { KubernetesObject } from '../../../src/core/model/resource.ts';
import {
  covered,
  endpointsOf,
  listObjects,
  matchesSelector,
  ownersOf,
  podSpecOf,
  podsOf,
  referencesOf,
  selectPods,
  servicesSelecting,
  topOwner,
} from '../../../src/core/state/lookups.ts'; // prettier-ignore
import { applyRecord, newClusterState } from '../../../src/core/state/state.ts';
import { deployment, healthyWorkload, numbered, object, pod, replicaSet, replicaSetObject, resource, workloadPod } from '../records.ts';

function stateOf(...records: CaptureRecord[]) {
  const state = newClusterState('c01');
  for (const record of numbered(records)) applyRecord(state, record);
  return state;
}

const podRef = (name: string, uid = '') => ({ kind: 'Pod', namespace: 'shop', name, uid });
const names = (refs: { kind: string; name: string }[]) => refs.map(({ kind, name }) => `${kind} ${name}`);

describe('owners', () => {
  it('are followed from a pod to its workload by reference', () => {
    const state = stateOf(...healthyWorkload('cart'));
    expect(names(ownersOf(state, podRef('cart-7d9f8b6c5-x2x4z')))).toEqual(['ReplicaSet cart-7d9f8b6c5', 'Deployment cart']);
    expect(topOwner(state, podRef('cart-7d9f8b6c5-x2x4z')).uid).toBe('Deployment-cart');
  });

  it('that were not recorded are named from the reference, and theirs from the shape of the name', () => {
    const state = stateOf(workloadPod(0, 'cart'));
    expect(names(ownersOf(state, podRef('cart-7d9f8b6c5-x2x4z')))).toEqual(['ReplicaSet cart-7d9f8b6c5', 'Deployment cart']);
  });

  it('of a pod that only its log tells of come from the shape of its name', () => {
    const set = resource(0, object('StatefulSet', 'db', { spec: {}, status: {} }));
    const state = stateOf(set);
    expect(names([topOwner(state, podRef('cart-7d9f8b6c5-x2x4z'))])).toEqual(['Deployment cart']);
    expect(names([topOwner(state, podRef('db-0'))])).toEqual(['StatefulSet db']);
    expect(names([topOwner(state, podRef('other-0'))])).toEqual(['Pod other-0']);
    expect(names([topOwner(state, podRef('plain'))])).toEqual(['Pod plain']);
  });

  it('end at a static pod: a Node owns none', () => {
    const mirror = pod(0, 'etcd-node-1', { owner: object('Node', 'node-1') });
    expect(names([topOwner(stateOf(mirror), podRef('etcd-node-1'))])).toEqual(['Pod etcd-node-1']);
  });

  it('that own each other do not make it run for ever', () => {
    const [a, b] = [object('ConfigMap', 'a'), object('ConfigMap', 'b')];
    const state = stateOf(resource(0, object('ConfigMap', 'a', {}, { owner: b })), resource(0, object('ConfigMap', 'b', {}, { owner: a })));
    expect(names(ownersOf(state, { kind: 'ConfigMap', namespace: 'shop', name: 'a', uid: '' }))).toEqual(['ConfigMap b', 'ConfigMap a']);
    expect(podsOf(state, { kind: 'ConfigMap', namespace: 'shop', name: 'a', uid: 'ConfigMap-a' })).toEqual([]);
  });

  it('lead down to all their pods, deleted ones included', () => {
    const second = pod(5, 'cart-7d9f8b6c5-zzzzz', { owner: replicaSetObject('cart') });
    const state = stateOf(...healthyWorkload('cart'), second, workloadPod(9, 'cart', { type: 'DELETED' }));
    const found = podsOf(state, { kind: 'Deployment', namespace: 'shop', name: 'cart', uid: 'Deployment-cart' });
    expect(found.map(({ ref, deleted }) => [ref.name, deleted !== undefined])).toEqual([
      ['cart-7d9f8b6c5-x2x4z', true],
      ['cart-7d9f8b6c5-zzzzz', false],
    ]);
    expect(listObjects(state, 'Pod', 'shop').map(({ ref }) => ref.name)).toEqual(['cart-7d9f8b6c5-zzzzz']);
  });
});

describe('selectors', () => {
  it.each([
    [{ matchLabels: { app: 'cart' } }, true],
    [{ matchLabels: { app: 'other' } }, false],
    [{}, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'In', values: ['web', 'api'] }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['web'] }] }, false],
    [{ matchExpressions: [{ key: 'absent', operator: 'NotIn', values: ['web'] }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, false],
    [{ matchExpressions: [{ key: 'weight', operator: 'Gt', values: ['9'] }] }, true],
    [{ matchExpressions: [{ key: 'weight', operator: 'Lt', values: ['9'] }] }, false],
    [{ matchExpressions: [{ key: 'tier', operator: 'Unheard' }] }, false],
    [{ matchLabels: { app: 'cart' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['db'] }] }, false],
  ])('%j matches app=cart,tier=web,weight=10: %s', (selector, expected) => {
    expect(matchesSelector({ app: 'cart', tier: 'web', weight: '10' }, selector)).toBe(expected);
  });

  it('join Services and pods both ways, and an empty one joins nothing', () => {
    const service = (name: string, selector: object) => resource(0, object('Service', name, { spec: { selector } }));
    const state = stateOf(...healthyWorkload('cart'), service('cart', { app: 'cart' }), service('headless', {}));
    expect(selectPods(state, 'shop', { app: 'cart' })).toHaveLength(1);
    expect(selectPods(state, 'shop', {})).toEqual([]);
    expect(servicesSelecting(state, 'shop', { app: 'cart' }).map(({ ref }) => ref.name)).toEqual(['cart']);
  });
});

describe('endpoints', () => {
  const service = { kind: 'Service', namespace: 'shop', name: 'cart', uid: '' };
  const slice = (name: string, endpoints: KubernetesObject[]) =>
    resource(0, object('EndpointSlice', name, { endpoints }, { labels: { 'kubernetes.io/service-name': 'cart' } }));

  it('are counted over all slices of a Service; unknown readiness counts as ready', () => {
    const state = stateOf(
      slice('a', [{ conditions: { ready: true } }, { conditions: { ready: false } }]),
      slice('b', [{ conditions: {} }]),
    );
    expect(endpointsOf(state, service)).toMatchObject({ ready: 2, notReady: 1, source: { ref: { name: 'a' } } });
  });

  it('come from the Endpoints object where no slice was recorded', () => {
    const subsets = [{ addresses: [{ ip: '10.0.0.1' }], notReadyAddresses: [{ ip: '10.0.0.2' }, { ip: '10.0.0.3' }] }];
    expect(endpointsOf(stateOf(resource(0, object('Endpoints', 'cart', { subsets }))), service)).toMatchObject({ ready: 1, notReady: 2 });
  });

  it('are unknown when neither was recorded', () => {
    expect(endpointsOf(stateOf(), service)).toBeUndefined();
  });
});

describe('references of a PodSpec', () => {
  it('point at what is named, and say what is optional', () => {
    const spec = {
      serviceAccountName: 'robot',
      imagePullSecrets: [{ name: 'registry' }],
      initContainers: [{ name: 'init', envFrom: [{ secretRef: { name: 'all' } }] }],
      containers: [
        {
          name: 'app',
          env: [
            { name: 'A', value: '1' },
            { name: 'B', valueFrom: { configMapKeyRef: { name: 'conf', key: 'b', optional: true } } },
          ],
        },
      ],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'disk' } },
        { name: 'both', projected: { sources: [{ secret: { name: 'tls' } }] } },
        { name: 'kube-api-access-x7k2m', projected: { sources: [{ configMap: { name: 'kube-root-ca.crt' } }] } },
      ],
    };
    expect(referencesOf(spec, 'shop').map(({ kind, name, optional, pointer }) => [kind, name, optional, pointer])).toEqual([
      ['Secret', 'all', false, '/initContainers/0/envFrom/0/secretRef/name'],
      ['ConfigMap', 'conf', true, '/containers/0/env/1/valueFrom/configMapKeyRef/name'],
      ['PersistentVolumeClaim', 'disk', false, '/volumes/0/persistentVolumeClaim/claimName'],
      ['Secret', 'tls', false, '/volumes/1/projected/sources/0/secret/name'],
      ['Secret', 'registry', true, '/imagePullSecrets/0/name'],
      ['ServiceAccount', 'robot', false, '/serviceAccountName'],
    ]);
  });

  it('are looked for where the kind keeps its PodSpec', () => {
    const spec = { containers: [] };
    expect(podSpecOf({ kind: 'Pod', spec })?.pointer).toBe('/spec');
    expect(podSpecOf(deployment(0, 'cart').event.object)?.pointer).toBe('/spec/template/spec');
    expect(podSpecOf({ kind: 'CronJob', spec: { jobTemplate: { spec: { template: { spec } } } } })?.pointer).toBe(
      '/spec/jobTemplate/spec/template/spec',
    );
    expect(podSpecOf({ kind: 'Service', spec: {} })).toBeUndefined();
  });
});

describe('coverage', () => {
  const entry = (kind: string, namespaces: string[], cluster = 'c01'): Coverage => ({
    cluster,
    resource: '',
    kind,
    namespaces,
    from: '',
    to: '',
  });

  it('says for which kinds and namespaces of the cluster an absence means something', () => {
    const state = newClusterState('c01', { coverage: [entry('Pod', ['shop']), entry('Node', ['*']), entry('Secret', ['*'], 'c02')] });
    expect([
      covered(state, 'Pod', 'shop'),
      covered(state, 'Pod', 'other'),
      covered(state, 'Node', ''),
      covered(state, 'Secret', 'shop'),
    ]).toEqual([true, false, true, false]);
  });
});

it('a ReplicaSet seen after its pod joins the chain', () => {
  const state = stateOf(workloadPod(0, 'cart'), replicaSet(5, 'cart'), deployment(6, 'cart'));
  expect(topOwner(state, podRef('cart-7d9f8b6c5-x2x4z'))).toMatchObject({ kind: 'Deployment', uid: 'Deployment-cart', apiVersion: 'v1' });
});
