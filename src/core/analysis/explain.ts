import type { AggregatedEvent, Change, Claim, Evidence } from '../model/event.ts';
import type { ObjectRef } from '../model/resource.ts';
import { categoryOf, isReason } from '../model/taxonomy.ts';
import { secondsBetween } from '../model/time.ts';
import type { Rule, RuleClaim, RuleSettings } from '../rules/rule.ts';
import { objectOf, selectPods, topOwner } from '../state/lookups.ts';
import { type ClusterState, nameKey } from '../state/state.ts';
import { ablate, type Reductions } from './ablate.ts';
import type { Moment } from './aggregate.ts';
import { experimentalLimit } from './vote.ts';

/**
 * A claim that stood at some moment of an incident, with the objects that, if they have an incident themselves, are its cause. `faded`: it
 * stood no more at the end. `passed`: none of the facts it cites did. `experimental`: so is its rule.
 */
export type StandingClaim = Claim & { at: string; links: string[]; chain: string[]; faded?: true; passed?: true; experimental?: true };

/** An incident with all claims that rules made about it over its life; `changes` are those around it, as known when it closed. */
export type ExaminedIncident = { event: AggregatedEvent; claims: StandingClaim[]; changes: Change[]; now: string };

/** A rule that threw: reported with the first incident in which it did, and the run goes on. */
export type RuleFailure = { ruleId: string; incident: string; message: string };

/** Rules, the claims about incidents that are open, and the rules that threw (each with each message once). */
export type Examiner = {
  rules: readonly Rule[];
  settings: RuleSettings;
  claims: WeakMap<object, Map<string, StandingClaim>>;
  failures: RuleFailure[];
};

const changeLeadSeconds = 900;

/** An examiner that has looked at nothing. */
export function newExaminer(rules: readonly Rule[], settings: RuleSettings): Examiner {
  return { rules, settings, claims: new WeakMap(), failures: [] };
}

/**
 * Runs all rules on an incident at one moment. Over several moments a rule's claim keeps its most confident version: what was proven once
 * stays proven, also when a later change has removed the proof from the state. Of an incident that goes on, a rule's last word counts:
 * what it was sure of may have passed, and a claim that it no longer makes fades. Returns the examined incident when it is final.
 */
export function examine(examiner: Examiner, { event, final, incident }: Moment, state: ClusterState): ExaminedIncident | undefined {
  const claims = examiner.claims.get(incident) ?? new Map<string, StandingClaim>();
  examiner.claims.set(incident, claims);
  const last = final && event.status === 'ongoing';
  const now = claimsNow(examiner, event, state);
  for (const [key, { claim, test }] of now) {
    const before = claims.get(key);
    if (last || before === undefined || claim.confidence >= before.confidence) claims.set(key, tested(claim, before, test));
  }
  if (!final) return undefined;
  const weighed = [...claims].map(([key, claim]) => (!last ? claim : now.has(key) ? passed(claim, event) : faded(claim)));
  return { event, claims: weighed, changes: changesAround(state, event), now: state.now };
}

/** The same without remembering anything: neither the claims nor the rules that threw. */
export function examineAside(examiner: Examiner, moment: Moment, state: ClusterState): ExaminedIncident | undefined {
  const claims = new WeakMap([[moment.incident, new Map(examiner.claims.get(moment.incident))]]);
  return examine({ ...examiner, claims, failures: [] }, moment, state);
}

/** A claim of this moment, and what tests its evidence by ablation (at this moment only). */
type MadeClaim = { claim: StandingClaim; test: () => Evidence[] };

/** What each rule claims at this moment: of its equal claims the surest. */
function claimsNow(examiner: Examiner, event: AggregatedEvent, state: ClusterState): Map<string, MadeClaim> {
  const claims = new Map<string, MadeClaim>();
  const reductions: Reductions = new Map();
  for (const rule of examiner.rules) {
    for (const raw of runRule(examiner, rule, event, state)) {
      const claim = standing(rule, raw, state);
      const key = `${claim.reason}|${nameKey(claim.subject)}|${rule.id}`;
      const before = claims.get(key)?.claim;
      if (before !== undefined && claim.confidence < before.confidence) continue;
      claims.set(key, { claim, test: () => ablate(rule, raw, event, state, examiner.settings, reductions) });
    }
  }
  return claims;
}

/** A claim with its evidence tested; the same claim on the same evidence was tested when it was first made. Sizes are no causes. */
function tested(claim: StandingClaim, before: StandingClaim | undefined, test: () => Evidence[]): StandingClaim {
  if (categoryOf(claim.reason) === 'sizing') return claim;
  const known = before !== undefined && before.confidence === claim.confidence && sameEvidence(before.evidence, claim.evidence);
  const results = known ? before.evidence : test();
  const evidence = claim.evidence.map((item, position) => {
    const ablation = results[position]?.ablation;
    return ablation === undefined ? item : { ...item, ablation };
  });
  return { ...claim, evidence };
}

function sameEvidence(some: Evidence[], others: Evidence[]): boolean {
  const same = (a: Evidence, b: Evidence) => a.seq === b.seq && a.pointer === b.pointer && a.role === b.role;
  return some.length === others.length && some.every((item, position) => same(item, others[position] as Evidence));
}

/** A claim whose rule still makes it while the incident goes on, although nothing that it cites is so any more. */
function passed(claim: StandingClaim, { signals }: AggregatedEvent): StandingClaim {
  const cited = signals.filter(({ seq, pointer }) => claim.evidence.some((item) => item.seq === seq && item.pointer === pointer));
  return cited.length > 0 && cited.every(({ active }) => !active) ? { ...claim, passed: true } : claim;
}

const fade = 0.3;

/** A claim that is no longer made while the incident goes on cannot be the whole cause. */
function faded(claim: StandingClaim): StandingClaim {
  return { ...claim, faded: true, confidence: Math.round(Math.max(0, claim.confidence - fade) * 1000) / 1000 };
}

function runRule(examiner: Examiner, rule: Rule, event: AggregatedEvent, state: ClusterState): RuleClaim[] {
  try {
    return rule.match(event, state, examiner.settings).filter((claim) => claim.evidence.length > 0 && isReason(claim.reason));
  } catch (error) {
    noteFailure(examiner, rule.id, event.key, error);
    return [];
  }
}

const keptFailures = 100;

/** Reports a rule that threw. What the same rule throws again is not told again. */
export function noteFailure({ failures }: Examiner, ruleId: string, incident: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (failures.length >= keptFailures || failures.some((known) => known.ruleId === ruleId && known.message === message)) return;
  failures.push({ ruleId, incident, message });
}

function standing(rule: Rule, made: RuleClaim, state: ClusterState): StandingClaim {
  const evidence = made.evidence.map((item, position) => ({ ...item, id: `e${position + 1}` }));
  return {
    ruleId: rule.id,
    reason: made.reason,
    modifiers: made.modifiers ?? [],
    subject: made.subject,
    confidence: Math.min(made.confidence, rule.maturity === 'experimental' ? experimentalLimit : 1),
    evidence,
    needs: made.needs ?? [],
    facts: made.facts,
    ...(made.dependsOn === undefined ? {} : { dependsOn: made.dependsOn }),
    ...(rule.maturity === 'experimental' ? { experimental: true as const } : {}),
    at: state.now,
    links: made.dependsOn === undefined ? [] : linksOf(state, made.dependsOn),
    chain: [nameKey(made.subject), nameKey(topOwner(state, made.subject))],
  };
}

/** The objects behind a dependency: itself, its workload, and for a Service the workloads that it selects or once selected. */
function linksOf(state: ClusterState, ref: ObjectRef): string[] {
  const links = new Set([nameKey(ref), nameKey(topOwner(state, ref))]);
  if (ref.kind === 'Service') {
    const selector = objectOf(state, ref)?.object.spec?.selector as Record<string, string> | undefined;
    for (const pod of selectPods(state, ref.namespace, selector)) links.add(nameKey(topOwner(state, pod.ref)));
  }
  return [...links];
}

function changesAround(state: ClusterState, event: AggregatedEvent): Change[] {
  return state.changes.filter((change) => {
    const near = change.ref.namespace === '' || change.ref.namespace === event.workload.namespace;
    return near && secondsBetween(change.at, event.openedAt) <= changeLeadSeconds;
  });
}
