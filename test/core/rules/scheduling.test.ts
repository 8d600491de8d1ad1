import { describe, expect, it } from 'vitest';
import type { AggregatedEvent, Signal } from '../../../src/core/model/event.ts';
import { type KubernetesObject, refOf } from '../../../src/core/model/resource.ts';
import type { Reason } from '../../../src/core/model/taxonomy.ts';
import { schedulingFindings } from '../../../src/core/rules/scheduling.ts';
import { applyRecord, type ClusterState, newClusterState } from '../../../src/core/state/state.ts';

const at = '2026-03-02T10:00:00.000Z';
const asked: Reason[] = [
  'InsufficientCpu',
  'InsufficientMemory',
  'NodeSelectorMismatch',
  'NodeAffinityMismatch',
  'UntoleratedTaint',
  'NodeUnschedulable',
  'HostPortConflict',
  'UnboundPvc',
]; // prettier-ignore

function node(name: string, options: { labels?: object; taint?: string; cordoned?: boolean; cpu?: string } = {}): KubernetesObject {
  const taints = options.taint === undefined ? [] : [{ key: options.taint, effect: 'NoSchedule' }];
  return {
    kind: 'Node',
    metadata: { name, uid: name, labels: { ...options.labels } },
    spec: { taints, ...(options.cordoned === true ? { unschedulable: true } : {}) },
    status: { allocatable: { cpu: options.cpu ?? '4' } },
  };
}

function stateOf(objects: KubernetesObject[]): ClusterState {
  const coverage = [{ cluster: 'c01', resource: 'nodes', kind: 'Node', namespaces: ['*'], from: '', to: '' }];
  const state = newClusterState('c01', { coverage });
  objects.forEach((object, position) => {
    const event = { type: 'ADDED' as const, ref: refOf(object), resourceVersion: '1', object };
    applyRecord(state, { seq: position + 1, at, atSource: 'received', cluster: 'c01', stream: 'objects', kind: 'resource', event });
  });
  return state;
}

/** The reasons for which a pod with this spec stays Pending, with their confidence, surest first. */
function reasonsFor(message: string, nodes: KubernetesObject[], spec: object = {}): [Reason, number][] {
  const pod: KubernetesObject = {
    kind: 'Pod',
    metadata: { name: 'cart', namespace: 'shop', uid: 'cart' },
    spec,
    status: { phase: 'Pending' },
  };
  const signal: Signal = {
    id: 's',
    type: 'pod.unschedulable',
    ref: refOf(pod),
    seq: 1,
    at,
    lastSeq: 1,
    lastAt: at,
    count: 1,
    pointer: '/status/conditions/0',
    value: {},
    detail: { reason: 'Unschedulable', message },
    active: true,
    times: [at],
  }; // prettier-ignore
  const incident = { workload: refOf(pod), signals: [signal], lastAt: at } as unknown as AggregatedEvent;
  return schedulingFindings(incident, stateOf([...nodes, pod]), asked).map(({ reason, confidence }) => [reason, confidence]);
}

describe('the root among the reasons of the scheduler', () => {
  it('is a full worker, not the taint of the control plane', () => {
    const message =
      '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }.';
    const [first, second] = reasonsFor(message, []);
    expect(first).toEqual(['InsufficientCpu', 0.94]);
    expect(second?.[1]).toBeLessThan(0.7);
  });

  it('is the broken node that the selector accepts, not the nodes that it excludes on purpose', () => {
    const message = "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s).";
    const nodes = [
      node('a', { labels: { disk: 'hdd' } }),
      node('b', { labels: { disk: 'ssd' }, taint: 'node.kubernetes.io/disk-pressure' }),
    ];
    expect(reasonsFor(message, nodes, { nodeSelector: { disk: 'ssd' } })[0]).toEqual(['NodeUnschedulable', 0.94]);
  });

  it('is the taint of the node that the selector accepts', () => {
    const message = "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s).";
    const nodes = [node('a'), node('b', { labels: { pool: 'ml' }, taint: 'dedicated' })];
    expect(reasonsFor(message, nodes, { nodeSelector: { pool: 'ml' } })[0]?.[0]).toBe('UntoleratedTaint');
  });

  it('is the selector when no node at all has the label, whatever else is in the way', () => {
    const message = "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 node(s) were unschedulable.";
    const nodes = [node('a'), node('b', { cordoned: true }), node('c', { cordoned: true })];
    expect(reasonsFor(message, nodes, { nodeSelector: { pool: 'ml' } })[0]).toEqual(['NodeSelectorMismatch', 0.96]);
  });

  it('is the request when it exceeds what any node has', () => {
    const containers = [{ name: 'app', resources: { requests: { cpu: '16' } } }];
    const message = '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.';
    expect(reasonsFor(message, [node('a'), node('b', { cordoned: true })], { containers })[0]).toEqual(['InsufficientCpu', 0.96]);
  });

  it('is the cordoned node when the others are only full', () => {
    const containers = [{ name: 'app', resources: { requests: { cpu: '1' } } }];
    const message = '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.';
    expect(reasonsFor(message, [node('a'), node('b', { cordoned: true })], { containers }).map(([reason]) => reason)).toEqual([
      'NodeUnschedulable',
      'InsufficientCpu',
    ]);
  });

  it('stays open between a selector and a taint of which nothing more is known', () => {
    const message = "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s).";
    const [first, second] = reasonsFor(message, []);
    expect((first?.[1] ?? 0) - (second?.[1] ?? 0)).toBeLessThan(0.15);
  });

  it('is nothing any more once the pod has a node', () => {
    const message = '0/1 nodes are available: 1 Insufficient cpu.';
    expect(reasonsFor(message, [node('a')], { nodeName: 'a' })[0]?.[1]).toBeLessThan(0.6);
  });
});
