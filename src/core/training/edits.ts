import type { AnswerSegment } from '../model/event.ts';
import { isFault, type Label, type LabelResolution, type TroubleshootingLabel } from '../model/label.ts';
import type { ReviewEdits } from '../model/review.ts';
import { uncoloured } from '../model/text.ts';
import type { Drop, Fact, Made, PairKind, PreferencePair, Skill, TrainingExample } from '../model/training.ts';
import { answerIn, type MakeOptions, madeOf } from './examples.ts';
import { futureGate, groundGate, type Refusal, renderGate } from './gates.ts';
import { balanced } from './pairs.ts';
import { causeSegments, observedCheck, sceneOf } from './scene.ts';

/**
 * What can be made of a label of which a reviewer wrote something anew: examples say what the reviewer wrote, and a pair prefers it to
 * what the label said. What would still say the replaced text, or rests on it, is in `dropped`.
 */
export function editedMade(label: Label, facts: readonly Fact[], options: MakeOptions, edits: ReviewEdits): Made {
  const before = madeOf(label, facts, options);
  const edited = label.type === 'troubleshooting' ? editedLabel(label, edits) : label;
  const after = label.type === 'troubleshooting' ? madeOf(edited, facts, options) : before;
  const refusal = (name: Teaching) => refusalOf(name, isFault(label), edits);
  const dropped = after.dropped.filter(({ skill }) => refusal(skill as Teaching) === undefined);
  const kept = <T>(rows: readonly T[], nameOf: (row: T) => Teaching): T[] =>
    rows.filter((row) => {
      const found = refusal(nameOf(row));
      if (found !== undefined) dropped.push({ label: label.id, skill: nameOf(row), ...found });
      return found === undefined;
    });
  const made: Made = {
    examples: kept(after.examples, ({ skill }) => skill),
    pairs: kept(after.pairs, ({ kind }) => kind),
    dialogues: kept(after.dialogues, () => 'dialogue'),
    dropped,
  };
  dropped.push(...vanished(label.id, before, made));
  if (label.type !== 'troubleshooting') return made;
  for (const one of editPairs(label, edited as TroubleshootingLabel, facts, options, edits, before, made)) {
    if ('gate' in one) dropped.push(one);
    else made.pairs.push(one);
  }
  return made;
}

/** A label with the cause and the plan that a reviewer wrote. */
export function editedLabel(label: TroubleshootingLabel, { root_cause, resolution }: ReviewEdits): TroubleshootingLabel {
  return {
    ...label,
    ...(root_cause === undefined ? {} : { root_cause, segments: editedSegments(label, root_cause) }),
    ...(resolution === undefined ? {} : { resolution: editedPlan(label.resolution, resolution) }),
  };
}

/** In place of what the recording showed afterwards stands a check that others can make; a check that the reviewer wrote stays. */
function editedPlan({ observed, steps: own }: LabelResolution, plan: LabelResolution): LabelResolution {
  const shown = new Set(observed ? own.map(({ verify }) => verify) : []);
  if (!plan.observed || plan.steps.every(({ verify }) => shown.has(verify))) return plan;
  return { observed: false, steps: plan.steps.map((step) => (shown.has(step.verify) ? { ...step, verify: observedCheck } : step)) };
}

type Segment = TroubleshootingLabel['segments'][number];

function editedSegments(label: TroubleshootingLabel, cause: string): Segment[] {
  const own = new Set(causeSegments(label));
  const start = Math.max(
    0,
    label.segments.findIndex((segment) => own.has(segment)),
  );
  const others = (segments: readonly Segment[]) => segments.filter((segment) => !own.has(segment));
  return [...others(label.segments.slice(0, start)), ...rewritten([...own], cause), ...others(label.segments.slice(start))];
}

/** Sentences that stayed keep what they cite; what was written anew cites what the sentences in its place cited. */
function rewritten(sentences: readonly Segment[], cause: string): Segment[] {
  const pieces: Segment[] = [];
  let rest = cause;
  let replaced: Segment[] = [];
  const write = (text: string) => {
    const kind: AnswerSegment['kind'] = replaced.some((one) => one.kind === 'inference') ? 'inference' : (replaced[0]?.kind ?? 'inference');
    const evidence_ids = [...new Set(replaced.flatMap((one) => one.evidence_ids))];
    if (text.trim() !== '') pieces.push({ text: text.trim(), kind, evidence_ids });
    replaced = [];
  };
  for (const sentence of sentences) {
    const at = rest.indexOf(sentence.text);
    if (at < 0) {
      replaced.push(sentence);
      continue;
    }
    write(rest.slice(0, at));
    pieces.push(sentence);
    rest = rest.slice(at + sentence.text.length);
  }
  write(rest);
  return pieces;
}

type Teaching = Skill | PairKind | 'dialogue';

/** Which texts of a label an example says: its cause, its plan. `proof`: it rests on what the rule could not do without. */
const says: Readonly<Record<Teaching, readonly ('cause' | 'plan' | 'proof')[]>> = {
  diagnose: ['cause', 'plan'],
  compare: ['cause'],
  read: ['cause'],
  next_check: ['proof'],
  plan: ['cause', 'plan'],
  health: [],
  abstain: ['proof'],
  size: ['cause'],
  runner_up: ['cause'],
  wrong_remedy: ['cause', 'plan'],
  uncited: ['cause', 'plan'],
  edit: [],
  dialogue: ['cause', 'plan'],
};

/** Why something must not be taught although the label with the edits would give it. */
function refusalOf(name: Teaching, fault: boolean, { root_cause, answer, resolution }: ReviewEdits): Refusal | undefined {
  const parts = name === 'health' && !fault ? (['cause'] as const) : says[name];
  const replaced = (detail: string): Refusal => ({ gate: 'replaced', detail });
  for (const part of parts) {
    if (part === 'proof' && (root_cause ?? answer) !== undefined)
      return replaced('what the cause rests on that a reviewer wrote is not known');
    const written = part === 'plan' ? resolution : root_cause;
    if (part !== 'proof' && answer !== undefined && written === undefined) return replaced(`a reviewer wrote another answer`);
    const foreign = part === 'cause' ? citationGate(root_cause) : undefined;
    if (foreign !== undefined) return foreign;
  }
  return undefined;
}

/** Facts have their numbers only in a prompt, which a reviewer has not seen. */
function citationGate(text = ''): Refusal | undefined {
  const number = /(?:^|\s)(\[\d+(?:, ?\d+)*\])/.exec(text)?.[1];
  return number === undefined ? undefined : { gate: 'ungrounded', detail: `a reviewer cites ${number}, which is no number of the prompt` };
}

/** What the label gave as it was and does not give with the edits, without a gate that says why. */
function vanished(label: string, before: Made, after: Made): Drop[] {
  const names = ({ examples, dialogues }: Made): Teaching[] => [
    ...examples.map(({ skill }) => skill),
    ...dialogues.map(() => 'dialogue' as const),
  ];
  const told = new Set<string>([...names(after), ...after.dropped.map(({ skill }) => skill)]);
  return names(before)
    .filter((name) => !told.has(name))
    .map((skill) => ({ label, skill, gate: 'replaced', detail: 'a reviewer wrote another text, which gives none' }));
}

type Pairing = PreferencePair | Drop;

/** What a reviewer wrote against what the label said, in the same shape and to the same prompt. */
function editPairs(
  label: TroubleshootingLabel,
  edited: TroubleshootingLabel,
  facts: readonly Fact[],
  options: MakeOptions,
  { root_cause, answer, resolution }: ReviewEdits,
  before: Made,
  made: Made,
): Pairing[] {
  // The facts of the prompt are those of the edited label; only the words are those of the label as it was.
  const scene = { ...sceneOf(edited, facts, options), label };
  const pairs: (Pairing | undefined)[] = [];
  const skills = [...(root_cause === undefined ? [] : (['diagnose'] as const)), ...(resolution === undefined ? [] : (['plan'] as const))];
  for (const skill of skills) {
    const example = made.examples.find((one) => one.skill === skill);
    const said = example === undefined ? undefined : answerIn(scene, skill, options);
    if (example !== undefined && said !== undefined) pairs.push(editPair(label, example, said, options));
  }
  if (answer !== undefined && root_cause === undefined) pairs.push(answerPair(label, before, answer, options));
  return pairs.filter((one) => one !== undefined);
}

function editPair(label: TroubleshootingLabel, example: TrainingExample, said: string, options: MakeOptions): Pairing {
  if (example.completion === said)
    return { label: label.id, skill: 'edit', gate: 'alike', detail: `the edit does not show in the answer of ${example.skill}` };
  // A sentence more would make JSON none.
  const filler = options.json === true ? { filler: [] } : {};
  return balanced({ label, templates: options.templates }, 'edit', example, said, { key: `edit/${example.skill}`, ...filler });
}

/** The whole answer in the reviewer's words against the whole answer of the label. */
function answerPair(label: TroubleshootingLabel, before: Made, answer: string, options: MakeOptions): Pairing | undefined {
  const example = before.examples.find(({ skill }) => skill === 'diagnose');
  if (example === undefined) return undefined;
  const completion = uncoloured(answer.trim());
  const refused = answerRefusal(completion, example, options);
  if (refused !== undefined) return { label: label.id, skill: 'edit', ...refused };
  return editPair(label, { ...example, completion }, uncoloured(label.answer), options);
}

function answerRefusal(completion: string, { prompt, moment }: TrainingExample, { json }: MakeOptions): Refusal | undefined {
  if (json === true) return { gate: 'replaced', detail: 'a reviewer wrote prose, and JSON is asked for' };
  const shown = { asked: '', recorded: prompt, prompt, completion, facts: [], moment };
  return (
    citationGate(completion) ?? futureGate(shown) ?? groundGate(prompt, [completion]) ?? renderGate({ ...shown, recorded: '', prompt: '-' })
  );
}
