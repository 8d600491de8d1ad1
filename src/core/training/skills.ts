import { stringifyJson } from '../model/json.ts';
import { isFault, type LabelEvidence, type ResourceOptimizationLabel } from '../model/label.ts';
import { readableLine } from '../model/log-line.ts';
import type { Fact } from '../model/training.ts';
import { allHidden, oneHidden } from './hidden.ts';
import { causeItems, causeSegments, causeText, cites, endItems, type Scene, stepLines } from './scene.ts';
import type { Draft } from './skill.ts';

/** Finds the cause from the symptoms. The answer has a fixed order, so that it can be graded by machine. */
function diagnose(scene: Scene): Draft | undefined {
  const { label, facts, culprit } = scene;
  if (!isFault(label) || facts.length === 0) return undefined;
  const { reason, category, confidence } = label;
  return {
    skill: 'diagnose',
    facts,
    values: {
      root_cause: causeText(label, facts),
      reason,
      category,
      culprit,
      evidence: evidenceLines(scene),
      resolution: resolutionText(scene),
      confidence: confidence.toFixed(2),
    },
    grounded: [causeText(label)],
    named: [label.resource.name],
    json: {
      root_cause: causeText(label),
      reason,
      category,
      culprit: { kind: label.resource.kind, namespace: label.resource.namespace, name: label.resource.name },
      evidence: facts.flatMap(({ evidence }, index) => (evidence.length > 0 ? [index + 1] : [])),
      steps: toldSteps(scene).map(({ action, command, verify, risk }) => ({ action, command, verify, risk })),
      confidence,
    },
  };
}

/** `- [3] the Service selects by generation`: what each cited fact shows. */
function evidenceLines({ label, facts }: Scene): string {
  return causeItems(label)
    .map(({ id, note }) => `- ${cites(facts, [id])} ${note}`)
    .join('\n');
}

/** The plan under its heading, or ''. */
export function resolutionText(scene: Pick<Scene, 'label' | 'facts'>): string {
  return toldSteps(scene).length === 0 ? '' : `Resolution:\n${stepLines(scene.label)}`;
}

/** The plan, unless it changes what the facts do not show: nobody can say the new text of a file without the old one. */
function toldSteps({ label, facts }: Pick<Scene, 'label' | 'facts'>): Scene['label']['resolution']['steps'] {
  const known = `${facts.map(({ text }) => text).join('\n')}\n${causeText(label)}`;
  return replaced(label).every(({ before }) => known.includes(before)) ? label.resolution.steps : [];
}

/** Tells the cause from the runner-up, the hard negative. The order of the two does not give the answer away. */
function compare(scene: Scene): Draft | undefined {
  const { label, facts } = scene;
  const rival = label.hypotheses.find(({ reason, fate }) => reason !== label.reason && (fate === 'explained' || fate === 'weaker'));
  if (!isFault(label) || rival === undefined || facts.length === 0) return undefined;
  const [first = '', second = ''] = [label.reason, rival.reason].sort();
  const verdict =
    rival.fate === 'explained'
      ? `${rival.reason} is only what ${label.reason} looks like from outside.`
      : `For ${rival.reason} the evidence is weaker.`;
  return {
    skill: 'compare',
    facts,
    values: { first, second, reason: label.reason, root_cause: causeText(label, facts), rival: rival.reason, rival_verdict: verdict },
    grounded: [causeText(label)],
    json: { reason: label.reason, why: causeText(label), rejected: rival.reason },
  };
}

const sources: Partial<Record<LabelEvidence['type'], string>> = { log: 'logs', event: 'Event' };
const mostCited = 4;

/** Explains an Event or a log line that the cause rests on, with at most three other facts. */
function read({ label }: Scene): Draft | undefined {
  if (!isFault(label)) return undefined;
  const items = causeItems(label);
  const line = items.find(({ type, value }) => sources[type] !== undefined && (type === 'event' || typeof value === 'string'));
  if (line === undefined) return undefined;
  const said = causeSegments(label).filter(({ evidence_ids: ids }) => ids.includes(line.id) && ids.length <= mostCited);
  const inferences = said.filter(({ kind }) => kind === 'inference');
  if (inferences.length === 0) return undefined;
  const cited = new Set(inferences.flatMap(({ evidence_ids }) => evidence_ids));
  const others = items.filter(({ id }) => id !== line.id && cited.has(id));
  const meaning = inferences.map(({ text }) => text).join(' ');
  return {
    skill: 'read',
    facts: [],
    values: {
      source: `${line.ref} ${sources[line.type]}`,
      line: shownValue(line, 2000),
      also: others.map((item) => `Also known: ${item.ref} ${item.note}: ${shownValue(item, 400)}`).join('\n'),
      meaning,
    },
    recorded: ['source', 'line', 'also'],
    grounded: [meaning],
    json: { meaning },
  };
}

/** A value as a person sees it: texts as they are, all else as JSON. */
function shownValue({ value }: LabelEvidence, limit: number): string {
  const text = typeof value === 'string' ? readableLine(value) : stringifyJson(value);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

/** Chooses the look that shows what is hidden: an item without which the rule did not claim the cause. */
function nextCheck(scene: Scene): Draft | undefined {
  const { facts = [], items: [item] = [] } = oneHidden(scene) ?? {};
  if (item === undefined) return undefined;
  const { command, shows } = item;
  const rival = scene.label.hypotheses.find(({ reason, fate }) => reason !== scene.label.reason && fate === 'explained')?.reason;
  const why =
    rival === undefined
      ? 'what is shown does not prove a cause, and this would prove or refute one.'
      : `so far there is only ${rival}, which several causes look like; this tells them apart.`;
  return { skill: 'next_check', facts, values: { command, shows, why }, grounded: [], json: { command, shows, why } };
}

/** The plan for a known cause. */
function plan({ label, culprit }: Scene): Draft | undefined {
  if (!isFault(label) || label.resolution.steps.length === 0) return undefined;
  const asItWas = replaced(label).map(({ place, before }) => `As it is: ${place} = ${before}`);
  return {
    skill: 'plan',
    facts: [],
    values: { cause: [causeText(label), ...asItWas].join('\n'), culprit, reason: label.reason, steps: stepLines(label) },
    recorded: ['cause'],
    grounded: [],
    json: { steps: label.resolution.steps.map(({ action, command, verify, risk }) => ({ action, command, verify, risk })) },
  };
}

/** Where the observed changes put something else (object and JSON Pointer), and as JSON what stood there before. */
function replaced(label: Scene['label']): { place: string; before: string }[] {
  return endItems(label)
    .filter(({ type }) => type === 'change')
    .flatMap(({ seq, ref, pointer }) => {
      const before = label.context.changes.find((change) => change.seq === seq)?.fields.find(({ path }) => path === pointer)?.before;
      return before === undefined || before === null ? [] : [{ place: `${ref} ${pointer}`, before: stringifyJson(before) }];
    });
}

const calm: Partial<Record<string, string>> = { IntendedState: 'intended', InProgress: 'progress', NoFault: 'well' };

/** Judges whether anything is wrong, of faults and of what only looks like one. */
function health(scene: Scene): Draft | undefined {
  const { label, facts, symptom } = scene;
  const answer = isFault(label) ? 'fault' : calm[label.reason];
  if (answer === undefined || facts.length === 0) return undefined;
  const said = answer === 'progress' ? '' : isFault(label) ? symptom : causeText(label);
  const ids = answer === 'fault' ? label.evidence.map(({ id }) => id) : causeItems(label).map(({ id }) => id);
  return {
    skill: 'health',
    facts,
    answer,
    values: { root_cause: causeText(label, facts), cites: cites(facts, ids) },
    grounded: [said],
    json: { healthy: answer === 'intended' || answer === 'well', state: answer },
  };
}

/** Says that the facts do not decide: of incidents where they never did, and of others with what the cause rests on taken away. */
function abstain(scene: Scene): Draft | undefined {
  const { label, facts } = scene;
  if (label.reason === 'Inconclusive') {
    const missing = label.context.missing ?? [];
    if (facts.length === 0 || missing.length === 0) return undefined;
    const rivals = [...new Set(label.hypotheses.map(({ reason }) => reason))];
    const considered = rivals.length === 0 ? '' : `Considered: ${rivals.join(', ')}.`;
    return drafted(facts, considered, missing.join('; '), '');
  }
  const hidden = allHidden(scene);
  if (hidden === undefined) return undefined;
  const rivals = label.hypotheses.filter(({ fate }) => fate === 'explained').map(({ reason }) => reason);
  const considered = rivals.length === 0 ? '' : `They fit ${[...new Set(rivals)].join(' and ')}, which is how several causes look.`;
  const places = [...new Set(hidden.items.map(({ place }) => place))];
  return drafted(hidden.facts, considered, places.join('; '), hidden.items[0]?.command ?? '');
}

function drafted(facts: readonly Fact[], considered: string, missing: string, command: string): Draft {
  const json = { decided: false, missing, next_check: command };
  return { skill: 'abstain', facts, values: { considered, missing, command }, grounded: [], json };
}

/** The skills of an incident, each with at most one draft, in a fixed order. */
export const incidentSkills: readonly ((scene: Scene) => Draft | undefined)[] = [diagnose, compare, read, nextCheck, plan, health, abstain];

/** Sizes a container from its usage. */
export function size(label: ResourceOptimizationLabel): Draft {
  const { current_state: now, analysis, suggestion, segments, question } = label;
  const mebi = (bytes: number) => `${Math.round(bytes / 2 ** 20)}Mi`;
  const { cpu_usage_millicores: cpu, memory_usage_bytes: memory } = now;
  const usage = [
    `Container ${now.container}, ${now.replicas} ${now.replicas === 1 ? 'replica' : 'replicas'}, ${analysis.sample_count} samples over ${Math.round(analysis.window_seconds)} s:`,
    ...(cpu === null ? [] : [`- CPU: median ${cpu.p50}m, P95 ${cpu.p95}m, highest ${cpu.max}m`]),
    ...(memory === null ? [] : [`- memory: median ${mebi(memory.p50)}, P95 ${mebi(memory.p95)}, highest ${mebi(memory.max)}`]),
    `- OOM kills: ${analysis.oom_kills}`,
  ];
  const answer = segments.map(({ text }) => text).join('\n');
  const { risk, ...sizes } = suggestion;
  return {
    skill: 'size',
    facts: [],
    values: { question, usage: usage.join('\n'), answer },
    grounded: [],
    json: { reason: label.reason, ...sizes, risk },
  };
}
