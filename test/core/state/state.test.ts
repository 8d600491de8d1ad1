import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import { findObject, objectOf } from '../../../src/core/state/lookups.ts';
import { applyRecord, changeOf, newClusterState, noteListening } from '../../../src/core/state/state.ts';
import { deployment, event, gap, numbered, object, pod, replicaSetObject, resource, tick, time, workloadPod } from '../records.ts';

function stateOf(...records: CaptureRecord[]) {
  const state = newClusterState('c01');
  for (const record of numbered(records)) applyRecord(state, record);
  return state;
}

describe('a record of an object', () => {
  it('creates it: a change without fields', () => {
    const state = stateOf(deployment(0, 'cart'));
    expect(state.changes).toEqual([
      {
        ref: objectOf(state, { kind: 'Deployment', namespace: 'shop', name: 'cart', uid: '' })?.ref,
        seq: 1,
        at: time(0),
        type: 'created',
        fields: [],
      },
    ]);
  });

  it('modifies it when its generation has changed, and names the fields', () => {
    const state = stateOf(
      deployment(0, 'cart', { image: 'cart:1' }),
      deployment(60, 'cart', { type: 'MODIFIED', generation: 2, image: 'cart:2', replicas: 3 }),
    );
    expect(state.changes.at(-1)).toMatchObject({
      type: 'modified',
      seq: 2,
      fields: [
        { path: '/spec/replicas', before: 1, after: 3 },
        { path: '/spec/template/spec/containers/0/image', before: 'cart:1', after: 'cart:2' },
      ],
    });
  });

  it('is no change when only the status differs', () => {
    const state = stateOf(deployment(0, 'cart'), deployment(60, 'cart', { type: 'MODIFIED', ready: 0 }));
    expect(state.changes).toHaveLength(1);
    expect(findObject(state, 'Deployment', 'shop', 'cart')).toMatchObject({ seq: 2, firstSeq: 1, versions: [] });
  });

  it('changes a ConfigMap by its data, which has no generation', () => {
    const map = (value: string) => object('ConfigMap', 'rules', { data: { 'rules.pl': value } });
    const state = stateOf(resource(0, map('a')), resource(10, map('a'), 'MODIFIED'), resource(20, map('b'), 'MODIFIED'));
    expect(state.changes.map(({ type, fields }) => [type, fields])).toEqual([
      ['created', []],
      ['modified', [{ path: '/data/rules.pl', before: 'a', after: 'b' }]],
    ]);
  });

  it('changes an object by its labels, with or without generation', () => {
    const labelled = (tier: string) =>
      deployment(tier === 'a' ? 0 : 10, 'cart', { type: tier === 'a' ? 'ADDED' : 'MODIFIED', labels: { tier } });
    const node = (zone: string) => object('Node', 'node-1', { spec: {} }, { labels: { zone } });
    const state = stateOf(labelled('a'), labelled('b'), resource(20, node('x')), resource(30, node('y'), 'MODIFIED'));
    expect(state.changes.filter(({ type }) => type === 'modified').flatMap(({ fields }) => fields)).toEqual([
      { path: '/metadata/labels/tier', before: 'a', after: 'b' },
      { path: '/metadata/labels/zone', before: 'x', after: 'y' },
    ]);
  });

  it('compares integers beyond 2^53', () => {
    const map = (value: bigint) => object('ConfigMap', 'big', { data: { id: value } });
    const state = stateOf(
      resource(0, map(9007199254740993n)),
      resource(10, map(9007199254740993n), 'MODIFIED'),
      resource(20, map(9007199254740995n), 'MODIFIED'),
    );
    expect(state.changes.at(-1)?.fields).toEqual([{ path: '/data/id', before: 9007199254740993n, after: 9007199254740995n }]);
    expect(state.changes).toHaveLength(2);
  });

  it('makes no change of kinds that follow others, and keeps no Events', () => {
    const state = stateOf(
      workloadPod(0, 'cart'),
      resource(0, replicaSetObject('cart')),
      event(5, { kind: 'Pod', name: 'x' }, 'BackOff', 'Back-off'),
    );
    expect(state.changes).toEqual([]);
    expect([...state.byKind.keys()]).not.toContain('Event');
  });

  it('can be asked for its change before it is applied', () => {
    const state = stateOf(deployment(0, 'cart'));
    const scaled = deployment(10, 'cart', { type: 'MODIFIED', generation: 2, replicas: 0 });
    expect(changeOf(state, scaled, scaled.event)?.fields).toEqual([{ path: '/spec/replicas', before: 1, after: 0 }]);
    expect(objectOf(state, scaled.event.ref)?.object.spec.replicas).toBe(1);
  });

  it('without a uid is known by its name', () => {
    const nameless = (name: string) => object('ConfigMap', name, { data: { name } }, { uid: '' });
    const state = stateOf(resource(0, nameless('a')), resource(1, nameless('b')), resource(2, nameless('a'), 'MODIFIED'));
    expect(findObject(state, 'ConfigMap', 'shop', 'a')?.object.data).toEqual({ name: 'a' });
    expect(findObject(state, 'ConfigMap', 'shop', 'b')?.object.data).toEqual({ name: 'b' });
  });
});

describe('a deleted object', () => {
  it('is not found by name any more, but still known by reference', () => {
    const state = stateOf(deployment(0, 'cart'), deployment(10, 'cart', { type: 'DELETED' }));
    expect(findObject(state, 'Deployment', 'shop', 'cart')).toBeUndefined();
    expect(objectOf(state, { kind: 'Deployment', namespace: 'shop', name: 'cart', uid: 'Deployment-cart' })?.deleted).toEqual({
      seq: 2,
      at: time(10),
    });
    expect(state.changes.at(-1)).toMatchObject({ type: 'deleted' });
  });

  it('gives its name to the object that is created after it, also when its own last word comes late', () => {
    const state = stateOf(
      deployment(0, 'cart', { uid: 'old' }),
      deployment(10, 'cart', { uid: 'old', type: 'DELETED' }),
      deployment(20, 'cart', { uid: 'new' }),
      deployment(21, 'cart', { uid: 'old', type: 'MODIFIED' }),
    );
    expect(findObject(state, 'Deployment', 'shop', 'cart')?.ref.uid).toBe('new');
    expect(state.changes.map(({ type, ref }) => `${type} ${ref.uid}`)).toEqual([
      'created old',
      'deleted old',
      'created new',
      'created old',
    ]);
  });

  it('is forgotten after an hour of capture time', () => {
    const gone = [deployment(0, 'cart'), deployment(10, 'cart', { type: 'DELETED' })];
    const later = (seconds: number) => [deployment(seconds, 'other'), deployment(seconds + 1, 'other', { type: 'DELETED' })];
    const ref = { kind: 'Deployment', namespace: 'shop', name: 'cart', uid: 'Deployment-cart' };
    expect(objectOf(stateOf(...gone, ...later(3600)), ref)).toBeDefined();
    expect(objectOf(stateOf(...gone, ...later(3700)), ref)).toBeUndefined();
  });

  it('that came back does not keep those deleted after it in memory', () => {
    const back = [deployment(0, 'back'), deployment(1, 'back', { type: 'DELETED' }), deployment(2, 'back', { type: 'MODIFIED' })];
    const churn = [3, 4000, 8000].flatMap((seconds) => [
      pod(seconds, `p-${seconds}`),
      pod(seconds + 1, `p-${seconds}`, { type: 'DELETED' }),
    ]);
    const state = stateOf(...back, ...churn);
    expect([...state.deleted.values()].map(({ ref }) => ref.name)).toEqual(['p-8000']);
    expect(findObject(state, 'Deployment', 'shop', 'back')).toBeDefined();
  });
});

describe('memory', () => {
  it('stays flat over 100,000 pods that come and go', () => {
    const state = newClusterState('c01');
    const owner = replicaSetObject('cart');
    let seq = 0;
    let most = 0;
    for (let index = 0; index < 100_000; index += 1) {
      const name = `cart-7d9f8b6c5-${index}`;
      for (const type of ['ADDED', 'DELETED'] as const) applyRecord(state, { ...pod(index * 10, name, { owner, type }), seq: ++seq });
      noteListening(state, `shop/${name}`, {
        container: 'app',
        port: 80,
        seq,
        at: state.now,
        ref: { kind: 'Pod', namespace: 'shop', name, uid: '' },
        message: '',
      });
      most = Math.max(
        most,
        state.byUid.size + state.byName.size + state.deleted.size + (state.children.get('ReplicaSet-cart-7d9f8b6c5')?.size ?? 0),
      );
    }
    // An hour holds 360 of them, in each of the four maps.
    expect(most).toBeLessThan(4 * 370);
    expect(state.byKind.get('Pod')?.size).toBeLessThan(370);
    expect(state.listening.size).toBeLessThan(5001);
  });

  it('keeps the newest eight versions, 500 changes and 500 gaps', () => {
    const versions = Array.from({ length: 600 }, (_, index) =>
      deployment(index, 'cart', { type: index === 0 ? 'ADDED' : 'MODIFIED', generation: index + 1, replicas: index }),
    );
    const gaps = Array.from({ length: 600 }, (_, index) => gap(1000 + index, index, index + 1));
    const state = stateOf(...versions, ...gaps);
    const known = findObject(state, 'Deployment', 'shop', 'cart');
    expect(known?.versions.map(({ object }) => object.spec.replicas)).toEqual([591, 592, 593, 594, 595, 596, 597, 598]);
    expect([state.changes.length, state.gaps.length]).toEqual([500, 500]);
    expect(state.gaps.at(-1)?.from).toBe(time(599));
  });
});

describe('an object seen for the first time', () => {
  it('counts as created only when it was made then', () => {
    const old = resource(600, object('ConfigMap', 'settings', { data: {} }, { created: 0 }));
    const young = resource(700, object('ConfigMap', 'flags', { data: {} }, { created: 699 }));
    expect(stateOf(old, young).changes.map(({ ref, type }) => [ref.name, type])).toEqual([['flags', 'created']]);
  });
});

describe('time', () => {
  it('never goes back', () => {
    const state = stateOf();
    for (const record of [tick(10), tick(5), tick(12)]) applyRecord(state, record);
    expect([state.startedAt, state.now]).toEqual([time(10), time(12)]);
  });
});
