import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixtures, folder, of, pod, read, timeline } from './folder.ts';

const at = (minute: number) => `2026-03-01T10:${String(minute).padStart(2, '0')}:00Z`;
const file = (value: unknown) => JSON.stringify(value, null, 2);

function event(name: string, lastTimestamp: string) {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'shop' },
    involvedObject: { kind: 'Pod', name: 'cart' },
    lastTimestamp,
  };
}

describe('a dump as a timeline', () => {
  it('places Events at their own time and everything else, as a snapshot, at the newest time found', async () => {
    const ready = pod('cart', 5, at(1), { status: { conditions: [{ type: 'Ready', lastTransitionTime: at(8) }] } });
    const root = folder({
      'pods.json': file(ready),
      'events.json': file({ kind: 'EventList', apiVersion: 'v1', items: [event('b', at(6)), event('a', at(4))] }),
    });
    const { records } = await read('dump', root);
    expect(timeline(records)).toEqual(['ADDED Event/a 10:04:00', 'ADDED Event/b 10:06:00', 'ADDED Pod/cart 10:08:00']);
    expect(of(records, 'resource').every(({ event: { synthetic }, atSource }) => synthetic === 'snapshot' && atSource === 'derived')).toBe(
      true,
    );
  });

  it('writes events.k8s.io Events in the words of core/v1', async () => {
    const modern = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'x', namespace: 'shop' },
      regarding: { kind: 'Pod', name: 'cart' },
      note: 'Back-off',
      reason: 'BackOff',
      series: { count: 4, lastObservedTime: at(7) },
    };
    const { records } = await read('dump', folder({ 'events.json': file(modern) }));
    expect(of(records, 'resource')[0]).toMatchObject({
      at: '2026-03-01T10:07:00.000Z',
      event: { object: { apiVersion: 'v1', involvedObject: { name: 'cart' }, message: 'Back-off', reason: 'BackOff' } },
    });
  });

  it('gives items of typed lists the kind and apiVersion the list implies', async () => {
    const { apiVersion: _, kind: __, ...bare } = pod('cart', 1, at(1));
    const { records } = await read('dump', folder({ 'pods.json': file({ kind: 'PodList', apiVersion: 'v1', items: [bare] }) }));
    expect(of(records, 'resource')[0]?.event).toMatchObject({
      ref: { kind: 'Pod', uid: 'uid-cart' },
      object: { apiVersion: 'v1', kind: 'Pod' },
    });
  });

  it('opens Lists of mixed kinds, and YAML of several documents', async () => {
    const yaml = `---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata: {name: n1, creationTimestamp: ${at(1)}}\n---\n# nothing\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\n`;
    const { records } = await read('dump', folder({ 'all.yaml': yaml }));
    expect(timeline(records)).toEqual(['ADDED Node/n1 10:01:00', 'ADDED Deployment/cart 10:01:00']);
  });

  it('makes the same uid each time for an object without one, and leaves the uid of an involved object alone', async () => {
    const root = folder({ 'events.json': file(event('a', at(4))) });
    const [first, second] = [await read('dump', root), await read('dump', root)];
    const { ref, object } = of(first.records, 'resource')[0]!.event;
    expect(ref.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
    expect(object.metadata?.uid).toBe(ref.uid);
    expect(object.involvedObject.uid).toBeUndefined();
    expect(second.records).toEqual(first.records);
    expect(first.report.notes).toEqual([expect.stringContaining('1 objects had no uid')]);
  });

  it('keeps an object that several files hold once, with the newest resourceVersion', async () => {
    const root = folder({
      'a.json': file(pod('cart', 9, at(1))),
      'b.json': file(pod('cart', 10, at(1))),
      'c.json': file(pod('cart', 2, at(1))),
    });
    const { records, report } = await read('dump', root);
    expect(of(records, 'resource').map(({ event: { resourceVersion } }) => resourceVersion)).toEqual(['10']);
    expect(report.ignored).toEqual({ 'object found before': 2 });
  });

  it('tells kinds of the same name in different API groups apart', async () => {
    const named = (apiVersion: string) => ({ apiVersion, kind: 'Service', metadata: { name: 'cart', namespace: 'shop' } });
    const { records } = await read('dump', folder({ 'a.json': file(named('v1')), 'b.json': file(named('serving.knative.dev/v1')) }));
    expect(records).toHaveLength(2);
  });
});

describe('input that is not ours or broken', () => {
  it('ignores and counts YAML without apiVersion and kind, and never reads a kubeconfig into objects', async () => {
    const root = folder({
      'values.yaml': 'image: cart\n',
      'config.yaml': 'apiVersion: v1\nkind: Config\nusers: []\n',
      'pod.json': file(pod('cart', 1, at(1))),
    });
    const { records, report } = await read('dump', root);
    expect(timeline(records)).toEqual(['ADDED Pod/cart 10:01:00']);
    expect(report.ignored).toEqual({ 'document without apiVersion, kind and name': 2 });
  });

  it('skips a malformed file as a whole, with file, line, found and expected, and imports the rest', async () => {
    const broken = `${file(pod('half', 1, at(1)))}\n{"kind": "Pod",\n  "metadata": }\n`;
    const root = folder({
      'bad.json': broken,
      'bad.yaml': 'kind: Pod\nmetadata:\n  name: [unclosed\n',
      'good.json': file(pod('cart', 1, at(1))),
    });
    const { records, report } = await read('dump', root);
    expect(timeline(records)).toEqual(['ADDED Pod/cart 10:01:00']);
    expect(report.skipped).toHaveLength(2);
    expect(report.skipped[0]).toMatchObject({
      file: 'bad.json',
      line: broken.split('\n').length - 1,
      found: expect.stringContaining('}'),
      expected: expect.stringContaining('JSON'),
    });
    expect(report.skipped[1]).toMatchObject({ file: 'bad.yaml', expected: expect.stringContaining('YAML') });
    expect(report.skipped[1]?.line).toBeGreaterThanOrEqual(3);
  });

  it('refuses a YAML alias bomb', async () => {
    const levels = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`)}]`),
    ];
    const { report } = await read('dump', folder({ 'bomb.yaml': levels.join('\n') }));
    expect(report.skipped).toEqual([expect.objectContaining({ file: 'bomb.yaml' })]);
  });

  it('does not follow symbolic links', async () => {
    const root = folder({ 'pod.json': file(pod('cart', 1, at(1))) });
    symlinkSync(join(folder({ 'secret.json': file(pod('outside', 1, at(1))) }), 'secret.json'), join(root, 'link.json'));
    const { records, report } = await read('dump', root);
    expect(timeline(records)).toEqual(['ADDED Pod/cart 10:01:00']);
    expect(report.ignored).toEqual({ 'not a regular file (links are not followed)': 1 });
  });

  it('ignores objects whose name or namespace is no text', async () => {
    const { records } = await read(
      'dump',
      folder({
        'a.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: 1}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: 2}\n',
      }),
    );
    expect(records).toEqual([]);
  });
});

describe('logs of a dump', () => {
  const ended = pod('cart', 1, at(1), {
    status: {
      containerStatuses: [
        { name: 'app', state: { terminated: { finishedAt: at(20) } }, lastState: { terminated: { finishedAt: at(10) } } },
      ],
    },
  });

  it('places logs without times where the container ended, the previous one first', async () => {
    const root = folder({
      'resources/pods.json': file(ended),
      'logs/shop_cart_app.log': 'now\n',
      'logs/shop_cart_app.previous.log': 'then\n',
    });
    const { records } = await read('dump', root);
    expect(of(records, 'log').map(({ at: time, line }) => [time.slice(11, 16), line.message, line.previous, line.uid])).toEqual([
      ['10:10', 'then', true, 'uid-cart'],
      ['10:20', 'now', undefined, 'uid-cart'],
    ]);
  });

  it('keeps a previous log before the current one even when its own times say otherwise', async () => {
    const same = `${at(5)} start\n${at(6)} stop\n`;
    const root = folder({ 'resources/pods.json': file(ended), 'logs/shop_cart_app.log': same, 'logs/shop_cart_app.previous.log': same });
    const { records } = await read('dump', root);
    expect(of(records, 'log').map(({ line }) => [line.previous === true, line.message])).toEqual([
      [true, 'start'],
      [true, 'stop'],
      [false, 'start'],
      [false, 'stop'],
    ]);
  });

  it('takes namespace, pod and container from the name where only a log exists', async () => {
    const { records } = await read('dump', folder({ 'logs/shop_cart-1_app.log': 'time="2026-03-01T10:02:03Z" level=fatal msg=x\n' }));
    expect(records).toEqual([
      expect.objectContaining({
        at: '2026-03-01T10:02:03.000Z',
        line: {
          namespace: 'shop',
          pod: 'cart-1',
          container: 'app',
          message: 'time="2026-03-01T10:02:03Z" level=fatal msg=x',
          timestamp: '',
        },
      }),
    ]);
  });

  it('reads the logs of kubectl cluster-info dump, with several containers in one file', async () => {
    const logs = [
      '==== START logs for container init of pod shop/cart ====',
      'one',
      '==== END logs for container init of pod shop/cart ====',
      '==== START logs for container app of pod shop/cart ====',
      `${at(2)} two`,
      '==== END logs for container app of pod shop/cart ====',
      '',
    ].join('\n');
    const list = { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '77' }, items: [pod('cart', 5, at(1))] };
    const { records, report } = await read('dump', folder({ 'shop/pods.json': file(list), 'shop/cart/logs.txt': logs }));
    expect(of(records, 'log').map(({ line }) => `${line.container}:${line.message}`)).toEqual(['init:one', 'app:two']);
    expect(report.coverage).toEqual([
      {
        cluster: 'c01',
        resource: 'pods',
        kind: 'Pod',
        namespaces: ['shop'],
        from: '2026-03-01T10:02:00.000Z',
        to: '2026-03-01T10:02:00.000Z',
      },
    ]);
  });

  it('reads kubectl cluster-info dump as one file of JSON documents and logs', async () => {
    const mixed = `${file({ kind: 'NodeList', apiVersion: 'v1', items: [{ metadata: { name: 'n1' } }] })}\n${file(ended)}\n==== START logs for container app of pod shop/cart ====\nboom\n==== END logs for container app of pod shop/cart ====\n`;
    const { records, report } = await read('dump', join(folder({ 'dump.txt': mixed }), 'dump.txt'));
    expect(timeline(records)).toEqual(['ADDED Node/n1 10:20:00', 'ADDED Pod/cart 10:20:00']);
    expect(of(records, 'log').map(({ line }) => line.message)).toEqual(['boom']);
    expect(report.skipped).toEqual([]);
  });

  it('counts logs that belong to no pod', async () => {
    const { records, report } = await read('dump', folder({ 'collector.log': 'started\n' }));
    expect(records).toEqual([]);
    expect(report.ignored).toEqual({ 'log of no pod': 1 });
  });
});

it('claims no coverage for lists that are not an answer of the API server', async () => {
  const list = { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '' }, items: [pod('cart', 5, at(1))] };
  expect((await read('dump', folder({ 'pods.json': file(list) }))).report.coverage).toEqual([]);
});

it('reads metrics of a dump', async () => {
  const node = {
    kind: 'NodeMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: { name: 'n1' },
    timestamp: at(3),
    window: '30s',
    usage: { cpu: '1500m', memory: '2Gi' },
  };
  const { records } = await read('dump', folder({ 'metrics/nodes.json': file(node) }));
  expect(of(records, 'metrics')[0]).toMatchObject({
    at: '2026-03-01T10:03:00.000Z',
    sample: { ref: { kind: 'Node', name: 'n1' }, cpuMillicores: 1500, memoryBytes: 2147483648 },
  });
});

describe('real dumps', () => {
  it('reads objects rebuilt from text with two logs', async () => {
    const { records, report } = await read('dump', join(fixtures, 'dump-pods'));
    expect(of(records, 'resource')).toHaveLength(10);
    expect(of(records, 'log').map(({ line }) => [line.container, line.previous === true, line.uid])).toEqual([
      ['payment-processing-container', true, expect.any(String)],
      ['payment-processing-container', false, expect.any(String)],
    ]);
    expect(report.skipped).toEqual([]);
  });

  it('reads YAML with unquoted times', async () => {
    const { records } = await read('dump', join(fixtures, 'dump-yaml'));
    expect(timeline(records)).toEqual(['ADDED Job/fail 08:09:27']);
    expect(of(records, 'resource')[0]?.event.object.metadata?.creationTimestamp).toBe('2018-12-02T08:09:25Z');
  });

  it('reads a JobList whose items have no kind', async () => {
    const { records } = await read('dump', join(fixtures, 'dump-list'));
    expect(of(records, 'resource').map(({ event: { ref } }) => ref.kind)).toEqual(['Job', 'Job']);
  });
});
