import type { AuditEntry, PodLog, ResourceMetrics } from './capture.ts';
import type { ResourceOptimizationLabel } from './label.ts';
import type { ObjectRef } from './resource.ts';
import type { Category, Reason } from './taxonomy.ts';

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';

export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

/** Where a fact was read; decides how direct it is as proof. */
export type EvidenceType = 'status' | 'event' | 'log' | 'metric' | 'spec' | 'change' | 'absence';

/**
 * A fact that can be looked up again: the record `seq`, an RFC 6901 pointer into what the record carries
 * (the Kubernetes object, the log line, or the sample), and the value found there.
 */
export type Evidence = {
  id: string;
  type: EvidenceType;
  seq: number;
  pointer: string;
  value: unknown;
  ref: ObjectRef;
  at: string;
  note: string;
  role: 'supports' | 'refutes';
  /** What running the rule again without this item showed; absent where no rule was run again. */
  ablation?: Ablation;
};

/**
 * `necessary`: without it the rule claims the cause no more. `strengthening`: less surely. `corroborating`: the claim stands without it, but it says the
 * same from another source. `redundant`: neither.
 */
export type Ablation = (typeof ablations)[number];

export const ablations = ['necessary', 'strengthening', 'corroborating', 'redundant'] as const;

/**
 * One abnormal fact about one object, merged over its repetitions. Rules read signals, not raw records.
 * `seq`/`pointer`/`value` locate the first occurrence; `detail` holds the parsed parts of the newest one.
 */
export type Signal = {
  id: string;
  type: SignalType;
  ref: ObjectRef;
  container?: string;
  init?: boolean;
  seq: number;
  at: string;
  lastSeq: number;
  lastAt: string;
  count: number;
  pointer: string;
  value: unknown;
  detail: Record<string, string | number | boolean | null>;
  /** What `detail` was at first, where it has changed since. */
  firstDetail?: Signal['detail'];
  /** Whether it was still so when the incident was looked at. */
  active: boolean;
  /** When it happened, the newest 20 times: ends of container runs, else record times. */
  times: string[];
};

export type SignalType =
  | 'container.waiting' // detail: reason, message
  | 'container.terminated' // detail: reason, exitCode, signal, message, startedAt, finishedAt, restartCount
  | 'pod.unschedulable' // detail: reason, message
  | 'pod.notReady' // detail: reason, message
  | 'pod.failed' // detail: reason, message (status.reason, e.g. Evicted)
  | 'pod.disrupted' // detail: reason, message (condition DisruptionTarget)
  | 'event' // a core/v1 Event; detail: type, reason, message, source, firstAt, lastAt, count
  | 'condition' // a bad condition of a workload, node, HPA, PVC, PDB…; detail: type, status, reason, message
  | 'phase' // a bad phase (PVC Pending/Lost, PV Failed, Namespace Terminating); detail: phase
  | 'state' // any other abnormal or notable field; detail: field, and what the field says
  | 'log'; // a line that a signature of the log library matched; detail: signature, message and the captured fields

/** Who made a change: the audit entry of the request that did, and the record that holds it (pointer `/audit`). */
export type ChangeAuthor = AuditEntry & { seq: number; at: string };

/**
 * A spec or data change of one object, seen in the capture. `path` is an RFC 6901 pointer; values are masked as recorded. `by` is known where an
 * audit log was imported. `modified` without fields is a request of which only that is known: what it changed was not recorded.
 */
export type Change = {
  ref: ObjectRef;
  type: 'created' | 'modified' | 'deleted';
  seq: number;
  at: string;
  fields: { path: string; before: unknown; after: unknown }[];
  by?: ChangeAuthor;
};

/** The seed's ClusterContext: what was around the incident at its moment. */
export type ClusterContext = {
  cluster: string;
  namespace: string;
  at: string;
  kubernetesVersion?: string;
  nodes: { name: string; ready: boolean; unschedulable: boolean; cpuMillicores: number; memoryBytes: number }[];
  workload?: { kind: string; name: string; desired: number; ready: number; images: string[] };
  owners: ObjectRef[];
  related: { relation: string; ref: ObjectRef; exists: boolean }[];
  changes: Change[];
  /** What the recording knows of the workload before this incident. */
  history: { firstSeenAt?: string; specVersions: number; earlierIncidents: number; lastIncidentAt?: string };
  gaps: { from: string; to: string; reason: string }[];
  /** What would have made the answer surer. */
  missing?: string[];
};

/**
 * A log line. `fresh` if the recorded log of its workload holds nothing of the kind from before the incident: the id of its template, how
 * many lines have it, and for how long the container had been heard without it. `level` is only known of fresh lines.
 */
export type LogLine = {
  seq: number;
  at: string;
  line: PodLog;
  level?: string;
  fresh?: { template: string; count: number; heardSeconds: number };
};

export type MetricSample = { seq: number; at: string; sample: ResourceMetrics };

/** One incident (the seed's AggregatedEvent): everything abnormal about one workload in one stretch of time. */
export type AggregatedEvent = {
  /** Incident key: uid of the top owner (or kind/namespace/name) plus an ordinal. */
  key: string;
  workload: ObjectRef;
  cluster: string;
  /** Known from one look at the cluster only: how long it has lasted says nothing. */
  singleLook?: true;
  openedAt: string;
  lastAt: string;
  status: 'ongoing' | 'recovered' | 'deleted';
  endedAt?: string;
  mainEvent: Signal;
  signals: Signal[];
  logs: LogLine[];
  metrics: MetricSample[];
  context: ClusterContext;
};

/** What a rule says about an incident. `facts` feed the wording; `dependsOn` names an object whose own incident, if any, is the cause. */
export type Claim = {
  ruleId: string;
  reason: Reason;
  modifiers: Reason[];
  subject: ObjectRef;
  confidence: number;
  evidence: Evidence[];
  needs: string[];
  facts: Record<string, string | number>;
  dependsOn?: ObjectRef;
};

/**
 * Why a claim is not the answer: the answer `explained` it, it was `weaker`, it was `faded` (not claimed any more at the end), or there is
 * no answer because the best were `too-weak` or `too-close` to each other, or the incident had `healed` before anything was proven.
 */
export type Fate = (typeof fates)[number];

export const fates = ['explained', 'weaker', 'faded', 'too-weak', 'too-close', 'healed'] as const;

/** A claim that was considered and is not the answer. */
export type Hypothesis = Claim & { fate: Fate };

/** A piece of an answer: what it says, of which kind, and what it cites. */
export type AnswerSegment = { text: string; kind: 'observation' | 'inference' | 'action' | 'filler'; evidenceIds: string[] };

export type ActionStep = { action: string; command?: string; risk: 'none' | 'low' | 'medium' | 'high'; verify: string };

/** The seed's ActionPlan. `observed`: the capture shows this change ending the incident; the evidence of it is cited. */
export type Resolution = { observed: boolean; steps: ActionStep[]; evidenceIds: string[] };

/** What a rule writes about its claim, without deciding anything. Question, problem and impact are written from the signals. */
export type Wording = { rootCause: AnswerSegment[]; steps: ActionStep[] };

/**
 * An explained incident (the seed's AnalyzedEvent). `victims` are incidents that this cause explains; `agreeing` are the ids of rules that
 * claimed the same as `ruleId`.
 */
export type AnalyzedEvent = {
  event: AggregatedEvent;
  category: Category;
  reason: Reason;
  modifiers: Reason[];
  severity: Severity;
  confidence: number;
  ruleId: string;
  agreeing: string[];
  subject: ObjectRef;
  rootCause: string;
  impact: string;
  problem: string;
  question: string;
  segments: AnswerSegment[];
  resolution: Resolution;
  hypotheses: Hypothesis[];
  evidence: Evidence[];
  victims: ObjectRef[];
  missing: string[];
};

/** What sizing found for one container of a workload: the parts of a resource_optimization label that come from the recording. */
export type SizingFinding = Pick<ResourceOptimizationLabel, 'current_state' | 'analysis' | 'suggestion' | 'impact'> & {
  workload: ObjectRef;
  cluster: string;
  reason: Reason;
  severity: Severity;
  confidence: number;
  ruleIds: string[];
  evidence: Evidence[];
  context: ClusterContext;
};

/** A container about which sizing says nothing, and what it lacks. */
export type Unsized = { workload: ObjectRef; container: string; missing: string[] };
