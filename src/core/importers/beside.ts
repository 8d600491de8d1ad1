import type { RecordDraft } from '../model/capture.ts';
import { audit } from './audit.ts';
import { emptyReport, type Importer, type ImportOptions, type ImportReport, ignore } from './importer.ts';
import { compareVersions } from './versions.ts';

type Note = Extract<RecordDraft, { kind: 'note' }>;
type Seen = Extract<RecordDraft, { kind: 'resource' }>;

/** What is known while two sources become one: notes that wait for their object, the newest version of each uid, and those that are gone. */
type Joining = { waiting: Map<string, Note>; newest: Map<string, string>; gone: Set<string> };

/**
 * Files of a format, and audit logs of the same cluster, as one sequence in the order of time. A note of the log stands before the record that
 * shows what its request left behind, whichever source has that first; its time is then that record's. Of an object only what is newer than
 * what was given of it is given: the times of two sources differ, its versions do not. The log is read twice.
 */
export async function* readBeside(
  other: Importer,
  otherPaths: string[],
  auditPaths: string[],
  options: ImportOptions,
  report: ImportReport,
): AsyncGenerator<RecordDraft> {
  const joining: Joining = { waiting: await notesByVersion(auditPaths, options), newest: new Map(), gone: new Set() };
  const sources = [other.read(otherPaths, options, report), audit.read(auditPaths, options, report)];
  for await (const draft of inTime(sources)) {
    if (draft.kind === 'note' && draft.audit !== undefined) yield* unlessWaiting(draft, joining);
    else if (draft.kind !== 'resource') yield draft;
    else if (isNews(draft, joining)) yield* withNote(draft, joining);
    else ignore(report, 'object that another file shows too');
  }
}

async function notesByVersion(paths: string[], options: ImportOptions): Promise<Map<string, Note>> {
  const notes = new Map<string, Note>();
  for await (const draft of audit.read(paths, options, emptyReport())) {
    const key = draft.kind === 'note' ? keyOf(draft) : undefined;
    if (key !== undefined && !notes.has(key)) notes.set(key, draft as Note);
  }
  return notes;
}

/** What tells the record that shows a request: a deletion of the uid, or its version. */
function keyOf({ audit: entry }: Note): string | undefined {
  if (entry === undefined || entry.ref.uid === '') return undefined;
  const version = entry.verb === 'delete' ? 'deleted' : entry.resourceVersion;
  return version === undefined ? undefined : `${entry.ref.uid} ${version}`;
}

/** A note whose object is still to come waits for it; that of a deletion does not, since finalizers may hold the object for long. */
function* unlessWaiting(draft: Note, { waiting }: Joining): Generator<RecordDraft> {
  const key = keyOf(draft);
  if (key === undefined) yield draft;
  else if (draft.audit?.verb === 'delete' && waiting.delete(key)) yield draft;
}

/** Whether a record tells more of its object than what was given. Objects without a uid of their own may come back under the same one. */
function isNews({ event }: Seen, { newest, gone }: Joining): boolean {
  const { uid } = event.ref;
  const before = newest.get(uid);
  const newer = before === undefined || event.resourceVersion === '' || compareVersions(event.resourceVersion, before) > 0;
  if (gone.has(uid) ? event.type !== 'ADDED' || !newer : event.type !== 'DELETED' && !newer) return false;
  if (event.type === 'DELETED') gone.add(uid);
  else gone.delete(uid);
  newest.set(uid, event.resourceVersion);
  return true;
}

function* withNote(draft: Seen, { waiting }: Joining): Generator<RecordDraft> {
  const { ref, type, resourceVersion } = draft.event;
  const key = `${ref.uid} ${type === 'DELETED' ? 'deleted' : resourceVersion}`;
  const note = waiting.get(key);
  waiting.delete(key);
  if (note !== undefined) yield note.at === draft.at ? note : { ...note, at: draft.at, atSource: 'derived' };
  yield draft;
}

/** Two sequences as one by time; at the same moment the first source comes first. */
async function* inTime(sources: AsyncIterable<RecordDraft>[]): AsyncGenerator<RecordDraft> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
    for (;;) {
      let first = -1;
      heads.forEach(({ done, value }, index) => {
        if (done !== true && (first < 0 || Date.parse(value.at) < Date.parse(heads[first]?.value.at))) first = index;
      });
      const head = heads[first];
      if (head === undefined) return;
      yield head.value;
      heads[first] = await (iterators[first] as AsyncIterator<RecordDraft>).next();
    }
  } finally {
    await Promise.all(iterators.map((iterator) => iterator.return?.(undefined)));
  }
}
