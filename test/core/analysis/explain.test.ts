import { describe, expect, it } from 'vitest';
import { examine, newExaminer } from '../../../src/core/analysis/explain.ts';
import { defaultConfig } from '../../../src/core/config.ts';
import type { AggregatedEvent } from '../../../src/core/model/event.ts';
import type { Rule } from '../../../src/core/rules/rule.ts';
import { applyRecord, newClusterState } from '../../../src/core/state/state.ts';
import { healthyWorkload, numbered, object, resource } from '../records.ts';
import { incident, ref, rule } from './claims.ts';

const state = newClusterState('c01');
for (const record of numbered([...healthyWorkload('db'), resource(0, object('Service', 'db', { spec: { selector: { app: 'db' } } }))]))
  applyRecord(state, record);

/** The claims after all moments; the last one is final, with this status. */
function examined(rules: Rule[], moments: number, status: AggregatedEvent['status'] = 'ongoing') {
  const examiner = newExaminer(rules, defaultConfig.rules);
  const identity = {};
  const { event } = incident('cart', [], { status });
  let last: ReturnType<typeof examine>;
  for (let moment = 1; moment <= moments; moment += 1)
    last = examine(examiner, { event, final: moment === moments, incident: identity }, state);
  return { claims: last?.claims ?? [], failures: examiner.failures };
}

const fading = () => rule('FADE-1', (_, calls) => (calls === 1 ? [{ reason: 'ImageNotFound', confidence: 0.9 }] : []));

describe('claims over the life of an incident', () => {
  it('keep their most confident version', () => {
    const unsure = rule('SURE-1', (_, calls) => [{ reason: 'ImageNotFound', confidence: [0.6, 0.9, 0.7][calls - 1] ?? 0 }]);
    expect(examined([unsure], 3, 'recovered').claims).toMatchObject([{ confidence: 0.9 }]);
  });

  it('have the last word of a rule while the incident goes on', () => {
    const unsure = rule('SURE-1', (_, calls) => [{ reason: 'ImageNotFound', confidence: [0.6, 0.9, 0.7][calls - 1] ?? 0 }]);
    expect(examined([unsure], 3).claims).toMatchObject([{ confidence: 0.7 }]);
  });

  it('fade when they are no longer made while the incident goes on, and stay when it ended', () => {
    expect(examined([fading()], 2).claims).toMatchObject([{ reason: 'ImageNotFound', confidence: 0.6 }]);
    expect(examined([fading()], 2, 'recovered').claims).toMatchObject([{ reason: 'ImageNotFound', confidence: 0.9 }]);
  });

  it('of equal reason and subject are one per rule, the surest', () => {
    const rules = [
      rule('A', () => [{ reason: 'ImageNotFound', confidence: 0.7 }]),
      rule('B', () => [
        { reason: 'ImageNotFound', confidence: 0.9 },
        { reason: 'ImageNotFound', confidence: 0.8 },
      ]),
    ];
    expect(examined(rules, 1).claims).toMatchObject([
      { ruleId: 'A', confidence: 0.7 },
      { ruleId: 'B', confidence: 0.9 },
    ]);
  });

  it('have evidence tested when they are made, and not again while they stay the same', () => {
    let looks = 0;
    const counting = rule('A', () => [{ reason: 'ImageNotFound', confidence: 0.9 }]);
    const counted: Rule = {
      ...counting,
      match(...input) {
        looks += 1;
        return counting.match(...input);
      },
    };
    expect(examined([counted], 3).claims[0]?.evidence).toMatchObject([{ id: 'e1', ablation: 'necessary' }]);
    expect(looks).toBe(3 + 1);
  });

  it('have passed when their rule makes them although nothing that they cite is so any more', () => {
    const active = rule('A', () => [{ reason: 'ImageNotFound', confidence: 0.9 }]);
    const { event } = incident('cart');
    const past = { ...event, signals: event.signals.map((signal) => ({ ...signal, active: false })) };
    const claims = [event, past].map(
      (now) => examine(newExaminer([active], defaultConfig.rules), { event: now, final: true, incident: {} }, state)?.claims[0]?.passed,
    );
    expect(claims).toEqual([undefined, true]);
  });

  it('of experimental rules are sure up to 0.7', () => {
    expect(
      examined([rule('X', () => [{ reason: 'ImageNotFound', confidence: 0.95 }], { maturity: 'experimental' })], 1).claims,
    ).toMatchObject([{ confidence: 0.7 }]);
  });

  it('without evidence, or with a reason that is not in the taxonomy, do not count', () => {
    const rules = [
      rule('A', () => [{ reason: 'ImageNotFound', confidence: 0.9, evidence: [] }]),
      rule('B', () => [{ reason: 'Gremlins' as never, confidence: 0.9 }]),
    ];
    expect(examined(rules, 1).claims).toEqual([]);
  });

  it('link a Service to the workloads behind it', () => {
    const [claim] = examined(
      [rule('A', () => [{ reason: 'DependencyUnreachable', confidence: 0.9, dependsOn: ref('Service', 'db') }])],
      1,
    ).claims;
    expect(claim?.links).toEqual(['Service/shop/db', 'Deployment/shop/db']);
  });
});

describe('a rule that throws', () => {
  const failing = rule('BAD-1', () => {
    throw new TypeError('no such field');
  }); // prettier-ignore

  it('is reported once, and the others go on', () => {
    const { claims, failures } = examined([failing, rule('A', () => [{ reason: 'ImageNotFound', confidence: 0.9 }])], 3);
    expect(failures).toEqual([{ ruleId: 'BAD-1', incident: 'Deployment-cart#0', message: 'no such field' }]);
    expect(claims).toMatchObject([{ ruleId: 'A' }]);
  });
});
