import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../src/core/model/capture.ts';
import type { KubernetesObject } from '../../../src/core/model/resource.ts';
import { audited, auditLog, cart, controllers, deletedWith, metadataOnly, pods, settings, through, versioned } from '../audit-log.ts';
import { object, time } from '../records.ts';
import { folder, of, read, timeline } from './folder.ts';

const alice = 'alice@example.com';

async function imported(...events: KubernetesObject[]) {
  const { records, report } = await read('audit', folder({ 'audit.log': auditLog(events) }));
  const entries = of(records, 'note').map(({ audit }) => audit);
  return { records, entries, ignored: report.ignored, objects: timeline(records) };
}

const patched = (more: KubernetesObject = {}) => audited(60, alice, 'patch', cart(20, 2, 'registry.example/cart:2'), more);

describe('a note about a request', () => {
  it('says who sent it, how, of which object, and which version it left behind', async () => {
    const { entries } = await imported(patched({ auditID: 'a-1' }));
    expect(entries).toEqual([
      {
        user: alice,
        verb: 'patch',
        userAgent: 'kubectl/v1.36.2 (linux/amd64) kubernetes/7c48c2b',
        ref: { kind: 'Deployment', namespace: 'shop', name: 'cart', uid: 'Deployment-cart', apiVersion: 'apps/v1' },
        resourceVersion: '20',
        auditID: 'a-1',
      } satisfies AuditEntry,
    ]);
  });

  it('stands before the record of what the request left behind', async () => {
    const { records } = await imported(patched());
    expect(records.map(({ kind, at }) => [kind, at])).toEqual([
      ['note', time(60)],
      ['resource', time(60)],
    ]);
  });

  it('says as whom somebody acted', async () => {
    const { entries, records } = await imported(patched({ impersonatedUser: { username: 'release-admin' } }));
    expect(entries).toMatchObject([{ user: alice, impersonatedUser: 'release-admin' }]);
    expect(of(records, 'note')[0]?.message).toBe('audit: alice@example.com as release-admin sent patch for Deployment shop/cart');
  });

  it('shows no control characters of names and user agents', async () => {
    const { entries } = await imported(patched({ user: { username: 'al\u001b[31mice\n' }, userAgent: 'kube\u202ectl/1' }));
    expect(entries).toMatchObject([{ user: 'al\\x1b[31mice', userAgent: 'kube\\u202ectl/1' }]);
  });

  it.each([
    ['a person', alice, true],
    ['a person with the certificate of the cluster', 'system:admin', true],
    ['anybody', 'system:anonymous', true],
    ['a pipeline', 'system:serviceaccount:ci:deployer', true],
    ['a controller', controllers.deployments, false],
    ['a kubelet', controllers.kubelet, false],
    ['the API server', 'system:apiserver', false],
    ['the scheduler', 'system:kube-scheduler', false],
    ['a node of EKS', 'eks:node-manager', false],
    ['nobody', '', false],
  ])('is there for %s (%s): %s', async (_, user, told) => {
    expect((await imported(patched({ user: { username: user } }))).entries).toHaveLength(Number(told));
  });

  it('is there for a person who acts as a controller, and for a controller that acts as a person', async () => {
    const acting = (user: string, other: string) => patched({ user: { username: user }, impersonatedUser: { username: other } });
    expect((await imported(acting(alice, controllers.deployments))).entries).toHaveLength(1);
    expect((await imported(acting('system:serviceaccount:kube-system:proxy', alice))).entries).toHaveLength(1);
    expect((await imported(acting(controllers.kubelet, controllers.deployments))).entries).toHaveLength(0);
  });
});

describe('which requests are changes', () => {
  const code = (value: number) => patched({ responseStatus: { metadata: {}, code: value } });
  const refused = 'audit event of a refused request';
  const reading = 'audit event of a verb that changes nothing';
  const otherStage = 'audit stage other than ResponseComplete';
  it.each([
    ['forbidden', code(403), refused],
    ['in conflict', code(409), refused],
    ['invalid', code(422), refused],
    ['failed', code(500), refused],
    ['failed without a code', patched({ responseStatus: { status: 'Failure' } }), refused],
    ['read', patched({ verb: 'get' }), reading],
    ['listed', patched({ verb: 'list' }), reading],
    ['watched', patched({ verb: 'watch' }), reading],
    ['just received', patched({ stage: 'RequestReceived' }), otherStage],
    ['started to be answered', patched({ stage: 'ResponseStarted' }), otherStage],
    ['a panic', patched({ stage: 'Panic' }), otherStage],
    [
      'dry',
      patched({ requestURI: '/apis/apps/v1/namespaces/shop/deployments/cart?fieldManager=x&dryRun=All' }),
      'audit event of a dry run',
    ],
    [
      'a dry delete',
      audited(60, alice, 'delete', settings(5), { requestObject: { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] } }),
      'audit event of a dry run',
    ],
    ['a deletion of many', patched({ verb: 'deletecollection' }), 'audit event of deletecollection, which names no single object'],
  ])('not what was %s', async (_, event, reason) => {
    for (const one of [event, metadataOnly(event)]) {
      if (event.requestObject !== undefined && one !== event) continue;
      const { records, ignored } = await imported(audited(0, alice, 'create', settings(1)), one);
      expect(records.map(({ at }) => at)).toEqual([time(0), time(0)]);
      expect(ignored).toEqual({ [reason]: 1 });
    }
  });

  it.each([200, 201])('what was answered with %i', async (status) => {
    const { entries, ignored } = await imported(code(status));
    expect([entries.length, ignored]).toEqual([1, {}]);
  });

  it('each request once, whatever stages and files it stands in', async () => {
    const event = patched();
    const bare = metadataOnly(audited(90, alice, 'patch', settings(5)));
    const root = folder({
      'a.log': auditLog([{ ...event, stage: 'RequestReceived' }, event, bare]),
      'b.log': auditLog([event, bare]),
    });
    expect(of((await read('audit', root)).records, 'note')).toHaveLength(2);
  });

  it('not what asks for what is there already: the first with a version made it, in whatever file it stands', async () => {
    const first = audited(60, 'bob@example.com', 'patch', cart(20, 2, 'registry.example/cart:2'));
    const again = audited(70, alice, 'patch', cart(20, 2, 'registry.example/cart:2'));
    const root = folder({ 'a.log': auditLog([again]), 'b.log': auditLog([first]) });
    expect(of((await read('audit', root)).records, 'note').map(({ audit }) => audit?.user)).toEqual(['bob@example.com']);
  });

  const managed = (seconds: number, manager = 'kubectl', version = 20) => {
    const one = cart(version, 2, 'registry.example/cart:2');
    return { ...one, metadata: { ...one.metadata, managedFields: [{ manager, operation: 'Update', time: time(seconds) }] } };
  };
  const setting = { requestObject: { spec: { replicas: 2 } } };
  const taking = {
    requestObject: { spec: { template: { spec: { containers: [{ name: 'app', env: [{ $patch: 'delete', name: 'A' }] }] } } } },
  };

  it('not what set nothing, as the times of managedFields show', async () => {
    const sent = (about: KubernetesObject, more = {}) => imported(audited(60.9, alice, 'patch', about, { ...setting, ...more }));
    expect((await sent(managed(59))).entries).toHaveLength(0);
    expect((await sent(managed(59))).objects).toEqual(['MODIFIED Deployment/cart 10:01:00']);
    expect((await sent(managed(60))).entries).toHaveLength(1);
  });

  it('not what set nothing while another client wrote in the same second', async () => {
    const sent = (manager: string, uri = '') =>
      imported(audited(60.9, alice, 'patch', managed(60, manager), { ...setting, requestURI: `/apis/apps/v1/x${uri}` }));
    expect((await sent('argocd-controller')).entries).toHaveLength(0);
    expect((await sent('kubectl')).entries).toHaveLength(1);
    expect((await sent('kubectl', '?fieldManager=kubectl-edit')).entries).toHaveLength(0);
    expect((await sent('kubectl-edit', '?fieldManager=kubectl-edit&fieldValidation=Strict')).entries).toHaveLength(1);
  });

  it('not an update that was answered with the version it had read', async () => {
    const sent = (read: string) =>
      imported(audited(60.9, alice, 'update', managed(60), { requestObject: { metadata: { resourceVersion: read } } }));
    expect((await sent('20')).entries).toHaveLength(0);
    expect((await sent('19')).entries).toMatchObject([{ resourceVersion: '20' }]);
  });

  it('what takes fields away, of which managedFields keep no time, if the version before was written by the same', async () => {
    const written = (about: KubernetesObject) => audited(10, controllers.deployments, 'update', about);
    const removal = audited(60, alice, 'patch', managed(5), taking);
    expect((await imported(written(managed(5, 'kubectl', 19)), removal)).entries).toMatchObject([{ user: alice, resourceVersion: '20' }]);
    for (const events of [[removal], [written(managed(4, 'kubectl', 19)), removal]]) {
      const { entries } = await imported(...events);
      expect(entries).toMatchObject([{ user: alice }]);
      expect(entries[0]).not.toHaveProperty('resourceVersion');
    }
  });

  it('not as the author of a version without a generation, where managedFields show that another client wrote since the version before', async () => {
    const kept = (version: number, writers: [string, number][]) => {
      const one = settings(version);
      const managedFields = writers.map(([manager, seconds]) => ({ manager, operation: 'Update', time: time(seconds) }));
      return { ...one, metadata: { ...one.metadata, managedFields } };
    };
    const sent = (...writers: [string, number][]) =>
      imported(audited(10, alice, 'create', kept(1, [['kubectl', 10]])), audited(60, alice, 'patch', kept(3, writers), setting));
    expect((await sent(['kubectl', 60])).entries.at(-1)).toMatchObject({ user: alice, resourceVersion: '3' });
    const { entries } = await sent(['argocd-controller', 40], ['kubectl', 60]);
    expect(entries.at(-1)).toMatchObject({ user: alice });
    expect(entries.at(-1)).not.toHaveProperty('resourceVersion');
  });

  it('each in the order of the versions it left behind, though answers overtake each other and clocks differ', async () => {
    const bob = audited(57, 'bob@example.com', 'patch', cart(21, 3, 'registry.example/cart:3'));
    const { entries, records } = await imported(bob, patched());
    expect(entries.map((entry) => [entry?.user, entry?.resourceVersion])).toEqual([
      [alice, '20'],
      ['bob@example.com', '21'],
    ]);
    expect(records.map(({ at }) => at)).toEqual([57, 57, 60, 60].map(time));
  });

  it('two without their answers that share an id, if they ask for different objects', async () => {
    const one = metadataOnly(patched({ auditID: 'same' }));
    const other = metadataOnly(audited(61, alice, 'patch', settings(5), { auditID: 'same' }));
    expect((await imported(one, other, one)).entries).toHaveLength(2);
  });

  it('not a status, though it is a note', async () => {
    const { entries, records } = await imported(through('status', patched()));
    expect(entries).toEqual([undefined]);
    expect(of(records, 'note')[0]?.message).toMatch(/, status$/);
  });
});

describe('a request without the answered object', () => {
  const lacking = 'audit event without the answered object (level below RequestResponse)';

  it('still says who asked for which object, without a version', async () => {
    const { entries, objects, ignored } = await imported(metadataOnly(patched()));
    expect(entries).toMatchObject([{ user: alice, verb: 'patch', ref: { kind: 'Deployment', namespace: 'shop', name: 'cart', uid: '' } }]);
    expect(entries[0]).not.toHaveProperty('resourceVersion');
    expect([objects, ignored]).toEqual([[], { [`${lacking}: only who asked is taken`]: 1 }]);
  });

  it('says who scaled, of which the answer is a Scale', async () => {
    const scale = {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'cart', namespace: 'shop', uid: 'u', resourceVersion: '9' },
    };
    const { entries, objects } = await imported(through('scale', patched({ responseObject: scale })));
    expect(entries).toMatchObject([{ subresource: 'scale', ref: { kind: 'Deployment', name: 'cart' } }]);
    expect(objects).toEqual([]);
  });

  it.each([
    ['of the control plane', metadataOnly(patched({ user: { username: controllers.deployments } }))],
    ['that reports a status', metadataOnly(through('status', patched()))],
    ['that opens a shell', metadataOnly(through('exec', audited(60, alice, 'create', pods(1, '7d9f8b6c5', 12))))],
    ['for a token', metadataOnly(through('token', patched()))],
    [
      'for a kind that is not built in',
      metadataOnly(patched({ objectRef: { resource: 'services', apiGroup: 'serving.knative.dev', name: 'cart' } })),
    ],
    ['without a name', metadataOnly(patched({ objectRef: { resource: 'deployments', apiGroup: 'apps' } }))],
    ['for a Lease', metadataOnly(patched({ objectRef: { resource: 'leases', apiGroup: 'coordination.k8s.io', name: 'l' } }))],
  ])('says nothing %s', async (_, event) => {
    const { records, ignored } = await imported(audited(0, alice, 'create', settings(1)), event);
    expect(records).toHaveLength(2);
    expect(Object.values(ignored)).toEqual([1]);
  });
});

describe('a delete', () => {
  it('that is answered with a Status takes away what was last seen of the object', async () => {
    const { records, objects, entries } = await imported(
      audited(0, 'bob@example.com', 'create', settings(1)),
      deletedWith(audited(60, alice, 'delete', settings(1))),
    );
    expect(objects).toEqual(['ADDED ConfigMap/settings 10:00:00', 'DELETED ConfigMap/settings 10:01:00']);
    expect(of(records, 'resource')[1]?.event.object).toEqual(of(records, 'resource')[0]?.event.object);
    expect(entries[1]).toMatchObject({ user: alice, verb: 'delete', ref: { uid: 'ConfigMap-settings' } });
  });

  it('of what the log never showed has its name and uid', async () => {
    const { records } = await imported(deletedWith(audited(60, alice, 'delete', settings(1))));
    expect(of(records, 'resource')[0]?.event).toMatchObject({
      type: 'DELETED',
      ref: { kind: 'ConfigMap', namespace: 'shop', name: 'settings', uid: 'ConfigMap-settings' },
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop', uid: 'ConfigMap-settings' } },
    });
  });

  it('that finalizers hold up is no deletion yet', async () => {
    const claim = object('PersistentVolumeClaim', 'data', {
      metadata: { finalizers: ['kubernetes.io/pvc-protection'], deletionTimestamp: time(60) },
    });
    const free = { ...claim, metadata: { ...claim.metadata, finalizers: [] } };
    const { objects, entries } = await imported(
      audited(60, alice, 'delete', versioned(claim, 5)),
      audited(90, 'system:serviceaccount:kube-system:pvc-protection-controller', 'update', versioned(free, 6)),
    );
    expect(objects).toEqual(['MODIFIED PersistentVolumeClaim/data 10:01:00', 'DELETED PersistentVolumeClaim/data 10:01:30']);
    expect(entries).toMatchObject([{ user: alice, verb: 'delete' }]);
  });
});

it('a log of any requests has as many entries as requests of people that changed something', async () => {
  const requests = fc.record({
    user: fc.constantFrom(alice, 'system:serviceaccount:ci:deployer', ...Object.values(controllers)),
    verb: fc.constantFrom('get', 'list', 'create', 'update', 'patch'),
    stage: fc.constantFrom('RequestReceived', 'ResponseComplete'),
    code: fc.constantFrom(200, 201, 403, 409, 422),
    dry: fc.boolean(),
    bare: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { maxLength: 12 }), async (all) => {
      const events = all.map(({ user, verb, stage, code, dry, bare }, index) => {
        const event = audited(index, user, verb, cart(100 + index, index, 'registry.example/cart:1'), {
          stage,
          responseStatus: { code },
          ...(dry ? { requestURI: '/apis?dryRun=All' } : {}),
        });
        return bare ? metadataOnly(event) : event;
      });
      const changing = all.filter(
        ({ user, verb, stage, code, dry }) =>
          (user === alice || user.includes(':ci:')) &&
          !['get', 'list'].includes(verb) &&
          stage === 'ResponseComplete' &&
          code < 400 &&
          !dry,
      );
      expect((await imported(...events)).entries).toHaveLength(changing.length);
    }),
    { numRuns: 60 },
  );
});
