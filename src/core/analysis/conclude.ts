import type { AnalyzedEvent, AnswerSegment, Claim, Evidence, Resolution } from '../model/event.ts';
import { formatRef, type ObjectRef } from '../model/resource.ts';
import { type Category, categoryOf, type Reason } from '../model/taxonomy.ts';
import type { Rule } from '../rules/rule.ts';
import { citeSignal } from '../rules/rule.ts';
import type { StandingClaim } from './explain.ts';
import type { Situation } from './merge.ts';
import { endedBy, introducedBy, modifiersOf, observedResolution } from './resolve.ts';
import { severityOf } from './severity.ts';
import { questionOf, sightOf } from './symptoms.ts';
import { formatSeconds, secondsBetween } from '../model/time.ts';

export type ConcludeConfig = { startupGraceSeconds: number };

/** Categories whose mechanism is not gone when a restart hides it. */
const lasting = new Set<Category>(['memory', 'eviction', 'node', 'control-plane', 'access']);

/**
 * What to say about a situation: its cause, or why none is claimed (recovered by itself, in progress, intended, undecidable).
 * Undefined for what is not worth a word: short disturbances that went away.
 */
export function conclude(situation: Situation, rules: ReadonlyMap<string, Rule>, config: ConcludeConfig): AnalyzedEvent | undefined {
  const { incident, verdict, victims } = situation;
  const { event } = incident;
  // Only about size: that is an optimization label, not an incident.
  if (event.signals.every(({ detail }) => detail.field === 'utilization')) return undefined;
  const lasted = secondsBetween(event.openedAt, event.endedAt ?? event.lastAt);
  if (verdict === undefined || (verdict.undecided && verdict.winner.reason !== 'IntendedState')) {
    return abstained(situation, lasted, config);
  }
  const { winner } = verdict;
  const category = categoryOf(winner.reason);
  const fix = endedBy(incident, winner);
  if (category !== 'none' && event.status === 'recovered' && fix === undefined && !lasting.has(category)) {
    return recovered(situation, lasted, config);
  }
  const rule = rules.get(winner.ruleId) as Rule;
  const wording = rule.describe(winner);
  const causes = introducedBy(incident, winner);
  const observed = fix === undefined ? undefined : observedResolution(fix);
  const evidence = [...winner.evidence, ...(observed?.evidence ?? [])];
  const resolution: Resolution = observed?.resolution ?? { observed: false, steps: wording.steps, evidenceIds: winner.evidence.map(({ id }) => id) };
  return build(situation, {
    reason: winner.reason,
    modifiers: category === 'none' ? [] : [...new Set([...winner.modifiers, ...modifiersOf(causes)])].sort(),
    confidence: winner.confidence,
    ruleId: winner.ruleId,
    subject: winner.subject,
    rootCause: wording.rootCause,
    resolution,
    evidence,
    hypotheses: verdict.others,
    victims,
    missing: winner.needs,
  });
}

type Parts = {
  reason: Reason;
  modifiers: Reason[];
  confidence: number;
  ruleId: string;
  subject: ObjectRef;
  rootCause: AnswerSegment[];
  resolution: Resolution;
  evidence: Evidence[];
  hypotheses: Claim[];
  victims: ObjectRef[];
  missing: string[];
};

function build(situation: Situation, parts: Parts): AnalyzedEvent {
  const { event } = situation.incident;
  const category = categoryOf(parts.reason);
  const sight = sightOf(event);
  const known = parts.evidence.find((item) => item.seq === sight.signal.seq && item.pointer === sight.signal.pointer);
  const main = known ?? { ...citeSignal(sight.signal, 'the symptom'), id: 'm1' };
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
    subject: parts.subject,
    rootCause: parts.rootCause.map(({ text }) => text).join(' '),
    impact,
    problem: `${sight.text}.`,
    question: questionOf(event),
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
    text: `${position + 1}. ${step.action}${step.command === undefined ? '' : ` (${step.command})`} Check: ${step.verify}`,
    kind: 'action' as const,
    evidenceIds: resolution.evidenceIds,
  }));
  return steps.length === 0 ? [] : [{ text: heading, kind: 'filler', evidenceIds: [] }, ...steps];
}

function impactOf({ incident, victims }: Situation, category: Category): string {
  const { event } = incident;
  const { workload, related } = event.context;
  const parts: string[] = [];
  if (workload !== undefined && category !== 'none') parts.push(`${workload.ready} of ${workload.desired} replicas of ${formatRef(event.workload)} are ready`);
  const services = related.filter(({ relation }) => relation === 'service').map(({ ref }) => ref.name);
  if (services.length > 0 && category !== 'none') parts.push(`Service ${services.join(', ')} depends on them`);
  if (victims.length > 0) parts.push(`also affected: ${victims.map(formatRef).join(', ')}`);
  const duration = formatSeconds(secondsBetween(event.openedAt, event.endedAt ?? event.lastAt));
  if (event.status === 'recovered') parts.push(`it lasted ${duration} and then ended`);
  else if (category !== 'none') parts.push(`seen for ${duration}`);
  return parts.length === 0 ? 'none seen.' : `${parts.join('; ')}.`;
}

/** No answer: in progress if it is young, recovered if it is over, else undecidable with what was considered and what is missing. */
function abstained(situation: Situation, lasted: number, config: ConcludeConfig): AnalyzedEvent | undefined {
  const { event } = situation.incident;
  if (event.status === 'recovered') return recovered(situation, lasted, config);
  if (event.status === 'deleted' && !event.signals.some(({ type }) => type === 'container.terminated' || type === 'pod.failed')) return undefined;
  const main = { ...citeSignal(event.mainEvent, 'the first abnormal fact'), id: 'e1' };
  const claims: StandingClaim[] = situation.verdict === undefined ? [] : [situation.verdict.winner, ...situation.verdict.others];
  const young = lasted < config.startupGraceSeconds && event.status === 'ongoing';
  const reason: Reason = young ? 'InProgress' : 'Inconclusive';
  const considered = claims.map((claim) => `${claim.reason} (${claim.confidence.toFixed(2)})`).join(', ');
  const needs = [...new Set(claims.flatMap((claim) => claim.needs))];
  const text = young
    ? `The disturbance began ${formatSeconds(lasted)} before the recording ends; nothing is proven yet.`
    : `The recorded evidence does not decide the cause${considered === '' ? '' : `; considered: ${considered}`}${needs.length === 0 ? '.' : `; missing: ${needs.join(', ')}.`}`;
  return build(situation, {
    reason, modifiers: [], confidence: young ? 0.7 : 0.6, ruleId: 'abstain', subject: event.workload,
    rootCause: [{ text, kind: 'inference', evidenceIds: [main.id] }],
    resolution: {
      observed: false,
      steps: [{ action: 'Collect what is missing: logs of the affected containers (also --previous), Events, and the objects they refer to.', risk: 'none', verify: 'The next recording decides between the causes considered.' }],
      evidenceIds: [main.id],
    },
    evidence: [main], hypotheses: claims, victims: situation.victims, missing: needs,
  }); // prettier-ignore
}

function recovered(situation: Situation, lasted: number, config: ConcludeConfig): AnalyzedEvent | undefined {
  const { event } = situation.incident;
  const crashes = event.signals.filter(({ type }) => type === 'container.terminated').reduce((sum, { count }) => sum + count, 0);
  if (lasted < config.startupGraceSeconds && crashes < 2) return undefined;
  const main = { ...citeSignal(event.mainEvent, 'the first abnormal fact'), id: 'e1' };
  const winner = situation.verdict?.winner;
  const cause = winner === undefined ? '' : ` While it lasted it looked like ${winner.reason} of ${formatRef(winner.subject)}.`;
  const text = `${formatRef(event.workload)} was disturbed for ${formatSeconds(lasted)} and recovered without a change to what it asks for.${cause}`;
  return build(situation, {
    reason: 'Recovered', modifiers: [], confidence: 0.8, ruleId: 'abstain', subject: event.workload,
    rootCause: [{ text, kind: 'inference', evidenceIds: [main.id] }],
    resolution: { observed: false, steps: [{ action: 'No action is needed now; watch whether it comes back.', risk: 'none', verify: 'No new restarts or warnings appear.' }], evidenceIds: [main.id] },
    evidence: [main], hypotheses: winner === undefined ? [] : [winner, ...(situation.verdict?.others ?? [])], victims: situation.victims, missing: [],
  }); // prettier-ignore
}
