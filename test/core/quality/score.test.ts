import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../src/core/config.ts';
import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import type { Ablation } from '../../../src/core/model/event.ts';
import type { Label, LabelEvidence, QualityMetrics, TroubleshootingLabel } from '../../../src/core/model/label.ts';
import { isReason, taxonomy } from '../../../src/core/model/taxonomy.ts';
import { bandOf } from '../../../src/core/quality/bands.ts';
import { meanOf } from '../../../src/core/quality/check.ts';
import { kubectlCalls, namespacesIn, riskFits, targetsIn } from '../../../src/core/quality/commands.ts';
import { closenessTo } from '../../../src/core/quality/graph.ts';
import { evidenceLifeHours } from '../../../src/core/quality/relevance.ts';
import { allowedRemedies, callClasses, remedyClasses, wordClasses } from '../../../src/core/quality/remedies.ts';
import { defaultQualityWeights, overallScore, scoreLabel } from '../../../src/core/quality/score.ts';
import { signsOf } from '../../../src/core/quality/signs.ts';
import { noFaultLabel, optimizationLabel, records, troubleshootingLabel } from './fixture.ts';

const dimensions = ['completeness', 'consistency', 'relevance', 'evidence_quality'] as const;

function changed(change: (label: TroubleshootingLabel) => void, label = troubleshootingLabel()) {
  change(label);
  return scoreLabel(label, records);
}

/** Evidence of the whole end of a container run. */
function terminated(label: TroubleshootingLabel): LabelEvidence {
  const value = { reason: 'OOMKilled', exitCode: 137 };
  return { ...label.evidence[0]!, pointer: '/status/containerStatuses/0/lastState/terminated', value };
}

function rewriteEvidence(label: TroubleshootingLabel, fields: Partial<LabelEvidence>): void {
  label.evidence = label.evidence.map((item) => ({ ...item, ...fields }));
}

function check(result: ReturnType<typeof scoreLabel>, id: string): number | undefined {
  return result.checks.find((item) => item.id === id)?.score;
}

describe('scores', () => {
  it.each([troubleshootingLabel(), noFaultLabel(), optimizationLabel()])('of a good label are high ($type, $reason)', (label) => {
    expect(scoreLabel(label, records).quality.overall_score).toBeGreaterThan(0.8);
  });

  it('follow from the trace by the documented weights', () => {
    const { quality, checks } = scoreLabel(troubleshootingLabel(), records);
    for (const dimension of dimensions) expect(quality[dimension]).toBe(meanOf(checks.filter((item) => item.dimension === dimension)));
    const product = quality.evidence_quality ** 0.35 * quality.consistency ** 0.25 * quality.completeness ** 0.2 * quality.relevance ** 0.2;
    expect(quality.overall_score).toBeCloseTo(product, 3);
  });

  it('name every check once', () => {
    for (const label of [troubleshootingLabel(), noFaultLabel(), optimizationLabel()]) {
      const ids = scoreLabel(label, records).checks.map(({ id, dimension }) => `${dimension}/${id}`);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('are pinned: a change of a formula changes qualityVersion', () => {
    expect(
      [troubleshootingLabel(), noFaultLabel(), optimizationLabel()].map((label) => scoreLabel(label, records).quality),
    ).toMatchInlineSnapshot(`
      [
        {
          "completeness": 1,
          "consistency": 1,
          "evidence_quality": 0.9295,
          "overall_score": 0.9664,
          "relevance": 0.9578,
        },
        {
          "completeness": 1,
          "consistency": 1,
          "evidence_quality": 0.9295,
          "overall_score": 0.9647,
          "relevance": 0.9498,
        },
        {
          "completeness": 1,
          "consistency": 1,
          "evidence_quality": 0.9295,
          "overall_score": 0.9659,
          "relevance": 0.9555,
        },
      ]
    `);
  });

  it('change with the weights, of which only proportions count', () => {
    const scores = { completeness: 0.5, consistency: 1, relevance: 1, evidence_quality: 1 };
    expect(overallScore(scores, { completeness: 1, consistency: 0, relevance: 0, evidenceQuality: 0 })).toBe(0.5);
    expect(overallScore(scores, { completeness: 2, consistency: 2, relevance: 2, evidenceQuality: 2 })).toBe(rootOfHalf);
    expect(defaultConfig.quality.weights).toEqual(defaultQualityWeights);
  });

  it('are zero overall for a rejected label, and the trace says why', () => {
    const result = changed((label) => (label.evidence[0]!.value = 'Error'));
    expect(result.quality.overall_score).toBe(0);
    const gates = result.checks.filter(({ dimension }) => dimension === 'gate');
    expect(gates.map(({ id }) => id)).toEqual(['content', 'vocabulary', 'question', 'subject', 'evidence', 'grounding', 'secrets']);
    expect(gates.filter(({ score }) => score === 0)).toEqual([
      { id: 'evidence', dimension: 'gate', weight: 1, score: 0, detail: 'EVIDENCE_VALUE_DIFFERS /evidence/0' },
    ]);
  });
});

const rootOfHalf = 0.8409;

describe('completeness', () => {
  it.each([
    ['owner-chain', (l) => Object.assign(l.context, { owners: [], workload: undefined })],
    ['symptom', (l) => (l.problem = 'unknown')],
    ['root-cause', (l) => (l.root_cause = 'n/a')],
    ['impact', (l) => (l.impact = '-')],
    ['step', (l) => (l.resolution.steps = [])],
    ['command', (l) => (l.resolution.steps[0]!.command = '')],
    ['verification', (l) => (l.resolution.steps[0]!.verify = '')],
    ['rollback-or-risk', (l) => (l.resolution.steps[0]!.risk = 'none')],
    ['provenance', (l) => (l.rule_ids = [])],
    ['timing', (l) => (l.timestamp = 'soon')],
    ['observation-evidence', (l) => (l.segments[0]!.evidence_ids = [])],
    ['inference-evidence', (l) => (l.segments[1]!.evidence_ids = [])],
    ['second-source', (l) => (l.evidence = l.evidence.slice(0, 1))],
  ] as [string, (label: TroubleshootingLabel) => void][])('falls when %s is missing', (id, change) => {
    const before = scoreLabel(troubleshootingLabel(), records);
    const after = changed(change);
    expect([check(before, id), check(after, id)]).toEqual([1, 0]);
    expect(after.quality.completeness).toBeLessThan(before.quality.completeness);
  });

  it('asks other things of answers that are not faults', () => {
    const result = scoreLabel(noFaultLabel(), records);
    expect(check(result, 'looked-at')).toBe(1);
    expect(check(result, 'impact')).toBeUndefined();
    const blind = changed((label) => (label.segments = label.segments.filter(({ kind }) => kind !== 'observation')), noFaultLabel());
    expect(check(blind, 'looked-at')).toBe(0);
  });
});

describe('consistency', () => {
  it.each([
    ['question-names-object', (l) => (l.question = 'What is wrong?')],
    ['answer-says-segments', (l) => (l.answer = 'Something else.')],
    ['hypotheses-ranked', (l) => l.hypotheses.push({ ...l.hypotheses[0]!, confidence: 0.8 })],
    ['steps-numbered', (l) => (l.resolution.steps[0]!.step = 7)],
    ['command-names-object', (l) => (l.resolution.steps[0]!.command = 'kubectl get nodes')],
    ['command-namespace', (l) => (l.resolution.steps[0]!.command = 'kubectl -n other delete pod cart')],
    ['command-risk', (l) => (l.resolution.steps[0]!.risk = 'none')],
    ['supports-outweigh', (l) => rewriteEvidence(l, { role: 'refutes' })],
    ['oom-is-shown', (l) => (l.evidence[0]!.role = 'refutes')],
    ['reason-is-shown', (l) => (l.reason = 'MemoryLeakTrend')],
    ['answer-names-resource', (l) => Object.assign(l, { resource: { ...l.resource, kind: 'Service', name: 'cart-svc' } })],
    ['resource-has-evidence', (l) => Object.assign(l, { resource: { ...l.resource, kind: 'Service', name: 'cart-svc' } })],
    ['oom-means-memory', (l) => Object.assign(l, { category: 'application', reason: 'AppAborted', evidence: [terminated(l)] })],
    ['evidence-belongs', (l) => (l.evidence[1]!.ref = 'Pod elsewhere/y')],
    ['evidence-of-object', (l) => (l.evidence[1]!.ref = 'Pod shop/cart-7d9-zz')],
    [
      'changes-not-later',
      (l) => l.context.changes.push({ at: '2026-03-01T11:00:00Z', ref: l.context.owners[1]!, type: 'modified', seq: 9, fields: [] }),
    ],
    ['steps-are-said', (l) => (l.resolution.steps[0]!.action = 'Buy a larger machine')],
    ['step-objects-known', (l) => (l.resolution.steps[0]!.command = 'kubectl -n shop set resources deployment/basket --limits=memory=1Gi')],
    ['command-quantities', (l) => (l.resolution.steps[0]!.command = 'kubectl set resources deployment/cart --limits=memory=12megs')],
    ['record-not-later', (l) => (l.timestamp = '2026-03-01T09:00:00Z')],
    ['observed-is-cited', (l) => Object.assign(l.resolution, { observed: true, steps: [{ ...l.resolution.steps[0]!, evidence_ids: [] }] })],
  ] as [string, (label: TroubleshootingLabel) => void][])('falls when %s fails', (id, change) => {
    const after = changed(change);
    expect(check(after, id)).toBeLessThan(1);
    expect(after.quality.consistency).toBeLessThan(scoreLabel(troubleshootingLabel(), records).quality.consistency);
  });

  it('of a sizing label falls when the request exceeds the limit, the limit is below the peak, or a saving has the wrong sign', () => {
    const label = optimizationLabel();
    label.suggestion.memory_limit_bytes = 10;
    label.impact.memory_request_delta_bytes = -30;
    const result = scoreLabel(label, records);
    for (const id of ['memory-request-within-limit', 'memory-limit-over-peak', 'memory-saving-sign']) expect(check(result, id)).toBe(0);
  });

  it('of a sizing label falls when the patch sets something else than is suggested, or no quantity', () => {
    const saying = (memory: string) => {
      const label = optimizationLabel();
      Object.assign(label.suggestion, { memory_request_bytes: 2 ** 27, memory_limit_bytes: 2 ** 28 });
      label.suggestion.patch = `{"name":"cart","resources":{"requests":{"memory":"${memory}"},"limits":{"memory":"256Mi"}}}`;
      return check(scoreLabel(label, records), 'patch-says-suggestion');
    };
    expect([saying('128Mi'), saying('64Mi'), saying('lots')]).toEqual([1, 0, 0]);
  });

  it('reads kubectl commands', () => {
    expect(kubectlCalls('kubectl -n shop get pods | grep cart && kubectl delete pod x; echo kubectl')).toEqual([
      'get pods',
      'delete pod x',
    ]);
    expect(namespacesIn('kubectl -n a get x; kubectl get y --namespace=b')).toEqual(['a', 'b']);
    expect(namespacesIn('journalctl -u kubelet -n 200')).toEqual([]);
    expect(
      targetsIn('kubectl -n shop patch deployment/cart -p \'{"a/b":1}\' && kubectl get svc web -o yaml; kubectl create role x'),
    ).toEqual(['cart', 'web']);
    expect(targetsIn('kubectl delete pod <pod> -n shop; kubectl get pods -o wide; kubectl get --raw /readyz')).toEqual([]);
    const step = { step: 1, action: '', verify: '', evidence_ids: [] };
    expect(riskFits({ ...step, command: 'kubectl get pods', risk: 'high' })).toBe(false);
    expect(riskFits({ ...step, command: 'kubectl apply -f x --dry-run=server', risk: 'none' })).toBe(true);
    expect(riskFits({ ...step, command: 'kubectl delete pod x', risk: 'none' })).toBe(false);
    expect(riskFits({ ...step, command: 'kubectl run x --rm -it --image=busybox -- nslookup db', risk: 'none' })).toBe(true);
    expect(riskFits({ ...step, action: 'Recreate the claim', command: 'kubectl get storageclass', risk: 'medium' })).toBe(true);
    expect(riskFits({ ...step, command: 'make deploy', risk: 'none' })).toBeUndefined();
  });
});

describe('relevance', () => {
  it.each([
    ['entity', (l) => rewriteEvidence(l, { ref: 'Pod other/x', seq: 2, pointer: '/message', value: 'value is undefined {{x}}' })],
    ['time', (l) => rewriteEvidence(l, { observed_at: '2026-02-01T00:00:00Z' })],
    ['remedy-target', (l) => Object.assign(l.resolution.steps[0]!, { action: 'Raise it', command: 'kubectl get nodes' })],
    ['remedy-class', (l) => (l.resolution.steps[0]!.command = 'kubectl create role x')],
  ] as [string, (label: TroubleshootingLabel) => void][])('falls when %s is off', (id, change) => {
    const after = changed(change);
    expect(check(after, id)).toBeLessThan(0.3);
    expect(after.quality.relevance).toBeLessThan(scoreLabel(troubleshootingLabel(), records).quality.relevance);
  });

  it('rates an object by its distance from the resource, over owners and references of context and records', () => {
    const nearness = closenessTo(troubleshootingLabel(), records);
    expect(
      ['Deployment shop/cart', 'ReplicaSet shop/cart-7d9', 'Pod shop/cart-7d9-x2', 'Service shop/cart-svc', 'Pod shop/x', 'Pod y/x'].map(
        nearness,
      ),
    ).toEqual([1, 0.9, 0.9, 0.8, 0.5, 0.2]);
  });

  it('forgets evidence of a crash sooner than that of a standing condition', () => {
    const aged = (over: Partial<TroubleshootingLabel>) =>
      check(
        changed((label) => {
          Object.assign(label, over);
          rewriteEvidence(label, { observed_at: '2026-03-01T05:03:00Z' });
        }),
        'time',
      );
    expect(aged({ category: 'storage', reason: 'UnboundPvc' })).toBeGreaterThan((aged({}) ?? 1) * 5);
  });

  it.each([
    ['kubectl -n shop rollout undo deployment/cart', 'Go back', 1, 'rollback'],
    ['kubectl -n shop scale deployment cart --replicas=2', 'Scale it', 1, 'scale'],
    ['kubectl create rolebinding cart-reads --role=x', 'Allow it', 0, 'grant'],
    ['', 'Free disk on the node', 0, 'free-space'],
  ] as const)('rates what a step does: %s (%s)', (command, action, score, name) => {
    const result = changed((label) => Object.assign(label.resolution.steps[0]!, { command, action }));
    expect(result.checks.find(({ id }) => id === 'remedy-class')).toMatchObject({ score, detail: name });
  });

  it('gives half for advice that only looks', () => {
    const looking = { command: 'kubectl get pods', action: 'Look', risk: 'none' } as const;
    const result = changed((label) => Object.assign(label.resolution.steps[0]!, looking));
    expect(check(result, 'remedy-class')).toBe(0.5);
  });

  it('falls when most of the shown context has nothing to do with the answer', () => {
    const noise = Array.from({ length: 40 }, (_, index) => ({
      relation: 'same namespace',
      ref: { kind: 'ConfigMap', namespace: 'shop', name: `noise-${index}`, uid: '' },
      exists: true,
    }));
    expect(
      check(
        changed((label) => label.context.related.push(...noise)),
        'context',
      ),
    ).toBeLessThan(0.5);
  });
});

describe('evidence quality', () => {
  it('falls when a statement cites nothing, and when it says numbers and names that it cannot show', () => {
    const before = check(troubleshootingScore(), 'recall') ?? 0;
    expect(
      check(
        changed((label) => (label.segments[0]!.evidence_ids = [])),
        'recall',
      ),
    ).toBeLessThan(before);
    expect(
      check(
        changed((label) => (label.segments[1]!.text = 'Its limit of 32Mi is too small.')),
        'recall',
      ),
    ).toBeLessThan(before);
  });

  it('is lower for a log line than for a status field', () => {
    const line = { type: 'log', seq: 2, pointer: '/message', value: 'value is undefined {{x}}' } as const;
    expect(
      check(
        changed((label) => Object.assign(label.evidence[0]!, line)),
        'directness',
      ),
    ).toBeLessThan(check(troubleshootingScore(), 'directness') ?? 0);
  });

  it('rests on the most direct thing that each statement cites, so that more proof never counts as less', () => {
    const with2 = check(
      changed((label) => (label.segments[0]!.evidence_ids = ['e1', 'e3'])),
      'directness',
    );
    expect(with2).toBe(check(troubleshootingScore(), 'directness'));
  });

  it('rates a log line with fields above a plain one', () => {
    const logged = (message: string) => {
      const log = new Map(records).set(2, { ...records.get(2)!, line: { message } } as unknown as CaptureRecord);
      const label = troubleshootingLabel();
      label.evidence = [{ ...label.evidence[0]!, type: 'log', seq: 2, pointer: '/message', value: message }];
      label.segments = [{ text: 'It says so.', kind: 'observation', evidence_ids: ['e1'] }];
      return check(scoreLabel(label, log), 'directness');
    };
    expect([logged('out of memory'), logged('level=error msg="out of memory"'), logged('{"level":"error"}')]).toEqual([0.6, 0.7, 0.7]);
  });

  it('falls with supporting facts that no statement tells, unless an observed resolution rests on them', () => {
    const untold = (observed: boolean) =>
      check(
        changed((label) => {
          label.segments[1]!.evidence_ids = ['e2'];
          label.resolution.observed = observed;
          label.resolution.steps[0]!.evidence_ids = ['e3'];
        }),
        'recall',
      );
    expect(untold(false)).toBeCloseTo(((check(troubleshootingScore(), 'recall') ?? 0) * 2) / 3, 2);
    expect(untold(true)).toBe(check(troubleshootingScore(), 'recall'));
  });

  it('counts by ablation how much of what is cited carries the claim; what was not tried carries nothing', () => {
    const tried = (...found: (Ablation | undefined)[]) =>
      changed((label) => {
        for (const [index, ablation] of found.entries()) if (ablation !== undefined) label.evidence[index]!.ablation = ablation;
      });
    expect(check(tried(), 'precision')).toBeUndefined();
    expect(check(tried('necessary', 'corroborating', 'necessary'), 'precision')).toBe(1);
    expect(check(tried('necessary', 'redundant', undefined), 'precision')).toBe(0.3333);
    expect(tried('necessary', 'redundant').checks.find(({ id }) => id === 'precision')?.detail).toBe('e2 redundant, e3 not tried');
    expect(tried('necessary', 'necessary', 'necessary').quality.evidence_quality).toBeGreaterThan(
      troubleshootingScore().quality.evidence_quality,
    );
  });

  it('is zero without evidence', () => {
    expect(changed((label) => (label.evidence = [])).quality.evidence_quality).toBe(0);
  });
});

function troubleshootingScore() {
  return scoreLabel(troubleshootingLabel(), records);
}

type Damage = (label: Label, index: number) => void;

const damages: Damage[] = [
  (label, index) => Object.assign(label.evidence[index]!, { seq: 999 }),
  (label, index) => Object.assign(label.evidence[index]!, { pointer: '/nowhere' }),
  (label, index) => Object.assign(label.evidence[index]!, { value: 'something else' }),
  (label, index) => Object.assign(label.evidence[index]!, { note: 'AKIAABCDEFGHIJKLMNOP' }),
  (label, index) => Object.assign(label.evidence[index]!, { observed_at: '2027-01-01T00:00:00Z' }),
];

const anyLabel = fc.constantFrom(troubleshootingLabel, noFaultLabel, optimizationLabel).map((make) => make());

describe('bands', () => {
  it('say what to do with a score', () => {
    expect([1, 0.85, 0.8499, 0.6, 0.5999, 0].map(bandOf)).toEqual(['accept', 'accept', 'review', 'review', 'hold', 'hold']);
  });
});

describe('tables', () => {
  it('have an entry for every category, and none for a reason or class that does not exist', () => {
    for (const table of [allowedRemedies, evidenceLifeHours]) expect(Object.keys(table).sort()).toEqual(Object.keys(taxonomy).sort());
    expect(Object.keys(signsOf).filter((reason) => !isReason(reason))).toEqual([]);
    const used = new Set([...Object.values(allowedRemedies).flat(), ...[...callClasses, ...wordClasses].map(([, name]) => name)]);
    expect([...used].filter((name) => !remedyClasses.includes(name))).toEqual([]);
  });
});

describe('for any label', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('', 'kubectl delete pod x', 'cart', '{{', 'NaN', 'Pod shop/cart'));
  const anyMutated = fc
    .record({
      label: anyLabel,
      question: text,
      answer: text,
      timestamp: fc.constantFrom('2026-03-01T10:03:00Z', '2020-01-01T00:00:00Z', 'x'),
      confidence: fc.double(),
      texts: fc.array(text, { maxLength: 4 }),
      kept: fc.nat(3),
    })
    .map(({ label, texts, kept, ...fields }) => ({
      ...label,
      ...fields,
      evidence: label.evidence.slice(0, kept),
      segments: texts.map((said, index) => ({ text: said, kind: 'observation' as const, evidence_ids: [`e${index}`] })),
    }));

  it('scores lie in 0 to 1, the label stays as it was, and the same label scores the same', () => {
    fc.assert(
      fc.property(anyMutated, (label) => {
        const before = structuredClone(label);
        const first = scoreLabel(label as Label, records);
        expect(label).toEqual(before);
        expect(scoreLabel(structuredClone(label) as Label, records)).toEqual(first);
        for (const score of [...Object.values(first.quality as QualityMetrics), ...first.checks.map((item) => item.score)]) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('damaging evidence never raises the overall score', () => {
    fc.assert(
      fc.property(anyLabel, fc.array(fc.tuple(fc.nat(2), fc.constantFrom(...damages)), { minLength: 1, maxLength: 6 }), (label, hits) => {
        const damaged = structuredClone(label);
        let last = scoreLabel(label, records).quality;
        for (const [index, damage] of hits) {
          damage(damaged, index);
          const next = scoreLabel(damaged, records).quality;
          expect(next.overall_score).toBeLessThanOrEqual(last.overall_score);
          last = next;
        }
        expect(last.overall_score).toBe(0);
      }),
    );
  });
});
