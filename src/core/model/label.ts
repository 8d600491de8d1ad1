import type { Ablation, AnswerSegment, ClusterContext, Evidence, Fate, Severity } from './event.ts';
import type { ObjectRef } from './resource.ts';
import type { ReviewState } from './review.ts';
import type { Category, Reason } from './taxonomy.ts';

export type LabelType = 'troubleshooting' | 'resource_optimization';

export type QualityMetrics = {
  completeness: number;
  consistency: number;
  relevance: number;
  evidence_quality: number;
  overall_score: number;
};

/** One line of a quality trace: what was checked, with which weight, and how it went (0 to 1). */
export type QualityCheck = { id: string; dimension: string; weight?: number; score: number; detail?: string };

export type LabelEvidence = {
  id: string;
  type: Evidence['type'];
  seq: number;
  pointer: string;
  value: unknown;
  ref: string;
  note: string;
  role: 'supports' | 'refutes';
  observed_at: string;
  ablation?: Ablation;
};

export type LabelStep = {
  step: number;
  action: string;
  command: string;
  verify: string;
  risk: 'none' | 'low' | 'medium' | 'high';
  evidence_ids: string[];
};

export type LabelResolution = { observed: boolean; steps: LabelStep[] };

export type LabelResource = Pick<ObjectRef, 'kind' | 'namespace' | 'name' | 'uid'>;

type LabelBase = {
  id: string;
  question: string;
  timestamp: string;
  answer: string;
  segments: { text: string; kind: AnswerSegment['kind']; evidence_ids: string[] }[];
  category: Category;
  reason: Reason;
  modifiers: Reason[];
  severity: Severity;
  confidence: number;
  resource: LabelResource;
  context: ClusterContext;
  evidence: LabelEvidence[];
  /** `fate` is absent in labels of older versions. */
  hypotheses: { reason: Reason; subject: string; confidence: number; rule_id: string; fate?: Fate }[];
  quality: QualityMetrics;
  cluster_id: string;
  incident_id: string;
  capture_id: string;
  rule_ids: string[];
  tool_version: string;
  rules_version: string;
  quality_version: string;
};

/** The seed's TroubleshootingLabel with provenance; snake_case because it is what every output shows. */
export type TroubleshootingLabel = LabelBase & {
  type: 'troubleshooting';
  scenario: string;
  problem: string;
  root_cause: string;
  impact: string;
  resolution: LabelResolution;
};

/** What one container asks for now. Units are in the names; null is "not set". */
export type ContainerResources = {
  container: string;
  cpu_request_millicores: number | null;
  cpu_limit_millicores: number | null;
  memory_request_bytes: number | null;
  memory_limit_bytes: number | null;
};

/** The seed's ResourceOptimizationLabel with provenance. */
export type ResourceOptimizationLabel = LabelBase & {
  type: 'resource_optimization';
  /** The workload, with the `resources` that its spec gives the container (null: none). */
  resource: LabelResource & { spec: Record<string, unknown> | null };
  current_state: ContainerResources & {
    cpu_usage_millicores: { p50: number; p95: number; max: number } | null;
    memory_usage_bytes: { p50: number; p95: number; max: number } | null;
    replicas: number;
  };
  analysis: {
    algorithm: string;
    window_seconds: number;
    sample_count: number;
    coverage: number;
    oom_kills: number;
    krr: ContainerResources | null;
    vpa: { lower: ContainerResources; target: ContainerResources; upper: ContainerResources } | null;
    notes: string[];
  };
  suggestion: ContainerResources & { patch: string; risk: 'low' | 'medium' | 'high' };
  impact: { cpu_request_delta_millicores: number | null; memory_request_delta_bytes: number | null; replicas: number; summary: string };
};

export type Label = TroubleshootingLabel | ResourceOptimizationLabel;

/**
 * Every field of a label in the order in which outputs show it; a label has those of its type.
 * `question` to `suggestion` are the seed's, the rest is diagnosis and provenance.
 */
export const labelFields = [
  'id',
  'type',
  'timestamp',
  'question',
  'answer',
  'segments',
  'category',
  'reason',
  'modifiers',
  'severity',
  'confidence',
  'resource',
  'scenario',
  'problem',
  'root_cause',
  'impact',
  'resolution',
  'current_state',
  'analysis',
  'suggestion',
  'evidence',
  'hypotheses',
  'context',
  'quality',
  'cluster_id',
  'incident_id',
  'capture_id',
  'rule_ids',
  'tool_version',
  'rules_version',
  'quality_version',
] as const satisfies (keyof TroubleshootingLabel | keyof ResourceOptimizationLabel)[];

/** The same label with its fields in the order of `labelFields`, so that equal labels serialise to equal bytes. */
export function orderedLabel(label: Label): Label {
  const fields = label as Record<string, unknown>;
  const ordered: Record<string, unknown> = {};
  for (const name of labelFields) if (name in fields) ordered[name] = fields[name];
  return ordered as Label;
}

/** Whether something was wrong: neither an abstention nor a question of size. */
export function isFault({ category }: Pick<Label, 'category'>): boolean {
  return category !== 'none' && category !== 'sizing';
}

/**
 * Which labels of a store are meant. `since` (inclusive) and `until` (exclusive) are RFC 3339 and compared with `timestamp`,
 * `minQuality` with `quality.overall_score`; `reviewed` is what people said, `any` any verdict.
 */
export type LabelFilter = {
  id?: string;
  type?: LabelType;
  cluster?: string;
  captureId?: string;
  incidentId?: string;
  category?: Category;
  reason?: Reason;
  severity?: Severity;
  since?: string;
  until?: string;
  minQuality?: number;
  reviewed?: ReviewState | 'any';
};

/** One row of the seed's label_relationships: `relationship_type` such as `caused_by`, `same_incident`. Ids are UUIDs. */
export type LabelRelationship = {
  id: string;
  source_label_id: string;
  target_label_id: string;
  relationship_type: string;
  metadata: Record<string, unknown> | null;
};

/** One row of the seed's events: an abnormal fact of an incident. `namespace` is '' for cluster-scoped objects; ids are UUIDs. */
export type StoredEvent = {
  id: string;
  type: string;
  resource_type: string;
  resource_name: string;
  namespace: string;
  data: Record<string, unknown>;
  timestamp: string;
  cluster_id: string;
};

/** One row of the seed's event_correlations: both events are stored; `confidence` is 0 to 1. */
export type EventCorrelation = {
  id: string;
  source_event_id: string;
  related_event_id: string;
  correlation_type: string;
  confidence: number;
};
