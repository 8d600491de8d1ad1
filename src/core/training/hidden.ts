import { isFault, type LabelEvidence } from '../model/label.ts';
import type { Fact } from '../model/training.ts';
import { hashIndex } from '../model/uuid.ts';
import { checkOf, commandOf, placeOf } from './checks.ts';
import { causeItems, type Scene, symptomIds } from './scene.ts';

/** Items that are taken away, and the facts that are left. Each can be looked for: what it would show, where it stands, and how to see it. */
export type Hidden = { facts: Fact[]; items: { shows: string; place: string; command: string }[] };

/**
 * One item without which the rule did not claim the cause (`ablation: necessary`), taken away from what is shown, so that the right next step
 * is to look for it. Undefined if no such item can be looked for, or nothing is left.
 */
export function oneHidden(scene: Scene): Hidden | undefined {
  const items = lookedFor(necessaryItems(scene));
  const chosen = items[hashIndex(`hidden/${scene.label.id}`, items.length)];
  return chosen === undefined ? undefined : withoutItems(scene, [chosen.item], [chosen]);
}

/** All items without which the rule did not claim the cause, taken away: what is left is the symptom, which does not decide. */
export function allHidden(scene: Scene): Hidden | undefined {
  const items = necessaryItems(scene);
  const found = lookedFor(items);
  return found.length === 0 ? undefined : withoutItems(scene, items, found);
}

type Found = Hidden['items'][number] & { item: LabelEvidence };

/** Necessary items that are not the symptom itself, which the question tells. */
function necessaryItems({ label }: Scene): LabelEvidence[] {
  if (!isFault(label)) return [];
  const symptoms = symptomIds(label);
  return causeItems(label).filter(({ id, ablation }) => ablation === 'necessary' && !symptoms.has(id));
}

function lookedFor(items: readonly LabelEvidence[]): Found[] {
  return items.flatMap((item) => {
    const check = checkOf(item);
    return check === undefined ? [] : [{ item, shows: item.note, place: placeOf(check), command: commandOf(check) }];
  });
}

function withoutItems({ facts }: Scene, items: readonly LabelEvidence[], found: readonly Found[]): Hidden | undefined {
  const left = facts.filter((fact) => !items.some((item) => shows(fact, item, facts)));
  return left.length === 0 ? undefined : { facts: left, items: found.map(({ item: _, ...rest }) => rest) };
}

const logged = /^(?:container \S+ )?logs: /;
const told = /^Event (\S+?):/;

/** Whether a fact shows the item: it carries it, is a log line as the item is, an Event of its reason, or says what its fact says. */
function shows(fact: Fact, item: LabelEvidence, facts: readonly Fact[]): boolean {
  if (fact.evidence.includes(item.id)) return true;
  if (item.type === 'log' && logged.test(fact.text)) return true;
  const own = facts.find(({ evidence }) => evidence.includes(item.id));
  const reason = told.exec(own?.text ?? '')?.[1];
  if (item.type === 'event' && reason !== undefined && told.exec(fact.text)?.[1] === reason) return true;
  const value = typeof item.value === 'string' ? item.value.trim() : '';
  return value.length >= 8 && (fact.text.includes(value) || (fact.text.length >= 8 && value.includes(fact.text)));
}
