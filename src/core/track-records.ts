import type { TrackRecords } from './analysis/vote.ts';
import { type Review, standingVerdicts } from './model/review.ts';
import type { LabelStore } from './store/store.ts';

type Said = 'right' | 'wrong' | 'both';

/**
 * Rule id → how many labels of its answer people found right and wrong; a label counts once, and not where reviewers differ. Stale
 * reviews count too: a record moves confidence, and what it moves must not take it back.
 */
export function trackRecords(reviews: Iterable<Review>): TrackRecords {
  const labels = new Map<string, { ruleId: string; said: Said }>();
  for (const review of standingVerdicts(reviews)) {
    const said = saidOf(review);
    if (said === undefined || review.rule_id === 'abstain' || review.rule_id === '') continue;
    const key = JSON.stringify([review.label_id, review.rule_id]);
    const before = labels.get(key)?.said ?? said;
    labels.set(key, { ruleId: review.rule_id, said: before === said ? said : 'both' });
  }
  const records = new Map<string, { right: number; wrong: number }>();
  for (const { ruleId, said } of labels.values()) {
    if (said === 'both') continue;
    const { right, wrong } = records.get(ruleId) ?? { right: 0, wrong: 0 };
    records.set(ruleId, { right: right + Number(said === 'right'), wrong: wrong + Number(said === 'wrong') });
  }
  return records;
}

/** The records of rules by all reviews of a store. */
export async function storedRecords(store: LabelStore): Promise<TrackRecords> {
  const reviews: Review[] = [];
  for await (const review of store.reviews()) reviews.push(review);
  return trackRecords(reviews);
}

/** A cause that the reviewer had to write anew speaks neither for nor against the rule; a plan that is wrong does not speak against its cause. */
function saidOf({ verdict, reason, edits }: Review): Said | undefined {
  if (verdict === 'accept') return edits?.root_cause === undefined ? 'right' : undefined;
  return verdict === 'reject' && (reason === 'wrong-cause' || reason === 'wrong-culprit') ? 'wrong' : undefined;
}

/** The Wilson score interval (95 %) of a share, 0 to 1; undefined without observations. */
export function wilsonInterval(successes: number, total: number): { low: number; high: number } | undefined {
  if (total === 0) return undefined;
  const z = 1.959964;
  const share = successes / total;
  const spread = z * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2));
  const middle = share + z ** 2 / (2 * total);
  const norm = 1 + z ** 2 / total;
  return { low: successes === 0 ? 0 : (middle - spread) / norm, high: successes === total ? 1 : (middle + spread) / norm };
}
