import { LabelerError } from './errors.ts';
import { type ShownIncident, shownIncidents } from './incidents.ts';
import type { Label } from './model/label.ts';
import { type Review, type ReviewEdits, type ReviewReason, reviewId, type Verdict } from './model/review.ts';
import { editText, parseEdit } from './review-edit.ts';
import type { QueueItem } from './review-queue.ts';
import type { LabelStore } from './store/store.ts';

export type Choice = 'accept' | 'reject' | 'edit' | 'skip' | 'undo' | 'quit';

/** Who is asked. A terminal in the product, a list of answers elsewhere. */
export type ReviewPort = {
  /** Shows one label of the queue; `position` counts from 1. */
  show(shown: ShownIncident, item: QueueItem, place: { position: number; of: number }): void;
  /** What to do with what is shown; `choices` are those that make sense. Undefined when the person is gone. */
  choose(choices: readonly Choice[]): Promise<Choice | undefined>;
  /** Why it is rejected; undefined to go back. */
  reason(): Promise<{ reason: ReviewReason; comment: string } | undefined>;
  /** The text as it was edited. Throws LabelerError if the editor fails. */
  edit(text: string): Promise<string>;
  /** Whether to edit again after an error. */
  again(error: LabelerError): Promise<boolean>;
  tell(text: string): void;
  /** RFC 3339. */
  now(): string;
};

/** What a session did: events that were written, by verdict. `left` labels wait still. */
export type SessionSummary = { reviewer: string; written: Record<Verdict, number>; edited: number; left: number };

type Said = Pick<Review, 'verdict' | 'reason' | 'comment' | 'edits' | 'undoes'>;

/**
 * Asks about the labels of a queue one after the other and writes each verdict at once, so that ending at any moment loses nothing. `undo`
 * takes back the reviewer's last verdict about labels of the queue of this session, and shows that label again.
 */
export async function reviewSession(
  store: LabelStore,
  queue: readonly QueueItem[],
  reviewer: string,
  port: ReviewPort,
): Promise<SessionSummary> {
  const summary: SessionSummary = { reviewer, written: { accept: 0, reject: 0, skip: 0, undone: 0 }, edited: 0, left: queue.length };
  const done: { index: number; review: Review }[] = [];
  for (let index = 0; index < queue.length; ) {
    const item = queue[index] as QueueItem;
    const label = await labelOf(store, item);
    if (label === undefined) {
      index += 1;
      continue;
    }
    for await (const shown of shownIncidents(store, [label])) port.show(shown, item, { position: index + 1, of: queue.length });
    const since = Date.parse(port.now());
    const answer = await answerOf(label, done.length > 0, port);
    if (answer === 'quit') break;
    if (answer === 'undo') {
      const last = done.pop() as (typeof done)[number];
      await write(store, undoOf(last.review), last.review, port);
      summary.written.undone += 1;
      index = last.index;
      port.tell(`${last.review.verdict} taken back`);
      continue;
    }
    const review = await write(store, answer, await targetOf(store, label, reviewer), port, since);
    done.push({ index, review });
    summary.written[review.verdict] += 1;
    if (review.edits !== null) summary.edited += 1;
    index += 1;
  }
  summary.left = queue.length - done.length;
  return summary;
}

/** The verdict about a label, asked for until there is one. */
async function answerOf(label: Label, canUndo: boolean, port: ReviewPort): Promise<Said | 'undo' | 'quit'> {
  const choices = (['accept', 'reject', 'edit', 'skip', 'undo', 'quit'] as const).filter(
    (choice) => (choice !== 'undo' || canUndo) && (choice !== 'edit' || label.type === 'troubleshooting'),
  );
  const plain = { reason: null, comment: '', edits: null, undoes: null };
  for (;;) {
    const choice = (await port.choose(choices)) ?? 'quit';
    if (choice === 'quit' || choice === 'undo') return choice;
    if (choice === 'accept' || choice === 'skip') return { ...plain, verdict: choice };
    if (choice === 'reject') {
      const why = await port.reason();
      if (why !== undefined) return { ...plain, verdict: 'reject', ...why };
      continue;
    }
    const edits = label.type === 'troubleshooting' ? await editsOf(label, port) : undefined;
    if (edits !== undefined) return { ...plain, verdict: 'accept', edits };
    port.tell('nothing was changed');
  }
}

/** The edited fields, asked for until the text fits or the reviewer gives up; what they wrote is what they edit again. */
async function editsOf(label: Extract<Label, { type: 'troubleshooting' }>, port: ReviewPort): Promise<ReviewEdits | undefined> {
  let text = editText(label);
  for (;;) {
    try {
      text = await port.edit(text);
      return parseEdit(text, label);
    } catch (error) {
      if (!(error instanceof LabelerError)) throw error;
      if (!(await port.again(error))) return undefined;
    }
  }
}

type Target = Pick<Review, 'label_id' | 'capture_id' | 'content_hash' | 'rule_id' | 'reviewer'>;

async function targetOf(store: LabelStore, label: Label, reviewer: string): Promise<Target> {
  const content_hash = (await store.judged(label.id)) ?? '';
  return { label_id: label.id, capture_id: label.capture_id, content_hash, rule_id: label.rule_ids[0] ?? '', reviewer };
}

/** An event that takes another one back. */
function undoOf({ id }: Review): Said {
  return { verdict: 'undone', reason: null, comment: '', edits: null, undoes: id };
}

async function write(store: LabelStore, said: Said, target: Target, port: ReviewPort, since?: number): Promise<Review> {
  const { label_id, capture_id, content_hash, rule_id, reviewer } = target;
  let sequence = 0;
  for await (const own of store.reviews({ labelId: label_id, reviewer })) sequence = Math.max(sequence, own.sequence + 1);
  const created_at = port.now();
  const seconds = since === undefined ? null : Math.round((Date.parse(created_at) - since) / 100) / 10;
  const fields = { label_id, capture_id, content_hash, rule_id, ...said, reviewer, sequence, seconds, created_at };
  const review = { id: reviewId(fields), ...fields };
  await store.addReviews([review]);
  return review;
}

async function labelOf(store: LabelStore, { labelId, incidentId }: QueueItem): Promise<Label | undefined> {
  for await (const label of store.select({ incidentId })) if (label.id === labelId) return label;
  return undefined;
}
