import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LabelerError, usageError } from '../../src/core/errors.ts';
import { reviewQueue } from '../../src/core/review-queue.ts';
import { type Choice, type ReviewPort, reviewSession } from '../../src/core/review-session.ts';
import { openStore } from '../../src/core/store/open.ts';
import type { LabelStore } from '../../src/core/store/store.ts';
import { optimizationLabel, troubleshootingLabel } from './label-arbitrary.ts';
import { collect } from './store/store-contract.ts';

let directory: string;
let store: LabelStore;
let stores = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'review-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));
beforeEach(async () => {
  await store?.close();
  stores += 1;
  store = await openStore(join(directory, `${stores}.duckdb`));
  const labels = [troubleshootingLabel(1), troubleshootingLabel(2), troubleshootingLabel(3)];
  await store.replaceCapture('cap-a', { labels }, '2026-03-02T00:00:00.000Z');
});

type Answers = { choices: (Choice | undefined)[]; edits?: (string | LabelerError)[]; again?: boolean[]; reason?: 'back' };

/** A reviewer who gives these answers, a second apart, and leaves after the last; what they were shown and offered. */
function answering({ choices, edits = [], again = [], reason }: Answers) {
  const seen = { shown: [] as string[], offered: [] as (readonly Choice[])[], errors: [] as string[], texts: [] as string[] };
  let seconds = 0;
  let reasons = 0;
  const port: ReviewPort = {
    show: ({ label, timeline }) => void seen.shown.push(`${label.id} ${timeline.length > 0}`),
    choose: async (offered) => {
      seen.offered.push(offered);
      return choices.shift();
    },
    reason: async () => {
      reasons += 1;
      return reason === 'back' && reasons === 1 ? undefined : { reason: 'wrong-cause', comment: 'it is the node' };
    },
    edit: async (text) => {
      seen.texts.push(text);
      const next = edits.shift() ?? text;
      if (typeof next !== 'string') throw next;
      return next;
    },
    again: async (error) => {
      seen.errors.push(error.code);
      return again.shift() ?? false;
    },
    tell: () => undefined,
    now: () => new Date(Date.UTC(2026, 2, 3) + 1000 * seconds++).toISOString(),
  };
  return { port, seen };
}

async function session(answers: Answers, reviewer = 'ada') {
  const queue = await reviewQueue(store, reviewer);
  const { port, seen } = answering(answers);
  const summary = await reviewSession(store, queue, reviewer, port);
  return { queue, summary, seen, reviews: await collect(store.reviews()) };
}

describe('a review session', () => {
  it('writes each verdict at once, with who, what and how long, and goes on where it ended', async () => {
    const first = await session({ choices: ['accept', 'reject', 'quit'] });
    expect(first.summary).toMatchObject({ written: { accept: 1, reject: 1, skip: 0, undone: 0 }, left: 1 });
    expect(first.seen.shown.every((shown) => shown.endsWith('true'))).toBe(true);
    const byLabel = new Map(first.reviews.map((review) => [review.label_id, review]));
    expect(byLabel.get(first.queue[0]!.labelId)).toMatchObject({
      verdict: 'accept',
      reviewer: 'ada',
      rule_id: 'OOM-1',
      capture_id: 'cap-a',
      sequence: 0,
      seconds: 1,
      standing: 'current',
    });
    expect(byLabel.get(first.queue[1]!.labelId)).toMatchObject({ verdict: 'reject', reason: 'wrong-cause', comment: 'it is the node' });
    expect((await reviewQueue(store, 'ada')).map(({ labelId }) => labelId)).toEqual([first.queue[2]!.labelId]);
    expect(await reviewQueue(store, 'bob')).toHaveLength(3);
  });

  it('takes the last verdict back and shows that label again', async () => {
    const { summary, seen, reviews, queue } = await session({ choices: ['accept', 'undo', 'skip', 'quit'] });
    expect(seen.offered.map((offered) => offered.includes('undo'))).toEqual([false, true, false, true]);
    expect(seen.shown.slice(0, 3).map((shown) => shown.slice(0, 36))).toEqual([queue[0]!.labelId, queue[1]!.labelId, queue[0]!.labelId]);
    expect(reviews.map(({ verdict, sequence }) => [verdict, sequence])).toEqual([
      ['accept', 0],
      ['undone', 1],
      ['skip', 2],
    ]);
    expect(reviews[1]?.undoes).toBe(reviews[0]?.id);
    expect(summary).toMatchObject({ written: { accept: 1, undone: 1, skip: 1 }, left: 2 });
  });

  it('never changes a label, also not by an edit', async () => {
    const before = await collect(store.select());
    const text = 'root_cause: It was the node.\nresolution: {observed: false, steps: []}\n';
    const { reviews, summary } = await session({ choices: ['edit', 'quit'], edits: [text] });
    expect(reviews).toMatchObject([
      { verdict: 'accept', edits: { root_cause: 'It was the node.', resolution: { observed: false, steps: [] } } },
    ]);
    expect(summary.edited).toBe(1);
    expect(await collect(store.select())).toEqual(before);
  });

  it('asks again after an editor that failed or a text that does not fit, with what was written', async () => {
    const failed = usageError('EDITOR_FAILED', 'exit code 3');
    const good = 'root_cause: Better.\nresolution: {observed: false, steps: []}\n';
    const { seen, reviews } = await session({ choices: ['edit'], edits: [failed, 'root_cause: [', good], again: [true, true] });
    expect(seen.errors).toEqual(['EDITOR_FAILED', 'EDIT_INVALID']);
    expect(seen.texts[1]).toBe(seen.texts[0]);
    expect(seen.texts[2]).toBe('root_cause: [');
    expect(reviews).toHaveLength(1);
  });

  it('writes nothing for an edit that changes nothing, a reason that was left, or a reviewer who goes', async () => {
    const { reviews, seen } = await session({ choices: ['edit', 'reject', undefined], reason: 'back' });
    expect(reviews).toEqual([]);
    expect(seen.shown).toHaveLength(1);
  });

  it('offers no edit for a label of sizing', async () => {
    await store.replaceCapture('cap-a', { labels: [optimizationLabel(4)] }, '2026-03-02T00:00:00.000Z');
    const { seen } = await session({ choices: ['quit'] });
    expect(seen.offered).toEqual([['accept', 'reject', 'skip', 'quit']]);
  });
});
