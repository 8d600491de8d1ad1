import type { ContainerResources, ResourceOptimizationLabel } from '../../model/label.ts';
import type { FixedHeap } from './heap.ts';
import { type KrrSeverity, krrSeverity, krrSimple, MiB } from './krr.ts';
import { cpuQuantity, memoryQuantity, resourcesPatch } from './patch.ts';
import { refusals } from './refusal.ts';
import { podUsage, type SizingState, usageSpread, usageWindow } from './sizing.ts';
import { type VpaAmounts, vpaRecommendation } from './vpa.ts';

/** What the workload is besides its usage. `hpa` names the resources that a HorizontalPodAutoscaler scales on. */
export type RecommendOptions = {
  replicas: number;
  hpa: ('cpu' | 'memory')[];
  heap?: FixedHeap;
  /** Overrides what `addStart` found. */
  startupCaptured?: boolean;
  /** A difference under this share of the current request is no change (default 0.1). */
  tolerance?: number;
};

export type ResourceChange = 'increase' | 'decrease' | 'keep' | 'refused';

/** A recommendation in the shape of a resource_optimization label's fields; `refused` says which changes were not made and why. */
export type Recommendation = Pick<ResourceOptimizationLabel, 'analysis' | 'suggestion' | 'impact'> & {
  usage: Pick<ResourceOptimizationLabel['current_state'], 'cpu_usage_millicores' | 'memory_usage_bytes'>;
  changes: { cpu: ResourceChange; memory: ResourceChange };
  severity: { cpu: KrrSeverity; memory: KrrSeverity };
  oomDriven: boolean;
  refused: string[];
};

function resourcesOf(container: string, amounts: VpaAmounts, limit: boolean): ContainerResources {
  return {
    container,
    cpu_request_millicores: amounts.cpuMillicores,
    cpu_limit_millicores: null,
    memory_request_bytes: amounts.memoryBytes,
    memory_limit_bytes: limit ? amounts.memoryBytes : null,
  };
}

// The limit that was hit, raised as the VPA (100 MiB, 20 %) and krr (25 %) would, whichever is most.
function afterOom(state: SizingState, current: ContainerResources): number | undefined {
  const hit = state.oomLimitBytes || current.memory_limit_bytes || 0;
  if (state.oomKills === 0 || hit === 0) return undefined;
  return Math.ceil(Math.max(hit * 1.25, hit + 100 * MiB) / MiB) * MiB;
}

function changeOf(current: number | null, wanted: number | null, tolerance: number): ResourceChange {
  if (wanted === null) return 'keep';
  if (current === null) return 'increase';
  if (Math.abs(wanted - current) <= current * tolerance) return 'keep';
  return wanted > current ? 'increase' : 'decrease';
}

type Wanted = { cpu: number | null; memory: number | null };

function suggested(current: ContainerResources, wanted: Wanted, changes: Recommendation['changes']): ContainerResources {
  const cpu = changes.cpu === 'increase' || changes.cpu === 'decrease' ? wanted.cpu : current.cpu_request_millicores;
  const changed = changes.memory === 'increase' || changes.memory === 'decrease';
  const memory = changed ? wanted.memory : current.memory_request_bytes;
  const cpuLimit = current.cpu_limit_millicores;
  return {
    container: current.container,
    cpu_request_millicores: cpu,
    // A limit under the new request would be rejected; otherwise it stays as somebody set it.
    cpu_limit_millicores: cpuLimit !== null && cpu !== null && cpuLimit < cpu ? cpu : cpuLimit,
    memory_request_bytes: memory,
    memory_limit_bytes: changed ? memory : current.memory_limit_bytes,
  };
}

function riskOf(changes: Recommendation['changes'], days: number): Recommendation['suggestion']['risk'] {
  if (changes.memory === 'decrease') return days >= 7 ? 'medium' : 'high';
  return changes.cpu === 'decrease' && days < 7 ? 'medium' : 'low';
}

function impactOf(current: ContainerResources, next: ContainerResources, replicas: number): Recommendation['impact'] {
  const delta = (to: number | null, from: number | null): number | null => (to === null || from === null ? null : (to - from) * replicas);
  const cpu = delta(next.cpu_request_millicores, current.cpu_request_millicores);
  const memory = delta(next.memory_request_bytes, current.memory_request_bytes);
  const sign = (value: number): string => (value > 0 ? '+' : '');
  const parts = [
    cpu === null || cpu === 0 ? '' : `CPU requests ${sign(cpu)}${cpuQuantity(cpu)}`,
    memory === null || memory === 0 ? '' : `memory requests ${sign(memory)}${memoryQuantity(memory)}`,
  ].filter((part) => part !== '');
  const summary =
    parts.length === 0 ? 'Requests in total stay as they are or were not set before' : `${parts.join(', ')} over ${replicas} replica(s)`;
  return { cpu_request_delta_millicores: cpu, memory_request_delta_bytes: memory, replicas, summary };
}

/**
 * Sizes a container by krr `simple`, shows the VPA's numbers beside it, and refuses reductions that the data cannot carry.
 * An OOM kill allows a memory increase at once, even without a sample. `insufficient` lists what is missing when nothing can be said.
 */
export function recommend(
  state: SizingState,
  current: ContainerResources,
  options: RecommendOptions,
): Recommendation | { insufficient: string[] } {
  const pods = podUsage(state);
  const { seconds, coverage } = usageWindow(pods);
  const oomBytes = afterOom(state, current);
  const krr = krrSimple(pods, { oomLimitBytes: state.oomLimitBytes });
  if ('insufficient' in krr && oomBytes === undefined) return { insufficient: [krr.insufficient] };
  const krrAmounts = 'insufficient' in krr ? null : { cpuMillicores: krr.cpuRequestMillicores, memoryBytes: krr.memoryBytes };
  const wanted: Wanted = {
    cpu: krrAmounts?.cpuMillicores ?? null,
    memory: oomBytes === undefined ? (krrAmounts?.memoryBytes ?? null) : Math.max(oomBytes, krrAmounts?.memoryBytes ?? 0),
  };
  const tolerance = options.tolerance ?? 0.1;
  const plain = {
    cpu: changeOf(current.cpu_request_millicores, wanted.cpu, tolerance),
    memory: changeOf(oomBytes === undefined ? current.memory_request_bytes : current.memory_limit_bytes, wanted.memory, tolerance),
  };
  const reasons = refusals(state, seconds, options, plain, oomBytes !== undefined);
  const changes = {
    cpu: reasons.cpu.length > 0 ? ('refused' as const) : plain.cpu,
    memory: reasons.memory.length > 0 ? ('refused' as const) : plain.memory,
  };
  const refused = [...reasons.cpu.map((reason) => `cpu: ${reason}`), ...reasons.memory.map((reason) => `memory: ${reason}`)];
  if (refused.length > 0 && [changes.cpu, changes.memory].every((change) => change === 'refused' || change === 'keep'))
    return { insufficient: refused };
  const next = suggested(current, wanted, changes);
  const vpa = vpaRecommendation(state.vpa, state.containersInPod);
  const krrResources = krrAmounts === null ? null : resourcesOf(current.container, krrAmounts, true);
  return {
    analysis: {
      algorithm: krrAmounts === null ? 'oom-increase' : 'krr-simple',
      window_seconds: Math.round(seconds),
      sample_count: state.samples,
      coverage: Math.round(coverage * 1000) / 1000,
      oom_kills: state.oomKills,
      krr: krrResources,
      vpa:
        vpa === undefined || vpa.upper === null
          ? null
          : {
              lower: resourcesOf(current.container, vpa.lower, false),
              target: resourcesOf(current.container, vpa.target, false),
              upper: resourcesOf(current.container, vpa.upper, false),
            },
      notes: [...refused, ...('insufficient' in krr ? [krr.insufficient] : [])],
    },
    suggestion: { ...next, patch: resourcesPatch(next), risk: riskOf(changes, seconds / 86_400) },
    impact: impactOf(current, next, options.replicas),
    usage: { cpu_usage_millicores: usageSpread(pods, 'cpu'), memory_usage_bytes: usageSpread(pods, 'memory') },
    changes,
    severity: {
      cpu: krrSeverity('cpu', current.cpu_request_millicores, next.cpu_request_millicores),
      memory: krrSeverity('memory', current.memory_request_bytes, next.memory_request_bytes),
    },
    oomDriven: oomBytes !== undefined && changes.memory === 'increase',
    refused,
  };
}
