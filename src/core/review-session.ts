import { LabelerError } from './errors.ts';
import { type ShownIncident, shortId } from './incidents.ts';
import type { Label } from './model/label.ts';
import { formatRef } from './model/resource.ts';
import type { Review, ReviewEdits, ReviewReason, Verdict } from './model/review.ts';
import { editText, parseEdit } from './review-edit.ts';
import { itemAgain, type QueueItem } from './review-queue.ts';
import {
  briefly,
  identified,
  type LockPort,
  lastVerdict,
  type OpenStore,
  type Outcome,
  readSeen,
  storeEvent,
  storeVerdict,
} from './review-store.ts';
import { isLocked } from './store/faults.ts';
import type { LabelStore } from './store/store.ts';

export type Choice = 'accept' | 'reject' | 'edit' | 'skip' | 'undo' | 'quit';

/** What an editor left; `failed` says why it is not what the reviewer wants to say. */
export type Edited = { text: string; failed?: LabelerError };

/** Who is asked. A terminal in the product, a list of answers elsewhere. */
export type ReviewPort = Omit<LockPort, 'waiting'> & {
  /** Shows one label of the queue; `position` counts from 1. */
  show(shown: ShownIncident, item: QueueItem, place: { position: number; of: number }): void;
  /** What to do with what is shown; `choices` are those that make sense, `undo` says what would be taken back. Undefined when the person is gone. */
  choose(choices: readonly Choice[], undo: string): Promise<Choice | undefined>;
  /** Why it is rejected; undefined to go back. */
  reason(): Promise<{ reason: ReviewReason; comment: string } | undefined>;
  /** The text as the editor left it, and how the editor failed if it did. */
  edit(text: string): Promise<Edited>;
  /** Whether to edit again after an error. */
  again(error: LabelerError): Promise<boolean>;
  /** Keeps an event in a file while it cannot be stored, and gives the file's name; undefined: it is stored, the file goes. */
  keep(review: Review | undefined): string;
  tell(text: string): void;
  /** RFC 3339. */
  now(): string;
};

/** What a session did: verdicts that stand, and how many were taken back (`undone`). `left` labels wait still; `kept` is the file of an event that could not be stored. */
export type SessionSummary = { reviewer: string; written: Record<Verdict, number>; edited: number; left: number; kept?: string };

type Said = Pick<Review, 'verdict' | 'reason' | 'comment' | 'edits' | 'undoes'>;

/** What would be taken back: an event of this session with its place in the queue, or one of an earlier session. */
type Back = { review: Review; what: string } & ({ index: number } | { item?: QueueItem });

type Session = {
  open: OpenStore;
  reviewer: string;
  port: ReviewPort;
  queue: QueueItem[];
  index: number;
  done: (Back & { index: number })[];
  summary: SessionSummary;
};

/**
 * Asks about the labels of a queue one after the other and writes each verdict at once, so that ending at any moment loses nothing. The
 * store is open only to read a label and to write a verdict. `undo` takes back the reviewer's last verdict, of this session or an earlier
 * one, and shows its label again. A verdict about a label that has changed since it was shown is not written; the label is shown again.
 */
export async function reviewSession(
  open: OpenStore,
  queue: readonly QueueItem[],
  reviewer: string,
  port: ReviewPort,
): Promise<SessionSummary> {
  const summary: SessionSummary = { reviewer, written: { accept: 0, reject: 0, skip: 0, undone: 0 }, edited: 0, left: queue.length };
  const session: Session = { open, reviewer, port, queue: [...queue], index: 0, done: [], summary };
  try {
    let goes = queue.length > 0 || (await askUndo(session));
    while (goes && session.index < session.queue.length) goes = await askNext(session);
  } catch (error) {
    // The reviewer does not want to wait for the store.
    if (!isLocked(error)) throw error;
  }
  summary.left = session.queue.length - session.done.length;
  return summary;
}

/** With nothing to review there may be something to take back. False if the session is over. */
async function askUndo(session: Session): Promise<boolean> {
  const back = await briefly(session.open, 'read', lockPort(session), (store) => backOf(session, store));
  if (back === undefined) return false;
  session.port.tell('Nothing waits.');
  return (await session.port.choose(['undo', 'quit'], back.what)) === 'undo' && takeBack(session, back);
}

/** Shows the label whose turn it is and does what the reviewer says. False if the session is over. */
async function askNext(session: Session): Promise<boolean> {
  const { open, port, queue, index, reviewer } = session;
  const item = queue[index] as QueueItem;
  const { seen, back } = await briefly(open, 'read', lockPort(session), async (store) => ({
    seen: await readSeen(store, item.labelId, reviewer),
    back: await backOf(session, store),
  }));
  if (seen === undefined) {
    port.tell(`label ${shortId(item.labelId)} (${whatOf(item)}) is not in the store any more`);
    queue.splice(index, 1);
    return true;
  }
  port.show(seen, item, { position: index + 1, of: queue.length });
  const since = Date.parse(port.now());
  const answer = await answerOf(seen.label, back?.what, port);
  if (answer === 'quit') return false;
  if (answer === 'undo') return back === undefined || takeBack(session, back);
  const { label, contentHash, sequence } = seen;
  const created_at = port.now();
  const seconds = Math.round((Date.parse(created_at) - since) / 100) / 10;
  const about = { label_id: label.id, capture_id: label.capture_id, content_hash: contentHash, rule_id: label.rule_ids[0] ?? '' };
  const outcome = await write(session, identified({ ...about, ...answer, reviewer, sequence, seconds, created_at }), storeVerdict);
  follow(session, outcome, whatOf(label));
  return true;
}

/** Goes on after a verdict: to the next label, or to the same one if it is another by now. */
function follow(session: Session, outcome: Outcome, what: string): void {
  const { done, index, port, queue, summary } = session;
  if (outcome.type === 'changed') port.tell('not stored: the label has changed since it was shown. This is how it is now.');
  else if (outcome.type === 'gone') {
    port.tell('not stored: the label is not in the store any more');
    queue.splice(index, 1);
  } else {
    const { review } = outcome;
    done.push({ index, review, what: saidOf(review, what) });
    session.index += 1;
    summary.written[review.verdict] += 1;
    if (review.edits !== null) summary.edited += 1;
  }
}

/** The last verdict of this session, else the last one that is stored. */
async function backOf({ done, reviewer }: Session, store: LabelStore): Promise<Back | undefined> {
  const own = done.at(-1);
  if (own !== undefined) return own;
  const last = await lastVerdict(store, reviewer);
  if (last === undefined) return undefined;
  const { review, label, state } = last;
  const what = saidOf(review, label === undefined ? `label ${shortId(review.label_id)}, which is gone` : whatOf(label));
  const at = `${review.created_at.slice(0, 16).replace('T', ' ')} UTC`;
  return { review, what: `${what} (${at})`, ...(label === undefined ? {} : { item: itemAgain(label, state) }) };
}

/** Takes a verdict back; its label is the next that is shown. */
async function takeBack(session: Session, back: Back): Promise<boolean> {
  const { port, queue, reviewer, summary } = session;
  const { label_id, capture_id, content_hash, rule_id, sequence, id } = back.review;
  const about = { label_id, capture_id, content_hash, rule_id, reviewer, sequence: sequence + 1 };
  const said: Said = { verdict: 'undone', reason: null, comment: '', edits: null, undoes: id };
  await write(session, identified({ ...about, ...said, seconds: null, created_at: port.now() }), storeEvent);
  summary.written.undone += 1;
  port.tell(`taken back: ${back.what}`);
  if ('index' in back) {
    summary.written[back.review.verdict] -= 1;
    if (back.review.edits !== null) summary.edited -= 1;
    session.done.pop();
    session.index = back.index;
  } else if (back.item !== undefined) {
    const { item } = back;
    const later = queue.slice(session.index).filter(({ labelId }) => labelId !== item.labelId);
    queue.splice(session.index, queue.length, item, ...later);
  }
  return true;
}

/** Writes an event. As long as that does not succeed it stands in a file, which stays if the reviewer gives up or the process is ended. */
async function write(session: Session, review: Review, work: (store: LabelStore, review: Review) => Promise<Outcome>): Promise<Outcome> {
  const { open, port, summary } = session;
  try {
    const outcome = await briefly(open, 'write', lockPort(session, review), (store) => work(store, review));
    if (summary.kept !== undefined) port.keep(undefined);
    delete summary.kept;
    return outcome;
  } catch (error) {
    if (summary.kept === undefined) keep(session, review);
    throw error;
  }
}

function lockPort(session: Pick<Session, 'port' | 'summary'>, review?: Review): LockPort {
  const { port } = session;
  return {
    wait: (milliseconds) => port.wait(milliseconds),
    locked: (error) => port.locked(error),
    waiting: (error) => {
      port.tell(`${error.message}; trying again`);
      if (review !== undefined) keep(session, review);
    },
  };
}

function keep({ port, summary }: Pick<Session, 'port' | 'summary'>, review: Review): void {
  summary.kept = port.keep(review);
  port.tell(`until it is stored, what you said is in ${summary.kept}; review --import adds it`);
}

/** The verdict about a label, asked for until there is one. */
async function answerOf(label: Label, undo: string | undefined, port: ReviewPort): Promise<Said | 'undo' | 'quit'> {
  const choices = (['accept', 'reject', 'edit', 'skip', 'undo', 'quit'] as const).filter(
    (choice) => (choice !== 'undo' || undo !== undefined) && (choice !== 'edit' || label.type === 'troubleshooting'),
  );
  const plain = { reason: null, comment: '', edits: null, undoes: null };
  for (;;) {
    const choice = (await port.choose(choices, undo ?? '')) ?? 'quit';
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
      const edited = await port.edit(text);
      text = edited.text;
      if (edited.failed !== undefined) throw edited.failed;
      return parseEdit(text, label);
    } catch (error) {
      if (!(error instanceof LabelerError)) throw error;
      if (!(await port.again(error))) return undefined;
    }
  }
}

function whatOf({ reason, resource }: Pick<Label, 'reason' | 'resource'>): string {
  return `${reason}, ${formatRef(resource)}`;
}

function saidOf({ verdict, edits }: Review, what: string): string {
  return `${edits === null ? verdict : 'edit'} of ${what}`;
}
