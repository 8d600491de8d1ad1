import type { CaptureRecord } from '../model/capture.ts';
import type { Evidence, SizingFinding, Unsized } from '../model/event.ts';
import { fieldsOf, itemsOf, sameValue, text } from '../model/fields.ts';
import type { ContainerResources } from '../model/label.ts';
import { pointerOf } from '../model/pointer.ts';
import { cpuMillicores, memoryBytes } from '../model/quantity.ts';
import type { KubernetesObject, ObjectRef } from '../model/resource.ts';
import { secondsBetween, timeOf } from '../model/time.ts';
import { listObjects, objectOf, podSpecOf, topOwner } from '../state/lookups.ts';
import { type ClusterState, type ObservedObject, objectKey } from '../state/state.ts';
import { findingOf } from './sizing/finding.ts';
import { fixedHeap } from './sizing/heap.ts';
import { recommend } from './sizing/recommend.ts';
import { addOom, addSample, addStart, newSizing, type SizingState, setRequests } from './sizing/sizing.ts';

/** Where a number of a container was read: to be cited. */
type Seen = { seq: number; at: string; pointer: string; value: number; ref: ObjectRef };

type Sized = {
  workload: ObjectRef;
  container: string;
  sizing: SizingState;
  current: ContainerResources;
  spec: Evidence | undefined;
  heap: ReturnType<typeof fixedHeap>;
  lastAt: string;
  /** When the pod was created whose spec `current` shows. */
  createdAt: string;
  peak: { cpu: Seen | undefined; memory: Seen | undefined };
  oom: Evidence | undefined;
  /** The newest claims of ResourceUtilizationRule about this container, one per reason. */
  claimed: { reason: 'CpuUnderprovisioned' | 'MemoryUnderprovisioned'; evidence: Evidence[] }[];
};

/** Usage of all containers of a cluster, gathered per workload; containers without news for two hours are concluded. */
export type Sizer = { containers: Map<string, Sized>; findings: SizingFinding[]; unsized: Unsized[]; sweptAt: string };

const idleSeconds = 7200;

/** A sizer that has seen nothing. */
export function newSizer(): Sizer {
  return { containers: new Map(), findings: [], unsized: [], sweptAt: '' };
}

/** Takes a record into account: samples of pods, starts and OOM kills of their containers. */
export function gather(sizer: Sizer, state: ClusterState, record: CaptureRecord): void {
  if (record.kind === 'metrics' && record.sample.ref.kind === 'Pod') gatherSample(sizer, state, record);
  else if (record.kind === 'resource' && record.event.ref.kind === 'Pod' && record.event.type !== 'DELETED')
    gatherPod(sizer, state, record);
  if (sizer.sweptAt === '') sizer.sweptAt = record.at;
  if (secondsBetween(sizer.sweptAt, record.at) < 600) return;
  sizer.sweptAt = record.at;
  for (const [key, sized] of sizer.containers) {
    if (secondsBetween(sized.lastAt, record.at) < idleSeconds) continue;
    conclude(sizer, state, sized);
    sizer.containers.delete(key);
  }
}

/** Notes what ResourceUtilizationRule claimed, so that the container's label says so. */
export function noteUtilization(sizer: Sizer, workload: ObjectRef, container: string, claim: Sized['claimed'][number]): void {
  const sized = sizer.containers.get(keyOf(workload, container));
  if (sized !== undefined) sized.claimed = [...sized.claimed.filter(({ reason }) => reason !== claim.reason), claim];
}

/** Concludes everything that is left. */
export function finishSizing(sizer: Sizer, state: ClusterState): void {
  for (const sized of sizer.containers.values()) conclude(sizer, state, sized);
  sizer.containers.clear();
}

function keyOf(workload: ObjectRef, container: string): string {
  return `${objectKey(workload)}|${container}`;
}

function sizedOf(sizer: Sizer, state: ClusterState, pod: ObjectRef, container: string): Sized | undefined {
  const workload = topOwner(state, pod);
  const key = keyOf(workload, container);
  const known = sizer.containers.get(key);
  if (known !== undefined) return known;
  const observed = objectOf(state, pod);
  const containers = itemsOf(observed === undefined ? undefined : podSpecOf(observed.object)?.spec.containers);
  const position = containers.findIndex(({ name }) => name === container);
  const spec = containers[position];
  if (observed === undefined || spec === undefined) return undefined;
  const current = resourcesOf(container, spec);
  const sized: Sized = {
    workload,
    container,
    current,
    heap: fixedHeap(spec as Parameters<typeof fixedHeap>[0]),
    lastAt: observed.at,
    createdAt: text(observed.object.metadata?.creationTimestamp),
    oom: undefined,
    claimed: [],
    peak: { cpu: undefined, memory: undefined },
    sizing: newSizing({
      container,
      containersInPod: containers.length,
      cpuRequestMillicores: current.cpu_request_millicores,
      memoryRequestBytes: current.memory_request_bytes,
    }),
    spec: specEvidence(observed, position, spec),
  }; // prettier-ignore
  sizer.containers.set(key, sized);
  return sized;
}

function specEvidence({ seq, at, ref }: ObservedObject, position: number, { resources }: KubernetesObject): Evidence | undefined {
  if (resources === undefined) return undefined;
  const pointer = pointerOf('spec', 'containers', position, 'resources');
  return { id: '', type: 'spec', seq, pointer, value: resources, ref, at, note: 'what the container asks for', role: 'supports' };
}

function isNewer(sized: Sized, pod: KubernetesObject): boolean {
  return text(pod.metadata?.creationTimestamp) > sized.createdAt;
}

/** A pod that was created later shows what the workload asks for now. */
function refresh(sized: Sized, pod: ObservedObject): void {
  const containers = itemsOf(podSpecOf(pod.object)?.spec.containers);
  const position = containers.findIndex(({ name }) => name === sized.container);
  const spec = containers[position];
  if (spec === undefined) return;
  sized.createdAt = text(pod.object.metadata?.creationTimestamp);
  const current = resourcesOf(sized.container, spec);
  if (sameValue(current, sized.current)) return;
  sized.current = current;
  sized.spec = specEvidence(pod, position, spec);
  sized.heap = fixedHeap(spec as Parameters<typeof fixedHeap>[0]);
  setRequests(sized.sizing, current.cpu_request_millicores, current.memory_request_bytes);
}

function resourcesOf(container: string, spec: KubernetesObject): ContainerResources {
  const [requests, limits] = [fieldsOf(spec.resources?.requests), fieldsOf(spec.resources?.limits)];
  return {
    container,
    cpu_request_millicores: cpuMillicores(requests.cpu ?? '') ?? null,
    cpu_limit_millicores: cpuMillicores(limits.cpu ?? '') ?? null,
    memory_request_bytes: memoryBytes(requests.memory ?? '') ?? null,
    memory_limit_bytes: memoryBytes(limits.memory ?? '') ?? null,
  };
}

function gatherSample(sizer: Sizer, state: ClusterState, { seq, at, sample }: CaptureRecord & { kind: 'metrics' }): void {
  (Array.isArray(sample.containers) ? sample.containers : []).forEach((usage, position) => {
    const sized = sizedOf(sizer, state, sample.ref, usage.name);
    if (sized === undefined) return;
    sized.lastAt = at;
    const { cpuMillicores: cpu, memoryBytes: memory } = usage;
    if (!addSample(sized.sizing, { at: sample.timestamp || at, cpuMillicores: cpu, memoryBytes: memory, pod: sample.ref.name })) return;
    const seen = (field: string, value: number): Seen => ({
      seq,
      at,
      pointer: pointerOf('containers', position, field),
      value,
      ref: sample.ref,
    });
    if (cpu > (sized.peak.cpu?.value ?? -1)) sized.peak.cpu = seen('cpuMillicores', cpu);
    if (memory > (sized.peak.memory?.value ?? -1)) sized.peak.memory = seen('memoryBytes', memory);
  });
}

function gatherPod(sizer: Sizer, state: ClusterState, { seq, at, event }: CaptureRecord & { kind: 'resource' }): void {
  const pod = objectOf(state, event.ref);
  itemsOf(event.object.status?.containerStatuses).forEach((status, position) => {
    const startedAt = text(status.state?.running?.startedAt);
    if (startedAt !== '') {
      const sized = sizedOf(sizer, state, event.ref, text(status.name));
      if (sized !== undefined) addStart(sized.sizing, startedAt);
      // A pod in which a container has just started is the newest; older ones go on with what they were created with.
      if (sized !== undefined && pod !== undefined && isNewer(sized, event.object)) refresh(sized, pod);
    }
    for (const field of ['state', 'lastState']) {
      const ended = status[field]?.terminated;
      if (ended?.reason !== 'OOMKilled') continue;
      const sized = sizedOf(sizer, state, event.ref, text(status.name));
      if (sized === undefined || !(timeOf(text(ended.finishedAt)) > (sized.sizing.lastOomAt ?? 0))) continue;
      addOom(sized.sizing, { at: ended.finishedAt, limitBytes: sized.current.memory_limit_bytes, pod: event.ref.name });
      sized.lastAt = at;
      sized.oom ??= {
        id: '',
        type: 'status',
        seq,
        pointer: pointerOf('status', 'containerStatuses', position, field, 'terminated'),
        value: ended,
        ref: event.ref,
        at,
        note: 'the container was OOM-killed',
        role: 'supports',
      }; // prettier-ignore
    }
  });
}

function conclude(sizer: Sizer, state: ClusterState, sized: Sized): void {
  const { sizing, current, workload, container } = sized;
  const scalers = listObjects(state, 'HorizontalPodAutoscaler', workload.namespace).filter(
    ({ object }) => object.spec?.scaleTargetRef?.kind === workload.kind && object.spec?.scaleTargetRef?.name === workload.name,
  );
  const metrics = scalers
    .flatMap(({ object }) => itemsOf(object.spec?.metrics))
    .map((metric) => (metric.resource ?? metric.containerResource)?.name);
  const replicas = Number(objectOf(state, workload)?.object.spec?.replicas ?? 1) || 1;
  const result = recommend(sizing, current, {
    replicas,
    hpa: (['cpu', 'memory'] as const).filter((name) => metrics.includes(name)),
    ...(sized.heap === undefined ? {} : { heap: sized.heap }),
  });
  const finding = findingOf(sized, result, replicas, state);
  if (finding !== undefined) sizer.findings.push(finding);
  else if ('insufficient' in result && sizing.samples > 0) sizer.unsized.push({ workload, container, missing: result.insufficient });
}

export type { Sized };
