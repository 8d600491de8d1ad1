import { fieldsOf, itemsOf, text } from '../../model/fields.ts';
import type { KubernetesObject, ObjectRef } from '../../model/resource.ts';
import type { BadCondition } from './extra.ts';
import type { Observation } from './observation.ts';

type Found = Observation[];
type Parts = Record<'metadata' | 'spec' | 'status', KubernetesObject>;

/** Conditions that are bad when they have this status, per kind; `confirm` as in Observation. Unknown condition types are not judged. */
const badConditions: Record<string, { type: string; status: string[]; reasons?: string[]; confirm: number | 'never' }[]> = {
  Deployment: [
    { type: 'Progressing', status: ['False'], confirm: 0 },
    { type: 'ReplicaFailure', status: ['True'], confirm: 20 },
    { type: 'Available', status: ['False'], confirm: 120 },
  ],
  ReplicaSet: [{ type: 'ReplicaFailure', status: ['True'], confirm: 20 }],
  Job: [
    { type: 'Failed', status: ['True'], confirm: 0 },
    { type: 'FailureTarget', status: ['True'], confirm: 'never' },
  ],
  HorizontalPodAutoscaler: [
    { type: 'ScalingActive', status: ['False'], confirm: 240 },
    { type: 'AbleToScale', status: ['False'], confirm: 60 },
    { type: 'ScalingLimited', status: ['True'], reasons: ['TooManyReplicas'], confirm: 900 },
  ],
  Node: [
    { type: 'Ready', status: ['False'], confirm: 30 },
    // The node controller says Unknown only after its own grace period of 40 s or more.
    { type: 'Ready', status: ['Unknown'], confirm: 0 },
    { type: 'MemoryPressure', status: ['True'], confirm: 0 },
    { type: 'DiskPressure', status: ['True'], confirm: 0 },
    { type: 'PIDPressure', status: ['True'], confirm: 0 },
    { type: 'NetworkUnavailable', status: ['True'], confirm: 60 },
    { type: 'KernelDeadlock', status: ['True'], confirm: 0 },
    { type: 'ReadonlyFilesystem', status: ['True'], confirm: 0 },
  ],
  PersistentVolumeClaim: [
    { type: 'ControllerResizeError', status: ['True'], confirm: 0 },
    { type: 'NodeResizeError', status: ['True'], confirm: 0 },
  ],
  APIService: [{ type: 'Available', status: ['False'], confirm: 60 }],
  Gateway: ['Accepted', 'Programmed'].map((type) => ({ type, status: ['False'], confirm: 60 })),
};

/** What is abnormal in an object that is neither a Pod nor an Event; `extra` conditions count too. */
export function objectObservations(ref: ObjectRef, object: KubernetesObject, extra: readonly BadCondition[] = []): Observation[] {
  if (object.metadata?.deletionTimestamp !== undefined) return [];
  const found: Found = [];
  const conditions = itemsOf(object.status?.conditions);
  for (const bad of [...(badConditions[ref.kind] ?? []), ...extra.filter(({ kind }) => kind === ref.kind)]) {
    const position = conditions.findIndex((condition) => condition.type === bad.type);
    const condition = conditions[position];
    if (condition === undefined || !bad.status.includes(text(condition.status))) continue;
    if (bad.reasons !== undefined && !bad.reasons.includes(text(condition.reason))) continue;
    if (ref.kind === 'HorizontalPodAutoscaler' && text(condition.reason) === 'ScalingDisabled') continue;
    found.push({
      type: 'condition',
      ref,
      key: `${bad.type}|${text(condition.reason)}`,
      pointer: `/status/conditions/${position}`,
      value: condition,
      detail: { type: bad.type, status: text(condition.status), reason: text(condition.reason), message: text(condition.message) },
      standing: true,
      confirm: bad.confirm,
      firstAt: text(condition.lastTransitionTime),
    });
  }
  const [metadata, spec, status] = [fieldsOf(object.metadata), fieldsOf(object.spec), fieldsOf(object.status)];
  fieldObservations[ref.kind]?.(ref, { metadata, spec, status }, found);
  return found;
}

function state(
  ref: ObjectRef,
  field: string,
  pointer: string,
  value: unknown,
  confirm: number | 'never',
  detail: Observation['detail'] = {},
): Observation {
  return { type: 'state', ref, key: field, pointer, value, detail: { field, ...detail }, standing: true, confirm };
}

/** Fields that say something by themselves. `intended` facts are what somebody asked for. */
const fieldObservations: Record<string, (ref: ObjectRef, object: Parts, found: Found) => void> = {
  Deployment(ref, { spec, status }, found) {
    if (spec.paused === true && Number(status.updatedReplicas ?? 0) < Number(status.replicas ?? 0)) {
      found.push(state(ref, 'paused', '/spec/paused', true, 30));
    }
    scaledToZero(ref, spec, found);
    unavailable(ref, Number(spec.replicas ?? 1), Number(status.readyReplicas ?? 0), status, '/status/readyReplicas', found);
  },
  StatefulSet(ref, { spec, status }, found) {
    scaledToZero(ref, spec, found);
    unavailable(ref, Number(spec.replicas ?? 1), Number(status.readyReplicas ?? 0), status, '/status/readyReplicas', found);
  },
  DaemonSet(ref, { metadata, status }, found) {
    const desired = Number(status.desiredNumberScheduled ?? 0);
    if (status.desiredNumberScheduled === 0 && Number(status.observedGeneration ?? 0) > 0) {
      const none = state(ref, 'desiredNumberScheduled', '/status/desiredNumberScheduled', 0, 60, { intended: true });
      found.push({ ...none, firstAt: text(metadata.creationTimestamp) });
    }
    unavailable(ref, desired, Number(status.numberReady ?? 0), status, '/status/numberReady', found);
  },
  CronJob(ref, { spec }, found) {
    if (spec.suspend === true) found.push(state(ref, 'suspend', '/spec/suspend', true, 60, { intended: true }));
  },
  Job(ref, { spec }, found) {
    if (spec.suspend === true) found.push(state(ref, 'suspend', '/spec/suspend', true, 60, { intended: true }));
  },
  PodDisruptionBudget(ref, { status }, found) {
    const [expected, desired, healthy] = ['expectedPods', 'desiredHealthy', 'currentHealthy'].map((field) =>
      Number(status[field] ?? 0),
    ) as [number, number, number];
    if (status.disruptionsAllowed === 0 && expected > 0 && desired >= expected && healthy >= desired) {
      found.push(state(ref, 'disruptionsAllowed', '/status/disruptionsAllowed', 0, 60, { expected, desired, healthy, intended: true }));
    }
  },
  PersistentVolumeClaim(ref, { metadata, status }, found) {
    const phase = text(status.phase);
    if (phase !== 'Pending' && phase !== 'Lost') return;
    found.push({
      type: 'phase',
      ref,
      key: phase,
      pointer: '/status/phase',
      value: phase,
      detail: { phase },
      standing: true,
      confirm: phase === 'Lost' ? 0 : 60,
      ...(phase === 'Pending' ? { firstAt: text(metadata.creationTimestamp) } : {}),
    });
  },
  PersistentVolume(ref, { status }, found) {
    if (status.phase !== 'Failed') return;
    const detail = { phase: 'Failed', message: text(status.message) };
    found.push({ type: 'phase', ref, key: 'Failed', pointer: '/status/phase', value: 'Failed', detail, standing: true, confirm: 0 });
  },
  ...Object.fromEntries(['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map((kind) => [kind, refusedRoute])),
  Node(ref, { spec }, found) {
    if (spec.unschedulable === true) found.push(state(ref, 'unschedulable', '/spec/unschedulable', true, 'never'));
  },
};

/** What each parent (Gateway) says of a route (gateway.networking.k8s.io/v1 RouteParentStatus). */
function refusedRoute(ref: ObjectRef, { status }: Parts, found: Found): void {
  itemsOf(status.parents).forEach(({ conditions }, parent) => {
    itemsOf(conditions).forEach((condition, position) => {
      const [type, reason] = [text(condition.type), text(condition.reason)];
      if (condition.status !== 'False' || !['Accepted', 'ResolvedRefs'].includes(type)) return;
      found.push({
        type: 'condition',
        ref,
        key: `${type}|${reason}`,
        pointer: `/status/parents/${parent}/conditions/${position}`,
        value: condition,
        detail: { type, status: 'False', reason, message: text(condition.message) },
        standing: true,
        confirm: 60,
        firstAt: text(condition.lastTransitionTime),
      });
    });
  });
}

function scaledToZero(ref: ObjectRef, spec: KubernetesObject, found: Found): void {
  if (spec.replicas === 0) found.push(state(ref, 'replicas', '/spec/replicas', 0, 'never', { intended: true }));
}

/** Fewer ready than wanted, once the controller has seen the newest spec. Only supports: rollouts pass through this state. */
function unavailable(ref: ObjectRef, desired: number, ready: number, status: KubernetesObject, pointer: string, found: Found): void {
  if (!(ready < desired) || status.observedGeneration === undefined) return;
  const parts = pointer.split('/');
  const value = status[parts.at(-1) as string];
  const at = value === undefined ? '/status/observedGeneration' : pointer;
  found.push(state(ref, 'unavailable', at, value === undefined ? status.observedGeneration : value, 240, { desired, ready }));
}
