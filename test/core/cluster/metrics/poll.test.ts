import { afterEach, describe, expect, it } from 'vitest';
import { type MetricsOptions, pollMetrics, pollSummary } from '../../../../src/core/cluster/metrics/poll.ts';
import type { RecordDraft } from '../../../../src/core/model/capture.ts';
import { type Asked, manualClock, refuse, serve, type TestServer, until } from '../logs/kubelet.ts';

const noon = Date.parse('2026-01-31T12:00:00Z');
const base = '/apis/metrics.k8s.io/v1beta1';

type Run = Omit<TestServer, 'close'> & { clock: ReturnType<typeof manualClock>; drafts: RecordDraft[]; stop: () => Promise<void> };

const runs: Run[] = [];

async function start(
  answer: (asked: Asked, count: number) => void,
  options: Partial<MetricsOptions> & { nodes?: () => string[] } = {},
): Promise<Run> {
  const clock = manualClock(noon);
  const { close, ...server } = await serve(clock, answer);
  const abort = new AbortController();
  const all = {
    cluster: 'c01',
    clock,
    signal: abort.signal,
    random: () => 0,
    namespaces: [],
    intervalMs: 15_000,
    uidOf: () => 'uid',
    ...options,
  };
  const source =
    options.nodes === undefined ? pollMetrics(server.client, all) : pollSummary(server.client, { ...all, nodes: options.nodes });
  const drafts: RecordDraft[] = [];
  const reading = (async () => {
    for await (const batch of source) drafts.push(...batch);
  })();
  await until(() => clock.sleeping().length === 1);
  const stop = async () => {
    abort.abort();
    await reading;
    await close();
  };
  const run = { ...server, clock, drafts, stop };
  runs.push(run);
  return run;
}

afterEach(async () => {
  for (const run of runs.splice(0)) await run.stop();
});

/** One round: lets the poller ask, until it waits again. */
async function round({ clock }: Run): Promise<void> {
  const [ms = 0] = clock.sleeping();
  clock.advance(ms);
  await until(() => clock.sleeping().length === 1);
}

function list(kind: string, items: unknown[], response: Asked['response']): void {
  response.end(JSON.stringify({ kind, apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items }));
}

const podItem = (time: string, window = '10.567s') => ({
  metadata: { name: 'cart-1', namespace: 'shop', creationTimestamp: '2026-01-31T12:00:20Z' },
  timestamp: `2026-01-31T${time}Z`,
  window,
  containers: [
    { name: 'app', usage: { cpu: '1628040n', memory: '5256Ki' } },
    { name: 'proxy', usage: { cpu: '250m', memory: '64Mi' } },
  ],
});
const nodeItem = { metadata: { name: 'n1' }, timestamp: '2026-01-31T11:59:50Z', window: '20s', usage: { cpu: '2', memory: '1Gi' } };

const samples = ({ drafts }: Run) => drafts.flatMap((one) => (one.kind === 'metrics' ? [one.sample] : []));
const others = ({ drafts }: Run) => drafts.filter(({ kind }) => kind !== 'metrics');

describe('usage by metrics.k8s.io', () => {
  it('is recorded of pods and nodes, in millicores and bytes, with the uid that the name had at the time', async () => {
    const asked: unknown[] = [];
    const run = await start(
      ({ path, response }) =>
        path.endsWith('/pods') ? list('PodMetricsList', [podItem('11:59:45')], response) : list('NodeMetricsList', [nodeItem], response),
      {
        uidOf: (...question) => {
          asked.push(question);
          return question[0] === 'Pod' ? 'uid-cart-1' : '';
        },
      },
    );
    await round(run);
    expect(run.drafts).toEqual([
      {
        at: '2026-01-31T12:00:00.000Z',
        atSource: 'received',
        cluster: 'c01',
        stream: 'c01/pods.metrics',
        kind: 'metrics',
        sample: {
          ref: { kind: 'Pod', namespace: 'shop', name: 'cart-1', uid: 'uid-cart-1', apiVersion: 'v1' },
          timestamp: '2026-01-31T11:59:45Z',
          windowSeconds: 10.567,
          cpuMillicores: 251.62804,
          memoryBytes: 5256 * 1024 + 64 * 2 ** 20,
          containers: [
            { name: 'app', cpuMillicores: 1.62804, memoryBytes: 5256 * 1024 },
            { name: 'proxy', cpuMillicores: 250, memoryBytes: 64 * 2 ** 20 },
          ],
        },
      },
      {
        at: '2026-01-31T12:00:00.000Z',
        atSource: 'received',
        cluster: 'c01',
        stream: 'c01/nodes.metrics',
        kind: 'metrics',
        sample: {
          ref: { kind: 'Node', namespace: '', name: 'n1', uid: '', apiVersion: 'v1' },
          timestamp: '2026-01-31T11:59:50Z',
          windowSeconds: 20,
          cpuMillicores: 2000,
          memoryBytes: 2 ** 30,
        },
      },
    ]); // prettier-ignore
    expect(asked).toEqual([
      ['Pod', 'shop', 'cart-1', noon - 15_000],
      ['Node', '', 'n1', noon - 10_000],
    ]);
    expect(run.asked.map(({ path }) => path)).toEqual([`${base}/pods`, `${base}/nodes`]);
  });

  it('is asked for at the interval and recorded once per sample, also when two servers answer in turn', async () => {
    const times = ['12:00:00', '12:00:00', '11:59:55', '12:00:00', '11:59:55', '12:00:15'];
    const run = await start(({ path, response }, count) =>
      path.endsWith('/pods')
        ? list('PodMetricsList', [podItem(times[(count - 1) / 2] ?? '')], response)
        : list('NodeMetricsList', [nodeItem], response),
    );
    for (const _ of times) await round(run);
    expect(samples(run).map(({ timestamp }) => timestamp.slice(11, 19))).toEqual(['12:00:00', '11:59:50', '11:59:55', '12:00:15']);
    expect(run.asked.filter(({ path }) => path.endsWith('/pods')).map(({ atMs }) => atMs - noon)).toEqual([
      0, 15_000, 30_000, 45_000, 60_000, 75_000,
    ]);
  });

  it('is asked for by namespace where only some are recorded', async () => {
    const run = await start(({ response }) => list('PodMetricsList', [], response), { namespaces: ['shop', 'pay'] });
    await round(run);
    expect(run.asked.map(({ path }) => path)).toEqual([`${base}/namespaces/shop/pods`, `${base}/namespaces/pay/pods`, `${base}/nodes`]);
    expect(run.drafts).toEqual([]);
  });

  it('begins at a random moment, so that many recorders do not ask at once', async () => {
    const run = await start(({ response }) => list('PodMetricsList', [], response), { random: () => 0.5 });
    expect(run.clock.sleeping()).toEqual([1000]);
  });
});

describe('without a metrics API', () => {
  it('one error and one remark per stream are recorded, and it is asked for slowly', async () => {
    const run = await start(({ response }, count) => {
      if (count > 4) return list('PodMetricsList', [podItem('12:01:00')], response);
      response.writeHead(404, { 'content-type': 'text/plain' });
      response.end('404 page not found\n');
    });
    await round(run);
    expect(others(run)).toMatchObject([
      { stream: 'c01/pods.metrics', kind: 'sync', phase: 'error', code: 404 },
      { stream: 'c01/pods.metrics', kind: 'note' },
      { stream: 'c01/nodes.metrics', kind: 'sync', phase: 'error', code: 404 },
      { stream: 'c01/nodes.metrics', kind: 'note' },
    ]);
    for (let count = 0; count < 3; count += 1) await round(run);
    expect(run.asked).toHaveLength(2);
    await round(run);
    expect(run.asked).toHaveLength(4);
    expect(others(run)).toHaveLength(4);
    for (let count = 0; count < 4; count += 1) await round(run);
    expect(run.drafts.slice(4)).toMatchObject([
      { stream: 'c01/pods.metrics', kind: 'sync', phase: 'open' },
      { stream: 'c01/pods.metrics', kind: 'metrics' },
      { stream: 'c01/nodes.metrics', kind: 'sync', phase: 'open' },
      { stream: 'c01/nodes.metrics', kind: 'metrics' },
    ]);
  });

  it('nothing is invented: neither from an error, nor from HTML, nor from a list that breaks off', async () => {
    const run = await start(({ path, response }, count) => {
      if (path.endsWith('/nodes')) return list('NodeMetricsList', [], response);
      if (count === 1) refuse(response, 500, 'metrics not available yet');
      else if (count === 3) response.end('<html>sign in</html>');
      else if (count === 5) response.writeHead(200, { 'content-length': '1000' }).write('{"items":[', () => response.destroy());
      else list('PodMetricsList', [podItem('12:00:30')], response);
    });
    for (let count = 0; count < 4; count += 1) await round(run);
    expect(run.drafts).toMatchObject([{ kind: 'sync', phase: 'error', code: 500 }, { kind: 'sync', phase: 'open' }, { kind: 'metrics' }]);
  });

  it('but only without the right to it, it is tried again after five minutes', async () => {
    const run = await start(({ path, response }) =>
      path.endsWith('/nodes') ? refuse(response, 403, 'nodes.metrics.k8s.io is forbidden') : list('PodMetricsList', [], response),
    );
    for (let count = 0; count < 20; count += 1) await round(run);
    expect(run.asked.filter(({ path }) => path.endsWith('/nodes'))).toHaveLength(1);
    await round(run);
    expect(run.asked.filter(({ path }) => path.endsWith('/nodes'))).toHaveLength(2);
    expect(others(run).map(({ kind }) => kind)).toEqual(['sync', 'note']);
  });
});

describe("usage by the kubelet's summary", () => {
  const usage = (nanoCores: number, bytes: number) => ({
    cpu: { time: '2026-01-31T11:59:58Z', usageNanoCores: nanoCores },
    memory: { time: '2026-01-31T11:59:58Z', workingSetBytes: bytes },
  });
  const summary = {
    node: { nodeName: 'n1', ...usage(2e9, 2 ** 30), network: { time: '2026-01-31T11:59:59Z', name: 'eth0', rxBytes: 5, txBytes: 6 } },
    pods: [
      {
        podRef: { name: 'cart-1', namespace: 'shop', uid: 'uid-cart-1' },
        containers: [
          { name: 'app', ...usage(12_500_000, 1000) },
          { name: 'proxy', ...usage(500_000, 24) },
        ],
        network: {
          time: '2026-01-31T11:59:57Z',
          interfaces: [
            { name: 'eth0', rxBytes: 100, txBytes: 10 },
            { name: 'eth1', rxBytes: 1, txBytes: 2 },
          ],
        },
      },
      { podRef: { name: 'host-1', namespace: 'shop', uid: 'uid-host-1' }, containers: [{ name: 'app', ...usage(1e6, 7) }] },
      { podRef: { name: 'new-1', namespace: 'shop', uid: 'uid-new-1' }, containers: [{ name: 'app', memory: { workingSetBytes: 7 } }] },
      { podRef: { name: 'dns-1', namespace: 'kube-system', uid: 'uid-dns-1' }, containers: [{ name: 'app', ...usage(1e6, 7) }] },
    ],
  };

  it('has network counters where there are any, and none rather than 0 elsewhere', async () => {
    const run = await start(({ response }) => response.end(JSON.stringify(summary)), { nodes: () => ['n1'], namespaces: ['shop'] });
    await round(run);
    await round(run);
    expect(run.asked[0]?.path).toBe('/api/v1/nodes/n1/proxy/stats/summary');
    const ref = (name: string) => ({ kind: 'Pod', namespace: 'shop', name, uid: `uid-${name}`, apiVersion: 'v1' });
    expect(samples(run)).toEqual([
      {
        ref: { kind: 'Node', namespace: '', name: 'n1', uid: 'uid', apiVersion: 'v1' },
        timestamp: '2026-01-31T11:59:59Z',
        windowSeconds: 0,
        cpuMillicores: 2000,
        memoryBytes: 2 ** 30,
        network: { rxBytes: 5, txBytes: 6 },
      },
      {
        ref: ref('cart-1'),
        timestamp: '2026-01-31T11:59:57Z',
        windowSeconds: 0,
        cpuMillicores: 13,
        memoryBytes: 1024,
        containers: [
          { name: 'app', cpuMillicores: 12.5, memoryBytes: 1000 },
          { name: 'proxy', cpuMillicores: 0.5, memoryBytes: 24 },
        ],
        network: { rxBytes: 101, txBytes: 12 },
      },
      {
        ref: ref('host-1'),
        timestamp: '2026-01-31T11:59:58Z',
        windowSeconds: 0,
        cpuMillicores: 1,
        memoryBytes: 7,
        containers: [{ name: 'app', cpuMillicores: 1, memoryBytes: 7 }],
      },
    ]); // prettier-ignore
    expect(run.drafts[0]).toMatchObject({ stream: 'c01/summary' });
  });

  it('is asked of no other node once the right to it is missing, but of the others when one node is dead', async () => {
    const denied = await start(({ response }) => refuse(response, 403, 'cannot get resource "nodes/proxy"'), {
      nodes: () => ['n1', 'n2', 'n3'],
    });
    await round(denied);
    expect(denied.asked).toHaveLength(1);
    expect(others(denied).map(({ kind }) => kind)).toEqual(['sync', 'note']);
    const dead = await start(
      ({ path, response }) => (path.includes('n1') ? refuse(response, 503, 'no route to host') : response.end('{}')),
      {
        nodes: () => ['n1', 'n2'],
      },
    );
    await round(dead);
    await round(dead);
    expect(dead.asked.map(({ path }) => path.split('/')[4])).toEqual(['n1', 'n2', 'n2']);
  });
});
