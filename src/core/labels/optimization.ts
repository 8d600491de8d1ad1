import type { SizingFinding } from '../model/event.ts';
import type { ResourceOptimizationLabel } from '../model/label.ts';
import { formatRef } from '../model/resource.ts';
import { categoryOf } from '../model/taxonomy.ts';
import { type Provenance, stableId } from './provenance.ts';
import { labelEvidence, labelResource } from './troubleshooting.ts';

/** One resource optimization label; its question shows what is asked for and what is used, not what to change. */
export function optimizationLabel(finding: SizingFinding, provenance: Provenance): ResourceOptimizationLabel {
  const { workload, current_state: state, analysis, suggestion, impact } = finding;
  const key = `${workload.uid === '' ? formatRef(workload) : workload.uid}/${state.container}`;
  const evidence = finding.evidence.map(labelEvidence);
  const ids = evidence.map(({ id }) => id);
  const segments: ResourceOptimizationLabel['segments'] = [
    { text: `Container ${state.container} of ${formatRef(workload)} ${usage(state)}.`, kind: 'observation', evidence_ids: ids },
    { text: judgement(finding), kind: 'inference', evidence_ids: ids },
    { text: `Set ${amounts(suggestion)} (${suggestion.patch}).`, kind: 'action', evidence_ids: ids },
  ];
  return {
    id: stableId(provenance.captureId, 'resource_optimization', key),
    type: 'resource_optimization',
    question: `${formatRef(workload)} runs container ${state.container} with ${amounts(state)}. Are its resources sized well, and what should they be?`,
    timestamp: evidence.map(({ observed_at }) => observed_at).reduce((a, b) => (Date.parse(b) > Date.parse(a) ? b : a)),
    answer: segments.map(({ text }) => text).join('\n'),
    segments,
    category: categoryOf(finding.reason),
    reason: finding.reason,
    modifiers: [],
    severity: finding.severity,
    confidence: finding.confidence,
    resource: labelResource(workload),
    context: finding.context,
    evidence,
    hypotheses: [],
    quality: { completeness: 0, consistency: 0, relevance: 0, evidence_quality: 0, overall_score: 0 },
    cluster_id: provenance.clusterNames.get(finding.cluster) ?? finding.cluster,
    incident_id: stableId(provenance.captureId, 'incident', `sizing/${key}`),
    capture_id: provenance.captureId,
    rule_ids: finding.ruleIds,
    tool_version: provenance.toolVersion,
    rules_version: provenance.rulesVersion,
    quality_version: provenance.qualityVersion,
    current_state: state,
    analysis,
    suggestion,
    impact,
  };
}

function usage(state: ResourceOptimizationLabel['current_state']): string {
  const cpu = state.cpu_usage_millicores;
  const memory = state.memory_usage_bytes;
  if (cpu === null || memory === null) return 'has no usage samples in the recording';
  return `uses up to ${cpu.max}m CPU (P95 ${cpu.p95}m) and ${mebi(memory.max)} memory (P95 ${mebi(memory.p95)})`;
}

function judgement({ analysis, reason, impact }: SizingFinding): string {
  const window = `${(analysis.window_seconds / 3600).toFixed(1)} h with ${analysis.sample_count} samples`;
  const kills = analysis.oom_kills > 0 ? ` ${analysis.oom_kills} OOM kill(s) prove that the memory limit is too small.` : '';
  return `By ${analysis.algorithm} over ${window} this is ${reason}.${kills} ${impact.summary}.`;
}

function amounts(resources: Pick<ResourceOptimizationLabel['suggestion'], 'cpu_request_millicores' | 'cpu_limit_millicores' | 'memory_request_bytes' | 'memory_limit_bytes'>): string {
  const cpu = (value: number | null) => (value === null ? 'none' : `${value}m`);
  const memory = (value: number | null) => (value === null ? 'none' : mebi(value));
  return `CPU request ${cpu(resources.cpu_request_millicores)}, CPU limit ${cpu(resources.cpu_limit_millicores)}, memory request ${memory(resources.memory_request_bytes)}, memory limit ${memory(resources.memory_limit_bytes)}`;
}

function mebi(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)}Mi`;
}
