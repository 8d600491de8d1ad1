import { describe, expect, it } from 'vitest';
import type { TroubleshootingLabel } from '../../src/core/model/label.ts';
import type { StoredReview } from '../../src/core/model/review.ts';
import { candidateOf, orderedQueue } from '../../src/core/review-queue.ts';
import { labelId, troubleshootingLabel } from './label-arbitrary.ts';
import { review } from './review-rows.ts';

const sure = { hypotheses: [], quality: { ...troubleshootingLabel().quality, overall_score: 0.95 } };
const said = (over: Parameters<typeof review>[0]): StoredReview => ({ ...review(over), standing: 'current' });
const rival = (confidence: number, fate: 'weaker' | 'too-close' | 'explained'): Partial<TroubleshootingLabel> => ({
  hypotheses: [{ reason: 'RuntimeHeapOom', subject: 'Deployment shop/x', confidence, rule_id: 'OOM-3', fate }],
});

/** A label outside of the random tenth. */
function label(n: number, over: Partial<TroubleshootingLabel> = {}) {
  let number = n;
  while (candidateOf(troubleshootingLabel(number)).sampled) number += 1000;
  return candidateOf(troubleshootingLabel(number, { ...sure, ...over }));
}

const many = Array.from({ length: 4 }, (_, n) => label(100 + n, { rule_ids: ['OOM-9'] }));
const known = said({ label_id: labelId(999), rule_id: 'OOM-9' });

describe('the review queue', () => {
  it('puts conflicts first, then near causes, low scores, rare reasons, rules without a review, then the rest', () => {
    const rest = many[0]!;
    const unknown = label(6, { rule_ids: ['OOM-1'] });
    const rare = label(5, { reason: 'ImageNotFound', category: 'image', rule_ids: ['OOM-9'] });
    const low = label(4, { quality: { ...sure.quality, overall_score: 0.5 } });
    const near = label(3, rival(0.7, 'weaker'));
    const nearer = label(2, rival(0.8, 'weaker'));
    const conflict = label(1, rival(0.2, 'too-close'));
    const queue = orderedQueue([...many, unknown, rare, low, near, nearer, conflict], [known], 'ada');
    const order = [conflict, nearer, near, low, rare, unknown];
    expect(queue.slice(0, 6).map(({ labelId: id }) => id)).toEqual(order.map(({ labelId: id }) => id));
    expect(queue.slice(0, 7).map(({ cause }) => cause)).toEqual(['conflict', 'margin', 'margin', 'quality', 'rare', 'new-rule', 'rest']);
    expect(queue.find(({ labelId: id }) => id === rest.labelId)?.cause).toBe('rest');
  });

  it('counts a cause that the answer explains as no rival', () => {
    expect(candidateOf(troubleshootingLabel(1, rival(0.84, 'explained'))).margin).toBe(1);
  });

  it('does not depend on the order of labels and reviews', () => {
    const labels = Array.from({ length: 60 }, (_, n) => candidateOf(troubleshootingLabel(n, sure)));
    const reviews = [known, said({ label_id: labelId(3) })];
    expect(orderedQueue(labels.toReversed(), reviews.toReversed(), 'ada')).toEqual(orderedQueue(labels, reviews, 'ada'));
  });

  it('spreads about a tenth of all labels, chosen by their ids alone, evenly among the others', () => {
    const labels = Array.from({ length: 400 }, (_, n) => candidateOf(troubleshootingLabel(n, sure)));
    const queue = orderedQueue(labels, [], 'ada');
    const places = queue.flatMap(({ cause }, index) => (cause === 'sample' ? [index] : []));
    expect(places.length).toBeGreaterThan(20);
    expect(places.length).toBeLessThan(60);
    const half = places.filter((place) => place < 200).length;
    expect(Math.abs(half - places.length / 2)).toBeLessThanOrEqual(places.length / 4);
    const worse = labels.map((one) => ({ ...one, quality: 0, margin: 0 }));
    const ids = (items: typeof queue) => items.filter(({ cause }) => cause === 'sample').map(({ labelId: id }) => id);
    expect(ids(orderedQueue(worse, [], 'ada'))).toEqual(ids(queue));
  });

  it('leaves out what this reviewer has judged, keeps what others did, and puts skipped labels last', () => {
    const [a, b, c] = many as [(typeof many)[0], (typeof many)[0], (typeof many)[0]];
    const reviews = [
      said({ label_id: a.labelId }),
      said({ label_id: b.labelId, verdict: 'skip' }),
      said({ label_id: c.labelId, reviewer: 'bob', verdict: 'reject', reason: 'other' }),
    ];
    const queue = orderedQueue(many, reviews, 'ada');
    expect(queue.map(({ labelId: id }) => id)).not.toContain(a.labelId);
    expect(queue.at(-1)?.labelId).toBe(b.labelId);
    expect(queue.find(({ labelId: id }) => id === c.labelId)?.state).toBe('rejected');
  });

  it('brings a label back when the review of it is stale', () => {
    const [a] = many as [(typeof many)[0]];
    const [item] = orderedQueue([a], [{ ...review({ label_id: a.labelId }), standing: 'stale' }], 'ada');
    expect(item).toMatchObject({ labelId: a.labelId, stale: true, state: 'unreviewed' });
  });
});
