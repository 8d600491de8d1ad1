import type { LabelEvidence } from '../model/label.ts';
import type { Fact } from '../model/training.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';
import { checkOf, commandOf } from './checks.ts';
import { causeItems, isFault, type Scene, symptomIds } from './scene.ts';

/** An item that is taken away: the facts that are left, what it would show (`the Service selects by …`), and how to see it. */
export type Hidden = { item: LabelEvidence; facts: Fact[]; question: string; command: string };

/**
 * One item without which the rule did not claim the cause (`ablation: necessary`), taken away from what is shown, so that the honest answer
 * is to look for it. Undefined if no such item can be looked for, or if what is left still shows it.
 */
export function hiddenItem({ label, facts }: Scene): Hidden | undefined {
  if (!isFault(label)) return undefined;
  const symptoms = symptomIds(label);
  const items = causeItems(label).filter(({ id, ablation }) => ablation === 'necessary' && !symptoms.has(id));
  const usable = items.flatMap((item) => {
    const check = checkOf(item);
    if (check === undefined) return [];
    const left = facts.filter((fact) => !shows(fact, item, facts));
    return left.length === 0 ? [] : [{ item, facts: left, question: item.note, command: commandOf(check) }];
  });
  const digits = uuid5(`hidden/${label.id}`, labelerNamespace).slice(0, 8);
  return usable[Number.parseInt(digits, 16) % Math.max(1, usable.length)];
}

/** Whether a fact shows the item: it carries it, or it is about the same object and says what the item's fact says. */
function shows(fact: Fact, item: LabelEvidence, facts: readonly Fact[]): boolean {
  if (fact.evidence.includes(item.id)) return true;
  const own = facts.find(({ evidence }) => evidence.includes(item.id));
  if (own !== undefined && fact.seq === own.seq && fact.ref === own.ref) return true;
  const value = typeof item.value === 'string' ? item.value.trim() : '';
  return value.length >= 8 && (fact.text.includes(value) || (fact.text.length >= 8 && value.includes(fact.text)));
}
