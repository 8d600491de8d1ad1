import { type Review, reviewId } from '../../src/core/model/review.ts';
import { labelId } from './label-arbitrary.ts';

/** A review that accepts label 1, with an id that fits; `over` replaces fields. */
export function review(over: Partial<Review> = {}): Review {
  const fields: Omit<Review, 'id'> = {
    label_id: labelId(1),
    capture_id: 'cap-a',
    content_hash: 'a'.repeat(64),
    rule_id: 'OOM-1',
    verdict: 'accept',
    reason: null,
    comment: '',
    edits: null,
    undoes: null,
    reviewer: 'ada',
    sequence: 0,
    seconds: null,
    created_at: '2026-03-03T00:00:00.000Z',
    ...over,
  };
  return { id: reviewId(fields), ...fields };
}
