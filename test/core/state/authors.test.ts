import { describe, expect, it } from 'vitest';
import type { AuditEntry, CaptureRecord } from '../../../src/core/model/capture.ts';
import { type KubernetesObject, refOf } from '../../../src/core/model/resource.ts';
import { applyRecord, newClusterState } from '../../../src/core/state/state.ts';
import { deployment, deploymentObject, object, resource, time } from '../records.ts';

function changesOf(...records: CaptureRecord[]) {
  const state = newClusterState('c01');
  for (const [index, record] of records.entries()) applyRecord(state, { ...record, seq: index + 1 });
  return state.changes.map(({ ref, type, fields, by }) => [`${type} ${ref.name}`, fields.length, by?.user]);
}

/** A note about a request for an object; its version is that of `resource` at the same second. */
function note(seconds: number, user: string, verb: string, about: KubernetesObject, more: Partial<AuditEntry> = {}): CaptureRecord {
  const audit: AuditEntry = { user, verb, ref: refOf(about), resourceVersion: String(seconds), auditID: '', ...more };
  return { seq: 0, at: time(seconds), atSource: 'received', cluster: 'c01', stream: 'audit', kind: 'note', message: '', audit };
}

const cart = deploymentObject('cart');
const changed = (seconds: number, generation: number, image: string) =>
  deployment(seconds, 'cart', { type: 'MODIFIED', generation, image });
const unanswered = { resourceVersion: undefined } as Partial<AuditEntry>;

describe('who made a change', () => {
  it('is who left behind the version that shows it', () => {
    expect(changesOf(note(0, 'ci', 'create', cart), deployment(0, 'cart'), note(60, 'alice', 'patch', cart), changed(60, 2, 'b'))).toEqual([
      ['created cart', 0, 'ci'],
      ['modified cart', 1, 'alice'],
    ]);
  });

  it('is nobody who only asked at the same time: of another object, or for another version', () => {
    const other = deploymentObject('web');
    expect(
      changesOf(
        deployment(0, 'cart'),
        note(60, 'alice', 'patch', other, { resourceVersion: '60' }),
        note(60, 'bob', 'patch', cart, { resourceVersion: '59' }),
        changed(60, 2, 'b'),
      ),
    ).toEqual([
      ['created cart', 0, undefined],
      ['modified cart', 1, undefined],
    ]);
  });

  it('is nobody of an object of the same name with another uid', () => {
    const former = { ...cart, metadata: { ...cart.metadata, uid: 'former' } };
    expect(changesOf(deployment(0, 'cart'), note(60, 'alice', 'patch', former), changed(60, 2, 'b')).at(-1)).toEqual([
      'modified cart',
      1,
      undefined,
    ]);
  });

  it('is the first who left a version behind, not who asked for it again', () => {
    const again = note(70, 'bob', 'patch', cart, { resourceVersion: '60' });
    expect(changesOf(deployment(0, 'cart'), note(60, 'alice', 'patch', cart), again, changed(60, 2, 'b')).at(-1)).toContain('alice');
  });

  it('is not told where more than one generation lies between two versions', () => {
    expect(changesOf(deployment(0, 'cart'), note(60, 'alice', 'patch', cart), changed(60, 3, 'b')).at(-1)).not.toContain('alice');
  });

  it('is not told of an object that is listed again: what happened to it in the meantime is not known', () => {
    const settings = (data: object) => object('ConfigMap', 'settings', { data });
    const listed = resource(60, settings({ a: '2', b: '2' }));
    expect(changesOf(resource(0, settings({ a: '1', b: '1' })), note(60, 'alice', 'patch', settings({})), listed).at(-1)).toEqual([
      'modified settings',
      2,
      undefined,
    ]);
  });

  it('is not told where an object goes back to an older version, and not by a request from before the last version', () => {
    const at = (version: string, record: CaptureRecord) => {
      if (record.kind !== 'resource') return record;
      const { metadata, ...rest } = record.event.object;
      const restored = { ...rest, metadata: { ...metadata, resourceVersion: version } };
      return { ...record, event: { ...record.event, resourceVersion: version, object: restored } };
    };
    const versioned = (version: string) => ({ resourceVersion: version });
    expect(
      changesOf(
        at('90', deployment(0, 'cart')),
        note(50, 'alice', 'patch', cart, versioned('100')),
        at('100', changed(50, 2, 'b')),
        note(60, 'bob', 'patch', cart, versioned('95')),
        at('95', changed(60, 3, 'a')),
        at('100', changed(70, 4, 'c')),
      ).map(([, , user]) => user),
    ).toEqual([undefined, 'alice', undefined, undefined]);
  });

  it('is not told where somebody else asked in between, of whose request only that is known', () => {
    const asked = note(30, 'bob', 'patch', cart, unanswered);
    expect(changesOf(deployment(0, 'cart'), asked, note(60, 'alice', 'patch', cart), changed(60, 2, 'b'))).toEqual([
      ['created cart', 0, undefined],
      ['modified cart', 0, 'bob'],
      ['modified cart', 1, undefined],
    ]);
  });

  it('is not who modified an object that is first seen then: what was there before is not known', () => {
    const old = { ...cart, metadata: { ...cart.metadata, creationTimestamp: time(-7200) } };
    expect(changesOf(note(60, 'alice', 'patch', old), resource(60, old, 'MODIFIED'))).toEqual([['modified cart', 0, 'alice']]);
    expect(changesOf(note(10, 'alice', 'patch', cart), resource(10, cart, 'MODIFIED'))).toEqual([['created cart', 0, undefined]]);
  });

  it('is nobody where only the status differs', () => {
    const status = deployment(60, 'cart', { type: 'MODIFIED', ready: 0 });
    expect(changesOf(deployment(0, 'cart'), note(60, 'alice', 'patch', cart), status)).toHaveLength(1);
  });
});

describe('who deleted an object', () => {
  const claim = object('PersistentVolumeClaim', 'data');

  it('is who asked for it first, however long finalizers held it', () => {
    expect(
      changesOf(
        resource(0, claim),
        note(60, 'alice', 'delete', claim),
        note(900, 'bob', 'delete', claim),
        resource(1000, claim, 'DELETED'),
      ).at(-1),
    ).toEqual(['deleted data', 0, 'alice']);
  });

  it('is nobody where it went with its owner', () => {
    expect(changesOf(resource(0, claim), note(60, 'alice', 'patch', claim), resource(60, claim, 'DELETED')).at(-1)).toEqual([
      'deleted data',
      0,
      undefined,
    ]);
  });
});

describe('a request without its answer', () => {
  it('is a change without fields', () => {
    const settings = object('ConfigMap', 'settings');
    const asked = (verb: string) => note(60, 'alice', verb, settings, unanswered);
    expect(changesOf(asked('create'), asked('update'), asked('delete'))).toEqual([
      ['created settings', 0, 'alice'],
      ['modified settings', 0, 'alice'],
      ['deleted settings', 0, 'alice'],
    ]);
  });

  it('for a pod, an Event or a Lease is none', () => {
    const asked = ['Pod', 'ReplicaSet', 'Event', 'Lease'].map((kind) => note(60, 'alice', 'delete', object(kind, 'x'), unanswered));
    expect(changesOf(...asked)).toEqual([]);
  });
});

it('a remark without an entry changes nothing', () => {
  const { audit: _, ...remark } = note(0, 'alice', 'patch', cart) as Extract<CaptureRecord, { kind: 'note' }>;
  expect(changesOf(remark)).toEqual([]);
});

it('only so many requests are remembered, the newest', () => {
  const state = newClusterState('c01');
  for (let index = 0; index < 5000; index += 1) applyRecord(state, { ...note(index, 'alice', 'patch', cart), seq: index + 1 });
  expect(state.authors.size).toBe(2000);
  expect([...state.authors.values()].at(-1)).toMatchObject({ seq: 5000 });
});
