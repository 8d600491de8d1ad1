import type { RecordDraft } from '../model/capture.ts';
import { compareVersions } from '../model/versions.ts';
import { audit } from './audit.ts';
import { emptyReport, type Importer, type ImportOptions, type ImportReport, ignore } from './importer.ts';

type Note = Extract<RecordDraft, { kind: 'note' }>;
type Seen = Extract<RecordDraft, { kind: 'resource' }>;

/**
 * What is known while two sources become one: notes by what they left behind, which objects and versions the other source follows, and of all
 * the newest version given, and those that are gone.
 */
type Joining = { notes: Map<string, Note>; uids: Set<string>; versions: Set<string>; newest: Map<string, string>; gone: Set<string> };

/**
 * Files of a format, and audit logs of the same cluster, as one sequence in the order of time. What follows objects over time (a watch) stays
 * as it is alone: the log only says who left a version behind, in a note before the record that shows it, at the time of that record. Of other
 * objects, such as those of a dump, the log gives the history; what is no newer than what was given is left out. Both are read twice.
 */
export async function* readBeside(
  other: Importer,
  otherPaths: string[],
  auditPaths: string[],
  options: ImportOptions,
  report: ImportReport,
): AsyncGenerator<RecordDraft> {
  const joining: Joining = { notes: new Map(), uids: new Set(), versions: new Set(), newest: new Map(), gone: new Set() };
  for await (const draft of other.read(otherPaths, options, emptyReport())) noteFollowed(draft, joining);
  for await (const draft of audit.read(auditPaths, options, emptyReport())) keepNote(draft, joining);
  const sources = [other.read(otherPaths, options, report), audit.read(auditPaths, options, report)];
  for await (const { draft, source } of inTime(sources)) {
    if (isLeftOut(draft, source === 1, joining)) {
      if (draft.kind === 'resource') ignore(report, 'object that another file shows too');
      continue;
    }
    if (source === 0 && draft.kind === 'resource') yield* noteBefore(draft, joining);
    yield draft;
  }
}

function noteFollowed(draft: RecordDraft, { uids, versions }: Joining): void {
  if (draft.kind !== 'resource' || draft.event.synthetic === 'snapshot') return;
  uids.add(draft.event.ref.uid);
  versions.add(shownBy(draft));
}

/** The first request that left a version behind made it. */
function keepNote(draft: RecordDraft, { notes, versions }: Joining): void {
  const key = leftBy(draft);
  if (key !== undefined && versions.has(key) && !notes.has(key)) notes.set(key, draft as Note);
}

/** What an audited request left behind: a version of an object, or nothing of it. */
function leftBy(draft: RecordDraft): string | undefined {
  if (draft.kind !== 'note' || draft.audit === undefined) return undefined;
  const { ref, verb, resourceVersion } = draft.audit;
  const version = verb === 'delete' ? 'deleted' : resourceVersion;
  return ref.uid === '' || version === undefined ? undefined : `${ref.uid} ${version}`;
}

function shownBy({ event: { ref, type, resourceVersion } }: Seen): string {
  return `${ref.uid} ${type === 'DELETED' ? 'deleted' : resourceVersion}`;
}

/** Notes of the log that stand elsewhere, objects of the log that the other source follows, and what is no newer than what was given. */
function isLeftOut(draft: RecordDraft, logged: boolean, joining: Joining): boolean {
  if (draft.kind === 'note') return logged && joining.versions.has(leftBy(draft) ?? '');
  if (draft.kind !== 'resource') return false;
  if (logged && joining.uids.has(draft.event.ref.uid)) return true;
  return (logged || draft.event.synthetic === 'snapshot') && !isNews(draft, joining);
}

function isNews({ event }: Seen, { newest, gone }: Joining): boolean {
  const { uid } = event.ref;
  const before = newest.get(uid);
  const newer = before === undefined || event.resourceVersion === '' || compareVersions(event.resourceVersion, before) > 0;
  if (gone.has(uid) || (event.type !== 'DELETED' && !newer)) return false;
  if (event.type === 'DELETED') gone.add(uid);
  newest.set(uid, event.resourceVersion);
  return true;
}

function* noteBefore(draft: Seen, { notes }: Joining): Generator<RecordDraft> {
  const key = shownBy(draft);
  const note = notes.get(key);
  notes.delete(key);
  if (note !== undefined) yield note.at === draft.at ? note : { ...note, at: draft.at, atSource: 'derived' };
}

/** Two sequences as one by time; at the same moment the first source comes first. */
async function* inTime(sources: AsyncIterable<RecordDraft>[]): AsyncGenerator<{ draft: RecordDraft; source: number }> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    const heads: (RecordDraft | undefined)[] = [];
    for (const iterator of iterators) heads.push(await following(iterator));
    for (;;) {
      let source = -1;
      heads.forEach((head, index) => {
        if (head !== undefined && (source < 0 || Date.parse(head.at) < Date.parse(heads[source]?.at ?? ''))) source = index;
      });
      const draft = heads[source];
      if (draft === undefined) return;
      yield { draft, source };
      heads[source] = await following(iterators[source] as AsyncIterator<RecordDraft>);
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.(undefined);
  }
}

/** The next record of a sequence that is read by hand; undefined at its end. */
export async function following(drafts: AsyncIterator<RecordDraft>): Promise<RecordDraft | undefined> {
  const next = await drafts.next();
  return next.done === true ? undefined : next.value;
}
