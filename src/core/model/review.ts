import type { LabelResolution } from './label.ts';
import { compareText } from './text.ts';
import { labelerNamespace, uuid5 } from './uuid.ts';

export const verdicts = ['accept', 'reject', 'skip', 'undone'] as const;
export type Verdict = (typeof verdicts)[number];

/** Why a label was rejected. */
export const reviewReasons = ['wrong-cause', 'wrong-culprit', 'wrong-plan', 'not-grounded', 'unclear', 'duplicate', 'other'] as const;
export type ReviewReason = (typeof reviewReasons)[number];

/** What a reviewer wrote instead of the label's own words; fields that were left alone are absent. */
export type ReviewEdits = { root_cause?: string; answer?: string; impact?: string; resolution?: LabelResolution };

/**
 * What a person said of a label: an event that never changes. `content_hash` is of what was judged (see `LabelStore.judged`), `rule_id` the
 * rule of its answer, `sequence` counts a reviewer's events about a label from 0, `undoes` is the event that a verdict `undone` takes back.
 */
export type Review = {
  id: string;
  label_id: string;
  capture_id: string;
  content_hash: string;
  rule_id: string;
  verdict: Verdict;
  reason: ReviewReason | null;
  comment: string;
  edits: ReviewEdits | null;
  undoes: string | null;
  reviewer: string;
  sequence: number;
  seconds: number | null;
  created_at: string;
};

/** The order in which outputs show the fields. */
export const reviewFields = [
  'id',
  'label_id',
  'capture_id',
  'content_hash',
  'rule_id',
  'verdict',
  'reason',
  'comment',
  'edits',
  'undoes',
  'reviewer',
  'sequence',
  'seconds',
  'created_at',
] as const satisfies (keyof Review)[];

/** How a review stands to the label as it is now: it judged just that, something else (`stale`), or there is no such label (`unknown`). */
export type ReviewStanding = 'current' | 'stale' | 'unknown';

export type StoredReview = Review & { standing: ReviewStanding };

/** What people say of a label together. Skipped labels and those with stale reviews only are unreviewed; `disputed` ones were accepted and rejected. */
export const reviewStates = ['accepted', 'rejected', 'disputed', 'unreviewed'] as const;
export type ReviewState = (typeof reviewStates)[number];

/** The id of a review. */
export function reviewId({ label_id, content_hash, reviewer, sequence }: Omit<Review, 'id'>): string {
  return uuid5(`review/${label_id}/${content_hash}/${sequence}/${reviewer}`, labelerNamespace);
}

/** Tells which events were taken back. Only their own reviewer can do that. */
export function takenBack(events: Iterable<Review>): (event: Review) => boolean {
  const undone = new Set([...events].map(({ undoes, reviewer }) => JSON.stringify([undoes, reviewer])));
  return ({ id, reviewer }) => undone.has(JSON.stringify([id, reviewer]));
}

/** The verdict of each reviewer about each label that counts: the last one that was not taken back. In the order of time. */
export function standingVerdicts<T extends Review>(reviews: Iterable<T>): T[] {
  const events = [...reviews];
  const undone = takenBack(events);
  const last = new Map<string, T>();
  for (const event of events) {
    if (event.verdict === 'undone' || undone(event)) continue;
    const key = JSON.stringify([event.label_id, event.reviewer]);
    const before = last.get(key);
    if (before === undefined || event.sequence - before.sequence > 0 || (event.sequence === before.sequence && byTime(before, event) < 0)) {
      last.set(key, event);
    }
  }
  return [...last.values()].sort(byTime);
}

/** Label id → what its current reviews say; labels that are not in it are unreviewed. */
export function reviewStatesOf(reviews: Iterable<StoredReview>): Map<string, ReviewState> {
  const states = new Map<string, ReviewState>();
  for (const { label_id, verdict, standing } of standingVerdicts(reviews)) {
    if (standing !== 'current' || (verdict !== 'accept' && verdict !== 'reject')) continue;
    const said = verdict === 'accept' ? 'accepted' : 'rejected';
    states.set(label_id, (states.get(label_id) ?? said) === said ? said : 'disputed');
  }
  return states;
}

/** By time, then by id. */
export function byTime(a: Review, b: Review): number {
  return compareText(a.created_at, b.created_at) || compareText(a.id, b.id);
}
