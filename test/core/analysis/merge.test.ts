import { describe, expect, it } from 'vitest';
import type { ExaminedIncident } from '../../../src/core/analysis/explain.ts';
import { mergeIncidents } from '../../../src/core/analysis/merge.ts';
import { rank } from '../../../src/core/analysis/rank.ts';
import { time } from '../records.ts';
import { abstain, claim, incident, ref } from './claims.ts';

/** `cause ← victim, victim` per situation. */
function merged(...incidents: ExaminedIncident[]): string[] {
  return mergeIncidents(incidents.map((one) => ({ incident: one, verdict: rank(one, abstain) }))).map(({ incident: { event }, victims }) =>
    [event.workload.name, ...victims.map(({ name }) => name)].join(' ← '),
  );
}

const dependsOn = (name: string, on: string) =>
  incident(name, [claim('DependencyUnreachable', 0.9, { subject: ref('Deployment', name), blames: [ref('Deployment', on)] })]);
const broken = (name: string) => incident(name, [claim('ConfigFileInvalid', 0.9, { subject: ref('Deployment', name) })]);

describe('incidents', () => {
  it('become victims of the one that they depend on', () => {
    expect(merged(dependsOn('web', 'db'), broken('db'))).toEqual(['db ← web']);
  });

  it('in a chain of three become victims of its first cause', () => {
    expect(merged(dependsOn('web', 'api'), dependsOn('api', 'db'), broken('db'))).toEqual(['db ← web ← api']);
  });

  it('that blame each other stay one, of the first to begin', () => {
    const first = { ...dependsOn('a', 'b') };
    const second = incident('b', dependsOn('b', 'a').claims, { openedAt: time(30) });
    expect(merged(second, first)).toEqual(['a ← b']);
  });

  it('with faults of their own stay two', () => {
    expect(merged(broken('web'), broken('db'))).toEqual(['web', 'db']);
  });

  it('that do not overlap in time stay two', () => {
    const past = incident('db', broken('db').claims, { openedAt: time(-900), lastAt: time(-400) });
    expect(merged(dependsOn('web', 'db'), past)).toEqual(['web', 'db']);
  });

  it('with the same claim about the same object become one', () => {
    const node = ref('Node', 'node-1');
    const lost = (name: string) => incident(name, [claim('NodeNotReady', 0.9, { subject: node })]);
    expect(merged(lost('web'), lost('db'), lost('api'))).toEqual(['web ← db ← api']);
  });

  it('without an answer of their own are explained by the claim that names their workload', () => {
    const undecided = incident('db', [claim('AppStartupError', 0.3, { subject: ref('Deployment', 'db') })]);
    const knows = incident('web', [claim('ScaledToZero', 0.9, { subject: ref('Deployment', 'db') })]);
    expect(merged(undecided, knows)).toEqual(['web']);
  });

  it('are no victims of what is intended', () => {
    const paused = incident('db', [claim('IntendedState', 0.9, { subject: ref('Deployment', 'db') })]);
    expect(merged(dependsOn('web', 'db'), paused)).toEqual(['web', 'db']);
  });
});
