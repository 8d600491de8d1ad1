import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import type { LabelEvidence, ResourceOptimizationLabel, TroubleshootingLabel } from '../../../src/core/model/label.ts';

const at = (minute: number) => `2026-03-01T10:${String(minute).padStart(2, '0')}:00Z`;
const base = (seq: number) => ({ seq, at: at(seq), atSource: 'received', cluster: 'c01', stream: 's1' }) as const;

const podRef = { kind: 'Pod', namespace: 'shop', name: 'cart-7d9-x2', uid: 'pod-uid' };

/** A pod that is killed for memory: its status, an event, a log line, a sample. */
export const records: ReadonlyMap<number, CaptureRecord> = new Map<number, CaptureRecord>(
  [
    {
      ...base(1),
      kind: 'resource',
      event: {
        type: 'MODIFIED',
        ref: podRef,
        resourceVersion: '11',
        object: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            name: podRef.name,
            namespace: 'shop',
            uid: podRef.uid,
            ownerReferences: [{ kind: 'ReplicaSet', name: 'cart-7d9', uid: 'rs-uid' }],
          },
          spec: { containers: [{ name: 'cart', resources: { limits: { memory: '64Mi' } } }] },
          status: {
            containerStatuses: [{ name: 'cart', restartCount: 3, lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }],
          },
        },
      },
    } as CaptureRecord,
    {
      ...base(2),
      kind: 'log',
      line: { namespace: 'shop', pod: podRef.name, container: 'cart', message: 'value is undefined {{x}}', timestamp: at(2) },
    },
    {
      ...base(3),
      kind: 'metrics',
      sample: { ref: podRef, timestamp: at(3), windowSeconds: 15, cpuMillicores: 20, memoryBytes: 66_000_000 },
    },
  ].map((record) => [record.seq, record as CaptureRecord]),
);

const evidence = (id: string, type: LabelEvidence['type'], seq: number, pointer: string, value: unknown): LabelEvidence => ({
  id,
  type,
  seq,
  pointer,
  value,
  ref: 'Pod shop/cart-7d9-x2',
  note: 'as recorded',
  role: 'supports',
  observed_at: at(seq),
});

const shared = {
  id: '0c9a',
  timestamp: at(3),
  severity: 'high',
  confidence: 0.9,
  modifiers: [],
  hypotheses: [{ reason: 'AppAborted', subject: 'Pod shop/cart-7d9-x2', confidence: 0.3, rule_id: 'APP-2' }],
  quality: { completeness: 0, consistency: 0, relevance: 0, evidence_quality: 0, overall_score: 0 },
  cluster_id: 'c01',
  incident_id: 'inc-1',
  capture_id: 'cap-1',
  rule_ids: ['OOM-1'],
  tool_version: '0.1.0',
  rules_version: '1',
  quality_version: '2',
  resource: { kind: 'Deployment', namespace: 'shop', name: 'cart', uid: 'dep-uid' },
  context: {
    cluster: 'c01',
    namespace: 'shop',
    at: at(3),
    nodes: [],
    workload: { kind: 'Deployment', name: 'cart', desired: 1, ready: 0, images: ['cart:1'] },
    owners: [
      { kind: 'ReplicaSet', namespace: 'shop', name: 'cart-7d9', uid: 'rs-uid' },
      { kind: 'Deployment', namespace: 'shop', name: 'cart', uid: 'dep-uid' },
    ],
    related: [{ relation: 'selected by', ref: { kind: 'Service', namespace: 'shop', name: 'cart-svc', uid: 'svc' }, exists: true }],
    changes: [],
    gaps: [],
  },
  evidence: [
    evidence('e1', 'status', 1, '/status/containerStatuses/0/lastState/terminated/reason', 'OOMKilled'),
    evidence('e2', 'spec', 1, '/spec/containers/0/resources/limits/memory', '64Mi'),
    evidence('e3', 'metric', 3, '/memoryBytes', 66_000_000),
  ],
} as const;

const segments = [
  { text: 'Container "cart" ended with OOMKilled.', kind: 'observation', evidence_ids: ['e1'] },
  { text: 'Its limit of 64Mi is too small for what it needs.', kind: 'inference', evidence_ids: ['e2', 'e3'] },
  { text: 'Raise the memory limit of Deployment cart.', kind: 'action', evidence_ids: ['e2'] },
] as const;

/** A fresh, valid label about `records`. */
export function troubleshootingLabel(): TroubleshootingLabel {
  return structuredClone({
    ...shared,
    type: 'troubleshooting',
    question: 'Why does a pod of Deployment shop/cart keep restarting?',
    answer: segments.map(({ text }) => text).join(' '),
    segments,
    category: 'memory',
    reason: 'ContainerLimitOom',
    scenario: 'crash loop',
    problem: 'Pod shop/cart-7d9-x2 restarts again and again.',
    root_cause: 'The kernel killed container cart because it reached its memory limit of 64Mi.',
    impact: 'No replica of cart serves.',
    resolution: {
      observed: false,
      steps: [
        {
          step: 1,
          action: 'Raise the memory limit of Deployment cart',
          command: 'kubectl -n shop set resources deployment/cart --limits=memory=128Mi',
          verify: 'kubectl -n shop get pods',
          risk: 'low',
          evidence_ids: ['e2'],
        },
      ],
    },
  }) as unknown as TroubleshootingLabel;
}

/** A fresh, valid answer "nothing is wrong". */
export function noFaultLabel(): TroubleshootingLabel {
  return {
    ...troubleshootingLabel(),
    category: 'none',
    reason: 'NoFault',
    severity: 'info',
    root_cause: '',
    impact: '',
    resolution: { observed: false, steps: [] },
    question: 'Is anything wrong with Deployment shop/cart?',
  };
}

/** A fresh, valid sizing label. */
export function optimizationLabel(): ResourceOptimizationLabel {
  const resources = {
    container: 'cart',
    cpu_request_millicores: 100,
    cpu_limit_millicores: null,
    memory_request_bytes: 50,
    memory_limit_bytes: 64,
  };
  return structuredClone({
    ...shared,
    type: 'resource_optimization',
    question: 'Are the resources of Deployment shop/cart right?',
    answer: segments.map(({ text }) => text).join(' '),
    segments,
    category: 'sizing',
    reason: 'MemoryUnderprovisioned',
    current_state: { ...resources, cpu_usage_millicores: null, memory_usage_bytes: { p50: 60, p95: 63, max: 64 }, replicas: 1 },
    analysis: { algorithm: 'oom', window_seconds: 600, sample_count: 10, coverage: 1, oom_kills: 3, krr: null, vpa: null, notes: [] },
    suggestion: {
      ...resources,
      memory_request_bytes: 80,
      memory_limit_bytes: 80,
      patch: '{"spec":{"containers":[{"name":"cart"}]}}',
      risk: 'low',
    },
    impact: { cpu_request_delta_millicores: 0, memory_request_delta_bytes: 30, replicas: 1, summary: 'memory +30 bytes per replica' },
  }) as unknown as ResourceOptimizationLabel;
}
