import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Plan, type PlanOptions, planDataset } from '../../../src/core/dataset/plan.ts';
import type { Label } from '../../../src/core/model/label.ts';
import type { StoredReview } from '../../../src/core/model/review.ts';
import type { SplitName } from '../../../src/core/model/training.ts';
import { uuid5 } from '../../../src/core/model/uuid.ts';
import { parseSplit } from '../../../src/core/splits/assign.ts';
import type { LabelStore } from '../../../src/core/store/store.ts';
import { troubleshootingLabel } from '../quality/fixture.ts';
import { review } from '../review-rows.ts';

type Made = { incident: number; workload: number; text: number; quality: number };

const namespace = '4d7f5a11-d7e1-5f2a-9d92-e2ab15b8293a';
const sentences = [
  'The image is not there at all',
  'A probe fails on port eighty',
  'No node has room for it',
  'The claim asks for a class',
  'Its key has run out',
];

function labelOf({ incident, workload, text, quality }: Made, index: number): Label {
  const label = troubleshootingLabel();
  const name = `app-${workload}`;
  return {
    ...label,
    id: uuid5(`label/${index}`, namespace),
    incident_id: `incident-${incident}`,
    resource: { ...label.resource, name },
    context: { ...label.context, workload: { kind: 'Deployment', name, desired: 1, ready: 0, images: [] } },
    question: `Why? ${sentences[text % sentences.length]}`,
    answer: `${sentences[text % sentences.length]}. `.repeat(3),
    quality: { ...label.quality, overall_score: quality },
  };
}

/** A store that gives these labels and reviews, ordered by id as every store does. */
function storeOf(labels: Label[], reviews: StoredReview[] = []): LabelStore {
  const ordered = labels.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return {
    async *select() {
      yield* ordered;
    },
    async *reviews() {
      yield* reviews;
    },
  } as unknown as LabelStore;
}

const options: PlanOptions = {
  filter: {},
  shares: parseSplit('train=0.6,validation=0.2,test=0.2'),
  seed: 1,
  groupBy: 'incident',
  splitBy: 'hash',
  similarity: 0.7,
  maxPerCluster: 100,
};

const made = fc.record({
  incident: fc.nat(12),
  workload: fc.nat(12),
  text: fc.nat(4),
  quality: fc.double({ min: 0, max: 1, noNaN: true }),
});
const labels = fc.array(made, { minLength: 1, maxLength: 25 }).map((all) => all.map(labelOf));
const plans = {
  splitBy: fc.constantFrom('hash', 'time', 'reason') as fc.Arbitrary<PlanOptions['splitBy']>,
  groupBy: fc.constantFrom('incident', 'cluster', 'scenario') as fc.Arbitrary<PlanOptions['groupBy']>,
  seed: fc.integer(),
};

describe('under any seed and way of splitting', () => {
  it('no incident, workload, near-duplicate or group stands in two splits', async () => {
    await fc.assert(
      fc.asyncProperty(labels, fc.record(plans), async (all, more) => {
        const plan = await planDataset(storeOf(all), { ...options, ...more });
        const homes = new Map<string, SplitName>();
        for (const { keys, group, cluster, split } of plan.placed.values()) {
          for (const key of [...keys, group, cluster]) {
            expect(homes.get(key) ?? split).toBe(split);
            homes.set(key, split);
          }
        }
        expect(plan.proof.sharedGroups).toBe(0);
        expect(plan.proof.highestSimilarity).toBeLessThan(options.similarity);
        expect(plan.placed.size).toBe(all.length);
      }),
      { numRuns: 60 },
    );
  });

  it('the plan is the same in whatever order labels were inserted', async () => {
    await fc.assert(
      fc.asyncProperty(labels, async (all) => {
        const [there, back] = [await planDataset(storeOf(all), options), await planDataset(storeOf(all.toReversed()), options)];
        expect([...back.placed]).toEqual([...there.placed]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('with an earlier dataset as the base', () => {
  it('adding labels never moves one that was there, and one that joins two splits is left out', async () => {
    await fc.assert(
      fc.asyncProperty(labels, fc.nat(25), fc.integer(), async (all, cut, seed) => {
        const before = await planDataset(storeOf(all.slice(0, cut)), options);
        const after = await planDataset(storeOf(all), { ...options, seed, base: baseOf(before) });
        for (const [id, { split }] of before.placed) expect(after.placed.get(id)?.split).toBe(split);
        expect(after.proof.sharedGroups).toBe(0);
        expect(after.placed.size + after.excluded['split-bridge']).toBe(all.length);
      }),
      { numRuns: 60 },
    );
  });

  it('rows that the store has no more still hold their group in place', async () => {
    const [old, young] = [
      labelOf({ incident: 1, workload: 1, text: 0, quality: 1 }, 1),
      labelOf({ incident: 2, workload: 1, text: 1, quality: 1 }, 2),
    ];
    const before = await planDataset(storeOf([old]), { ...options, shares: parseSplit('test=1') });
    const after = await planDataset(storeOf([young]), { ...options, shares: parseSplit('train=1'), base: baseOf(before) });
    expect(after.placed.get(young.id)?.split).toBe('test');
  });
});

function baseOf(plan: Plan): NonNullable<PlanOptions['base']> {
  const rows = [...plan.placed].map(([label, { split, keys }]) => ({ label, split, keys }));
  return { id: 'base', splits: new Map(rows.map(({ label, split }) => [label, split])), rows };
}

describe('of near-duplicates', () => {
  const alike = [0.2, 0.9, 0.5].map((quality, index) => labelOf({ incident: index, workload: index, text: 0, quality }, index));

  it('the best is kept', async () => {
    const plan = await planDataset(storeOf(alike), { ...options, maxPerCluster: 1 });
    expect([...plan.placed.keys()]).toEqual([alike[1]?.id]);
    expect(plan.excluded['near-duplicate']).toBe(2);
  });

  it('the one that people accept is kept, before it the one that a reviewer wrote anew', async () => {
    const said = (n: number, over: Partial<StoredReview>): StoredReview => ({
      ...review({ label_id: alike[n]?.id ?? '' }),
      standing: 'current',
      ...over,
    });
    const accepted = await planDataset(storeOf(alike, [said(2, {})]), { ...options, maxPerCluster: 1 });
    expect([...accepted.placed.keys()]).toEqual([alike[2]?.id]);
    const written = [said(2, {}), said(0, { edits: { root_cause: 'Another.' } })];
    expect([...(await planDataset(storeOf(alike, written), { ...options, maxPerCluster: 1 })).placed.keys()]).toEqual([alike[0]?.id]);
  });

  it('as many as are allowed are kept, in one split', async () => {
    const plan = await planDataset(storeOf(alike), { ...options, maxPerCluster: 2 });
    expect(plan.placed.size).toBe(2);
    expect(new Set([...plan.placed.values()].map(({ split }) => split)).size).toBe(1);
  });
});

it('of a reason with more labels than its cap the best are kept', async () => {
  const all = Array.from({ length: 5 }, (_, index) =>
    labelOf({ incident: index, workload: index, text: index, quality: index / 10 }, index),
  );
  const plan = await planDataset(storeOf(all), { ...options, maxPerReason: 2 });
  expect(plan.placed.size).toBe(2);
  expect(plan.placed.has(all[4]?.id ?? '')).toBe(true);
  expect(plan.excluded['reason-cap']).toBe(3);
});
