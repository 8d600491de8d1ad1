import { describe, expect, it } from 'vitest';
import { type Aggregator, finish, newAggregator, observe } from '../../../src/core/analysis/aggregate.ts';
import { defaultConfig } from '../../../src/core/config.ts';
import type { CaptureRecord, Coverage } from '../../../src/core/model/capture.ts';
import type { AggregatorConfig } from '../../../src/core/model/config.ts';
import type { AggregatedEvent } from '../../../src/core/model/event.ts';
import { newClusterState } from '../../../src/core/state/state.ts';
import {
  deployment,
  event,
  gap,
  healthyWorkload,
  log,
  numbered,
  object,
  pod,
  replicaSet,
  resource,
  running,
  terminated,
  tick,
  ticks,
  time,
  usage,
  waiting,
  workloadPod,
} from '../records.ts'; // prettier-ignore

const podName = 'cart-7d9f8b6c5-x2x4z';
const podRef = { kind: 'Pod', name: podName };
const allPods: Coverage[] = [{ cluster: 'c01', resource: 'pods', kind: 'Pod', namespaces: ['*'], from: '', to: '' }];

type Seen = { event: AggregatedEvent; final: boolean };

function aggregate(
  records: CaptureRecord[],
  config: Partial<AggregatorConfig> = {},
  coverage = allPods,
): { seen: Seen[]; final: AggregatedEvent[]; aggregator: Aggregator } {
  const aggregator = newAggregator(
    newClusterState('c01', { coverage }),
    { ...defaultConfig.aggregator, ...config },
    defaultConfig.rules.resourceUtilization,
  );
  const seen: Seen[] = [];
  for (const record of numbered(records)) observe(aggregator, record, ({ event, final }) => seen.push({ event, final }));
  finish(aggregator, ({ event, final }) => seen.push({ event, final }));
  return { seen, final: seen.filter(({ final }) => final).map(({ event }) => event), aggregator };
}

const crash = (seconds: number, restarts: number, options: object = {}) =>
  workloadPod(seconds, 'cart', { restarts, ready: false, state: terminated(1, seconds - 5, seconds), ...options });
const healthy = (seconds: number, restarts: number, lastState: object = {}) =>
  workloadPod(seconds, 'cart', { restarts, state: running(seconds), ready: true, lastState });

describe('an incident', () => {
  it('gathers what is abnormal about all objects of a workload under the workload', () => {
    const { final } = aggregate([
      ...healthyWorkload('cart'),
      crash(60, 1),
      event(62, podRef, 'BackOff', 'Back-off restarting failed container'),
      ...ticks(60, 200),
    ]);
    expect(final).toHaveLength(1);
    expect(final[0]).toMatchObject({
      key: 'Deployment-cart#0',
      workload: { kind: 'Deployment', name: 'cart' },
      openedAt: time(60),
      status: 'ongoing',
    });
    expect(final[0]?.signals.map(({ type, ref }) => `${type} ${ref.name}`)).toEqual([
      `container.terminated ${podName}`,
      `pod.notReady ${podName}`,
      `event ${podName}`,
    ]);
  });

  it('does not open for a healthy workload, an ordinary start, or a Normal Event', () => {
    const starting = workloadPod(1, 'cart', { phase: 'Pending', state: waiting('ContainerCreating') });
    const { final } = aggregate([
      deployment(0, 'cart'),
      replicaSet(0, 'cart'),
      starting,
      event(2, podRef, 'Pulled', 'Image pulled', { type: 'Normal' }),
      healthy(20, 0),
      ...ticks(0, 600),
    ]);
    expect(final).toEqual([]);
  });

  it('looks at its facts once nothing new has come for the settling time', () => {
    const { seen } = aggregate([...healthyWorkload('cart'), crash(60, 1), ...ticks(60, 145)]);
    expect(seen.map(({ event, final }) => [event.context.at, final])).toEqual([
      [time(90), false],
      [time(145), true],
    ]);
  });

  it('looks at its facts before a change in its namespace alters their cause', () => {
    const fix = deployment(80, 'cart', { type: 'MODIFIED', generation: 2, image: 'shop/app:2' });
    const { seen } = aggregate([...healthyWorkload('cart'), crash(60, 1), tick(76), fix]);
    expect(seen[0]).toMatchObject({ final: false, event: { context: { at: time(76), workload: { images: ['shop/app:1'] } } } });
  });

  it('keeps incidents of different workloads apart', () => {
    const other = pod(61, 'worker', { state: waiting('CrashLoopBackOff'), ready: false });
    expect(aggregate([...healthyWorkload('cart'), crash(60, 1), other, ...ticks(60, 120)]).final.map(({ key }) => key)).toEqual([
      'Deployment-cart#0',
      'Pod-worker#0',
    ]);
  });
});

describe('a signal confirms an incident', () => {
  const alone = (record: CaptureRecord, until: number) => aggregate([record, ...ticks(0, until)]).final.length;
  const podWith = (options: Parameters<typeof pod>[2]) => pod(0, 'p', { ready: false, ...options });

  it.each([
    ['at once: CrashLoopBackOff', podWith({ state: waiting('CrashLoopBackOff') }), 0, 0],
    ['at once: a failed pod', podWith({ phase: 'Failed', status: { reason: 'Evicted' } }), 0, 0],
    ['after it stood for 20 s: ErrImagePull', podWith({ state: waiting('ErrImagePull') }), 15, 20],
    ['after it stood for 15 s: an exit with an error', podWith({ state: terminated(1, -5, 0) }), 10, 15],
    ['after it stood for 90 s: not Ready', podWith({}), 85, 90],
    [
      'after it stood for 20 s: no node',
      podWith({
        phase: 'Pending',
        state: waiting('ContainerCreating'),
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }],
      }),
      15,
      20,
    ],
    [
      'after it stood for 60 s: a pending claim',
      resource(0, object('PersistentVolumeClaim', 'disk', { status: { phase: 'Pending' } })),
      55,
      60,
    ],
    ['at once: a lost claim', resource(0, object('PersistentVolumeClaim', 'disk', { status: { phase: 'Lost' } })), 0, 0],
    ['at once: a failed Job', resource(0, object('Job', 'j', { status: { conditions: [{ type: 'Failed', status: 'True' }] } })), 0, 0],
  ])('%s', (_, record, before, after) => {
    expect(before === after ? 0 : alone(record, before)).toBe(0);
    expect(alone(record, after)).toBe(1);
  });

  it('that repeats: an Event for as long as its reason needs, a log line three times over 45 s', () => {
    const warnings = (...seconds: number[]) => [
      ...healthyWorkload('cart'),
      ...seconds.map((at) => event(at, podRef, 'FailedMount', 'MountVolume.SetUp failed', { first: seconds[0] })),
    ];
    expect(aggregate(warnings(10, 40)).final).toHaveLength(0);
    expect(aggregate(warnings(10, 60)).final).toHaveLength(1);
    const lines = (...seconds: number[]) => [
      ...healthyWorkload('cart'),
      ...seconds.map((at) => log(at, podName, 'dial tcp 10.0.0.9:5432: connect: connection refused')),
    ];
    expect(aggregate(lines(10, 60)).final).toHaveLength(0);
    expect(aggregate(lines(10, 30, 50)).final).toHaveLength(0);
    expect(aggregate(lines(10, 30, 56)).final).toHaveLength(1);
  });

  it('that was never seen to last, in a dump, when it is of a telling kind', () => {
    const dumped = pod(0, 'p', { state: waiting('ErrImagePull'), ready: false });
    expect(aggregate([dumped]).final).toHaveLength(0);
    expect(aggregate([{ ...dumped, event: { ...dumped.event, synthetic: 'snapshot' } }]).final).toHaveLength(1);
  });

  it('counts a run that ended once, though state and lastState tell of it', () => {
    const again = workloadPod(70, 'cart', {
      restarts: 1,
      ready: false,
      state: waiting('CrashLoopBackOff'),
      lastState: terminated(1, 55, 60),
    });
    const [incident] = aggregate([...healthyWorkload('cart'), crash(60, 0), again, ...ticks(60, 100)]).final;
    expect(incident?.signals.find(({ type }) => type === 'container.terminated')?.times).toEqual([time(60)]);
  });
});

describe('an incident ends', () => {
  const outage = [...healthyWorkload('cart'), crash(60, 1), ...ticks(60, 100)];

  it('as recovered after the workload was healthy for the window, at the time at which it became healthy', () => {
    const { final } = aggregate([...outage, healthy(100, 1), ...ticks(100, 420)]);
    expect(final).toMatchObject([{ status: 'recovered', endedAt: time(100) }]);
  });

  it('as recovered when only lastState still tells of a crash that the container has long run past', () => {
    const { final } = aggregate([...outage, healthy(100, 1, terminated(1, 55, 60)), ...ticks(100, 420)]);
    expect(final).toMatchObject([{ status: 'recovered' }]);
  });

  it('as ongoing when the capture ends within it', () => {
    expect(aggregate(outage).final).toMatchObject([{ status: 'ongoing', lastAt: time(100) }]);
  });

  it('as deleted when its workload was deleted', () => {
    const gone = [workloadPod(110, 'cart', { type: 'DELETED' }), deployment(111, 'cart', { type: 'DELETED' })];
    expect(aggregate([...outage, ...gone, ...ticks(111, 500)]).final).toMatchObject([{ status: 'deleted' }]);
  });

  it('is not recovered because a log was not recorded further', () => {
    const lines = [10, 30, 60].map((at) => log(at, podName, 'dial tcp 10.0.0.9:5432: connect: connection refused'));
    expect(aggregate([...healthyWorkload('cart'), ...lines, ...ticks(60, 90)]).final).toMatchObject([{ status: 'ongoing' }]);
    const heard = [...lines, log(140, podName, 'serving')];
    expect(aggregate([...healthyWorkload('cart'), ...heard, ...ticks(60, 150)]).final).toMatchObject([{ status: 'recovered' }]);
  });

  it('when it lasts too long, and goes on as the next one, which begins where the first ended', () => {
    const pending = (at: number) =>
      pod(at, 'p', {
        type: at === 0 ? 'ADDED' : 'MODIFIED',
        ready: false,
        phase: 'Pending',
        state: waiting('ContainerCreating'),
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', lastTransitionTime: time(-86_400) }],
      }); // prettier-ignore
    const records = [0, 300, 600, 900, 1200].map(pending);
    const { final } = aggregate([...records, ...ticks(0, 1300)], { maxIncidentSeconds: 500 });
    expect(final.map(({ key, openedAt, status }) => [key, openedAt, status])).toEqual([
      ['Pod-p#0', time(-86_400), 'ongoing'],
      ['Pod-p#1', time(500), 'ongoing'],
      ['Pod-p#2', time(1100), 'ongoing'],
    ]);
  });
});

describe('an incident after another', () => {
  it('of the same workload gets the next ordinal', () => {
    const first = [crash(60, 1), healthy(90, 1)];
    const second = [crash(900, 2), healthy(920, 2)];
    const { final } = aggregate([...healthyWorkload('cart'), ...first, ...second, ...ticks(0, 1300)]);
    expect(final.map(({ key, openedAt }) => [key, openedAt])).toEqual([
      ['Deployment-cart#0', time(60)],
      ['Deployment-cart#1', time(900)],
    ]);
  });

  it('does not open for a crash that was told: lastState keeps showing it', () => {
    const told = terminated(1, 55, 60);
    const later = [600, 1200, 1800].map((at) => healthy(at, 1, told));
    expect(aggregate([...healthyWorkload('cart'), crash(60, 1), healthy(70, 1, told), ...later, ...ticks(0, 2000)]).final).toHaveLength(1);
  });
});

describe('an Event or log line before its object', () => {
  it('moves under the workload when the object is seen', () => {
    const early = [
      event(0, { kind: 'Pod', name: podName, uid: `Pod-${podName}` }, 'FailedMount', 'MountVolume.SetUp failed'),
      log(1, podName, 'panic: boom'),
    ];
    const late = [
      deployment(5, 'cart'),
      replicaSet(6, 'cart'),
      workloadPod(7, 'cart', { type: 'ADDED', state: waiting('CrashLoopBackOff'), ready: false }),
    ];
    const { final } = aggregate([...early, ...late, ...ticks(7, 60)]);
    expect(final.map(({ key }) => key)).toEqual(['Deployment-cart#0']);
    expect(final[0]).toMatchObject({ openedAt: time(0), workload: { uid: 'Deployment-cart' } });
    expect(final[0]?.signals.map(({ type }) => type).sort()).toEqual(['container.waiting', 'event', 'log', 'pod.notReady']);
  });

  it('brings along what stands, so that its end is seen', () => {
    const waitingPod = workloadPod(0, 'cart', { state: waiting('CrashLoopBackOff'), ready: false });
    const owners = [replicaSet(5, 'cart'), deployment(6, 'cart')];
    const { final, aggregator } = aggregate([waitingPod, ...owners, ...ticks(6, 60), healthy(60, 1), ...ticks(60, 400)]);
    expect(final).toMatchObject([{ key: 'Deployment-cart#0', status: 'recovered', endedAt: time(60) }]);
    expect(aggregator.standing.size).toBe(0);
  });
});

describe('limits', () => {
  it('hold for signals, log lines and samples', () => {
    const lines = Array.from({ length: 300 }, (_, at) => log(at, podName, `line ${at}`));
    const samples = Array.from({ length: 100 }, (_, at) => usage(at, podName, 10, 20));
    const warnings = Array.from({ length: 50 }, (_, at) =>
      event(at, podRef, `Reason${String.fromCharCode(97 + (at % 26))}${at > 25 ? 'x' : ''}`, 'odd'),
    );
    const { final } = aggregate([...healthyWorkload('cart'), ...lines, ...samples, ...warnings, ...ticks(300, 320)], {
      maxSignals: 10,
      maxLogLines: 20,
      maxMetricSamples: 7,
    });
    expect([final[0]?.signals.length, final[0]?.logs.length, final[0]?.metrics.length]).toEqual([10, 20, 7]);
    expect(final[0]?.logs.at(-1)?.line.message).toBe('line 299');
  });

  it('leave room for what an object says of itself', () => {
    const remarks = [2, 3, 4]
      .map((at) => event(at, podRef, `Passing${at}`, 'x', { type: 'Normal' }))
      .map((record, index) => ({
        ...record,
        event: { ...record.event, object: { ...record.event.object, reason: ['Killing', 'SandboxChanged', 'Preempted'][index] } },
      })); // prettier-ignore
    const { final } = aggregate([...healthyWorkload('cart'), ...remarks, crash(60, 1), ...ticks(60, 100)], { maxSignals: 3 });
    expect(final[0]?.signals.map(({ type }) => type)).toEqual(['event', 'container.terminated', 'pod.notReady']);
  });
});

describe('the context of an incident', () => {
  it('shows the gaps since it began, and the changes of half an hour before', () => {
    const old = deployment(10, 'cart', { type: 'MODIFIED', generation: 2, replicas: 2 });
    const young = deployment(3000, 'cart', { type: 'MODIFIED', generation: 3, replicas: 3 });
    const records = [...healthyWorkload('cart'), old, gap(30, 20, 30), young, crash(3060, 1), gap(3100, 3080, 3100), ...ticks(3060, 3120)];
    const context = aggregate(records).final[0]?.context;
    expect(context?.gaps).toEqual([{ from: time(3080), to: time(3100), reason: 'connection lost' }]);
    expect(context?.changes.map(({ at }) => at)).toEqual([time(3000)]);
    expect(context).toMatchObject({ namespace: 'shop', workload: { kind: 'Deployment', desired: 3, ready: 3 } });
  });
});

describe('memory', () => {
  it('stays flat over thousands of pods that crash and go', () => {
    const aggregator = newAggregator(
      newClusterState('c01', { coverage: allPods }),
      defaultConfig.aggregator,
      defaultConfig.rules.resourceUtilization,
    );
    let seq = 0;
    let incidents = 0;
    const see = (record: CaptureRecord) =>
      observe(aggregator, { ...record, seq: ++seq }, ({ final }) => {
        incidents += final ? 1 : 0;
      });
    for (let index = 0; index < 5000; index += 1) {
      const at = index * 60;
      see(pod(at, `job-${index}`, { ready: false, state: waiting('CrashLoopBackOff'), lastState: terminated(1, at - 5, at) }));
      see(log(at + 1, `job-${index}`, 'panic: boom'));
      see(pod(at + 30, `job-${index}`, { type: 'DELETED' }));
    }
    expect(incidents).toBeGreaterThan(4900);
    const { open, standing, told, ledger, state } = aggregator;
    expect(Math.max(open.size, standing.size, told.size, state.byUid.size)).toBeLessThan(100);
    // A day of them, of three and a half.
    expect(ledger.closed.size).toBeLessThan(1600);
  });
});
