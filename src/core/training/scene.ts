import { isFault, type Label, type LabelEvidence, type TroubleshootingLabel } from '../model/label.ts';
import { literalsOf } from '../model/literals.ts';
import { withoutQuotedTimes } from '../model/log-line.ts';
import { formatRef } from '../model/resource.ts';
import type { Fact, Origin } from '../model/training.ts';
import { chosen, filled, type Templates } from './templates.ts';

/** What skills need besides the label: the wordings, and the title of a rule ('' for one that is not known). */
export type Craft = { templates: Templates; titleOf: (ruleId: string) => string };

/** A label at its moment: the facts that were known then, and what is seen. */
export type Scene = Craft & {
  label: TroubleshootingLabel;
  moment: string;
  facts: Fact[];
  symptom: string;
  workload: string;
  culprit: string;
};

const mostFacts = 40;

/**
 * The scene of a label. `facts` are all facts of its incident in order; those after the moment are left out, but for what the cause cites of
 * a spec: that stood there before it was read.
 */
export function sceneOf(label: TroubleshootingLabel, facts: readonly Fact[], craft: Craft): Scene {
  const moment = momentOf(label);
  const cited = new Set(causeItems(label).map(({ id }) => id));
  const known = capped(
    facts.flatMap((fact) => {
      if (Date.parse(fact.at) <= Date.parse(moment)) return [fact];
      return fact.standing && fact.evidence.some((id) => cited.has(id)) ? [{ ...fact, at: moment }] : [];
    }),
  );
  const { workload: of, namespace } = label.context;
  const workload = of === undefined ? formatRef(label.resource) : formatRef({ kind: of.kind, name: of.name, namespace });
  return {
    ...craft,
    label,
    moment,
    facts: known,
    symptom: symptomOf(label, known, workload),
    workload,
    culprit: formatRef(label.resource),
  };
}

/** Where an example comes from. */
export function originOf({ id, incident_id, reason, category, cluster_id, quality }: Label): Origin {
  return { label: id, incident: incident_id, reason, category, cluster: cluster_id, quality: quality.overall_score };
}

/**
 * When the question is asked. Of a fault: as soon as all that the cause rests on was there; what followed (how long it lasted, what ended
 * it) was not. A field of a spec is often read later than the change that ended the incident, and then tells no moment. Otherwise when the
 * incident was looked at for the last time.
 */
export function momentOf(label: TroubleshootingLabel): string {
  const items = causeItems(label);
  const end = endOf(label);
  const timed = items.filter(({ type, observed_at }) => !(type === 'spec' && Date.parse(observed_at) >= end));
  const times = (timed.length > 0 ? timed : items).map(({ observed_at }) => observed_at);
  if (!isFault(label)) times.push(label.context.at);
  return times.reduce((latest, time) => (Date.parse(time) > Date.parse(latest) ? time : latest), times[0] ?? label.timestamp);
}

/** When the change that ended an incident was made, in milliseconds; infinity where none was observed. */
function endOf(label: TroubleshootingLabel): number {
  return endItems(label).reduce((first, { observed_at }) => Math.min(first, Date.parse(observed_at)), Number.POSITIVE_INFINITY);
}

/** The evidence of the changes that were observed to end the incident. */
export function endItems({ resolution, evidence }: TroubleshootingLabel): LabelEvidence[] {
  const ids = new Set(resolution.observed ? resolution.steps.flatMap(({ evidence_ids }) => evidence_ids) : []);
  return evidence.filter(({ id }) => ids.has(id));
}

/** The part of the answer that says what the cause is. */
export function causeSegments({ segments }: TroubleshootingLabel): TroubleshootingLabel['segments'] {
  // The last one: what a reviewer wrote as the cause may begin like it.
  const impact = segments.findLastIndex(({ text }) => text.startsWith('Impact: '));
  return segments.slice(0, impact < 0 ? segments.length : impact).filter(({ kind }) => kind === 'observation' || kind === 'inference');
}

/** The evidence that the cause cites. */
export function causeItems(label: TroubleshootingLabel): LabelEvidence[] {
  const cited = new Set(causeSegments(label).flatMap(({ evidence_ids }) => evidence_ids));
  return label.evidence.filter(({ id, role }) => cited.has(id) && role === 'supports');
}

/** The evidence that shows the symptom: what the impact cites. */
export function symptomIds({ segments }: TroubleshootingLabel): ReadonlySet<string> {
  return new Set(segments.findLast(({ text }) => text.startsWith('Impact: '))?.evidence_ids ?? []);
}

/** Facts that carry evidence are kept, of the others the first. */
function capped(facts: Fact[]): Fact[] {
  let room = mostFacts - facts.filter(({ evidence }) => evidence.length > 0).length;
  return facts.filter(({ evidence }) => {
    if (evidence.length > 0) return true;
    room -= 1;
    return room >= 0;
  });
}

const counts = [
  / \d+ times(?: within [^,.]+?)?(?= with )/,
  /, \d+ lines(?: within [^,.]+)?/,
  /(?<= has )\d+ (?=Events)/,
  / within \d+ \w+(?= with )/,
];

/** What is seen, without how often until the end; if it says something that is not among the facts, only that something is wrong. */
function symptomOf({ problem }: TroubleshootingLabel, facts: readonly Fact[], workload: string): string {
  const plain = counts.reduce((text, pattern) => text.replace(pattern, ''), problem);
  const shown = facts.map(({ ref, text }) => `${ref} ${text}`).join('\n');
  const names = plain.match(/\S+\/\S+/g) ?? [];
  const words = names.reduce((text, name) => text.replace(name, ''), plain);
  return literalsOf(words).every((literal) => shown.includes(literal)) ? plain : `${workload} is not healthy.`;
}

/** Facts as a prompt shows them: a heading, and a numbered line for each. */
export function factList({ label, moment, templates }: Scene, facts: readonly Fact[], purpose: string): string {
  const heading = filled(chosen(label.id, `${purpose}/facts`, templates.facts).text, { moment: clock(moment) });
  const dated = facts.map((fact, index) => `[${index + 1}] ${fact.standing ? '' : `${clock(fact.at)} `}${fact.ref} ${fact.text}`);
  return [heading, ...dated].join('\n');
}

/** `21:39:27` of an RFC 3339 time in UTC; with another offset it is converted. */
function clock(at: string): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `[2, 5]`: the numbers under which evidence is shown, or ''. */
export function cites(facts: readonly Fact[], ids: readonly string[]): string {
  const numbers = facts.flatMap(({ evidence }, index) => (evidence.some((id) => ids.includes(id)) ? [index + 1] : []));
  return numbers.length === 0 ? '' : `[${numbers.join(', ')}]`;
}

/** The cause in sentences, each followed by the numbers of the facts that it cites; without `facts`, no numbers. */
export function causeText(label: TroubleshootingLabel, facts: readonly Fact[] = []): string {
  return causeSegments(label)
    .map(({ text, evidence_ids }) => withCites(withoutQuotedTimes(text), cites(facts, evidence_ids)))
    .join(' ');
}

/** Numbers go before the full stop. */
function withCites(text: string, numbers: string): string {
  if (numbers === '') return text;
  return /[.!]$/.test(text) ? `${text.slice(0, -1)} ${numbers}${text.slice(-1)}` : `${text} ${numbers}`;
}

/** What to check after a step that was taken in the recording. */
export const observedCheck = 'The symptom is gone and does not come back.';

/** Steps as people follow them: action, command, check. What the recording showed afterwards is no check that others can make. */
export function stepLines({ resolution: { steps, observed } }: TroubleshootingLabel): string {
  return steps.map(({ step, action, command, verify }) => stepText(step, action, command, observed ? observedCheck : verify)).join('\n');
}

/** One numbered step. */
export function stepText(step: number, action: string, command: string, verify: string): string {
  return [`${step}. ${action}`, ...(command === '' ? [] : [`   ${command}`]), `   Check: ${verify}`].join('\n');
}
