import { LabelerError } from './errors.ts';
import { type ShownIncident, shownIncidents } from './incidents.ts';
import type { Label } from './model/label.ts';
import { type Review, type ReviewState, reviewId, reviewStatesOf, type StoredReview, takenBack } from './model/review.ts';
import { compareText } from './model/text.ts';
import { isLocked } from './store/faults.ts';
import type { LabelStore } from './store/store.ts';

/** Opens the store that is reviewed. It is closed again before anybody is asked, so that others can use it in between. */
export type OpenStore = (readOnly: boolean) => Promise<LabelStore>;

/** What to do while another process has the store open. */
export type LockPort = {
  /** The store is locked, for the first time in a row: it is tried again for some seconds. */
  waiting(error: LabelerError): void;
  /** It still is: whether to try on. */
  locked(error: LabelerError): Promise<boolean>;
  wait(milliseconds: number): Promise<void>;
};

const pauseMs = 250;
const tries = 20;

/** Opens the store, acts, and closes it. Throws STORE_LOCKED when another process keeps it and the reviewer does not want to try on. */
export async function briefly<T>(
  open: OpenStore,
  mode: 'read' | 'write',
  port: LockPort,
  work: (store: LabelStore) => Promise<T>,
): Promise<T> {
  const store = await opened(open, mode, port);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function opened(open: OpenStore, mode: 'read' | 'write', port: LockPort): Promise<LabelStore> {
  for (let failed = 0; ; ) {
    try {
      return await open(mode === 'read');
    } catch (error) {
      if (!isLocked(error) || !(error instanceof LabelerError)) throw error;
      if (failed === 0) port.waiting(error);
      failed += 1;
      if (failed % tries === 0 && !(await port.locked(error))) throw error;
      await port.wait(pauseMs);
    }
  }
}

/** A label as a reviewer is shown it: `contentHash` is of what is judged, `sequence` that of the reviewer's next event about it. */
export type Seen = ShownIncident & { contentHash: string; sequence: number };

/** Reads a label to show it; undefined if it is not stored any more. */
export async function readSeen(store: LabelStore, labelId: string, reviewer: string): Promise<Seen | undefined> {
  const contentHash = await store.judged(labelId);
  if (contentHash === undefined) return undefined;
  for await (const shown of shownIncidents(store, store.select({ id: labelId }))) {
    return { ...shown, contentHash, sequence: await nextSequence(store, labelId, reviewer) };
  }
  return undefined;
}

/** A verdict that can be taken back. `label` is absent where it is not stored any more, `state` what people say of it. */
export type Undoable = { review: Review; label?: Label; state: ReviewState };

/** The last verdict of a reviewer that is stored and was not taken back. */
export async function lastVerdict(store: LabelStore, reviewer: string): Promise<Undoable | undefined> {
  const reviews: StoredReview[] = [];
  for await (const review of store.reviews({ reviewer })) reviews.push(review);
  const undone = takenBack(reviews);
  const review = reviews
    .filter((one) => one.verdict !== 'undone' && !undone(one))
    .reduce<StoredReview | undefined>((last, one) => (last === undefined || byGiving(last, one) < 0 ? one : last), undefined);
  if (review === undefined) return undefined;
  const about: StoredReview[] = [];
  for await (const one of store.reviews({ labelId: review.label_id })) if (one.id !== review.id) about.push(one);
  const state = reviewStatesOf(about).get(review.label_id) ?? 'unreviewed';
  for await (const label of store.select({ id: review.label_id })) return { review, label, state };
  return { review, state };
}

function byGiving(a: Review, b: Review): number {
  return compareText(a.created_at, b.created_at) || a.sequence - b.sequence || compareText(a.id, b.id);
}

/** What became of a verdict: it is stored, or what it judges is another label by now (`changed`), or none (`gone`). */
export type Outcome = { type: 'stored'; review: Review } | { type: 'changed' } | { type: 'gone' };

/** Stores a verdict if the label still is what was judged. */
export async function storeVerdict(store: LabelStore, review: Review): Promise<Outcome> {
  const judged = await store.judged(review.label_id);
  if (judged === undefined) return { type: 'gone' };
  return judged === review.content_hash ? storeEvent(store, review) : { type: 'changed' };
}

/** Stores an event behind those that the reviewer has given about its label. */
export async function storeEvent(store: LabelStore, { id: _, ...fields }: Review): Promise<Outcome> {
  const review = identified({ ...fields, sequence: await nextSequence(store, fields.label_id, fields.reviewer) });
  await store.addReviews([review]);
  return { type: 'stored', review };
}

/** An event with its id. */
export function identified(fields: Omit<Review, 'id'>): Review {
  return { id: reviewId(fields), ...fields };
}

async function nextSequence(store: LabelStore, labelId: string, reviewer: string): Promise<number> {
  let next = 0;
  for await (const { sequence } of store.reviews({ labelId, reviewer })) next = Math.max(next, sequence + 1);
  return next;
}
