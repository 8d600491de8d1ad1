import type { CaptureRecord, ResourceEvent } from './model/capture.ts';
import type { Change } from './model/event.ts';
import { text } from './model/fields.ts';
import { formatRef, type ObjectRef } from './model/resource.ts';
import { statusText } from './replay/status-text.ts';
import { objectKey } from './state/state.ts';
import { changeTexts } from './timeline.ts';

/** What a record tells a person. `existing`: objects that were there when the recording began, by kind. `seq` is the record's. */
export type RecordEntry = { at: string; cluster: string; seq: number } & (
  | { type: 'existing'; kinds: Record<string, number> }
  | { type: 'object'; change: 'created' | 'changed' | 'deleted'; resource: string; text: string }
  | { type: 'event'; warning: boolean; resource: string; reason: string; message: string; count: number }
  | { type: 'gap' | 'note'; text: string }
);

/** What was told of the objects so far: how each stood, and which were there at the beginning and are not told yet. */
export type Telling = {
  stood: Map<string, string>;
  existing: Map<string, { at: string; seq: number; kinds: Record<string, number> }>;
};

/** Nothing was told yet. */
export function newTelling(): Telling {
  return { stood: new Map(), existing: new Map() };
}

/** Kinds that only mirror others, or beat like a heart. */
const quiet = new Set(['Lease', 'EndpointSlice', 'Endpoints', 'ControllerRevision', 'ReplicaSet']);

/** What is new to a person in a record; `change` is what it asks for differently. Most records have nothing. */
export function entriesOf(telling: Telling, record: CaptureRecord, change: Change | undefined): RecordEntry[] {
  const { at, cluster, seq } = record;
  const base = { at, cluster, seq };
  if (record.kind === 'gap') {
    const entry = { ...base, type: 'gap' as const, text: `nothing is known from ${record.from} to ${record.to}: ${record.reason}` };
    return [...toldExisting(telling, cluster), entry];
  }
  if (record.kind === 'note') return [...toldExisting(telling, cluster), { ...base, type: 'note', text: record.message }];
  if (record.kind !== 'resource') return [];
  if (wasThere(record)) {
    noteExisting(telling, base, record.event);
    return [];
  }
  const entry = record.event.ref.kind === 'Event' ? eventEntry(base, record.event) : objectEntry(telling, base, record.event, change);
  return entry === undefined ? [] : [...toldExisting(telling, cluster), entry];
}

/** What was counted of the objects that were there at the beginning, told once: before the first thing that happened, or at the end. */
export function toldExisting({ existing }: Telling, cluster?: string): RecordEntry[] {
  const clusters = cluster === undefined ? [...existing.keys()] : [cluster];
  return clusters.flatMap((alias) => {
    const known = existing.get(alias);
    existing.delete(alias);
    return known === undefined ? [] : [{ type: 'existing' as const, cluster: alias, ...known }];
  });
}

const freshSeconds = 5;

/** An object that was created well before it was first seen. */
function wasThere({ at, event: { type, object } }: CaptureRecord & { kind: 'resource' }): boolean {
  const created = Date.parse(text(object.metadata?.creationTimestamp));
  return type === 'ADDED' && Date.parse(at) - created > freshSeconds * 1000;
}

function noteExisting(
  { stood, existing }: Telling,
  { at, cluster, seq }: { at: string; cluster: string; seq: number },
  event: ResourceEvent,
): void {
  const { ref, object } = event;
  const known = existing.get(cluster) ?? { at, seq, kinds: {} };
  existing.set(cluster, known);
  known.kinds[ref.kind] = (known.kinds[ref.kind] ?? 0) + 1;
  stood.set(stoodKey(cluster, ref), statusText(object));
}

function stoodKey(cluster: string, ref: ObjectRef): string {
  return `${cluster}/${objectKey(ref)}`;
}

function eventEntry(base: { at: string; cluster: string; seq: number }, { type, object }: ResourceEvent): RecordEntry | undefined {
  if (type === 'DELETED') return undefined;
  const about = object.involvedObject ?? object.regarding ?? {};
  const ref = { kind: text(about.kind), namespace: text(about.namespace), name: text(about.name) };
  return {
    ...base,
    type: 'event',
    warning: text(object.type) === 'Warning',
    resource: formatRef(ref),
    reason: text(object.reason),
    message: text(object.message) || text(object.note),
    count: Number(object.series?.count ?? object.count ?? object.deprecatedCount ?? 1) || 1,
  };
}

function objectEntry(
  { stood }: Telling,
  base: { at: string; cluster: string; seq: number },
  { type, ref, object }: ResourceEvent,
  change: Change | undefined,
): RecordEntry | undefined {
  const key = stoodKey(base.cluster, ref);
  const before = stood.get(key);
  const resource = formatRef(ref);
  if (type === 'DELETED') {
    stood.delete(key);
    return quiet.has(ref.kind) ? undefined : { ...base, type: 'object', change: 'deleted', resource, text: '' };
  }
  const now = statusText(object);
  stood.set(key, now);
  if (quiet.has(ref.kind)) return undefined;
  if (before === undefined) return { ...base, type: 'object', change: 'created', resource, text: now };
  const asked = change?.type === 'modified' ? changeTexts(change.fields) : [];
  if (now === before && asked.length === 0) return undefined;
  return { ...base, type: 'object', change: 'changed', resource, text: [...asked, ...(now === before ? [] : [now])].join('; ') };
}
