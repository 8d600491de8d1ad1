import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceType } from '../../../src/core/cluster/api.ts';
import { normalizeObject, strippedFields } from '../../../src/core/cluster/normalize.ts';
import { maskRecord } from '../../../src/core/masking/mask.ts';
import { isDigest, sameDigestKey } from '../../../src/core/model/digest.ts';
import { refOf } from '../../../src/core/model/resource.ts';

const type = (group: string, version: string, kind: string): { type: ResourceType } => ({
  type: { group, version, kind, resource: `${kind.toLowerCase()}s`, namespaced: true, verbs: ['list', 'watch'] },
});
const pods = type('', 'v1', 'Pod');
const secrets = type('', 'v1', 'Secret');
const maps = type('', 'v1', 'ConfigMap');
const digests = { configMapData: 'digests', digestKey: 'one key' } as const;
const canary = 'c4nary-7d1f';

describe('an object that is recorded', () => {
  it('says its kind and apiVersion, which items of lists do not', () => {
    const item = { metadata: { name: 'cart' }, spec: { replicas: 2 } };
    expect(normalizeObject(item, type('apps', 'v1', 'Deployment'), digests)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      ...item,
    });
    expect(Object.keys(normalizeObject(item, pods, digests)).slice(0, 2)).toEqual(['apiVersion', 'kind']);
  });

  it('keeps the version it was served in', () => {
    const sent = { kind: 'CronJob', apiVersion: 'batch/v1beta1', metadata: { name: 'a' } };
    expect(normalizeObject(sent, type('batch', 'v1', 'CronJob'), digests)).toEqual(sent);
  });

  it('is what it stands for, not the metadata of it', () => {
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'db', namespace: 'shop', uid: 'u1' } };
    expect(refOf(normalizeObject(partial, secrets, digests))).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      name: 'db',
      namespace: 'shop',
      uid: 'u1',
    });
  });

  it('keeps who changed it and when, but not which fields', () => {
    const managedFields = [
      { manager: 'kubectl', operation: 'Apply', time: 't1', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': {} } },
      { manager: 'kubelet', operation: 'Update', subresource: 'status', time: 't2', fieldsV1: {} },
    ];
    const { metadata } = normalizeObject({ metadata: { name: 'a', managedFields } }, pods, digests);
    expect(metadata?.managedFields).toEqual([
      { manager: 'kubectl', operation: 'Apply', time: 't1' },
      { manager: 'kubelet', operation: 'Update', subresource: 'status', time: 't2' },
    ]);
    expect(strippedFields('full')).toContain('metadata.managedFields[*].fieldsV1');
  });

  it('is an Event of core/v1, in whichever form it came', () => {
    const sent = { regarding: { kind: 'Pod', name: 'a' }, note: 'pulled', deprecatedCount: 3, reason: 'Pulled', metadata: { name: 'a.1' } };
    expect(normalizeObject(sent, type('events.k8s.io', 'v1', 'Event'), digests)).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'a.1' },
      reason: 'Pulled',
      involvedObject: { kind: 'Pod', name: 'a' },
      message: 'pulled',
      count: 3,
    });
  });

  it('is the same after a second time', () => {
    const object = { metadata: { name: 'a', managedFields: [{ manager: 'm', fieldsV1: {} }] }, spec: { nodeName: 'n' } };
    const once = normalizeObject(object, pods, digests);
    expect(normalizeObject(once, pods, digests)).toEqual(once);
  });
});

describe('a Secret', () => {
  it('never keeps a value, whatever a server sends', () => {
    const values = fc.dictionary(
      fc.string({ minLength: 1 }),
      fc.string().map((text) => canary + text),
      { minKeys: 1 },
    );
    const kind = fc.constantFrom(undefined, 'Secret', 'PartialObjectMetadata', '', 'Sekret');
    const mode = fc.constantFrom('keys' as const, 'digests' as const, 'full' as const);
    fc.assert(
      fc.property(kind, mode, values, fc.option(values, { nil: undefined }), (sent, configMapData, data, stringData) => {
        const object = { kind: sent, metadata: { name: 'db' }, data, stringData };
        const kept = normalizeObject(object, secrets, { configMapData, digestKey: 'k' });
        expect(JSON.stringify(kept)).not.toContain(canary);
        expect(Object.keys(kept.data).sort()).toEqual([...new Set([...Object.keys(data), ...Object.keys(stringData ?? {})])].sort());
      }),
    );
  });

  it('has no data where only its metadata was sent', () => {
    expect(normalizeObject({ kind: 'PartialObjectMetadata', metadata: { name: 'db' } }, secrets, digests)).not.toHaveProperty('data');
  });

  it('loses with masking what kubectl apply wrote into its annotations', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":{"p":"${canary}"}}` };
    const object = normalizeObject({ metadata: { name: 'db', annotations } }, secrets, digests);
    const event = { type: 'ADDED' as const, ref: refOf(object), resourceVersion: '1', object };
    const draft = maskRecord({ at: '', atSource: 'received', cluster: 'c01', stream: '', kind: 'resource', event }, {});
    expect(JSON.stringify(draft)).not.toContain(canary);
  });
});

describe('a ConfigMap', () => {
  const map = { metadata: { name: 'app' }, data: { 'app.conf': 'port = 80', same: 'port = 80', empty: '' }, binaryData: { icon: 'AAAA' } };

  it('shows by default which values are equal, and not what they are', () => {
    const { data, binaryData } = normalizeObject(map, maps, digests);
    expect(data['app.conf']).toMatch(/^hmac-sha256:[0-9a-f]{8}:[0-9a-f]{16}$/);
    expect(data.same).toBe(data['app.conf']);
    expect(isDigest(binaryData.icon)).toBe(true);
    expect(binaryData.icon).not.toBe(data.same);
  });

  it('has other digests in the next run, and they say that they cannot be compared', () => {
    const [one, two] = ['a', 'b'].map((digestKey) => normalizeObject(map, maps, { ...digests, digestKey }).data.same);
    expect(one).not.toBe(two);
    expect(sameDigestKey(one, two)).toBe(false);
    expect(sameDigestKey(one, one)).toBe(true);
  });

  it('keeps its keys only, or everything, when asked to', () => {
    const of = (configMapData: 'keys' | 'full') => normalizeObject(map, maps, { ...digests, configMapData });
    expect(of('keys')).toMatchObject({ data: { 'app.conf': '***', same: '***' }, binaryData: { icon: '***' } });
    expect(of('full')).toMatchObject(map);
  });

  it('keeps an empty value empty, because a program may fail for it', () => {
    expect(normalizeObject(map, maps, digests).data.empty).toBe('');
  });

  it('without data stays without', () => {
    expect(normalizeObject({ metadata: { name: 'a' }, data: null }, maps, digests)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: null,
    });
  });

  it('survives masking with its digests', () => {
    const object = normalizeObject(map, maps, digests);
    const event = { type: 'ADDED' as const, ref: refOf(object), resourceVersion: '1', object };
    const draft = { at: '', atSource: 'received' as const, cluster: 'c01', stream: '', kind: 'resource' as const, event };
    expect(maskRecord(draft, {})).toEqual(draft);
  });
});

it('the manifest states what was removed', () => {
  expect(strippedFields('digests').join()).toMatch(/Secret: values.*ConfigMap: values.*digests kept/);
  expect(strippedFields('keys').join()).toMatch(/ConfigMap: values/);
  expect(strippedFields('full').join()).not.toMatch(/ConfigMap/);
});
