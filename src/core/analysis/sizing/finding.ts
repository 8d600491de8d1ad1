import type { Evidence, SizingFinding } from '../../model/event.ts';
import type { ContainerResources } from '../../model/label.ts';
import type { Reason } from '../../model/taxonomy.ts';
import type { ClusterState } from '../../state/state.ts';
import { contextOf } from '../context.ts';
import type { Sized } from '../sizer.ts';
import { MiB } from './krr.ts';
import { resourcesPatch } from './patch.ts';
import type { Recommendation } from './recommend.ts';
import { podUsage, usageSpread, usageWindow } from './sizing.ts';

/** Share of a limit that the highest use should take, when only sustained high use is known. */
const wantedShare = 0.7;

/** A finding from a recommendation, or from sustained high use alone; undefined when there is nothing to change. */
export function findingOf(
  sized: Sized,
  result: Recommendation | { insufficient: string[] },
  replicas: number,
  state: ClusterState,
): SizingFinding | undefined {
  const recommendation = 'insufficient' in result ? fromUtilization(sized, replicas, result.insufficient) : result;
  if (recommendation === undefined) return undefined;
  const reason = reasonOf(recommendation, sized);
  if (reason === undefined) return undefined;
  const evidence = evidenceOf(sized, reason, recommendation.oomDriven);
  if (evidence.length === 0) return undefined;
  const { usage, analysis, suggestion, impact } = recommendation;
  const days = analysis.window_seconds / 86_400;
  return {
    workload: sized.workload,
    cluster: state.cluster,
    reason,
    severity: recommendation.oomDriven ? 'high' : reason.endsWith('Underprovisioned') ? 'medium' : 'low',
    confidence: recommendation.oomDriven ? 0.85 : Math.round(Math.min(0.9, 0.6 + 0.3 * Math.min(1, days / 7)) * 100) / 100,
    ruleIds: sized.claimed.length > 0 ? ['RESOURCE-UTILIZATION'] : ['SIZING'],
    evidence,
    context: contextOf(state, sized.workload, state.startedAt),
    current_state: { ...sized.current, ...usage, replicas },
    analysis,
    suggestion,
    impact,
  };
}

type Found = Pick<Recommendation, 'usage' | 'analysis' | 'suggestion' | 'impact' | 'changes' | 'oomDriven'>;

/** Sustained use near the limit asks for more, however short the recording. */
function fromUtilization(sized: Sized, replicas: number, notes: string[]): Found | undefined {
  if (sized.claimed.length === 0) return undefined;
  const pods = podUsage(sized.sizing);
  const { seconds, coverage } = usageWindow(pods);
  const usage = { cpu_usage_millicores: usageSpread(pods, 'cpu'), memory_usage_bytes: usageSpread(pods, 'memory') };
  const reasons = sized.claimed.map(({ reason }) => reason);
  const next: ContainerResources = { ...sized.current };
  if (reasons.includes('CpuUnderprovisioned') && usage.cpu_usage_millicores !== null) {
    const wanted = Math.ceil(usage.cpu_usage_millicores.max / wantedShare);
    next.cpu_request_millicores = Math.max(wanted, next.cpu_request_millicores ?? 0);
    if (next.cpu_limit_millicores !== null) next.cpu_limit_millicores = Math.max(wanted, next.cpu_limit_millicores);
  }
  if (reasons.includes('MemoryUnderprovisioned') && usage.memory_usage_bytes !== null) {
    const wanted = Math.ceil(usage.memory_usage_bytes.max / wantedShare / MiB) * MiB;
    next.memory_request_bytes = Math.max(wanted, next.memory_request_bytes ?? 0);
    if (next.memory_limit_bytes !== null) next.memory_limit_bytes = Math.max(wanted, next.memory_limit_bytes);
  }
  const delta = (to: number | null, from: number | null) => (to === null || from === null ? null : (to - from) * replicas);
  return {
    usage,
    analysis: {
      algorithm: 'sustained-utilization',
      window_seconds: Math.round(seconds),
      sample_count: sized.sizing.samples,
      coverage: Math.round(coverage * 1000) / 1000,
      oom_kills: sized.sizing.oomKills,
      krr: null,
      vpa: null,
      notes,
    },
    suggestion: { ...next, patch: resourcesPatch(next), risk: 'low' },
    impact: {
      cpu_request_delta_millicores: delta(next.cpu_request_millicores, sized.current.cpu_request_millicores),
      memory_request_delta_bytes: delta(next.memory_request_bytes, sized.current.memory_request_bytes),
      replicas,
      summary: `The highest use takes ${Math.round(wantedShare * 100)} % of what is asked for, over ${replicas} replica(s)`,
    },
    changes: {
      cpu: reasons.includes('CpuUnderprovisioned') ? 'increase' : 'keep',
      memory: reasons.includes('MemoryUnderprovisioned') ? 'increase' : 'keep',
    },
    oomDriven: false,
  }; // prettier-ignore
}

function reasonOf({ changes }: Found, { current }: Sized): Reason | undefined {
  if (changes.memory === 'increase')
    return current.memory_request_bytes === null && current.memory_limit_bytes === null ? 'RequestsMissing' : 'MemoryUnderprovisioned';
  if (changes.cpu === 'increase') return current.cpu_request_millicores === null ? 'RequestsMissing' : 'CpuUnderprovisioned';
  if (changes.memory === 'decrease') return 'MemoryOverprovisioned';
  if (changes.cpu === 'decrease') return 'CpuOverprovisioned';
  return undefined;
}

function evidenceOf(sized: Sized, reason: Reason, oomDriven: boolean): Evidence[] {
  const found: Evidence[] = [];
  if (oomDriven && sized.oom !== undefined) found.push(sized.oom);
  for (const claim of sized.claimed) found.push(...claim.evidence);
  const peak = reason.startsWith('Cpu') ? sized.peak.cpu : sized.peak.memory;
  if (peak !== undefined) {
    const { seq, at, pointer, value, ref } = peak;
    found.push({ id: '', type: 'metric', seq, pointer, value, ref, at, note: 'the highest use seen', role: 'supports' });
  }
  if (sized.spec !== undefined) found.push(sized.spec);
  const unique = new Map(found.map((item) => [`${item.seq}${item.pointer}`, item]));
  return [...unique.values()].map((item, position) => ({ ...item, id: `e${position + 1}` }));
}
