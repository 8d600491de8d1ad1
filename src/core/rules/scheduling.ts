import type { AggregatedEvent, Evidence, Signal } from '../model/event.ts';
import type { ObjectRef } from '../model/resource.ts';
import type { Reason } from '../model/taxonomy.ts';
import { objectOf } from '../state/lookups.ts';
import { type ClusterState, nameKey, type ObservedObject } from '../state/state.ts';
import {
  acceptsByAffinity,
  acceptsBySelector,
  affinityTerms,
  isControlPlaneTaint,
  isSystemTaint,
  largestNode,
  nodesOf,
  requestOf,
  untolerated,
} from './node-fit.ts';
import { citeSignal } from './rule.ts';
import { type Obstacle, parseSchedulingMessage, type SchedulingMessage } from './scheduling-message.ts';
import { ownerSubject } from './subject.ts';

/** Why a pod gets no node: one reason of the scheduler's message, weighed against the others and the recorded nodes. */
export type SchedulingFinding = {
  reason: Reason;
  confidence: number;
  signal: Signal;
  evidence: Evidence;
  subject: ObjectRef;
  message: SchedulingMessage;
  obstacle: Obstacle;
  pod?: ObservedObject;
  /** The node that would do but for this reason. */
  node?: ObservedObject;
};

/** `proof`: no node can do. `block`: something that stands in the way. `exclusion`: nodes that were never meant for the pod. */
type Weight = 'proof' | 'block' | 'exclusion' | 'other pool';
type Candidate = { reason: Reason; obstacle: Obstacle; weight: Weight; node?: ObservedObject };

const maxPods = 5;
const scaleUpSeconds = 600;

/** What keeps the pods of an incident unscheduled, surest first per pod; reasons limited to those asked for. */
export function schedulingFindings(incident: AggregatedEvent, state: ClusterState, reasons: Reason[]): SchedulingFinding[] {
  const growing = incident.signals.some(
    ({ type, detail, lastAt }) =>
      type === 'event' && detail.reason === 'TriggeredScaleUp' && Date.parse(incident.lastAt) - Date.parse(lastAt) < scaleUpSeconds * 1000,
  );
  return messagesOf(incident).flatMap((signal) => {
    const message = parseSchedulingMessage(String(signal.detail.message));
    if (message === undefined) return [];
    const pod = objectOf(state, signal.ref);
    const placed = pod !== undefined && pod.deleted === undefined && pod.object.spec?.nodeName !== undefined;
    const limit = placed ? 0.5 : growing ? 0.55 : 1;
    return weigh(message.obstacles.flatMap((obstacle) => candidatesOf(state, obstacle, pod)))
      .filter(({ reason }) => reasons.includes(reason))
      .map(({ weight: _, confidence, ...candidate }) => ({
        ...candidate,
        confidence: Math.min(confidence, limit),
        signal,
        evidence: citeSignal(signal, 'the scheduler says why no node fits'),
        subject: ownerSubject(state, signal.ref),
        message,
        ...(pod === undefined ? {} : { pod }),
      }));
  });
}

/** The newest word of the scheduler on each pod: its condition, else the Event. */
function messagesOf(incident: AggregatedEvent): Signal[] {
  const newest = new Map<string, Signal>();
  for (const signal of incident.signals) {
    const condition = signal.type === 'pod.unschedulable';
    if (!condition && !(signal.type === 'event' && signal.detail.reason === 'FailedScheduling')) continue;
    if (parseSchedulingMessage(String(signal.detail.message)) === undefined) continue;
    const known = newest.get(nameKey(signal.ref));
    if (known === undefined || condition || (known.type === 'event' && signal.lastAt >= known.lastAt))
      newest.set(nameKey(signal.ref), signal);
  }
  return [...newest.values()].slice(0, maxPods);
}

const plain: Partial<Record<Obstacle['kind'], Reason>> = {
  tooManyPods: 'TooManyPods',
  podAffinity: 'PodAffinityUnsatisfied',
  podAntiAffinity: 'PodAntiAffinityConflict',
  topologySpread: 'TopologySpreadUnsatisfied',
  hostPort: 'HostPortConflict',
  volumeNodeAffinity: 'VolumeNodeAffinityConflict',
  volumeLimit: 'VolumeLimitExceeded',
  volumeBinding: 'UnboundPvc',
  claimUnbound: 'UnboundPvc',
  claimNotFound: 'PvcNotFound',
  volumeLost: 'PvcLost',
  nodeName: 'NoNodesMatchName',
};

function candidatesOf(state: ClusterState, obstacle: Obstacle, pod: ObservedObject | undefined): Candidate[] {
  const reason = plain[obstacle.kind];
  if (reason !== undefined) return [{ reason, obstacle, weight: 'block' }];
  if (obstacle.kind === 'insufficient') return [insufficient(state, obstacle, pod)];
  if (obstacle.kind === 'selector') return [selector(state, obstacle, pod)];
  if (obstacle.kind === 'taint') return taint(state, obstacle, pod);
  if (obstacle.kind === 'unschedulable' || obstacle.kind === 'noNodes') {
    const node = nodesOf(state).nodes.find(({ object }) => object.spec?.unschedulable === true && fits(pod, object));
    return [{ reason: 'NodeUnschedulable', obstacle, weight: 'block', ...(node === undefined ? {} : { node }) }];
  }
  return [];
}

function insufficient(state: ClusterState, obstacle: Obstacle, pod: ObservedObject | undefined): Candidate {
  const resource = obstacle.resource ?? '';
  const reason = resource === 'cpu' ? 'InsufficientCpu' : resource === 'memory' ? 'InsufficientMemory' : 'InsufficientExtendedResource';
  const { nodes, complete } = nodesOf(state);
  const largest = largestNode(nodes, resource);
  const impossible = complete && pod !== undefined && largest !== undefined && requestOf(pod.object.spec ?? {}, resource) > largest.amount;
  return { reason, obstacle, weight: impossible ? 'proof' : 'block', ...(largest === undefined ? {} : { node: largest.node }) };
}

function selector(state: ClusterState, obstacle: Obstacle, pod: ObservedObject | undefined): Candidate {
  const spec = pod?.object.spec ?? {};
  const { nodes, complete } = nodesOf(state);
  const bySelector = nodes.some(({ object }) => acceptsBySelector(spec, object));
  const byAffinity = nodes.some(({ object }) => acceptsByAffinity(spec, object));
  const chosen = spec.nodeSelector !== undefined && (!bySelector || affinityTerms(spec).length === 0);
  const reason = pod === undefined || chosen ? 'NodeSelectorMismatch' : 'NodeAffinityMismatch';
  return { reason, obstacle, weight: complete && pod !== undefined && (!bySelector || !byAffinity) ? 'proof' : 'exclusion' };
}

function fits(pod: ObservedObject | undefined, node: ObservedObject['object']): boolean {
  const spec = pod?.object.spec ?? {};
  return acceptsBySelector(spec, node) && acceptsByAffinity(spec, node);
}

/** Since 1.35 the message does not name the taint: the recorded nodes that would do otherwise tell. */
function taint(state: ClusterState, obstacle: Obstacle, pod: ObservedObject | undefined): Candidate[] {
  const found = nodesOf(state).nodes.flatMap((node) =>
    fits(pod, node.object) ? untolerated(pod?.object.spec ?? {}, node.object).map((item) => ({ node, key: item.taint.key })) : [],
  );
  const key =
    obstacle.taint?.key ??
    found.find((item) => isSystemTaint(item.key))?.key ??
    found.find((item) => !isControlPlaneTaint(item.key))?.key ??
    found[0]?.key;
  const node = found.find((item) => item.key === key)?.node;
  const base = {
    obstacle: key === undefined ? obstacle : { ...obstacle, taint: obstacle.taint ?? { key, value: '' } },
    ...(node === undefined ? {} : { node }),
  };
  if (key !== undefined && isSystemTaint(key)) return [{ ...base, reason: 'NodeUnschedulable', weight: 'block' }];
  const weight = key !== undefined && isControlPlaneTaint(key) ? 'other pool' : 'exclusion';
  return [{ ...base, reason: 'UntoleratedTaint', weight }];
}

const order: Weight[] = ['proof', 'block', 'exclusion', 'other pool'];

/**
 * The root is the reason that, removed, would free a node (diagnosis.md §2.4): a proof before what blocks, what blocks before nodes that
 * were excluded on purpose, control-plane nodes last. Within equals a node that is out of order comes first, then the larger count.
 */
function weigh(candidates: Candidate[]): (Candidate & { confidence: number })[] {
  const rank = (one: Candidate) =>
    order.indexOf(one.weight) * 2 -
    (one.reason === 'NodeUnschedulable' || (one.reason === 'UntoleratedTaint' && one.node !== undefined) ? 1 : 0);
  const sorted = [...candidates].sort((a, b) => rank(a) - rank(b) || b.obstacle.count - a.obstacle.count);
  const [first] = sorted;
  if (first === undefined) return [];
  const rivals = new Set(sorted.filter(({ weight }) => weight === first.weight).map(({ reason }) => reason)).size;
  const equal = sorted.some(
    (one) => one.reason !== first.reason && rank(one) === rank(first) && one.obstacle.count === first.obstacle.count,
  );
  const sure = first.weight === 'proof' ? 0.96 : rivals === 1 ? 0.94 : equal && first.weight === 'exclusion' ? 0.7 : 0.84;
  const surest = sorted.filter((one, position) => sorted.findIndex(({ reason }) => reason === one.reason) === position);
  return surest.map((one) => ({ ...one, confidence: one === first ? sure : 0.64 }));
}
