import type { AuditEntry, CaptureRecord, ResourceEvent } from '../model/capture.ts';
import type { Change, ChangeAuthor } from '../model/event.ts';
import { formatRef, type ObjectRef } from '../model/resource.ts';

/** Who sent which request, by what tells that a change is that request's: the version it left behind, or the object that it deleted. */
export type Authors = Map<string, ChangeAuthor>;

const keptAuthors = 2000;

/** Kinds that no person is asked about: requests for them that are known without the object are not told. */
const untold = new Set(['Event', 'Lease']);

/** Remembers an audit entry. The first of a version (of a deletion) counts: who asks again for what is there already changes nothing. */
export function noteAuthor(authors: Authors, { seq, at }: Pick<CaptureRecord, 'seq' | 'at'>, audit: AuditEntry): ChangeAuthor {
  const author = { seq, at, ...audit };
  const key = keyOf(audit.ref, audit.verb === 'delete' ? 'deleted' : audit.resourceVersion);
  if (key !== undefined && !authors.has(key)) authors.set(key, author);
  for (const oldest of authors.keys()) {
    if (authors.size <= keptAuthors) break;
    authors.delete(oldest);
  }
  return author;
}

/**
 * Who made the object what this event shows: the request with its resourceVersion; of a deletion the first request to delete this uid, as
 * finalizers may hold the object for long. Who modified an object that is first seen did not create it.
 */
export function authorOf(
  authors: Authors,
  { ref, type, resourceVersion }: ResourceEvent,
  change: Change['type'],
): ChangeAuthor | undefined {
  if (authors.size === 0) return undefined;
  const key = keyOf(ref, type === 'DELETED' ? 'deleted' : resourceVersion);
  const author = key === undefined ? undefined : authors.get(key);
  return change === 'created' && type !== 'ADDED' ? undefined : author;
}

/** A request of which the log does not hold the answered object, as a change without fields. */
export function requestOf({ seq, at, ...audit }: ChangeAuthor): Change | undefined {
  if (audit.resourceVersion !== undefined || untold.has(audit.ref.kind)) return undefined;
  const type = audit.verb === 'delete' ? 'deleted' : audit.verb === 'create' ? 'created' : 'modified';
  return { ref: audit.ref, seq, at, type, fields: [], by: { seq, at, ...audit } };
}

function keyOf(ref: ObjectRef, version: string | undefined): string | undefined {
  if (version === undefined || version === '') return undefined;
  return `${ref.uid === '' ? formatRef(ref) : ref.uid} ${version}`;
}
