import fc from 'fast-check';
import type { ClusterContext } from '../../src/core/model/event.ts';
import { severities } from '../../src/core/model/event.ts';
import type {
  ContainerResources,
  Label,
  LabelEvidence,
  ResourceOptimizationLabel,
  TroubleshootingLabel,
} from '../../src/core/model/label.ts';
import type { ObjectRef } from '../../src/core/model/resource.ts';
import { type Category, type Reason, taxonomy } from '../../src/core/model/taxonomy.ts';
import { uuid5 } from '../../src/core/model/uuid.ts';

/** Strings that break formats: quotes, line ends, formulas, escapes, NUL, BOM, YAML words, spreadsheet and terminal tricks. */
export const hostileTexts = [
  '',
  ' ',
  '=1+1',
  '+cmd|calc',
  '-2',
  '@sum(a)',
  '\tstarts with tab',
  '\rstarts with return',
  'a,b;c"d""e',
  'line 1\nline 2\r\nline 3\rline 4\n',
  '\n',
  '  indented\n    more\n',
  '\u0000nul\u0000',
  '\u001b[31mred\u001b[0m',
  '\ufeffbom',
  'next\u0085line\u2028separator\u2029end',
  '\u202eright to left',
  'yes',
  'no',
  'null',
  '~',
  '012',
  '1e3',
  '1:30',
  '2026-01-01',
  '<<',
  '- item',
  'key: value # comment',
  '---',
  '...',
  '{"json": [1]}',
  "it's",
  '\\',
  '\\n',
  'é💥日本',
  '\u007f\u009b\ufffe\uffff',
  '__proto__',
];

export const text = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.string());

/** JSON values as evidence may hold them, with integers beyond 2^53. */
export const jsonValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 80n }),
    // Whole numbers beyond 2^53 are bigint in this project, and JSON has no -0.
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Number.isInteger(n) ? Math.trunc(n % 2 ** 53) + 0 : n)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
})).value;

export const time = fc
  .date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2030-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

const share = fc.double({ min: 0, max: 1, noNaN: true }).map((n) => n + 0);
const count = fc.nat();
const maybe = fc.option(fc.nat({ max: 10 ** 9 }), { nil: null });
const few = { maxLength: 3 };
const reasons: [Category, Reason][] = Object.entries(taxonomy).flatMap(([category, list]) =>
  list.map((reason): [Category, Reason] => [category as Category, reason]),
);

const ref: fc.Arbitrary<ObjectRef> = fc.record(
  { kind: text, namespace: text, name: text, uid: text, apiVersion: text },
  { requiredKeys: ['kind', 'namespace', 'name', 'uid'], noNullPrototype: true },
);

const author = fc.record(
  {
    seq: count,
    at: time,
    user: text,
    impersonatedUser: text,
    verb: text,
    userAgent: text,
    ref,
    subresource: text,
    resourceVersion: text,
    auditID: text,
  },
  { requiredKeys: ['seq', 'at', 'user', 'verb', 'ref', 'auditID'], noNullPrototype: true },
);

const context: fc.Arbitrary<ClusterContext> = fc.record(
  {
    cluster: text,
    namespace: text,
    at: time,
    kubernetesVersion: text,
    nodes: fc.array(
      fc.record({ name: text, ready: fc.boolean(), unschedulable: fc.boolean(), cpuMillicores: count, memoryBytes: count }),
      few,
    ),
    workload: fc.record({ kind: text, name: text, desired: count, ready: count, images: fc.array(text, few) }),
    owners: fc.array(ref, few),
    related: fc.array(fc.record({ relation: text, ref, exists: fc.boolean() }), few),
    changes: fc.array(
      fc.record(
        {
          ref,
          type: fc.constantFrom('created' as const, 'modified' as const, 'deleted' as const),
          seq: count,
          at: time,
          fields: fc.array(fc.record({ path: text, before: jsonValue, after: jsonValue }), few),
          by: author,
        },
        { requiredKeys: ['ref', 'type', 'seq', 'at', 'fields'], noNullPrototype: true },
      ),
      few,
    ),
    history: fc.record({ specVersions: count, earlierIncidents: count }),
    gaps: fc.array(fc.record({ from: time, to: time, reason: text }), few),
  },
  { requiredKeys: ['cluster', 'namespace', 'at', 'nodes', 'owners', 'related', 'changes', 'history', 'gaps'], noNullPrototype: true },
);

const evidence: fc.Arbitrary<LabelEvidence> = fc.record({
  id: text,
  type: fc.constantFrom('status', 'event', 'log', 'metric', 'spec', 'change', 'absence'),
  seq: count,
  pointer: text,
  value: jsonValue,
  ref: text,
  note: text,
  role: fc.constantFrom('supports', 'refutes'),
  observed_at: time,
});

const base = {
  question: text,
  timestamp: time,
  answer: text,
  segments: fc.array(
    fc.record({
      text,
      kind: fc.constantFrom('observation' as const, 'inference' as const, 'action' as const, 'filler' as const),
      evidence_ids: fc.array(text, few),
    }),
    few,
  ),
  modifiers: fc.array(fc.constantFrom(...taxonomy.change), few),
  severity: fc.constantFrom(...severities),
  confidence: share,
  resource: fc.record({ kind: text, namespace: text, name: text, uid: text }),
  context,
  evidence: fc.array(evidence, few),
  hypotheses: fc.array(
    fc.record({ reason: fc.constantFrom(...reasons.map(([, reason]) => reason)), subject: text, confidence: share, rule_id: text }),
    few,
  ),
  quality: fc.record({ completeness: share, consistency: share, relevance: share, evidence_quality: share, overall_score: share }),
  cluster_id: fc.oneof(fc.constantFrom('c01', 'c02'), text),
  incident_id: text,
  rule_ids: fc.array(text, few),
  tool_version: text,
  rules_version: text,
  quality_version: text,
};

const risk = fc.constantFrom('low' as const, 'medium' as const, 'high' as const);

const troubleshooting = fc.record({
  ...base,
  type: fc.constant('troubleshooting' as const),
  scenario: text,
  problem: text,
  root_cause: text,
  impact: text,
  resolution: fc.record({
    observed: fc.boolean(),
    steps: fc.array(
      fc.record({
        step: count,
        action: text,
        command: text,
        verify: text,
        risk: fc.oneof(risk, fc.constant('none' as const)),
        evidence_ids: fc.array(text, few),
      }),
      few,
    ),
  }),
});

const resources = {
  container: text,
  cpu_request_millicores: maybe,
  cpu_limit_millicores: maybe,
  memory_request_bytes: maybe,
  memory_limit_bytes: maybe,
};
const containerResources: fc.Arbitrary<ContainerResources> = fc.record(resources);
const usage = fc.option(fc.record({ p50: count, p95: count, max: count }), { nil: null });

const optimization = fc.record({
  ...base,
  type: fc.constant('resource_optimization' as const),
  resource: fc.record({ kind: text, namespace: text, name: text, uid: text, spec: fc.option(fc.dictionary(text, text), { nil: null }) }),
  current_state: fc.record({ ...resources, cpu_usage_millicores: usage, memory_usage_bytes: usage, replicas: count }),
  analysis: fc.record({
    algorithm: text,
    window_seconds: count,
    sample_count: count,
    coverage: share,
    oom_kills: count,
    krr: fc.option(containerResources, { nil: null }),
    vpa: fc.option(fc.record({ lower: containerResources, target: containerResources, upper: containerResources }), { nil: null }),
    notes: fc.array(text, few),
  }),
  suggestion: fc.record({ ...resources, patch: text, risk }),
  impact: fc.record({
    cpu_request_delta_millicores: fc.option(fc.integer(), { nil: null }),
    memory_request_delta_bytes: fc.option(fc.integer(), { nil: null }),
    replicas: count,
    summary: text,
  }),
});

const namespaceId = '5b0c6a3e-8c51-5d0e-9f7a-0c5a1f6c2d11';

/** A valid label of either type, of the given capture, whose texts are hostile and well-formed. */
export function labelArbitrary(captureId = 'cap-a'): fc.Arbitrary<Label> {
  return fc
    .tuple(fc.oneof(troubleshooting, optimization), fc.constantFrom(...reasons), fc.nat())
    .map(([fields, [category, reason], n]) => ({ ...fields, id: labelId(n, captureId), category, reason, capture_id: captureId }) as Label)
    .map((label) => plain(label));
}

/** Labels of one capture with distinct ids. */
export function labelsArbitrary(captureId = 'cap-a', maxLength = 6): fc.Arbitrary<Label[]> {
  return fc.uniqueArray(labelArbitrary(captureId), { selector: (label) => label.id, maxLength });
}

/** The same id for the same number and capture. */
export function labelId(n: number, captureId = 'cap-a'): string {
  return uuid5(`${captureId}/${n}`, namespaceId);
}

/** A small plausible label; `n` makes it distinct, `over` replaces fields. */
export function troubleshootingLabel(n = 1, over: Partial<TroubleshootingLabel> = {}): TroubleshootingLabel {
  const captureId = over.capture_id ?? 'cap-a';
  const name = `cart-${n}`;
  return {
    id: labelId(n, captureId),
    type: 'troubleshooting',
    timestamp: '2026-03-01T10:00:00.000Z',
    question: `Why does Pod shop/${name} restart?`,
    answer: `Container app of Pod shop/${name} was killed at its memory limit.\nRaise the limit.`,
    segments: [{ text: 'It was killed at its memory limit.', kind: 'observation', evidence_ids: ['e1'] }],
    category: 'memory',
    reason: 'ContainerLimitOom',
    modifiers: [],
    severity: 'high',
    confidence: 0.85,
    resource: { kind: 'Deployment', namespace: 'shop', name, uid: `uid-${n}` },
    scenario: 'container-limit-oom',
    problem: 'The container restarts.',
    root_cause: 'Its memory limit is below what it uses.',
    impact: 'Requests fail while it restarts.',
    resolution: {
      observed: false,
      steps: [
        { step: 1, action: 'Raise the limit', command: 'kubectl set resources', verify: 'no restarts', risk: 'low', evidence_ids: ['e1'] },
      ],
    },
    evidence: [
      {
        id: 'e1',
        type: 'status',
        seq: n,
        pointer: '/status/containerStatuses/0/lastState/terminated/reason',
        value: 'OOMKilled',
        ref: `Pod shop/${name}`,
        note: 'the container was killed for memory',
        role: 'supports',
        observed_at: '2026-03-01T09:59:58Z',
      },
    ],
    hypotheses: [{ reason: 'RuntimeHeapOom', subject: `Deployment shop/${name}`, confidence: 0.3, rule_id: 'OOM-3' }],
    context: {
      cluster: 'c01',
      namespace: 'shop',
      at: '2026-03-01T10:00:00Z',
      nodes: [{ name: 'node-1', ready: true, unschedulable: false, cpuMillicores: 4000, memoryBytes: 8_000_000_000 }],
      owners: [],
      related: [],
      changes: [],
      history: { specVersions: 1, earlierIncidents: 0 },
      gaps: [],
    },
    quality: { completeness: 1, consistency: 0.9, relevance: 0.8, evidence_quality: 0.85, overall_score: 0.85 },
    cluster_id: 'c01',
    incident_id: `incident-${n}`,
    capture_id: captureId,
    rule_ids: ['OOM-1'],
    tool_version: '0.1.0',
    rules_version: '1',
    quality_version: '1',
    ...over,
  };
}

/** A small plausible label of the other type. */
export function optimizationLabel(n = 1, over: Partial<ResourceOptimizationLabel> = {}): ResourceOptimizationLabel {
  const { scenario: _scenario, problem: _problem, root_cause: _cause, resolution: _resolution, ...shared } = troubleshootingLabel(n);
  const now = {
    container: 'app',
    cpu_request_millicores: 100,
    cpu_limit_millicores: null,
    memory_request_bytes: 64_000_000,
    memory_limit_bytes: null,
  };
  return {
    ...shared,
    type: 'resource_optimization',
    resource: { ...shared.resource, spec: null },
    category: 'sizing',
    reason: 'MemoryOverprovisioned',
    current_state: { ...now, cpu_usage_millicores: null, memory_usage_bytes: { p50: 1, p95: 2, max: 3 }, replicas: 2 },
    analysis: {
      algorithm: 'krr',
      window_seconds: 1_209_600,
      sample_count: 20_160,
      coverage: 1,
      oom_kills: 0,
      krr: now,
      vpa: null,
      notes: [],
    },
    suggestion: { ...now, patch: '{}', risk: 'low' },
    impact: { cpu_request_delta_millicores: null, memory_request_delta_bytes: -32_000_000, replicas: 2, summary: 'saves 64 MB' },
    ...over,
  };
}

/** fast-check's dictionaries have no prototype; comparisons should not see that. */
function plain<T>(value: T): T {
  if (Array.isArray(value)) return value.map(plain) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)])) as T;
}
