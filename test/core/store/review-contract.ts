import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Review, reviewId, reviewStates, reviewStatesOf } from '../../../src/core/model/review.ts';
import type { LabelStore } from '../../../src/core/store/store.ts';
import { hostileTexts, labelId, troubleshootingLabel } from '../label-arbitrary.ts';
import { review } from '../review-rows.ts';
import { collect, type StoreUnderTest } from './store-contract.ts';

const createdAt = '2026-03-02T00:00:00.000Z';

/** Declares the tests of what a store promises about reviews. */
export function describeReviews(name: string, under: StoreUnderTest): void {
  describe(`${name} keeps reviews`, () => {
    let store: LabelStore;
    beforeEach(async () => {
      store = await under.open();
      await store.replaceCapture('cap-a', { labels: [1, 2, 3].map((n) => troubleshootingLabel(n)) }, createdAt);
    });
    afterEach(() => store.close());

    const about = async (n: number, over: Partial<Review> = {}) =>
      review({ label_id: labelId(n), content_hash: (await store.judged(labelId(n))) ?? '', ...over });

    it('gives them back as they were, ordered by label and time, and by filter', async () => {
      const edits = { root_cause: '\ufeff=1+1', resolution: troubleshootingLabel().resolution };
      const rows = [
        await about(1, {
          edits,
          comment: hostileTexts.filter((text) => !text.includes('\ud800')).join('|'),
          created_at: '2026-03-03T00:00:05.000Z',
        }),
        await about(1, { sequence: 1, verdict: 'reject', reason: 'unclear', seconds: 1.5, created_at: '2026-03-03T00:00:01.000Z' }),
        await about(2, { reviewer: 'Zoë "z" O\'Neil', capture_id: 'cap-b' }),
      ];
      expect(await store.addReviews(rows)).toEqual({ added: 3, known: 0, conflicting: [] });
      const order = (a: Review, b: Review) => (a.label_id + a.created_at < b.label_id + b.created_at ? -1 : 1);
      const expected = [...rows].sort(order).map((row) => ({ ...row, standing: 'current' }));
      expect(await collect(store.reviews())).toEqual(expected);
      expect(await collect(store.reviews({ labelId: labelId(1) }))).toHaveLength(2);
      expect(await collect(store.reviews({ reviewer: rows[2]!.reviewer }))).toHaveLength(1);
      expect(await collect(store.reviews({ captureId: 'cap-b', reviewer: 'ada' }))).toEqual([]);
      expect((await store.info()).reviews).toBe(3);
    });

    it('adds the same event once, and never changes one', async () => {
      const first = await about(1);
      await store.addReviews([first]);
      expect(await store.addReviews([first, { ...first, comment: 'another' }])).toEqual({ added: 0, known: 1, conflicting: [1] });
      expect(await collect(store.reviews())).toEqual([{ ...first, standing: 'current' }]);
    });

    it('outlives its label, marked stale when the label says something else and unknown when it is gone', async () => {
      await store.addReviews([await about(1), await about(2)]);
      await store.replaceCapture('cap-a', { labels: [troubleshootingLabel(1, { root_cause: 'something else' })] }, createdAt);
      expect((await collect(store.reviews())).map(({ label_id, standing }) => [label_id, standing]).sort()).toEqual(
        [
          [labelId(1), 'stale'],
          [labelId(2), 'unknown'],
        ].sort(),
      );
      await store.replaceCapture('cap-a', { labels: [1, 2].map((n) => troubleshootingLabel(n)) }, createdAt);
      expect((await collect(store.reviews())).map(({ standing }) => standing)).toEqual(['current', 'current']);
    });

    it.each([
      ['the root cause', { root_cause: 'x' }, false],
      ['the plan', { resolution: { observed: true, steps: [] } }, false],
      ['the answer', { answer: 'x' }, false],
      ['the rule', { rule_ids: ['OOM-2'] }, false],
      ['the culprit', { resource: { kind: 'Pod', namespace: 'shop', name: 'x', uid: '' } }, false],
      ['confidence', { confidence: 0.5 }, true],
      ['quality', { quality: { ...troubleshootingLabel().quality, overall_score: 0.1 } }, true],
      ['a version', { tool_version: '9', rules_version: '9', quality_version: '9' }, true],
    ])('judges %s: %o', async (_title, over, same) => {
      const before = await store.judged(labelId(1));
      await store.mergeCapture('cap-a', { labels: [troubleshootingLabel(1, over as object)] }, createdAt);
      expect((await store.judged(labelId(1))) === before).toBe(same);
    });

    it('knows nothing to judge of a label that is not stored', async () => {
      expect(await store.judged(labelId(99))).toBeUndefined();
    });

    it('adds none of several if one does not fit, and names it', async () => {
      const good = await about(1);
      for (const [over, field] of [
        [{ verdict: 'maybe' }, 'verdict'],
        [{ verdict: 'reject', reason: 'because' }, 'reason'],
        [{ verdict: 'reject', reason: null }, 'reason'],
        [{ label_id: 'x' }, 'label_id'],
        [{ content_hash: 'x' }, 'content_hash'],
        [{ verdict: 'undone', undoes: null }, 'undoes'],
        [{ created_at: 'now' }, 'created_at'],
        [{ reviewer: ' ' }, 'reviewer'],
      ] as [Partial<Review>, string][]) {
        const bad = await about(2, over);
        const message = expect.stringContaining(`: ${field} is `);
        await expect(store.addReviews([good, bad])).rejects.toMatchObject({ code: 'STORE_INVALID_ROW', exitCode: 5, message });
      }
      const forged = { ...(await about(2)), id: labelId(7) };
      await expect(store.addReviews([good, forged])).rejects.toMatchObject({ code: 'STORE_INVALID_ROW' });
      expect(await collect(store.reviews())).toEqual([]);
    });

    it('selects labels by what people said of them, as the folding of the events tells', async () => {
      const steps = fc.record({
        n: fc.constantFrom(1, 2),
        reviewer: fc.constantFrom('ada', 'bob'),
        verdict: fc.constantFrom('accept' as const, 'reject' as const, 'skip' as const, 'undone' as const),
        stale: fc.boolean(),
        foreign: fc.boolean(),
      });
      const all: Review[] = [];
      await fc.assert(
        fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 3 }), async (events) => {
          for (const { n, reviewer, verdict, stale, foreign } of events) {
            const own = all.filter((one) => one.label_id === labelId(n) && one.reviewer === reviewer);
            // Files may hold that somebody takes back what another one said.
            const last = foreign ? all.at(-1) : own.at(-1);
            if (verdict === 'undone' && last === undefined) continue;
            const row = await about(n, {
              reviewer,
              verdict,
              reason: verdict === 'reject' ? 'other' : null,
              undoes: verdict === 'undone' ? (last?.id ?? null) : null,
              sequence: own.length,
              created_at: new Date(Date.UTC(2026, 2, 3) + all.length * 1000).toISOString(),
            });
            const final = stale ? { ...row, content_hash: '0'.repeat(64) } : row;
            all.push({ ...final, id: reviewId(final) });
            await store.addReviews(all.slice(-1));
          }
          const states = reviewStatesOf(await collect(store.reviews()));
          for (const reviewed of reviewStates) {
            const ids = (await collect(store.select({ reviewed }))).map(({ id }) => id);
            const expected = [1, 2, 3].map((k) => labelId(k)).filter((id) => (states.get(id) ?? 'unreviewed') === reviewed);
            expect(ids, reviewed).toEqual(expected.sort());
          }
          expect(await store.count({ reviewed: 'any' })).toBe(states.size);
        }),
        { numRuns: 20 },
      );
    });
  });
}
