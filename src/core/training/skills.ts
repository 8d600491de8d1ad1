import { stringifyJson } from '../model/json.ts';
import type { Label, LabelEvidence, TroubleshootingLabel } from '../model/label.ts';
import { readableLine } from '../model/log-line.ts';
import type { Skill, TrainingExample } from '../model/training.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';

/** A fact of an incident as a person would tell it, and when it was seen first (RFC 3339). */
export type Fact = { at: string; text: string };

const system =
  'You are a site reliability engineer for Kubernetes. Answer from the facts that are given, and say what is missing when they do not decide.';

const mostFacts = 40;

/** The examples of a label: of each skill at most one, in a fixed order. Sizing labels give none. */
export function examplesOf(label: Label, facts: readonly Fact[]): TrainingExample[] {
  if (label.type !== 'troubleshooting') return [];
  const moment = momentOf(label);
  const seen = facts.filter(({ at }) => Date.parse(at) <= Date.parse(moment)).slice(0, mostFacts);
  const told = [...seen.map(({ at, text }) => `- ${at.slice(11, 19)} ${text}`), ...citedLines(label)].join('\n');
  const made = [diagnose(label, told), compare(label, told), read(label), plan(label), health(label, told), abstain(label, told)];
  return made.flatMap((one) => (one === undefined ? [] : [exampleOf(label, moment, one)]));
}

type Draft = Pick<TrainingExample, 'skill' | 'prompt' | 'completion'>;

function exampleOf(label: TroubleshootingLabel, moment: string, draft: Draft): TrainingExample {
  const { cluster_id, context, resource, incident_id, reason } = label;
  const { kind, name } = context.workload ?? resource;
  return {
    id: uuid5(`example/${draft.skill}/${label.id}`, labelerNamespace),
    group: `${cluster_id}/${context.namespace}/${kind}/${name}`,
    incident: incident_id,
    reason,
    moment,
    system,
    ...draft,
  };
}

/** What the cause rests on was all there at this moment; what followed (how long it lasted, what ended it) was not. */
function momentOf(label: TroubleshootingLabel): string {
  const cited = new Set(causeSegments(label).flatMap(({ evidence_ids }) => evidence_ids));
  const times = label.evidence.filter(({ id }) => cited.has(id)).map(({ observed_at }) => observed_at);
  return times.reduce((latest, time) => (Date.parse(time) > Date.parse(latest) ? time : latest), times[0] ?? label.timestamp);
}

function causeSegments({ segments }: TroubleshootingLabel): TroubleshootingLabel['segments'] {
  const impact = segments.findIndex(({ text }) => text.startsWith('Impact: '));
  return segments.slice(0, impact < 0 ? segments.length : impact).filter(({ kind }) => kind === 'observation' || kind === 'inference');
}

const longestValue = 400;

/** What the cause rests on, as it was recorded: an answer may say nothing that the prompt does not show. */
function citedLines(label: TroubleshootingLabel): string[] {
  const cited = new Set(causeSegments(label).flatMap(({ evidence_ids }) => evidence_ids));
  const shown = label.evidence.filter(({ id, role }) => cited.has(id) && role === 'supports');
  return shown.map(({ ref, pointer, value }) => {
    const text = typeof value === 'string' ? readableLine(value) : stringifyJson(value);
    return `- ${ref} ${pointer} = ${text.slice(0, longestValue)}`;
  });
}

const isFault = ({ category }: Label) => category !== 'none' && category !== 'sizing';

/** One of several ways to say the same, always the same one for the same label. */
function chosen(label: Label, skill: Skill, ways: readonly string[]): string {
  const digits = uuid5(`wording/${skill}/${label.id}`, labelerNamespace).slice(0, 8);
  return ways[Number.parseInt(digits, 16) % ways.length] ?? '';
}

const headings = ['What was seen, in order (UTC):', 'The recording shows, in order (UTC):', 'Known facts, oldest first (UTC):'];

function asked(label: TroubleshootingLabel, skill: Skill, told: string): string {
  return [label.question, '', chosen(label, skill, headings), told].join('\n');
}

function culprit({ resource: { kind, namespace, name } }: TroubleshootingLabel): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

function diagnose(label: TroubleshootingLabel, told: string): Draft | undefined {
  if (!isFault(label) || told === '') return undefined;
  const completion = `${label.root_cause}\n\nCause: ${label.reason}. To change: ${culprit(label)}.`;
  return { skill: 'diagnose', prompt: asked(label, 'diagnose', told), completion };
}

/** The runner-up is the hard negative. The order of the two does not give the answer away. */
function compare(label: TroubleshootingLabel, told: string): Draft | undefined {
  const rival = label.hypotheses.find(({ reason, fate }) => reason !== label.reason && (fate === 'explained' || fate === 'weaker'));
  if (!isFault(label) || rival === undefined || told === '') return undefined;
  const both = [label.reason, rival.reason].sort();
  const why = rival.fate === 'explained' ? `${rival.reason} is only what it looks like.` : `For ${rival.reason} the evidence is weaker.`;
  return {
    skill: 'compare',
    prompt: `${asked(label, 'compare', told)}\n\nIs the cause ${both[0]} or ${both[1]}?`,
    completion: `${label.reason}. ${label.root_cause} ${why}`,
  };
}

function read(label: TroubleshootingLabel): Draft | undefined {
  const line = label.evidence.find(({ type, role, value }) => type === 'log' && role === 'supports' && typeof value === 'string');
  if (!isFault(label) || line === undefined) return undefined;
  const said = causeSegments(label).filter(({ kind, evidence_ids }) => kind === 'inference' && evidence_ids.includes(line.id));
  if (said.length === 0) return undefined;
  const ask = chosen(label, 'read', ['What does this line say about the cause?', 'Explain this log line.', 'What does this mean?']);
  return { skill: 'read', prompt: `${line.ref} logs:\n${logText(line)}\n\n${ask}`, completion: said.map(({ text }) => text).join(' ') };
}

function logText({ value }: LabelEvidence): string {
  return readableLine(String(value)).slice(0, 2000);
}

function plan(label: TroubleshootingLabel): Draft | undefined {
  const { steps } = label.resolution;
  if (!isFault(label) || steps.length === 0) return undefined;
  const ask = chosen(label, 'plan', ['How is it resolved?', 'What should be done, step by step?', 'Write the plan to resolve it.']);
  const lines = steps.map(({ step, action, command, verify }) =>
    [`${step}. ${action}`, ...(command === '' ? [] : [`   ${command}`]), `   Check: ${verify}`].join('\n'),
  );
  return { skill: 'plan', prompt: `${label.root_cause}\n\n${ask}`, completion: lines.join('\n') };
}

function health(label: TroubleshootingLabel, told: string): Draft | undefined {
  if (!['IntendedState', 'InProgress'].includes(label.reason) || told === '') return undefined;
  const prompt = `Is something wrong with ${culprit(label)}?\n\n${chosen(label, 'health', headings)}\n${told}`;
  return { skill: 'health', prompt, completion: `No fault: ${label.reason}. ${label.root_cause}` };
}

function abstain(label: TroubleshootingLabel, told: string): Draft | undefined {
  if (label.reason !== 'Inconclusive' || told === '') return undefined;
  const missing = label.context.missing ?? [];
  const more = missing.length === 0 ? '' : ` What would decide it: ${missing.join('; ')}.`;
  return {
    skill: 'abstain',
    prompt: asked(label, 'abstain', told),
    completion: `The facts do not decide the cause. ${label.root_cause}${more}`,
  };
}
