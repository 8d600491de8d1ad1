import type { AnalysisOptions } from '../../../src/core/analysis/analyze.ts';
import type { ExaminedIncident, StandingClaim } from '../../../src/core/analysis/explain.ts';
import type { AggregatedEvent, Signal } from '../../../src/core/model/event.ts';
import type { ObjectRef } from '../../../src/core/model/resource.ts';
import type { Reason } from '../../../src/core/model/taxonomy.ts';
import type { Rule, RuleClaim } from '../../../src/core/rules/rule.ts';
import { citeSignal } from '../../../src/core/rules/rule.ts';
import { nameKey } from '../../../src/core/state/state.ts';
import { time } from '../records.ts';

export const abstain: AnalysisOptions['abstain'] = { minConfidence: 0.6, minMargin: 0.15 };

export function ref(kind: string, name: string): ObjectRef {
  return { kind, namespace: 'shop', name, uid: `${kind}-${name}` };
}

/** A claim about a Deployment, as it stands after examination; `blames` are the objects behind what it depends on. */
export function claim(
  reason: Reason,
  confidence: number,
  options: { subject?: ObjectRef; blames?: ObjectRef[]; needs?: string[]; ruleId?: string } = {},
): StandingClaim {
  const { subject = ref('Deployment', 'cart'), blames = [], needs = [], ruleId = 'TEST-1' } = options;
  const evidence = [
    {
      id: 'e1',
      type: 'status' as const,
      seq: 1,
      pointer: '/status',
      value: {},
      ref: subject,
      at: time(0),
      note: '',
      role: 'supports' as const,
    },
  ];
  return {
    ruleId,
    reason,
    modifiers: [],
    subject,
    confidence,
    evidence,
    needs,
    facts: {},
    at: time(60),
    links: blames.map(nameKey),
    chain: [nameKey(subject)],
  };
}

/** An examined incident of a Deployment with these claims, from 0 s to 300 s unless said otherwise. */
export function incident(
  name: string,
  claims: StandingClaim[] = [],
  options: Partial<Pick<AggregatedEvent, 'status' | 'openedAt' | 'lastAt' | 'endedAt' | 'workload'>> & {
    changes?: ExaminedIncident['changes'];
  } = {},
): ExaminedIncident {
  const { changes = [], ...given } = options;
  const workload = given.workload ?? ref('Deployment', name);
  const signal: Signal = {
    id: 's',
    type: 'container.waiting',
    ref: workload,
    container: 'app',
    init: false,
    seq: 1,
    at: time(0),
    lastSeq: 1,
    lastAt: time(0),
    count: 1,
    pointer: '/status',
    value: {},
    detail: { reason: 'CrashLoopBackOff', message: '' },
    active: true,
    times: [],
  }; // prettier-ignore
  const event: AggregatedEvent = {
    key: `${workload.uid}#0`,
    workload,
    cluster: 'c01',
    openedAt: time(0),
    lastAt: time(300),
    status: 'ongoing',
    mainEvent: signal,
    signals: [signal],
    logs: [],
    metrics: [],
    context: {
      cluster: 'c01',
      namespace: 'shop',
      at: time(300),
      nodes: [],
      owners: [],
      related: [],
      changes: [],
      history: { specVersions: 1, earlierIncidents: 0 },
      gaps: [],
    },
    ...given,
  }; // prettier-ignore
  return { event, claims, changes, now: time(300) };
}

/** A rule that makes the given claims, with the first signal as evidence. */
export function rule(
  id: string,
  match: (incident: AggregatedEvent, calls: number) => (Pick<RuleClaim, 'reason' | 'confidence'> & Partial<RuleClaim>)[],
  options: Partial<Rule> = {},
): Rule {
  let calls = 0;
  return {
    id,
    version: 1,
    title: id,
    reasons: [],
    maturity: 'stable',
    kinds: ['Pod'],
    references: [],
    falsePositives: [],
    knownGaps: [],
    match(event) {
      // Without the fact there is nothing to claim (and ablation does not count as a call).
      if (event.signals.length === 0) return [];
      const evidence = [citeSignal(event.mainEvent, 'the fact')];
      calls += 1;
      return match(event, calls).map((made) => ({ subject: event.workload, evidence, facts: {}, ...made }));
    },
    describe: ({ reason, evidence }) => ({
      rootCause: [{ text: `It is ${reason}.`, kind: 'inference', evidenceIds: evidence.map(({ id: one }) => one) }],
      steps: [{ action: 'Correct it.', risk: 'low', verify: 'It works.' }],
    }),
    ...options,
  };
}
