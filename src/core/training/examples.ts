import { stringifyJson } from '../model/json.ts';
import type { Label, TroubleshootingLabel } from '../model/label.ts';
import { uncoloured } from '../model/text.ts';
import type { Drop, Fact, Made, Skill, TrainingExample } from '../model/training.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';
import { futureGate, groundGate, type Refusal, renderGate, revealGate, type Shown } from './gates.ts';
import { pairsOf } from './pairs.ts';
import { type Craft, factList, originOf, type Scene, sceneOf } from './scene.ts';
import type { Draft } from './skill.ts';
import { incidentSkills, size } from './skills.ts';
import { chosen, filled } from './templates.ts';
import { dialogueOf } from './tools.ts';

/** `json`: answers are JSON objects (`--json-answer`). */
export type MakeOptions = Craft & { json?: boolean };

/**
 * Everything that can be made of a label: of each skill at most one example, preference pairs, a dialogue with tools. `facts` are all facts
 * of its incident, in order. What a gate refuses is in `dropped`.
 */
export function madeOf(label: Label, facts: readonly Fact[], options: MakeOptions): Made {
  const made: Made = { examples: [], pairs: [], dialogues: [], dropped: [] };
  if (label.type === 'resource_optimization') {
    take(made, { ...options, label: label as unknown as TroubleshootingLabel, moment: label.timestamp } as Scene, size(label), options);
    return made;
  }
  const scene = sceneOf(label, facts, options);
  for (const skill of incidentSkills) {
    const draft = skill(scene);
    if (draft !== undefined) take(made, scene, draft, options);
  }
  for (const one of pairsOf(scene, made.examples, options.json)) {
    if ('gate' in one) made.dropped.push(one);
    else made.pairs.push(one);
  }
  const dialogue = dialogueOf(scene);
  if (dialogue !== undefined) made.dialogues.push(dialogue);
  return made;
}

function take(made: Made, scene: Scene, draft: Draft, options: MakeOptions): void {
  const { example, shown } = written(scene, draft, options);
  const refusal = refused(scene, draft, shown);
  if (refusal === undefined) made.examples.push(example);
  else made.dropped.push({ label: scene.label.id, skill: draft.skill, ...refusal } satisfies Drop);
}

/** The answer of a skill about a scene, ungated; undefined if it has none. */
export function answerIn(scene: Scene, skill: Skill, options: MakeOptions): string | undefined {
  const draft = incidentSkills.map((make) => make(scene)).find((one) => one?.skill === skill);
  return draft === undefined ? undefined : written(scene, draft, options).example.completion;
}

/** The gates in order; the first that refuses counts. */
function refused({ label }: Scene, draft: Draft, shown: Shown): Refusal | undefined {
  const asks = draft.skill !== 'plan' && draft.skill !== 'size' && draft.skill !== 'compare';
  return (
    futureGate(shown) ??
    (asks ? revealGate(shown, label) : undefined) ??
    groundGate(shown.prompt, draft.grounded.map(uncoloured), draft.named) ??
    renderGate(shown)
  );
}

function written(scene: Scene, draft: Draft, { json }: MakeOptions): { example: TrainingExample; shown: Shown } {
  const { label, moment, symptom, workload, templates } = scene;
  const { skill, facts } = draft;
  const wordings = templates.skills[skill];
  const ask = chosen(label.id, `${skill}/prompt`, wordings.prompt ?? []);
  const said = chosen(label.id, `${skill}/completion`, wordings[draft.answer ?? 'completion'] ?? []);
  const values: Record<string, string> = { symptom, workload, ...draft.values };
  const instruction = json === true ? filled(templates.json_instruction, { fields: Object.keys(draft.json).join(', ') }) : '';
  const asking = filled(ask.text, { ...values, facts: facts.length === 0 ? '' : factList(scene, facts, skill) });
  const prompt = uncoloured([asking, instruction].filter(Boolean).join('\n\n'));
  const blank = Object.fromEntries((draft.recorded ?? []).map((name) => [name, '']));
  const recorded = [...facts.map(({ text }) => text), ...(draft.recorded ?? []).map((name) => values[name] ?? '')].join('\n');
  const completion = uncoloured(json === true ? stringifyJson(draft.json) : filled(said.text, values));
  return {
    example: {
      ...originOf(label),
      id: uuid5(`example/${skill}/${label.id}`, labelerNamespace),
      skill,
      moment,
      template: `${skill}/${ask.index}.${said.index}`,
      system: chosen(label.id, 'system', templates.system).text,
      prompt,
      completion,
    },
    shown: { asked: filled(ask.text, { ...values, facts: '', ...blank }), recorded, prompt, completion, facts, moment },
  };
}
