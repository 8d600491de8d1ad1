import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { storeError, usageError } from '../../src/core/errors.ts';
import type { Review } from '../../src/core/model/review.ts';
import { importReviews } from '../../src/core/review-files.ts';
import { reviewQueue } from '../../src/core/review-queue.ts';
import { type Choice, type Edited, type ReviewPort, reviewSession } from '../../src/core/review-session.ts';
import { lockedError } from '../../src/core/store/faults.ts';
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

/** Each choice may be something to do at the prompt, which gives the choice. */
type Answers = {
  choices: (Choice | undefined | (() => Promise<Choice>))[];
  edits?: (string | Edited)[];
  again?: boolean[];
  reason?: 'back';
  /** What becomes of a store that stays locked. */
  locked?: () => boolean;
  /** Done in each pause between two tries. */
  meanwhile?: () => Promise<void>;
};

/** A reviewer who gives these answers, a second apart, and leaves after the last; what they were shown and offered. */
function answering({ choices, edits = [], again = [], reason, locked = () => false, meanwhile = async () => undefined }: Answers) {
  const seen = {
    shown: [] as string[],
    offered: [] as (readonly Choice[])[],
    errors: [] as string[],
    texts: [] as string[],
    told: [] as string[],
  };
  const undoes: string[] = [];
  const kept: (Review | undefined)[] = [];
  let seconds = 0;
  let reasons = 0;
  const port: ReviewPort = {
    show: ({ label, timeline }) => void seen.shown.push(`${label.id} ${timeline.length > 0}`),
    choose: async (offered, undo) => {
      expect(opened).toBe(0);
      seen.offered.push(offered);
      undoes.push(undo);
      const choice = choices.shift();
      return typeof choice === 'function' ? choice() : choice;
    },
    reason: async () => {
      reasons += 1;
      return reason === 'back' && reasons === 1 ? undefined : { reason: 'wrong-cause', comment: 'it is the node' };
    },
    edit: async (text) => {
      seen.texts.push(text);
      const next = edits.shift() ?? text;
      return typeof next === 'string' ? { text: next } : next;
    },
    again: async (error) => {
      seen.errors.push(error.code);
      return again.shift() ?? false;
    },
    locked: async () => locked(),
    wait: meanwhile,
    keep: (one) => {
      kept.push(one);
      return 'kept.jsonl';
    },
    tell: (text) => void seen.told.push(text),
    now: () => new Date(Date.UTC(2026, 2, 3) + 1000 * seconds++).toISOString(),
  };
  return { port, seen, undoes, kept };
}

const path = () => join(directory, `${stores}.duckdb`);
let opened = 0;

/** Opens the store as the product does, and counts who has it open. */
async function open(readOnly: boolean): Promise<LabelStore> {
  const own = await openStore(path(), { readOnly, create: false });
  opened += 1;
  return {
    ...own,
    close: () => {
      opened -= 1;
      return own.close();
    },
  };
}

async function session(answers: Answers, reviewer = 'ada') {
  const queue = await reviewQueue(store, reviewer);
  const { port, ...told } = answering(answers);
  const summary = await reviewSession(open, queue, reviewer, port);
  expect(opened).toBe(0);
  return { queue, summary, ...told, reviews: await collect(store.reviews()) };
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
    expect(summary).toMatchObject({ written: { accept: 0, undone: 1, skip: 1 }, left: 2 });
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
    const failed = { text: 'root_cause: half', failed: usageError('EDITOR_FAILED', 'exit code 3') };
    const good = 'root_cause: Better.\nresolution: {observed: false, steps: []}\n';
    const { seen, reviews } = await session({ choices: ['edit'], edits: [failed, 'root_cause: [', good], again: [true, true] });
    expect(seen.errors).toEqual(['EDITOR_FAILED', 'EDIT_INVALID']);
    expect(seen.texts[1]).toBe('root_cause: half');
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

describe('undo in a later session', () => {
  const text = 'root_cause: It was the node.\nresolution: {observed: false, steps: []}\n';

  it('says what it takes back, takes back the last stored verdict and shows its label again, then the one before it', async () => {
    const first = await session({ choices: ['accept', 'edit', 'quit'], edits: [text] });
    const [one, two, three] = first.queue.map(({ labelId }) => labelId);
    const { seen, undoes, reviews, summary } = await session({ choices: ['undo', 'undo', 'reject', 'quit'] });
    const names = first.queue.map(({ resource }) => `Deployment shop/${resource.name}`);
    expect(undoes.slice(0, 2)).toEqual([
      `edit of ContainerLimitOom, ${names[1]} (2026-03-03 00:00 UTC)`,
      `accept of ContainerLimitOom, ${names[0]} (2026-03-03 00:00 UTC)`,
    ]);
    expect(seen.told[0]).toBe(`taken back: ${undoes[0]}`);
    expect(seen.shown.map((shown) => shown.slice(0, 36))).toEqual([three, two, one, two]);
    expect(reviews.filter(({ label_id: id }) => id === one).map(({ verdict }) => verdict)).toEqual(['accept', 'undone', 'reject']);
    expect(summary).toMatchObject({ written: { undone: 2, reject: 1 }, left: 2 });
  });

  it('is there when nothing waits', async () => {
    await session({ choices: ['accept', 'accept', 'accept'] });
    const { seen, summary, queue } = await session({ choices: ['undo', 'skip'] });
    expect(queue).toEqual([]);
    expect(seen.offered[0]).toEqual(['undo', 'quit']);
    expect(summary).toMatchObject({ written: { undone: 1, skip: 1 }, left: 0 });
    expect((await session({ choices: ['quit'] }, 'bob')).seen.offered[0]).not.toContain('undo');
  });

  it('of a skipped label shows it once', async () => {
    const { queue } = await session({ choices: ['skip', 'quit'] });
    const { seen } = await session({ choices: ['undo', 'accept', 'accept', 'accept'] });
    expect(
      seen.shown
        .map((shown) => shown.slice(0, 36))
        .slice(1)
        .filter((id) => id === queue[0]!.labelId),
    ).toHaveLength(1);
  });

  it('also takes back what was said of a label that is gone', async () => {
    const { queue } = await session({ choices: ['accept', 'quit'] });
    const left = [1, 2, 3].map((n) => troubleshootingLabel(n)).filter(({ id }) => id !== queue[0]!.labelId);
    await store.replaceCapture('cap-a', { labels: left }, '2026-03-02T00:00:00.000Z');
    const { undoes, reviews } = await session({ choices: ['undo', 'quit'] });
    expect(undoes[0]).toContain(`accept of label ${queue[0]!.labelId.slice(0, 8)}, which is gone`);
    expect(reviews.map(({ verdict }) => verdict)).toEqual(['accept', 'undone']);
  });
});

describe('while a reviewer thinks', () => {
  const changed = (n: number) => troubleshootingLabel(n, { answer: 'Root cause: another.', root_cause: 'another' });

  it('the label may change: the verdict is not stored, and the label is shown as it is now', async () => {
    const labels = [1, 2, 3].map(changed);
    const regenerate = async (): Promise<Choice> => {
      await store.replaceCapture('cap-a', { labels }, '2026-03-02T00:00:00.000Z');
      return 'accept';
    };
    const { seen, reviews, queue } = await session({ choices: [regenerate, 'reject', 'quit'] });
    expect(seen.told).toEqual(['not stored: the label has changed since it was shown. This is how it is now.']);
    expect(seen.shown.map((shown) => shown.slice(0, 36))).toEqual([queue[0]!.labelId, queue[0]!.labelId, queue[1]!.labelId]);
    expect(reviews).toMatchObject([{ verdict: 'reject', standing: 'current', label_id: queue[0]!.labelId }]);
  });

  it('the label may go: that is said, and the next one is shown', async () => {
    const remove = async (): Promise<Choice> => {
      await store.replaceCapture('cap-a', { labels: [] }, '2026-03-02T00:00:00.000Z');
      return 'accept';
    };
    const { seen, reviews, summary } = await session({ choices: [remove] });
    expect(summary.left).toBe(0);
    expect(seen.told[0]).toBe('not stored: the label is not in the store any more');
    expect(seen.told).toHaveLength(3);
    expect(reviews).toEqual([]);
  });

  it('another process may take the store: the verdict is kept in a file, and stored when the store is free', async () => {
    const queue = await reviewQueue(store, 'ada');
    await store.close();
    let writer: Awaited<ReturnType<typeof holder>> | undefined;
    const take = async (): Promise<Choice> => {
      writer = await holder(path());
      return 'accept';
    };
    const meanwhile = async () => {
      if (writer !== undefined) await end(writer);
      writer = undefined;
    };
    const { port, seen, kept } = answering({ choices: [take, 'quit'], meanwhile });
    const summary = await reviewSession(open, queue, 'ada', port);
    store = await openStore(path());
    expect(seen.told[0]).toMatch(/^process \d+ has the label store .* open; trying again$/);
    expect(kept).toMatchObject([{ verdict: 'accept', reviewer: 'ada' }, undefined]);
    expect(summary).toMatchObject({ written: { accept: 1 }, left: 2 });
    expect(summary.kept).toBeUndefined();
    expect(await collect(store.reviews())).toMatchObject([{ verdict: 'accept', label_id: queue[0]!.labelId }]);
  });

  it('and keep it: after some seconds the reviewer is asked, and what they said can be imported', async () => {
    const queue = await reviewQueue(store, 'ada');
    let free = true;
    let waits = 0;
    let asked = 0;
    const opens = async (readOnly: boolean) => {
      if (!free) throw lockedError(path(), 'process 7');
      return open(readOnly);
    };
    const take = async (): Promise<Choice> => {
      free = false;
      return 'accept';
    };
    const locked = () => {
      asked += 1;
      return asked < 2;
    };
    const meanwhile = async () => {
      waits += 1;
    };
    const { port, kept } = answering({ choices: [take], locked, meanwhile });
    const summary = await reviewSession(opens, queue, 'ada', port);
    expect([asked, waits]).toEqual([2, 39]);
    expect(summary).toMatchObject({ kept: 'kept.jsonl', left: 3, written: { accept: 0 } });
    const file = join(directory, 'kept.jsonl');
    await writeFile(file, `${JSON.stringify(kept.at(-1))}\n`);
    expect(await importReviews(store, file)).toMatchObject({ added: 1, stale: 0, unknown: 0, refusedCount: 0 });
  });

  it('the store may fail: what was said is kept too', async () => {
    const queue = await reviewQueue(store, 'ada');
    const opens = async (readOnly: boolean) => {
      if (!readOnly) throw storeError('STORE_FULL', 'no room');
      return open(readOnly);
    };
    const { port, kept } = answering({ choices: ['accept'] });
    await expect(reviewSession(opens, queue, 'ada', port)).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(kept).toMatchObject([{ verdict: 'accept' }]);
  });
});

async function holder(file: string) {
  const script = join(import.meta.dirname, 'store/writer-process.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, file, 'hold'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

async function end(child: Awaited<ReturnType<typeof holder>>): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
