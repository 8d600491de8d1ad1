import { reviewStates, reviewStatesOf, type StoredReview, standingVerdicts } from '../model/review.ts';
import { shownText } from './data-block.ts';
import { stepRows } from './rows.ts';

/** What people say of a label: a review state, or `stale` where there are only reviews of what the label was before. */
export const reviewWords = [...reviewStates, 'stale'] as const;
export type ReviewWord = (typeof reviewWords)[number];

/** The reviews of a store: all of them, the last verdict of each reviewer by label, and what they come to. */
export type Reviewed = { all: StoredReview[]; byLabel: Map<string, StoredReview[]>; wordOf: (labelId: string) => ReviewWord };

/** Gathers reviews. */
export async function gatherReviews(reviews: AsyncIterable<StoredReview>): Promise<Reviewed> {
  const all: StoredReview[] = [];
  for await (const review of reviews) all.push(review);
  const byLabel = new Map<string, StoredReview[]>();
  for (const review of standingVerdicts(all)) byLabel.set(review.label_id, [...(byLabel.get(review.label_id) ?? []), review]);
  const states = reviewStatesOf(all);
  const isStale = (id: string) => byLabel.get(id)?.some(({ standing, verdict }) => standing === 'stale' && verdict !== 'skip') === true;
  return { all, byLabel, wordOf: (id) => states.get(id) ?? (isStale(id) ? 'stale' : 'unreviewed') };
}

/** Reviews as a page shows them beside the label's own words: who said what, when, of the label as it is or of an earlier one. */
export function reviewRows(reviews: readonly StoredReview[]) {
  return reviews.map(({ reviewer, verdict, reason, comment, created_at: at, standing, edits }) => ({
    reviewer: shownText(reviewer, 80),
    verdict,
    reason: reason ?? '',
    comment: shownText(comment),
    at,
    stale: standing !== 'current',
    edits: [
      ['Root cause', edits?.root_cause],
      ['Answer', edits?.answer],
      ['Impact', edits?.impact],
    ].flatMap(([name = '', text]) => (text === undefined ? [] : [[name, shownText(text, 2000)]])),
    ...(edits?.resolution === undefined ? {} : { steps: stepRows(edits.resolution) }),
  }));
}
