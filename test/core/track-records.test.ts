import { describe, expect, it } from 'vitest';
import type { Review } from '../../src/core/model/review.ts';
import { trackRecords, wilsonInterval } from '../../src/core/track-records.ts';
import { labelId } from './label-arbitrary.ts';
import { review } from './review-rows.ts';

const records = (...reviews: Review[]) => Object.fromEntries(trackRecords(reviews));
const about = (n: number, over: Partial<Review> = {}) => review({ label_id: labelId(n), ...over });

describe('the record of a rule', () => {
  it('counts accepted labels as right, and those with a wrong cause or culprit as wrong', () => {
    const reviews = [
      about(1),
      about(2, { verdict: 'reject', reason: 'wrong-cause' }),
      about(3, { verdict: 'reject', reason: 'wrong-culprit' }),
      about(4, { rule_id: 'IMG-1' }),
    ];
    expect(records(...reviews)).toEqual({ 'OOM-1': { right: 1, wrong: 2 }, 'IMG-1': { right: 1, wrong: 0 } });
  });

  it('is not touched by other reasons, skipped labels, rewritten causes and abstentions', () => {
    const reviews = [
      about(1, { verdict: 'reject', reason: 'wrong-plan' }),
      about(2, { verdict: 'skip' }),
      about(3, { edits: { root_cause: 'another' } }),
      about(4, { rule_id: 'abstain' }),
    ];
    expect(records(...reviews)).toEqual({});
    expect(records(about(5, { edits: { resolution: { observed: false, steps: [] } } }))).toEqual({ 'OOM-1': { right: 1, wrong: 0 } });
  });

  it('counts a label once, however many reviewers agree, and not where they differ', () => {
    expect(records(about(1), about(1, { reviewer: 'bob' }))).toEqual({ 'OOM-1': { right: 1, wrong: 0 } });
    expect(records(about(1), about(1, { reviewer: 'bob', verdict: 'reject', reason: 'wrong-cause' }))).toEqual({});
  });

  it('forgets what was taken back', () => {
    const first = about(1);
    expect(records(first, about(1, { verdict: 'undone', undoes: first.id, sequence: 1 }))).toEqual({});
  });
});

describe('the Wilson interval', () => {
  it('is that of the textbook', () => {
    expect(wilsonInterval(0, 0)).toBeUndefined();
    const { low, high } = wilsonInterval(9, 10)!;
    expect([low.toFixed(4), high.toFixed(4)]).toEqual(['0.5958', '0.9821']);
    expect(wilsonInterval(10, 10)).toMatchObject({ high: 1 });
    expect(wilsonInterval(0, 10)).toMatchObject({ low: 0 });
  });
});
