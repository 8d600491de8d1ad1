import type { SizingFinding } from '../model/event.ts';
import type { ContainerResources, ResourceOptimizationLabel } from '../model/label.ts';
import { formatRef } from '../model/resource.ts';
import { categoryOf } from '../model/taxonomy.ts';
import { formatSeconds } from '../model/time.ts';
import { type Provenance, stableId } from './provenance.ts';
import { labelEvidence, labelResource, newest } from './troubleshooting.ts';

/** One resource optimization label; its question shows what is asked for and what is used, not what to change. */
export function optimizationLabel(finding: SizingFinding, provenance: Provenance): ResourceOptimizationLabel {
  const { workload, current_state: state, analysis, suggestion, impact } = finding;
  const key = `${workload.uid === '' ? formatRef(workload) : workload.uid}/${state.container}`;
  const evidence = finding.evidence.map(labelEvidence);
  const ids = evidence.map(({ id }) => id);
  const segments: ResourceOptimizationLabel['segments'] = [
    { text: `Container ${state.container} of ${formatRef(workload)} ${usage(state)}.`, kind: 'observation', evidence_ids: ids },
    { text: judgement(finding), kind: 'inference', evidence_ids: ids },
    { text: `Set ${amounts(suggestion)}. Patch: ${suggestion.patch}`, kind: 'action', evidence_ids: ids },
  ];
  return {
    id: stableId(provenance.captureId, 'resource_optimization', key),
    type: 'resource_optimization',
    question: `${formatRef(workload)} runs container ${state.container} with ${amounts(state)}. Are its resources sized well, and what should they be?`,
    timestamp: newest(evidence.map(({ observed_at }) => observed_at)),
    answer: segments.map(({ text }) => text).join('\n'),
    segments,
    category: categoryOf(finding.reason),
    reason: finding.reason,
    modifiers: [],
    severity: finding.severity,
    confidence: finding.confidence,
    resource: { ...labelResource(workload), spec: specOf(finding) },
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

type State = ResourceOptimizationLabel['current_state'];

function usage(state: State): string {
  const cpu = state.cpu_usage_millicores;
  const memory = state.memory_usage_bytes;
  if (cpu === null || memory === null) return 'has no usage samples in the recording';
  return `uses up to ${cpu.max}m CPU (P95 ${cpu.p95}m) and ${mebi(memory.max)} memory (P95 ${mebi(memory.p95)})`;
}

function judgement({ analysis, reason, impact }: SizingFinding): string {
  const { algorithm, window_seconds: seconds, sample_count: samples, oom_kills: kills, notes } = analysis;
  const over = samples === 0 ? 'without samples' : `over ${formatSeconds(seconds)} with ${samples} samples`;
  const killed =
    kills > 0 ? ` ${kills} OOM kill${kills > 1 ? 's' : ''} prove${kills > 1 ? '' : 's'} that the memory limit is too small.` : '';
  const left = notes.length > 0 ? ` Not decided: ${notes.join('; ')}.` : '';
  return `By ${algorithm} ${over}, this is ${reason}.${killed} ${impact.summary}.${left}`;
}

type Amounts = Pick<ContainerResources, 'cpu_request_millicores' | 'cpu_limit_millicores' | 'memory_request_bytes' | 'memory_limit_bytes'>;

function amounts(resources: Amounts): string {
  const parts = [
    amount('CPU request', resources.cpu_request_millicores, (value) => `${value}m`),
    amount('CPU limit', resources.cpu_limit_millicores, (value) => `${value}m`),
    amount('memory request', resources.memory_request_bytes, mebi),
    amount('memory limit', resources.memory_limit_bytes, mebi),
  ];
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function amount(name: string, value: number | null, words: (value: number) => string): string {
  return value === null ? `no ${name}` : `${name} ${words(value)}`;
}

function mebi(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)}Mi`;
}

function specOf({ evidence }: SizingFinding): Record<string, unknown> | null {
  const spec = evidence.find(({ type, pointer }) => type === 'spec' && pointer.endsWith('/resources'))?.value;
  return typeof spec === 'object' && spec !== null ? (spec as Record<string, unknown>) : null;
}
