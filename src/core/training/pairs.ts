import { parseJson, stringifyJson } from '../model/json.ts';
import { isFault } from '../model/label.ts';
import { categoryOf } from '../model/taxonomy.ts';
import { uncoloured } from '../model/text.ts';
import type { Drop, PairKind, PreferencePair, TrainingExample } from '../model/training.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';
import { causeItems, causeText, cites, type Scene, stepText } from './scene.ts';
import { resolutionText } from './skills.ts';
import { chosen, filled } from './templates.ts';

/** Outside of these, preference training learns that length is what counts. */
const ratio = { least: 0.7, most: 1.4 };

/**
 * Preference pairs of a label: its examples' answers against the runner-up, against remedies that do not touch the cause, and against the
 * same answer without evidence. A pair whose lengths cannot be balanced is dropped.
 */
export function pairsOf(scene: Scene, examples: readonly TrainingExample[], json = false): (PreferencePair | Drop)[] {
  if (!isFault(scene.label)) return [];
  const diagnosis = examples.find(({ skill }) => skill === 'diagnose');
  const plan = examples.find(({ skill }) => skill === 'plan');
  const [rival, bare, remedy] = json ? [jsonRunnerUp, jsonUncited, jsonWrongRemedy] : [runnerUp, uncited, wrongRemedy];
  return [
    ...(diagnosis === undefined ? [] : [rival(scene, diagnosis), bare(scene, diagnosis)]),
    ...(plan === undefined ? [] : [remedy(scene, plan)]),
  ].filter((one) => one !== undefined);
}

function rivalOf({ label }: Scene) {
  return label.hypotheses.find(({ reason, fate }) => reason !== label.reason && fate !== 'healed');
}

/** The same object with the cause of the best other claim. */
function jsonRunnerUp(scene: Scene, example: TrainingExample) {
  const rival = rivalOf(scene);
  if (rival === undefined) return undefined;
  const [, kind = '', namespace = '', name = ''] = /^(\S+) (?:([^/]+)\/)?(.*)$/.exec(rival.subject) ?? [];
  const root_cause = `${scene.titleOf(rival.rule_id) || rival.reason}.`;
  return jsonPair(scene, 'runner_up', example, {
    root_cause,
    reason: rival.reason,
    category: categoryOf(rival.reason),
    culprit: { kind, namespace, name },
  });
}

/** The same object without a single fact. */
function jsonUncited(scene: Scene, example: TrainingExample) {
  return jsonPair(scene, 'uncited', example, { evidence: [] });
}

function jsonWrongRemedy(scene: Scene, example: TrainingExample) {
  return jsonPair(scene, 'wrong_remedy', example, { steps: wrongSteps(scene).map((step) => ({ ...step, command: '', risk: 'low' })) });
}

/** An answer that is a JSON object against the same object with other fields; nothing is padded, because a sentence more would make it none. */
function jsonPair(scene: Scene, kind: PairKind, example: TrainingExample, other: Record<string, unknown>) {
  const rejected = stringifyJson({ ...(parseJson(example.completion) as object), ...other });
  return balanced(scene, kind, example, rejected, { filler: [] });
}

/** Names the best other claim, with the same confidence and the same facts. */
function runnerUp(scene: Scene, example: TrainingExample) {
  const { label, facts, templates, titleOf } = scene;
  const rival = rivalOf(scene);
  if (rival === undefined) return undefined;
  const { text } = chosen(label.id, 'runner_up', templates.pairs.runner_up.rejected);
  const ids = causeItems(label).map(({ id }) => id);
  const rejected = filled(text, {
    title: titleOf(rival.rule_id) || rival.reason,
    reason: rival.reason,
    subject: rival.subject,
    cites: cites(facts, ids),
    confidence: label.confidence.toFixed(2),
  });
  const short = uncoloured([`Root cause: ${causeText(label, facts)}`, `Reason: ${label.reason}`, `To change: ${scene.culprit}`].join('\n'));
  return balanced(scene, 'runner_up', { ...example, completion: short }, rejected);
}

/** Says the same without a single fact. */
function uncited(scene: Scene, example: TrainingExample) {
  const { label, templates, culprit } = scene;
  const { reason, category } = label;
  const { text } = chosen(label.id, 'uncited', templates.pairs.uncited.rejected);
  const rejected = filled(text, { cause: causeText(label), reason, category, culprit, resolution: resolutionText(scene) });
  return balanced(scene, 'uncited', example, rejected);
}

function wrongRemedy(scene: Scene, example: TrainingExample) {
  const steps = wrongSteps(scene).map(({ action, verify }, index) => stepText(index + 1, action, '', verify));
  return balanced(scene, 'wrong_remedy', example, steps.join('\n'));
}

/** As many steps as the right plan has, none of which touches the cause. */
function wrongSteps({ label, templates, workload, culprit }: Scene): { action: string; verify: string }[] {
  const all = templates.pairs.wrong_remedies;
  const remedies = [...(all[label.category] ?? []), ...(all.any ?? [])];
  const first = chosen(
    label.id,
    'wrong_remedy',
    remedies.map(({ action }) => action),
  ).index;
  return label.resolution.steps.map((_, index) => {
    const { action = '', verify = '' } = remedies[(first + index) % remedies.length] ?? {};
    return { action: filled(action, { workload, culprit }), verify: filled(verify, { workload, culprit }) };
  });
}

/**
 * A pair whose lengths are alike, or why it is none. The rejected answer is made longer with sentences of the templates if `filler` are
 * given, the chosen one never. `key` tells pairs of one kind apart.
 */
export function balanced(
  { label, templates: { pairs } }: Pick<Scene, 'label' | 'templates'>,
  kind: PairKind,
  example: TrainingExample,
  rejected: string,
  { key = kind as string, filler = pairs.filler } = {},
): PreferencePair | Drop {
  const { id: _id, skill: _skill, template: _template, completion, ...rest } = example;
  let padded = uncoloured(rejected);
  const first = chosen(label.id, `filler/${key}`, filler).index;
  for (let index = 0; index < filler.length && padded.length < ratio.least * completion.length; index += 1) {
    padded = `${padded}\n${filler[(first + index) % filler.length]}`;
  }
  const share = padded.length / completion.length;
  if (share < ratio.least || share > ratio.most) {
    return { label: label.id, skill: kind, gate: 'unbalanced', detail: `the rejected answer has ${share.toFixed(2)} of the length` };
  }
  return { ...rest, id: uuid5(`pair/${key}/${label.id}`, labelerNamespace), kind, chosen: completion, rejected: padded };
}
