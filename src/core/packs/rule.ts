import type { AggregatedEvent, Claim, Evidence, Signal } from '../model/event.ts';
import type { Reason } from '../model/taxonomy.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, type RuleClaim, signalsOf } from '../rules/rule.ts';
import { objectOf, topOwner } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';
import { compileExpression, type Expression, toCel } from './cel.ts';
import type { PackRule, PackWording } from './schema.ts';

/** A rule of a pack as every other rule. Throws SyntaxError, which names the field, for an expression that cannot be compiled. */
export function compileRule(rule: PackRule, version: number): Rule {
  const when = rule.when === undefined ? undefined : compiled('when', rule.when);
  const facts = Object.entries(rule.facts).map(([name, source]) => [name, compiled(`facts.${name}`, source)] as const);
  const known = new Set([...Object.keys(rule.facts), 'name', 'namespace', 'kind', 'container', 'count', 'message']);
  const texts = [rule.observed, rule.because, ...rule.steps.flatMap(({ action, verify, command = '' }) => [action, verify, command])];
  for (const text of texts) refuseUnknownFacts(text, known);
  const { id, title, reason, maturity, references, falsePositives, knownGaps, signal } = rule;
  return {
    id,
    version,
    title,
    reasons: [reason as Reason],
    maturity,
    kinds: [signal.kind ?? 'any'],
    references,
    falsePositives,
    knownGaps,
    match: (incident, state) => signalsFor(rule, incident).flatMap((one) => claimOf(rule, when, facts, one, incident, state) ?? []),
    describe: (claim) => ({
      rootCause: [observation(filled(rule.observed, claim), idsOf(claim)), inference(filled(rule.because, claim), idsOf(claim))],
      steps: rule.steps.map((step) => filledStep(step, claim)),
    }),
  };
}

/** A rule with other or further steps. */
export function withWording(rule: Rule, { steps, addSteps = [] }: PackWording): Rule {
  return {
    ...rule,
    describe(claim) {
      const wording = rule.describe(claim);
      const own = steps?.map((step) => filledStep(step, claim)) ?? wording.steps;
      return { ...wording, steps: [...own, ...addSteps.map((step) => filledStep(step, claim))] };
    },
  };
}

function compiled(field: string, source: string): Expression {
  try {
    return compileExpression(source);
  } catch (error) {
    throw new SyntaxError(`${field}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function signalsFor({ signal: { type, kind, signature, reason } }: PackRule, incident: AggregatedEvent): Signal[] {
  const detail = { ...(signature === undefined ? {} : { signature }), ...(reason === undefined ? {} : { reason }) };
  return signalsOf(incident, type, detail).filter(({ ref }) => kind === undefined || ref.kind === kind);
}

function claimOf(
  rule: PackRule,
  when: Expression | undefined,
  facts: (readonly [string, Expression])[],
  signal: Signal,
  incident: AggregatedEvent,
  state: ClusterState,
): RuleClaim | undefined {
  const object = objectOf(state, signal.ref);
  const ownerRef = topOwner(state, signal.ref);
  const owner = objectOf(state, ownerRef);
  const { type, ref, container = '', count, active, detail } = signal;
  const seen = {
    signal: toCel({ type, ...ref, container, count, active, detail: { ...detail } }),
    object: toCel(object?.object ?? {}),
    owner: toCel(owner?.object ?? {}),
    incident: toCel({ status: incident.status, workload: { ...incident.workload }, openedAt: incident.openedAt }),
  };
  if (when !== undefined && when(seen) !== true) return undefined;
  const message = String(detail.message ?? '').slice(0, 300);
  const told = facts.map(([name, expression]) => [name, factText(expression(seen))] as const);
  return {
    reason: rule.reason as Reason,
    subject: rule.subject === 'object' ? ref : ownerRef,
    confidence: rule.confidence,
    evidence: [citeSignal(signal, 'what was seen'), ...present(...rule.evidence.map((one) => cited(one, object, owner)))],
    facts: { name: ref.name, namespace: ref.namespace, kind: ref.kind, container, count, message, ...Object.fromEntries(told) },
  };
}

function cited({ of, pointer, note }: PackRule['evidence'][number], object?: ObservedObject, owner?: ObservedObject): Evidence | undefined {
  const version = of === 'owner' ? owner : object;
  return version === undefined ? undefined : citeField(version, pointer, note);
}

function factText(value: unknown): string | number {
  if (typeof value === 'number' || typeof value === 'string') return value;
  return value === undefined || value === null ? '' : String(value).slice(0, 300);
}

const placeholder = /\{([a-z][A-Za-z0-9]*)\}/g;

function refuseUnknownFacts(text: string, known: ReadonlySet<string>): void {
  for (const [, name = ''] of text.matchAll(placeholder)) {
    if (!known.has(name)) throw new SyntaxError(`{${name}} is no fact; there are ${[...known].sort().join(', ')}`);
  }
}

/** Facts may hold whatever a log says; a text is one line. */
function filled(text: string, { facts }: Claim): string {
  return text.replace(placeholder, (_, name: string) => String(facts[name] ?? '').replace(/\s+/g, ' '));
}

function filledStep({ action, verify, command, risk }: PackRule['steps'][number], claim: Claim) {
  const safe = (value: string) => filled(value, claim);
  // What ends up in a shell must not be able to end the command.
  const quoted = { ...claim, facts: Object.fromEntries(Object.entries(claim.facts).map(([name, value]) => [name, shellSafe(value)])) };
  return { action: safe(action), verify: safe(verify), risk, ...(command === undefined ? {} : { command: filled(command, quoted) }) };
}

function shellSafe(value: string | number): string {
  return String(value).replace(/[^\w.:/@=,+-]/g, '_');
}
