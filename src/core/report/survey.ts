import { indexLabel, type LabelIndex, newIndex } from '../label-events.ts';
import type { Label } from '../model/label.ts';
import { type RulesStats, rulesStats } from '../rules-stats.ts';
import { type Figures, figuresOf, newTally, tallyLabel } from './figures.ts';
import type { Reviewed } from './reviews.ts';

/** What a first look at the labels gives. */
export type Survey = { figures: Figures; rules: RulesStats & { rules: { title: string }[] }; index: LabelIndex };

/** Counts labels, which come ordered by id, and what rules did in them; all in one pass. */
export async function surveyOf(
  labels: AsyncIterable<Label>,
  reviewed: Reviewed,
  known: readonly { id: string; title: string }[],
): Promise<Survey> {
  const tally = newTally();
  const index = newIndex();
  const seen = async function* () {
    for await (const label of labels) {
      tallyLabel(tally, label, reviewed.wordOf(label.id));
      indexLabel(index, label);
      yield label;
    }
  };
  const reviews = async function* () {
    yield* reviewed.all;
  };
  const stats = await rulesStats(
    { select: seen, reviews },
    known.map(({ id }) => id),
  ); // prettier-ignore
  const titles = new Map(known.map(({ id, title }) => [id, title]));
  const rules = stats.rules.map((rule) => ({ ...rule, title: titles.get(rule.id) ?? '' }));
  return { figures: figuresOf(tally), rules: { ...stats, rules }, index };
}
