import { z } from 'zod';
import { ablations, fates, severities } from '../model/event.ts';
import { type Category, type Reason, taxonomy } from '../model/taxonomy.ts';

const categories = Object.keys(taxonomy) as [Category, ...Category[]];
const reasons = Object.values(taxonomy).flat() as [Reason, ...Reason[]];
const reason = z.enum(reasons).meta({ id: 'Reason' });
const category = z.enum(categories).meta({ id: 'Category' });
const time = z.iso.datetime({ offset: true }).describe('RFC 3339');
const share = z.number().min(0).max(1);
const count = z.int().min(0);
const text = z.string();
const texts = z.array(text);

const objectRef = z
  .strictObject({ kind: text, namespace: text, name: text, uid: text, apiVersion: text.optional() })
  .meta({ id: 'ObjectRef' });

const author = z
  .strictObject({
    seq: count.describe('Record of the capture that holds the audit entry'),
    at: time,
    user: text,
    impersonatedUser: text.optional(),
    verb: text,
    userAgent: text.optional(),
    ref: objectRef,
    subresource: text.optional(),
    resourceVersion: text.optional(),
    auditID: text,
  })
  .meta({ id: 'ChangeAuthor', description: 'Who made a change, from an audit log' });

const clusterContext = z
  .strictObject({
    cluster: text,
    namespace: text,
    at: time,
    kubernetesVersion: text.optional(),
    nodes: z.array(
      z.strictObject({ name: text, ready: z.boolean(), unschedulable: z.boolean(), cpuMillicores: z.number(), memoryBytes: z.number() }),
    ),
    workload: z.strictObject({ kind: text, name: text, desired: z.number(), ready: z.number(), images: texts }).optional(),
    owners: z.array(objectRef),
    related: z.array(z.strictObject({ relation: text, ref: objectRef, exists: z.boolean() })),
    changes: z.array(
      z.strictObject({
        ref: objectRef,
        type: z.enum(['created', 'modified', 'deleted']),
        seq: count,
        at: time,
        fields: z.array(z.strictObject({ path: text, before: z.unknown(), after: z.unknown() })),
        by: author.optional(),
      }),
    ),
    history: z.strictObject({
      firstSeenAt: time.optional(),
      specVersions: count,
      earlierIncidents: count,
      lastIncidentAt: time.optional(),
    }),
    gaps: z.array(z.strictObject({ from: time, to: time, reason: text })),
    missing: texts.optional().describe('What would have made the answer surer'),
  })
  .meta({ id: 'ClusterContext', description: 'What was around the incident at its moment' });

const evidence = z
  .strictObject({
    id: text,
    type: z.enum(['status', 'event', 'log', 'metric', 'spec', 'change', 'absence']),
    seq: count.describe('Record of the capture'),
    pointer: text.describe('RFC 6901, into what the record carries'),
    value: z.unknown().describe('What is found there'),
    ref: text,
    note: text,
    role: z.enum(['supports', 'refutes']),
    observed_at: time,
    ablation: z.enum(ablations).optional().describe('What running the rule again without this item showed'),
  })
  .meta({ id: 'Evidence' });

const quality = z
  .strictObject({ completeness: share, consistency: share, relevance: share, evidence_quality: share, overall_score: share })
  .meta({ id: 'QualityMetrics' });

const resource = z.strictObject({ kind: text, namespace: text, name: text, uid: text });

const base = {
  id: z.uuid().describe('UUIDv5 of capture, type and incident'),
  question: text,
  timestamp: time.describe('Time of the last evidence, RFC 3339'),
  answer: text,
  segments: z
    .array(z.strictObject({ text, kind: z.enum(['observation', 'inference', 'action', 'filler']), evidence_ids: texts }))
    .describe('What the answer is made of and what each part cites'),
  category: category,
  reason: reason,
  modifiers: z.array(reason),
  severity: z.enum(severities as [(typeof severities)[number]]),
  confidence: share.describe('How likely the cause is among all that was claimed'),
  resource: resource.describe('The culprit: the one to change'),
  context: clusterContext,
  evidence: z.array(evidence),
  hypotheses: z
    .array(z.strictObject({ reason: reason, subject: text, confidence: share, rule_id: text, fate: z.enum(fates).optional() }))
    .describe('What else was considered, best first'),
  quality,
  cluster_id: text,
  incident_id: text,
  capture_id: text,
  rule_ids: texts.describe('The rule of the answer, then the rules that claim the same'),
  tool_version: text,
  rules_version: text,
  quality_version: text,
};

const risk = z.enum(['low', 'medium', 'high']);

const troubleshooting = z.strictObject({
  ...base,
  type: z.literal('troubleshooting'),
  scenario: text,
  problem: text,
  root_cause: text,
  impact: text,
  resolution: z.strictObject({
    observed: z.boolean().describe('The capture shows this change ending the incident'),
    steps: z.array(
      z.strictObject({
        step: count,
        action: text,
        command: text,
        verify: text,
        risk: z.enum(['none', 'low', 'medium', 'high']),
        evidence_ids: texts,
      }),
    ),
  }),
});

const unit = z.number().nullable();
const containerResources = {
  container: text,
  cpu_request_millicores: unit,
  cpu_limit_millicores: unit,
  memory_request_bytes: unit,
  memory_limit_bytes: unit,
};
const sizes = z.strictObject(containerResources).meta({ id: 'ContainerResources' });
const usage = z.strictObject({ p50: z.number(), p95: z.number(), max: z.number() }).nullable();

const optimization = z.strictObject({
  ...base,
  type: z.literal('resource_optimization'),
  resource: resource
    .extend({ spec: z.record(text, z.unknown()).nullable() })
    .describe('The workload, with the resources that its spec gives the container'),
  current_state: z.strictObject({ ...containerResources, cpu_usage_millicores: usage, memory_usage_bytes: usage, replicas: count }),
  analysis: z.strictObject({
    algorithm: text,
    window_seconds: z.number(),
    sample_count: count,
    coverage: share,
    oom_kills: count,
    krr: sizes.nullable(),
    vpa: z.strictObject({ lower: sizes, target: sizes, upper: sizes }).nullable(),
    notes: texts,
  }),
  suggestion: z.strictObject({ ...containerResources, patch: text, risk }),
  impact: z.strictObject({ cpu_request_delta_millicores: unit, memory_request_delta_bytes: unit, replicas: count, summary: text }),
});

/** Checks one label, of either type; unknown fields are refused. Its inferred type is `Label`. */
export const labelSchema = z.discriminatedUnion('type', [troubleshooting, optimization]);

/** The published JSON Schema (draft 2020-12) of a label; schemas/label.schema.json holds it. */
export function labelJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(labelSchema, { target: 'draft-2020-12' });
  return { $schema, title: 'Label', description: 'One line of a dataset that k8s-labeler exports as JSON Lines', ...schema };
}
