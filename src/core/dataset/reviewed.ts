import { type ReviewEdits, type ReviewState, reviewStatesOf, type StoredReview, standingVerdicts } from '../model/review.ts';
import type { LabelStore } from '../store/store.ts';

/** What people say of the labels of a store. `edits` are of accepted labels, and hold only what examples can say. */
export type Reviewed = { states: ReadonlyMap<string, ReviewState>; edits: ReadonlyMap<string, ReviewEdits> };

/** The fields of an edit that a dataset can say, in a fixed order. */
const taught = ['root_cause', 'answer', 'resolution'] as const;

/**
 * Reads what people said of labels as they are now: stale reviews and those that were taken back do not count. Where several reviewers
 * wrote something anew, the latest counts (by time, then id).
 */
export async function readReviewed(store: Pick<LabelStore, 'reviews'>): Promise<Reviewed> {
  const reviews: StoredReview[] = [];
  for await (const review of store.reviews()) reviews.push(review);
  const states = reviewStatesOf(reviews);
  const edits = new Map<string, ReviewEdits>();
  for (const { label_id: label, standing, edits: written } of standingVerdicts(reviews)) {
    if (standing !== 'current' || written === null || states.get(label) !== 'accepted') continue;
    const fields = Object.fromEntries(taught.flatMap((name) => (written[name] === undefined ? [] : [[name, written[name]]])));
    if (Object.keys(fields).length > 0) edits.set(label, fields);
  }
  return { states, edits };
}
