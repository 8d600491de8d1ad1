import { beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../src/core/model/resource.ts';
import { builtInType, typeOfObject } from '../../../src/core/replay/resource-types.ts';
import type { ServedCapture } from '../../../src/core/replay/serve.ts';
import { printerOf, rowOf } from '../../../src/core/replay/table.ts';
import { humanDuration } from '../../../src/core/replay/tables/cells.ts';
import { deploymentObject, event, object, pod, running, terminated, tick, time, waiting } from '../records.ts';
import { accepting, ask, captureOf, serve, tableV1 } from './served.ts';

/** Resources with columns of their own. */
const printed = [
  ...[
    'pods',
    'deployments',
    'replicasets',
    'statefulsets',
    'daemonsets',
    'jobs',
    'cronjobs',
    'horizontalpodautoscalers',
    'services',
    'endpoints',
  ],
  ...['endpointslices', 'ingresses', 'networkpolicies', 'events', 'nodes', 'namespaces', 'configmaps', 'secrets', 'persistentvolumeclaims'],
  ...['persistentvolumes', 'storageclasses', 'resourcequotas', 'poddisruptionbudgets', 'rolebindings', 'controllerrevisions', 'leases'],
];
const now = Date.parse(time(3600));
const podObject = (options: Parameters<typeof pod>[2]) => pod(0, 'cart-1', options).event.object;

/** The cells of an object by column name. */
function cellsOf(value: KubernetesObject): Record<string, unknown> {
  const type = typeOfObject(value, undefined);
  const { cells } = rowOf(type, value, now, 'None', 'v1');
  return Object.fromEntries(printerOf(type).columns.map(({ name }, index) => [name, cells[index]]));
}

describe('a Table', () => {
  let served: ServedCapture;

  beforeAll(async () => {
    served = await serve(
      await captureOf([
        pod(0, 'cart-1', { restarts: 2, lastState: terminated(137, 30, 45, 'OOMKilled'), spec: { nodeName: 'node-1' } }),
        event(5, { kind: 'Pod', name: 'cart-1' }, 'BackOff', 'restarting'),
        tick(100),
      ]),
    );
  });

  it('of pods has the columns and cells of kubectl, as of the moment that is served', async () => {
    const table = (await ask(served, '/api/v1/namespaces/shop/pods', accepting(tableV1))).json();
    expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: '1' } });
    expect(
      table.columnDefinitions.map(({ name, priority }: { name: string; priority: number }) => (priority === 0 ? name : `+${name}`)),
    ).toEqual(['Name', 'Ready', 'Status', 'Restarts', 'Age', '+IP', '+Node', '+Nominated Node', '+Readiness Gates']); // prettier-ignore
    expect(table.rows[0].cells).toEqual(['cart-1', '1/1', 'Running', '2 (55s ago)', '100s', '<none>', 'node-1', '<none>', '<none>']);
    expect(table.rows[0].object).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'cart-1' },
    });
  });

  it('carries what includeObject asks for', async () => {
    const row = async (include: string) => (await ask(served, `/api/v1/pods?includeObject=${include}`, accepting(tableV1))).json().rows[0];
    expect(await row('None')).not.toHaveProperty('object');
    expect((await row('Object')).object).toMatchObject({ kind: 'Pod', spec: { nodeName: 'node-1' } });
  });

  it('is served in v1beta1 too, and of one object', async () => {
    const table = (
      await ask(served, '/api/v1/namespaces/shop/pods/cart-1', accepting('application/json;as=Table;v=v1beta1;g=meta.k8s.io'))
    ).json();
    expect(table).toMatchObject({ apiVersion: 'meta.k8s.io/v1beta1', rows: [{ object: { apiVersion: 'meta.k8s.io/v1beta1' } }] });
  });

  it('of Events tells when they were last seen', async () => {
    const { rows } = (await ask(served, '/api/v1/events', accepting(tableV1))).json();
    expect(rows[0].cells.slice(0, 4)).toEqual(['95s', 'Warning', 'BackOff', 'pod/cart-1']);
  });
});

describe('the status of a pod', () => {
  const init = (state: object, more: object = {}) => ({
    phase: 'Pending',
    ready: false,
    spec: { initContainers: [{ name: 'migrate' }, { name: 'seed' }] },
    status: { initContainerStatuses: [{ name: 'migrate', ready: false, restartCount: 0, state, ...more }], containerStatuses: [] },
  });
  const two = (first: object, second: object, ready: boolean) => ({
    ready,
    status: {
      containerStatuses: [
        { name: 'app', ready: true, restartCount: 0, state: first },
        { name: 'side', ready: false, restartCount: 0, state: second },
      ],
    },
  });

  it.each<[string, Parameters<typeof pod>[2]]>([
    ['Running', {}],
    ['Pending', { phase: 'Pending', ready: false, status: { containerStatuses: [] } }],
    ['CrashLoopBackOff', { state: waiting('CrashLoopBackOff') }],
    ['OOMKilled', { state: terminated(137, 0, 5, 'OOMKilled') }],
    ['Completed', { phase: 'Succeeded', state: terminated(0, 0, 5) }],
    ['ExitCode:3', { state: { terminated: { exitCode: 3 } } }],
    ['Signal:9', { state: { terminated: { exitCode: 137, signal: 9 } } }],
    ['Evicted', { phase: 'Failed', status: { reason: 'Evicted', containerStatuses: [] } }],
    ['Terminating', { deleting: true }],
    ['Completed', { deleting: true, phase: 'Succeeded', state: terminated(0, 0, 5) }],
    ['Unknown', { deleting: true, status: { reason: 'NodeLost', containerStatuses: [] } }],
    ['Init:0/2', init({ waiting: { reason: 'PodInitializing' } })],
    ['Init:0/2', init(running(0))],
    ['Init:CrashLoopBackOff', init(waiting('CrashLoopBackOff'))],
    ['Init:Error', init(terminated(1, 0, 5))],
    ['Init:ExitCode:2', init({ terminated: { exitCode: 2 } })],
    ['Init:Signal:15', init({ terminated: { exitCode: 143, signal: 15 } })],
    [
      'SchedulingGated',
      {
        phase: 'Pending',
        ready: false,
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
        status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
      },
    ],
    ['NotReady', two(running(0), terminated(0, 0, 5), false)],
    ['Error', two(terminated(0, 0, 5), terminated(1, 0, 5), false)],
  ])('is %s', (expected, options) => {
    expect(cellsOf(podObject(options)).Status).toBe(expected);
  });

  it('counts sidecars as containers, and their restarts', () => {
    const spec = { initContainers: [{ name: 'proxy', restartPolicy: 'Always' }] };
    const proxy = { name: 'proxy', ready: true, started: true, restartCount: 3, state: running(0), lastState: terminated(1, 3500, 3540) };
    const { Ready, Restarts, Status } = cellsOf(podObject({ spec, restarts: 1, status: { initContainerStatuses: [proxy] } }));
    expect({ Ready, Restarts, Status }).toEqual({ Ready: '2/2', Restarts: '4 (60s ago)', Status: 'Running' });
  });
});

describe('the cells of', () => {
  const of = (kind: string, fields: KubernetesObject, apiVersion = 'v1') => cellsOf(object(kind, 'x', { apiVersion, ...fields }));

  it('workloads', () => {
    expect(cellsOf({ ...deploymentObject('cart', { replicas: 3, ready: 1 }), apiVersion: 'apps/v1' })).toMatchObject({
      Name: 'cart',
      Ready: '1/3',
      Age: '60m',
      Containers: 'app',
      Images: 'shop/app:1',
      Selector: 'app=cart',
    }); // prettier-ignore
    expect(of('StatefulSet', { spec: { replicas: 2 }, status: {} }, 'apps/v1')).toMatchObject({ Ready: '0/2' });
    expect(of('DaemonSet', { spec: {}, status: { desiredNumberScheduled: 2, numberReady: 1 } }, 'apps/v1')).toMatchObject({
      Desired: 2,
      Ready: 1,
      Available: 0,
      'Node Selector': '<none>',
    }); // prettier-ignore
  });

  it('jobs', () => {
    const job = (fields: object) => of('Job', fields, 'batch/v1');
    const done = { startTime: time(10), completionTime: time(70), succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] };
    expect(job({ spec: { completions: 1 }, status: done })).toMatchObject({ Status: 'Complete', Completions: '1/1', Duration: '60s' });
    expect(job({ spec: { parallelism: 3 }, status: { startTime: time(3000) } })).toMatchObject({
      Status: 'Running',
      Completions: '0/1 of 3',
      Duration: '10m',
    });
    expect(job({ status: { conditions: [{ type: 'Failed', status: 'True' }] } })).toMatchObject({ Status: 'Failed', Duration: '' });
    expect(
      of('CronJob', { spec: { schedule: '* * * * *', suspend: true }, status: { lastScheduleTime: time(3540) } }, 'batch/v1'),
    ).toMatchObject({
      Schedule: '* * * * *',
      Suspend: 'True',
      Active: 0,
      'Last Schedule': '60s',
      Timezone: '<none>',
    }); // prettier-ignore
  });

  it('services and endpoints', () => {
    expect(
      of('Service', { spec: { type: 'NodePort', clusterIP: '10.0.0.1', ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }] } }),
    ).toMatchObject({
      Type: 'NodePort',
      'Cluster-IP': '10.0.0.1',
      'External-IP': '<none>',
      'Port(s)': '80:30080/TCP',
      Selector: '<none>',
    }); // prettier-ignore
    expect(of('Service', { spec: { type: 'LoadBalancer' } })).toMatchObject({ 'External-IP': '<pending>', 'Port(s)': '<none>' });
    const addresses = ['1.1.1.1', '1.1.1.2', '1.1.1.3', 'fd00::4'].map((ip) => ({ ip }));
    expect(of('Endpoints', { subsets: [{ addresses, ports: [{ port: 80 }] }] })).toMatchObject({
      Endpoints: '1.1.1.1:80,1.1.1.2:80,1.1.1.3:80 + 1 more...',
    });
    expect(of('Ingress', { spec: { rules: [{ host: 'a.example' }], tls: [{}] } }, 'networking.k8s.io/v1')).toMatchObject({
      Class: '<none>',
      Hosts: 'a.example',
      Ports: '80, 443',
    });
  });

  it('nodes', () => {
    const labels = { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'infra' };
    const status = {
      conditions: [{ type: 'Ready', status: 'False' }],
      addresses: [{ type: 'InternalIP', address: '10.1.1.1' }],
      nodeInfo: { kubeletVersion: 'v1.33.1' },
    };
    expect(of('Node', { metadata: { labels }, spec: { unschedulable: true }, status })).toMatchObject({
      Status: 'NotReady,SchedulingDisabled',
      Roles: 'control-plane,infra',
      Version: 'v1.33.1',
      'Internal-IP': '10.1.1.1',
      'External-IP': '<none>',
    }); // prettier-ignore
  });

  it('storage, configuration and scaling', () => {
    const claim = {
      spec: { volumeName: 'pv1', storageClassName: 'fast' },
      status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
    };
    expect(of('PersistentVolumeClaim', claim)).toMatchObject({
      Status: 'Bound',
      Volume: 'pv1',
      Capacity: '1Gi',
      'Access Modes': 'RWO',
      StorageClass: 'fast',
    });
    expect(of('ConfigMap', { data: { a: '1' }, binaryData: { b: '' } })).toMatchObject({ Data: 2 });
    expect(of('ResourceQuota', { status: { hard: { pods: '2', 'limits.cpu': '1' }, used: { pods: '1' } } })).toMatchObject({
      Request: 'pods: 1/2',
      Limit: 'limits.cpu: 0/1',
    });
    const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 60 } } }];
    const current = [{ type: 'Resource', resource: { current: { averageUtilization: 10 } } }];
    const hpa = {
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 4, metrics },
      status: { currentReplicas: 2, currentMetrics: current },
    };
    expect(of('HorizontalPodAutoscaler', hpa, 'autoscaling/v2')).toMatchObject({
      Reference: 'Deployment/web',
      Targets: 'cpu: 10%/60%',
      MinPods: '1',
      Replicas: 2,
    });
    expect(of('PodDisruptionBudget', { spec: { minAvailable: '50%' } }, 'policy/v1')).toMatchObject({
      'Min Available': '50%',
      'Max Unavailable': 'N/A',
    });
    expect(
      of('StorageClass', { metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } }, 'storage.k8s.io/v1')
        .Name,
    ).toBe('x (default)');
  });

  it('a custom resource are its name and age', () => {
    expect(of('Widget', {}, 'example.com/v1')).toEqual({ Name: 'x', Age: '60m' });
  });

  it.each(printed)('%s do not fail on objects of another shape', (resourceName) => {
    const type = builtInType(resourceName);
    if (type === undefined) throw new Error(resourceName);
    for (const broken of [null, 'text', 7, [], [null], { template: null }]) {
      const value = {
        apiVersion: 'v1',
        kind: type.kind,
        metadata: { name: 'x' },
        spec: broken,
        status: broken,
        data: broken,
        involvedObject: broken,
      };
      const { cells } = rowOf(type, value as KubernetesObject, now, 'None', 'v1');
      expect(cells).toHaveLength(printerOf(type).columns.length);
    }
  });
});

describe('a duration', () => {
  it.each([
    [-5_000, '<invalid>'],
    [-1_500, '0s'],
    [119_000, '119s'],
    [120_000, '2m'],
    [185_000, '3m5s'],
    [600_000, '10m'],
    [179 * 60_000, '179m'],
    [180 * 60_000, '3h'],
    [7.5 * 3_600_000, '7h30m'],
    [47 * 3_600_000, '47h'],
    [49 * 3_600_000, '2d1h'],
    [30 * 86_400_000, '30d'],
    [800 * 86_400_000, '2y70d'],
    [3000 * 86_400_000, '8y'],
  ])('of %d ms is %s', (ms, expected) => {
    expect(humanDuration(ms)).toBe(expected);
  });
});
