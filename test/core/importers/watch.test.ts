import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixtures, folder, of, pod, read, timeline, watchLine } from './folder.ts';

const at = (minute: number, second = 0) => `2026-03-01T10:${String(minute).padStart(2, '0')}:${String(second).padStart(2, '0')}Z`;

function event(name: string, version: number, lastTimestamp: string) {
  const metadata = { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: String(version), creationTimestamp: at(0) };
  return { apiVersion: 'v1', kind: 'Event', metadata, involvedObject: { kind: 'Pod', name: 'cart', namespace: 'shop' }, lastTimestamp };
}

describe('the order and time of watch events', () => {
  it('orders lines of all files by resourceVersion as a number, not as text', async () => {
    const root = folder({
      'streams/pods.ndjson': watchLine('ADDED', pod('cart', 9, at(1))) + watchLine('MODIFIED', pod('cart', 100, at(1))),
      'streams/events.ndjson': watchLine('ADDED', event('cart.1', 10, at(2))) + watchLine('ADDED', event('cart.2', 99, at(3))),
    });
    const { records } = await read('watch', root);
    expect(timeline(records)).toEqual([
      'ADDED Pod/cart 10:01:00',
      'ADDED Event/cart.1 10:02:00',
      'ADDED Event/cart.2 10:03:00',
      'MODIFIED Pod/cart 10:03:00',
    ]);
    expect(records.every(({ atSource }) => atSource === 'derived')).toBe(true);
  });

  it('takes the time of a line from managedFields, conditions and container states too', async () => {
    const status = {
      conditions: [{ type: 'Ready', lastTransitionTime: at(2) }],
      containerStatuses: [{ name: 'app', lastState: { terminated: { finishedAt: at(3) } }, state: { running: { startedAt: at(4) } } }],
    };
    const managed = pod('cart', 1, at(1));
    const root = folder({
      'streams/pods.ndjson':
        watchLine('ADDED', { ...managed, metadata: { ...managed.metadata, managedFields: [{ manager: 'x', time: at(1, 30) }] } }) +
        watchLine('MODIFIED', pod('cart', 2, at(1), { status })),
    });
    const { records, report } = await read('watch', root);
    expect(timeline(records)).toEqual(['ADDED Pod/cart 10:01:30', 'MODIFIED Pod/cart 10:04:00']);
    expect(of(records, 'resource')[0]?.event.object.metadata).not.toHaveProperty('managedFields');
    expect([...report.strippedFields]).toEqual(['metadata.managedFields']);
  });

  it('takes the grace period off a deletionTimestamp, which lies in the future', async () => {
    const dying = pod('cart', 2, at(1));
    const metadata = { ...dying.metadata, deletionTimestamp: at(5), deletionGracePeriodSeconds: 120 };
    const { records } = await read('watch', folder({ 'streams/pods.ndjson': watchLine('MODIFIED', { ...dying, metadata }) }));
    expect(timeline(records)).toEqual(['MODIFIED Pod/cart 10:03:00']);
  });

  it('keeps an event that two overlapping streams hold once', async () => {
    const lines = watchLine('ADDED', pod('cart', 1, at(1)));
    const { records, report } = await read('watch', folder({ 'streams/pods.ndjson': lines + lines }));
    expect(records).toHaveLength(1);
    expect(report.ignored).toEqual({ 'watch event seen before': 1 });
  });
});

it('makes bookmarks and errors sync records and never stores the husk object', async () => {
  const bookmark = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { resourceVersion: '7', annotations: { 'k8s.io/initial-events-end': 'true' } },
    spec: { containers: null },
  };
  const expired = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'Expired', code: 410 };
  const root = folder({
    'streams/pods.ndjson': watchLine('ADDED', pod('cart', 5, at(1))) + watchLine('BOOKMARK', bookmark) + watchLine('ERROR', expired),
  });
  const { records } = await read('watch', root);
  expect(records.slice(1)).toEqual([
    expect.objectContaining({ kind: 'sync', phase: 'bookmark', resourceVersion: '7', reason: 'k8s.io/initial-events-end', stream: 'pods' }),
    expect.objectContaining({ kind: 'sync', phase: 'error', code: 410, reason: 'Expired', stream: 'pods' }),
  ]);
  expect(JSON.stringify(records)).not.toContain('containers');
});

it('reads pretty-printed documents that follow each other, as kubectl get -w prints them', async () => {
  const print = (type: string, object: unknown) => `${JSON.stringify({ type, object }, null, 4)}\n`;
  const odd = pod('cart', 1, at(1), { spec: { note: 'a "quoted } brace\\" and \n{ more' } });
  const root = folder({ 'pods.json': print('ADDED', odd) + print('MODIFIED', pod('cart', 2, at(2))) });
  const { records } = await read('watch', join(root, 'pods.json'));
  expect(timeline(records)).toEqual(['ADDED Pod/cart 10:01:00', 'MODIFIED Pod/cart 10:02:00']);
  expect(of(records, 'resource')[0]?.event.object.spec.note).toBe('a "quoted } brace\\" and \n{ more');
});

it('reports a torn line with file and line and keeps every other line', async () => {
  const whole = watchLine('ADDED', pod('cart', 1, at(1)));
  const root = folder({ 'streams/pods.ndjson': `${whole}{"type":"ADDED","obj\n${watchLine('MODIFIED', pod('cart', 2, at(2)))}{"type":` });
  const { records, report } = await read('watch', root);
  expect(timeline(records)).toHaveLength(2);
  expect(report.skipped.map(({ file, line }) => `${file}:${line}`)).toEqual(['streams/pods.ndjson:2', 'streams/pods.ndjson:4']);
  expect(report.skipped[0]?.expected).toContain('JSON');
});

it('keeps integers beyond 2^53', async () => {
  const line = watchLine('ADDED', pod('cart', 1, at(1), { spec: { big: 0 } })).replace('"big":0', '"big":9007199254740993');
  const { records } = await read('watch', folder({ 'streams/pods.ndjson': line }));
  expect(of(records, 'resource')[0]?.event.object.spec.big).toBe(9007199254740993n);
});

describe('logs', () => {
  const stream = { 'streams/pods.ndjson': watchLine('ADDED', pod('cart', 1, at(1))) + watchLine('MODIFIED', pod('cart', 2, at(9))) };

  it('finds the namespace of logs/<pod> through the pods, and joins the uid', async () => {
    const { records } = await read('watch', folder({ ...stream, 'logs/cart/app.log': `${at(2)} hello\n` }));
    expect(of(records, 'log')[0]).toMatchObject({
      at: '2026-03-01T10:02:00.000Z',
      atSource: 'received',
      line: { namespace: 'shop', pod: 'cart', uid: 'uid-cart', container: 'app', message: 'hello', timestamp: at(2) },
    });
  });

  it('merges lines by their own time, and a line without one follows the line before it', async () => {
    const log = `${at(2)} first\nno stamp\n${at(10).replace('Z', '.123456789Z')} last\n`;
    const { records } = await read('watch', folder({ ...stream, 'logs/cart/app.log': log }));
    expect(records.map(({ kind, at: time }) => `${kind} ${time.slice(14, 23)}`)).toEqual([
      'resource 01:00.000',
      'log 02:00.000',
      'log 02:00.000',
      'resource 09:00.000',
      'log 10:00.123',
    ]);
    expect(of(records, 'log')[1]).toMatchObject({ atSource: 'derived', line: { message: 'no stamp', timestamp: '' } });
    expect(of(records, 'log')[2]?.line.timestamp).toBe('2026-03-01T10:10:00.123456789Z');
  });

  it('splits at line feeds only and keeps control characters exactly', async () => {
    const message = 'progress 1%\rprogress 2%\u001b[31m\u0000\u2028end\r';
    const { records } = await read('watch', folder({ ...stream, 'logs/cart/app.log': `${at(2)} ${message}\n` }));
    expect(of(records, 'log').map(({ line }) => line.message)).toEqual([message]);
  });

  it('takes the namespace of the coverage where no pod of that name is in the streams', async () => {
    const coverage = JSON.stringify({ resources: ['pods'], namespaces: ['late'], clusterWide: [] });
    const { records } = await read('watch', folder({ ...stream, 'streams/coverage.json': coverage, 'logs/gone/app.log': `${at(2)} x\n` }));
    expect(of(records, 'log')[0]?.line).toEqual({ namespace: 'late', pod: 'gone', container: 'app', message: 'x', timestamp: at(2) });
  });

  it('joins a log of a pod name that was used twice to the pod that lived then', async () => {
    const second = pod('cart', 3, at(5));
    const streams = {
      'streams/pods.ndjson':
        stream['streams/pods.ndjson'] + watchLine('ADDED', { ...second, metadata: { ...second.metadata, uid: 'second' } }),
    };
    const { records } = await read('watch', folder({ ...streams, 'logs/cart/app.log': `${at(2)} a\n${at(6)} b\n` }));
    expect(of(records, 'log').map(({ line }) => line.uid)).toEqual(['uid-cart', 'second']);
  });

  it('records a line of many megabytes as oversize and goes on', async () => {
    const huge = Buffer.concat([Buffer.from(`${at(2)} `), Buffer.alloc(9 * 1024 * 1024, 'x'), Buffer.from(`\n${at(3)} after\n`)]);
    const { records } = await read('watch', folder({ ...stream, 'logs/cart/app.log': huge }));
    expect(of(records, 'oversize')).toEqual([
      expect.objectContaining({ ref: { kind: 'Pod', namespace: 'shop', name: 'cart', uid: 'uid-cart' }, bytes: huge.indexOf('\n') }),
    ]);
    expect(of(records, 'log').map(({ line }) => line.message)).toEqual(['after']);
  });
});

it('turns metrics lists into one sample per pod, in millicores and bytes, at the time they were received', async () => {
  const items = [
    {
      metadata: { name: 'cart', namespace: 'shop' },
      timestamp: at(3),
      window: '1m0.5s',
      containers: [
        { name: 'app', usage: { cpu: '1234567n', memory: '20Mi' } },
        { name: 'proxy', usage: { cpu: '12m', memory: '1024Ki' } },
      ],
    },
  ];
  const list = { kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items };
  const root = folder({
    'streams/pods.ndjson': watchLine('ADDED', pod('cart', 1, at(1))),
    'metrics/pods.ndjson': `${JSON.stringify({ receivedAt: Date.parse(at(4)), list })}\n`,
  });
  const { records } = await read('watch', root);
  expect(of(records, 'metrics')).toEqual([
    {
      at: '2026-03-01T10:04:00.000Z',
      atSource: 'received',
      cluster: 'c01',
      stream: 'pods.metrics',
      kind: 'metrics',
      sample: {
        ref: { kind: 'Pod', namespace: 'shop', name: 'cart', uid: 'uid-cart', apiVersion: 'v1' },
        timestamp: at(3),
        windowSeconds: 60.5,
        cpuMillicores: 13.234567,
        memoryBytes: 22020096,
        containers: [
          { name: 'app', cpuMillicores: 1.234567, memoryBytes: 20971520 },
          { name: 'proxy', cpuMillicores: 12, memoryBytes: 1048576 },
        ],
      },
    },
  ]);
});

it('reads a real recording in order, with coverage of every watched resource', async () => {
  const { records, report } = await read('watch', join(fixtures, 'watch'));
  const times = records.map(({ at: time }) => time);
  expect(times).toEqual([...times].sort());
  const lines = readFileSync(join(fixtures, 'watch/streams/pods.ndjson'), 'utf8').trim().split('\n');
  expect(of(records, 'resource').filter(({ event: { ref } }) => ref.kind === 'Pod')).toHaveLength(lines.length);
  expect(of(records, 'log').length).toBeGreaterThan(0);
  expect(of(records, 'log').every(({ line }) => line.uid !== undefined && line.namespace === 'case-46')).toBe(true);
  expect(of(records, 'metrics').every(({ sample }) => sample.ref.uid !== '' && sample.cpuMillicores > 0)).toBe(true);
  expect(report.skipped).toEqual([]);
  expect(report.coverage).toContainEqual({
    cluster: 'c01',
    resource: 'horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    namespaces: ['case-46'],
    from: times[0],
    to: times.at(-1),
  });
  expect(report.coverage.find(({ resource }) => resource === 'nodes')?.namespaces).toEqual(['*']);
});

it('reads only streams, logs and metrics of a folder that has streams', async () => {
  const root = folder({
    'case/streams/pods.ndjson': watchLine('ADDED', pod('cart', 1, at(1))),
    'case/provoked-by/manifest.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: never}\n',
    'case/expect.yaml': 'reason: [Nothing]\n',
    'case/more.ndjson': watchLine('ADDED', pod('never', 2, at(1))),
  });
  const { records, report } = await read('watch', root);
  expect(timeline(records)).toEqual(['ADDED Pod/cart 10:01:00']);
  expect(report.skipped).toEqual([]);
});

it('names a line whose type is an integer beyond 2^53', async () => {
  const root = folder({
    'pods.ndjson': `${watchLine('ADDED', pod('cart', 1, '2026-03-01T10:00:00Z'))}{"type": 9007199254740993, "object": {}}\n`,
  });
  expect((await read('watch', root)).report.skipped).toEqual([expect.objectContaining({ line: 2, found: '{"type":9007199254740993}' })]);
});
