import type {
  ActionStep,
  AggregatedEvent,
  AnalyzedEvent,
  AnswerSegment,
  Evidence,
  Fate,
  Hypothesis,
  Resolution,
  Wording,
} from '../model/event.ts';
import { formatRef, type ObjectRef, sameRef } from '../model/resource.ts';
import { type Category, categoryOf, type Reason } from '../model/taxonomy.ts';
import { formatSeconds, secondsBetween } from '../model/time.ts';
import type { Rule } from '../rules/rule.ts';
import { citeSignal } from '../rules/rule.ts';
import type { StandingClaim } from './explain.ts';
import type { Situation } from './merge.ts';
import { endedBy, introducedBy, modifiersOf, observedResolution, triggerOf } from './resolve.ts';
import { severityOf } from './severity.ts';
import { questionOf, sightOf } from './symptoms.ts';

/** The part of the aggregator's configuration that decides whether something short is worth a word. */
export type ConcludeConfig = { startupGraceSeconds: number };

/** Categories whose mechanism is not gone when a restart hides it. */
const lasting = new Set<Category>(['memory', 'eviction', 'node', 'control-plane', 'access']);

/** Facts that harm nobody by themselves. */
const sizes = new Set<unknown>(['utilization', 'saturation']);

/** What stands for a rule where none is sure. */
const noRule = 'abstain';

const longOverSeconds = 21_600;

/** Whether the last that was seen of an incident is so long ago that even a mechanism that may come back is history. */
function isLongOver({ event, now }: Situation['incident']): boolean {
  const crashes = event.signals.filter(({ type }) => type === 'container.terminated').map(({ detail }) => String(detail.finishedAt));
  const ends = crashes.length > 0 ? crashes : [event.endedAt ?? event.lastAt];
  return ends.every((end) => secondsBetween(end, now) >= longOverSeconds);
}

/**
 * What to say about a situation: its cause, or why none is claimed (recovered by itself, in progress, intended, undecidable).
 * Undefined for what is not worth a word: short disturbances that went away. `fail` is told of a rule that cannot word its claim.
 */
export function conclude(
  situation: Situation,
  rules: ReadonlyMap<string, Rule>,
  config: ConcludeConfig,
  fail: (ruleId: string, error: unknown) => void,
): AnalyzedEvent | undefined {
  const { incident, verdict, victims } = situation;
  const { event } = incident;
  // Only about size: that is an optimization label, not an incident.
  if (verdict === undefined && event.signals.every(({ detail }) => sizes.has(detail.field))) return undefined;
  const lasted = secondsBetween(event.openedAt, event.endedAt ?? event.lastAt);
  if (verdict === undefined || (verdict.undecided !== undefined && verdict.winner.reason !== 'IntendedState')) {
    return abstained(situation, lasted, config);
  }
  const { winner } = verdict;
  const category = categoryOf(winner.reason);
  const fixes = endedBy(incident, winner);
  if (category !== 'none' && event.status === 'recovered' && fixes.length === 0 && (!lasting.has(category) || isLongOver(incident))) {
    return recovered(situation, lasted, config);
  }
  const wording = wordingOf(winner, rules, fail);
  if (wording === undefined) return abstained(situation, lasted, config);
  const causes = introducedBy(incident, winner);
  const observed = fixes.length === 0 ? undefined : observedResolution(fixes);
  const trigger = triggerOf(
    incident,
    category === 'none' ? [] : causes,
    winner.evidence.map(({ id }) => id),
  );
  const evidence = [...winner.evidence, ...[...trigger.evidence, ...(observed?.evidence ?? [])].map(corroborating)];
  const resolution: Resolution = observed?.resolution ?? {
    observed: false,
    steps: wording.steps,
    evidenceIds: winner.evidence.map(({ id }) => id),
  };
  return build(situation, {
    reason: winner.reason,
    modifiers: category === 'none' ? [] : [...new Set([...winner.modifiers, ...modifiersOf(causes)])].sort(),
    confidence: winner.confidence,
    ruleId: winner.ruleId,
    agreeing: winner.agreeing,
    subject: winner.subject,
    rootCause: [...wording.rootCause, ...trigger.segments],
    resolution,
    evidence,
    hypotheses: verdict.others,
    victims,
    missing: winner.needs,
  });
}

/** What the analysis adds to a rule's evidence: the rule does not rest on it. */
function corroborating(item: Evidence): Evidence {
  return { ...item, ablation: 'corroborating' };
}

function wordingOf(
  winner: StandingClaim,
  rules: ReadonlyMap<string, Rule>,
  fail: (ruleId: string, error: unknown) => void,
): Wording | undefined {
  try {
    return rules.get(winner.ruleId)?.describe(winner);
  } catch (error) {
    fail(winner.ruleId, error);
    return undefined;
  }
}

type Parts = {
  reason: Reason;
  modifiers: Reason[];
  confidence: number;
  ruleId: string;
  agreeing: string[];
  subject: ObjectRef;
  rootCause: AnswerSegment[];
  resolution: Resolution;
  evidence: Evidence[];
  hypotheses: Hypothesis[];
  victims: ObjectRef[];
  missing: string[];
};

function build(situation: Situation, parts: Parts): AnalyzedEvent {
  const { event } = situation.incident;
  const category = categoryOf(parts.reason);
  const sight = sightOf(event);
  const known = parts.evidence.find((item) => item.seq === sight.signal.seq && item.pointer === sight.signal.pointer);
  const symptom = { ...citeSignal(sight.signal, 'the symptom'), id: 'm1' };
  const main = known ?? (parts.ruleId === noRule ? symptom : corroborating(symptom));
  const evidence = known === undefined ? [...parts.evidence, main] : parts.evidence;
  const impact = impactOf(situation, category);
  const segments: AnswerSegment[] = [
    { text: 'Root cause: ', kind: 'filler', evidenceIds: [] },
    ...parts.rootCause,
    { text: `Impact: ${impact}`, kind: 'inference', evidenceIds: [main.id] },
    ...planSegments(parts.resolution),
  ];
  return {
    event,
    category,
    reason: parts.reason,
    modifiers: parts.modifiers,
    severity: severityOf(event, category, parts.victims),
    confidence: parts.confidence,
    ruleId: parts.ruleId,
    agreeing: parts.agreeing,
    subject: parts.subject,
    rootCause: parts.rootCause.map(({ text }) => text).join(' '),
    impact,
    problem: `${sight.text}.`,
    question: questionOf(event, parts.reason),
    segments,
    resolution: parts.resolution,
    hypotheses: parts.hypotheses,
    evidence,
    victims: parts.victims,
    missing: parts.missing,
  };
}

function planSegments(resolution: Resolution): AnswerSegment[] {
  const heading = resolution.observed ? 'Resolution (observed in the recording): ' : 'Resolution: ';
  const steps = resolution.steps.map((step, position) => ({
    text: `${position + 1}. ${step.action}${step.command === undefined ? '' : ` Command: ${step.command}`}\n   Verify: ${step.verify}`,
    kind: 'action' as const,
    evidenceIds: resolution.evidenceIds,
  }));
  return steps.length === 0 ? [] : [{ text: heading, kind: 'filler', evidenceIds: [] }, ...steps];
}

/** What users lose, since when or for how long. */
function impactOf({ incident, victims }: Situation, category: Category): string {
  const { event } = incident;
  const services = event.context.related.filter(({ relation }) => relation === 'service').map(({ ref }) => ref);
  const fault = category !== 'none';
  const parts: string[] = [];
  if (fault && event.status === 'ongoing') parts.push(...lossOf(event, services));
  const others = victims.filter((victim) => !services.some((service) => sameRef(service, victim)));
  if (others.length > 0) parts.push(`also affected: ${others.map(formatRef).join(', ')}`);
  const duration = formatSeconds(secondsBetween(event.openedAt, event.endedAt ?? event.lastAt));
  if (event.status === 'recovered') parts.push(`the incident lasted ${duration} and then ended`);
  else if (event.status === 'deleted') parts.push(`the incident lasted ${duration}, until the object was deleted`);
  else if (fault) parts.push(`the incident has lasted ${duration} so far`);
  return parts.length === 0 ? 'none was seen.' : `${parts.join('; ')}.`;
}

function lossOf({ workload: ref, context }: AggregatedEvent, services: ObjectRef[]): string[] {
  const { workload } = context;
  if (workload === undefined || workload.desired === 0) return [];
  const name = formatRef(ref);
  const { ready, desired } = workload;
  const serving = services.length === 0 ? '' : `, behind ${services.map(formatRef).join(', ')}`;
  if (ref.kind === 'Pod') return [`${name} is ${ready > 0 ? '' : 'not '}ready${serving}`];
  return [`${ready} of ${desired} replicas of ${name} ${ready === 1 ? 'is' : 'are'} ready${serving}`];
}

/** No answer: in progress if it is young, recovered if it is over, else undecidable with what was considered and what is missing. */
function abstained(situation: Situation, lasted: number, config: ConcludeConfig): AnalyzedEvent | undefined {
  const { event } = situation.incident;
  if (event.status === 'recovered') return recovered(situation, lasted, config);
  const died = event.signals.some(({ type }) => type === 'container.terminated' || type === 'pod.failed');
  if (event.status === 'deleted' && !died) return undefined;
  const claims = considered(situation, 'too-weak');
  // Lines that no rule makes anything of, of a workload that shows nothing else, harm nobody.
  const { workload } = event.context;
  const complete = workload !== undefined && workload.desired > 0 && workload.ready >= workload.desired;
  if (claims.length === 0 && event.mainEvent.type === 'log' && complete) return undefined;
  const young = lasted < config.startupGraceSeconds && event.status === 'ongoing' && event.singleLook !== true;
  const needs = [...new Set(claims.flatMap((claim) => claim.needs))];
  const step = young
    ? { action: 'Wait, then look again.', verify: 'It becomes healthy, or the same facts still stand.' }
    : {
        action: 'Collect what is missing: logs of the affected containers (also --previous), Events, and the objects they refer to.',
        verify: 'The next recording decides between the causes considered.',
      };
  return withoutFault(situation, young ? 'InProgress' : 'Inconclusive', {
    confidence: young ? 0.7 : 0.6,
    text: young
      ? `That was ${formatSeconds(lasted)} before the recording ends; nothing is proven yet.`
      : `The recorded evidence does not decide the cause${consideredWords(claims)}${needs.length === 0 ? '' : `; missing: ${needs.join(', ')}`}.`,
    step: { ...step, risk: 'none' },
    claims,
    missing: needs,
  });
}

function consideredWords(claims: Hypothesis[]): string {
  const best = [...new Map(claims.map((claim) => [claim.reason, claim])).values()];
  return best.length === 0
    ? ''
    : `; considered: ${best.map(({ reason, confidence }) => `${reason} (${confidence.toFixed(2)})`).join(', ')}`;
}

function recovered(situation: Situation, lasted: number, config: ConcludeConfig): AnalyzedEvent | undefined {
  const { event } = situation.incident;
  const crashes = event.signals.filter(({ type }) => type === 'container.terminated').reduce((sum, { count }) => sum + count, 0);
  if (lasted < config.startupGraceSeconds && crashes < 2) return undefined;
  const { verdict } = situation;
  const pointed =
    verdict === undefined ? '' : ` Until then the evidence pointed to ${verdict.winner.reason} of ${formatRef(verdict.winner.subject)}.`;
  return withoutFault(situation, 'Recovered', {
    confidence: 0.8,
    text: `${formatRef(event.workload)} became healthy after ${formatSeconds(lasted)}, and no recorded change explains that.${pointed}`,
    step: { action: 'No action is needed now; watch whether it comes back.', risk: 'none', verify: 'No new restarts or warnings appear.' },
    claims: considered(situation, 'healed'),
    missing: [],
  });
}

type Answerless = { confidence: number; text: string; step: ActionStep; claims: Hypothesis[]; missing: string[] };

/** All claims of an incident without an answer; `fate` is that of the best one where the verdict has none. */
function considered({ verdict }: Situation, fate: Fate): Hypothesis[] {
  if (verdict === undefined) return [];
  const best = fate === 'healed' ? fate : (verdict.undecided ?? fate);
  return [{ ...verdict.winner, fate: best }, ...verdict.others];
}

function withoutFault(situation: Situation, reason: Reason, { confidence, text, step, claims, missing }: Answerless): AnalyzedEvent {
  const { event } = situation.incident;
  const first = { ...citeSignal(event.mainEvent, 'the first abnormal fact'), id: 'e1' };
  return build(situation, {
    reason,
    modifiers: [],
    confidence,
    ruleId: noRule,
    agreeing: [],
    subject: event.workload,
    rootCause: [
      { text: `The first abnormal fact was recorded at ${first.at}.`, kind: 'observation', evidenceIds: [first.id] },
      { text, kind: 'inference', evidenceIds: [first.id] },
    ],
    resolution: { observed: false, steps: [step], evidenceIds: [first.id] },
    evidence: [first],
    hypotheses: claims,
    victims: situation.victims,
    missing,
  });
}
