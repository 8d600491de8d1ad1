import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Review, reviewStatesOf, standingVerdicts } from '../../../src/core/model/review.ts';
import { labelId } from '../label-arbitrary.ts';
import { review } from '../review-rows.ts';

const accept = review();
const reject = review({ verdict: 'reject', reason: 'wrong-cause', sequence: 1, created_at: '2026-03-03T00:00:01.000Z' });
const undo = review({ verdict: 'undone', undoes: reject.id, sequence: 2, created_at: '2026-03-03T00:00:02.000Z' });
const state = (...reviews: Review[]) => reviewStatesOf(reviews.map((one) => ({ ...one, standing: 'current' as const }))).get(labelId(1));

describe('the verdicts that count', () => {
  it('are the last of each reviewer', () => {
    expect(standingVerdicts([accept, reject])).toEqual([reject]);
    const other = review({ reviewer: 'bob' });
    expect(standingVerdicts([accept, reject, other])).toEqual([other, reject]);
  });

  it('are the one before where the last was taken back', () => {
    expect(standingVerdicts([accept, reject, undo])).toEqual([accept]);
    expect(standingVerdicts([reject, undo])).toEqual([]);
    const foreign = { ...undo, reviewer: 'mallory' };
    expect(standingVerdicts([accept, reject, foreign])).toEqual([reject]);
  });

  it('follow the count of a reviewer where their clock went back', () => {
    expect(standingVerdicts([accept, { ...reject, created_at: '2020-01-01T00:00:00.000Z' }])[0]?.verdict).toBe('reject');
  });

  it('do not depend on the order in which events come', () => {
    const events = [accept, reject, undo, review({ reviewer: 'bob' }), review({ reviewer: 'bob', sequence: 1, verdict: 'skip' })];
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        expect(standingVerdicts(shuffled)).toEqual(standingVerdicts(events));
      }),
    );
  });
});

describe('what people say of a label', () => {
  it('is accepted, rejected, or disputed where they differ', () => {
    expect([state(accept), state(reject), state(accept, review({ reviewer: 'bob', verdict: 'reject', reason: 'other' }))]).toEqual([
      'accepted',
      'rejected',
      'disputed',
    ]);
  });

  it('is nothing for skipped labels, undone verdicts and stale reviews', () => {
    expect(state(review({ verdict: 'skip' }))).toBeUndefined();
    expect(state(reject, undo)).toBeUndefined();
    expect(reviewStatesOf([{ ...accept, standing: 'stale' }]).size).toBe(0);
  });
});
