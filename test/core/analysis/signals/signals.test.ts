import { describe, expect, it } from 'vitest';
import { observationsOf } from '../../../../src/core/analysis/signals/signals.ts';
import { utilizationObservations } from '../../../../src/core/analysis/signals/utilization.ts';
import type { CaptureRecord } from '../../../../src/core/model/capture.ts';
import type { KubernetesObject } from '../../../../src/core/model/resource.ts';
import { applyRecord, newClusterState } from '../../../../src/core/state/state.ts';
import { deployment, event, log, numbered, object, pod, resource, running, terminated, time, usage, waiting } from '../../records.ts';

/** What the last of these records shows, in the state that all of them make. */
function seen(...records: CaptureRecord[]) {
  const state = newClusterState('c01');
  const ordered = numbered(records);
  for (const record of ordered) applyRecord(state, record);
  return observationsOf(state, ordered.at(-1) as CaptureRecord, 90);
}

const kinds = (records: CaptureRecord[]) => seen(...records).map(({ type, key }) => `${type} ${key}`);

describe('a pod', () => {
  it.each<[string, Parameters<typeof pod>[2], string[]]>([
    ['that runs and is Ready shows nothing', {}, []],
    ['that starts shows nothing', { phase: 'Pending', ready: false, state: waiting('PodInitializing') }, []],
    [
      'that completed shows nothing',
      { phase: 'Succeeded', ready: false, state: terminated(0, 0, 5), spec: { restartPolicy: 'Never' } },
      [],
    ],
    [
      'that waits with a reason shows the reason',
      { phase: 'Pending', ready: false, state: waiting('ErrImagePull') },
      ['container.waiting ErrImagePull'],
    ],
    [
      'whose container crashed shows reason and exit code',
      { phase: 'Pending', state: terminated(2, 0, 5) },
      ['container.terminated Error|2'],
    ],
    [
      'whose container crashed before shows that too',
      { restarts: 1, ready: true, lastState: terminated(137, 0, 5, 'OOMKilled') },
      ['container.terminated OOMKilled|137'],
    ],
    [
      'that ended well and was restarted shows that it ended',
      { restarts: 2, ready: true, lastState: terminated(0, 0, 5) },
      ['container.terminated Completed|0'],
    ],
    ['that failed shows why', { phase: 'Failed', status: { reason: 'Evicted' } }, ['pod.failed Evicted']],
    ['that runs but is not Ready shows it', { ready: false, state: running(0) }, ['pod.notReady ContainersNotReady']],
    [
      'that is being deleted shows only that, and none of its ends',
      { deleting: true, ready: false, state: terminated(143, 0, 5) },
      ['state terminating'],
    ],
    [
      'that is disrupted shows why',
      { deleting: true, conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }] },
      ['pod.disrupted EvictionByEvictionAPI', 'state terminating'],
    ],
  ])('%s', (_, options, expected) => {
    expect(kinds([pod(0, 'p', options)])).toEqual(expected);
  });

  it('tells of known texts in the termination message', () => {
    const message = 'starting\nError: connect ECONNREFUSED 10.0.0.9:5432';
    const state = { terminated: { ...terminated(1, 0, 5).terminated, message } };
    const found = seen(pod(0, 'p', { phase: 'Pending', state })).find(({ type }) => type === 'log');
    expect(found).toMatchObject({ pointer: '/status/containerStatuses/0/state/terminated/message', value: message, confirm: 'never' });
    expect(found?.detail.message).toBe('Error: connect ECONNREFUSED 10.0.0.9:5432');
  });
});

describe('an Event', () => {
  it('is about its object, in both API versions', () => {
    const about = { kind: 'Pod', namespace: 'shop', name: 'p', uid: 'u', fieldPath: 'spec.initContainers{migrate}' };
    const old = { involvedObject: about, type: 'Warning', reason: 'BackOff', message: 'Back-off 10s', count: 4 };
    const young = {
      regarding: about,
      type: 'Warning',
      reason: 'BackOff',
      note: 'Back-off 10s',
      series: { count: 4, lastObservedTime: time(9) },
    };
    for (const [fields, pointer] of [
      [old, '/message'],
      [young, '/note'],
    ] as [KubernetesObject, string][]) {
      expect(seen(resource(0, object('Event', 'e', fields)))).toMatchObject([
        {
          ref: { kind: 'Pod', name: 'p', uid: 'u' },
          container: 'migrate',
          init: true,
          pointer,
          value: 'Back-off 10s',
          count: 4,
          key: 'BackOff|Back-off #s',
        },
      ]);
    }
  });

  it('that is Normal counts only when it explains something', () => {
    const normal = (reason: string) => event(0, { kind: 'Pod', name: 'p' }, reason, 'x', { type: 'Normal' });
    expect(seen(normal('Pulled'))).toEqual([]);
    expect(seen(normal('Killing'))).toMatchObject([{ confirm: 'never' }]);
  });

  it('without a message points at its reason; without an object it says nothing', () => {
    const about = { kind: 'Pod', namespace: 'shop', name: 'p' };
    expect(seen(resource(0, object('Event', 'e', { involvedObject: about, type: 'Warning', reason: 'Odd' })))).toMatchObject([
      { pointer: '/reason', value: 'Odd' },
    ]);
    expect(seen(resource(0, object('Event', 'e', { type: 'Warning', reason: 'Odd', message: 'x' })))).toEqual([]);
  });

  it('repeats another when only ids, addresses and numbers differ', () => {
    const key = (message: string) => seen(event(0, { kind: 'Pod', name: 'p' }, 'Failed', message))[0]?.key;
    expect(key('pod 3fa85f64-5717-4562-b3fc-2c963f66afa6 at 10.0.0.1 took 3s')).toBe(
      key('pod 3fa85f64-5717-4562-b3fc-2c963f66aaaa at 10.9.0.7 took 41s'),
    );
    expect(key('no such image')).not.toBe(key('no such host'));
  });
});

describe('other objects', () => {
  const with_ = (kind: string, fields: KubernetesObject) => kinds([resource(0, object(kind, 'x', fields))]);
  const condition = (type: string, status: string, reason = '') => ({ status: { conditions: [{ type, status, reason }] } });

  it.each<[string, string, KubernetesObject, string[]]>([
    [
      'a Deployment beyond its deadline',
      'Deployment',
      condition('Progressing', 'False', 'ProgressDeadlineExceeded'),
      ['condition Progressing|ProgressDeadlineExceeded'],
    ],
    ['a Node that is not Ready', 'Node', condition('Ready', 'Unknown', 'NodeStatusUnknown'), ['condition Ready|NodeStatusUnknown']],
    ['a condition that nobody knows', 'Node', condition('Sparkling', 'True'), []],
    ['an HPA that is disabled on purpose', 'HorizontalPodAutoscaler', condition('ScalingActive', 'False', 'ScalingDisabled'), []],
    ['a suspended CronJob', 'CronJob', { spec: { suspend: true } }, ['state suspend']],
    ['a Deployment of no replicas', 'Deployment', { spec: { replicas: 0 } }, ['state replicas']],
    ['a claim that is bound', 'PersistentVolumeClaim', { status: { phase: 'Bound' } }, []],
    ['a claim that lost its volume', 'PersistentVolumeClaim', { status: { phase: 'Lost' } }, ['phase Lost']],
    ['a volume that failed', 'PersistentVolume', { status: { phase: 'Failed' } }, ['phase Failed']],
    ['a cordoned Node', 'Node', { spec: { unschedulable: true } }, ['state unschedulable']],
    ['a kind that nobody knows', 'Widget', { status: { phase: 'Failed' } }, []],
  ])('%s', (_, kind, fields, expected) => {
    expect(with_(kind, fields)).toEqual(expected);
  });

  it('that are being deleted show nothing', () => {
    expect(with_('Node', { ...condition('Ready', 'False'), metadata: { deletionTimestamp: time(0) } })).toEqual([]);
  });

  it('Deployments with fewer ready replicas than wanted say so once their controller has seen the spec', () => {
    expect(seen(deployment(0, 'cart', { replicas: 3, ready: 1 }))).toMatchObject([
      { key: 'unavailable', detail: { desired: 3, ready: 1 }, pointer: '/status/readyReplicas', value: 1 },
    ]);
  });
});

describe('a Service', () => {
  const service = (spec: object) => resource(0, object('Service', 'cart', { spec: { selector: { app: 'cart' }, ...spec } }));
  const slice = (ready: boolean) =>
    resource(
      1,
      object('EndpointSlice', 'cart-1', { endpoints: [{ conditions: { ready } }] }, { labels: { 'kubernetes.io/service-name': 'cart' } }),
    );

  it('with no ready address says so through its slices, citing its selector', () => {
    expect(seen(service({}), slice(false))).toMatchObject([
      { ref: { kind: 'Service' }, detail: { ready: 0, notReady: 1 }, pointer: '/spec/selector', cited: { seq: 1 } },
    ]);
    expect(seen(service({}), slice(true))).toEqual([]);
  });

  it('that selects nothing, or publishes unready addresses on purpose, says nothing', () => {
    expect(seen(service({ selector: {} }), slice(false))).toEqual([]);
    expect(seen(service({ publishNotReadyAddresses: true }), slice(false))).toEqual([]);
    expect(seen(service({ type: 'ExternalName' }), slice(false))).toEqual([]);
  });
});

describe('a log line', () => {
  it('with a known failure text is a signal of its pod', () => {
    expect(seen(pod(0, 'p'), log(1, 'p', 'panic: runtime error: index out of range'))).toMatchObject([
      { type: 'log', ref: { kind: 'Pod', name: 'p', uid: 'Pod-p' }, pointer: '/message', confirmCount: 3 },
    ]);
    expect(seen(pod(0, 'p'), log(1, 'p', 'GET / 200'))).toEqual([]);
  });

  it('that comes after its pod was deleted still belongs to it', () => {
    expect(seen(pod(0, 'p'), pod(1, 'p', { type: 'DELETED' }), log(2, 'p', 'panic: boom'))).toMatchObject([{ ref: { uid: 'Pod-p' } }]);
  });
});

describe('samples', () => {
  it('stand for high use of a limit, or of the CPU request where there is no limit', () => {
    const state = newClusterState('c01');
    applyRecord(state, pod(0, 'p', { resources: { requests: { cpu: '100m' }, limits: { memory: '100Mi' } } }));
    const shares = (cpu: number, memory: number) =>
      utilizationObservations(state, usage(1, 'p', cpu, memory), { cpuThreshold: 0.8, memoryThreshold: 0.8, durationSeconds: 900 }).map(
        ({ detail }) => `${detail.resource} ${detail.share}`,
      );
    expect(shares(79, 79)).toEqual([]);
    expect(shares(80, 50)).toEqual(['cpu 0.8']);
    expect(shares(150, 95)).toEqual(['cpu 1.5', 'memory 0.95']);
  });
});
