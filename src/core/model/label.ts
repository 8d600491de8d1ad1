import type { ClusterContext, Evidence, Severity, AnswerSegment } from './event.ts';
import type { ObjectRef } from './resource.ts';
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
export type QualityCheck = { id: string; dimension: string; score: number; detail?: string };

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
  hypotheses: { reason: Reason; subject: string; confidence: number; rule_id: string }[];
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
