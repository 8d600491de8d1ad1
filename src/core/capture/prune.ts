import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { CaptureRecord, Segment } from '../model/capture.ts';
import { parseJson } from '../model/json.ts';
import { walkMembers } from './gzip-members.ts';
import { indexPath, parseSegmentPath } from './layout.ts';
import { formatLine } from './lines.ts';
import { type Gone, laneOf } from './pruned.ts';
import { loadIndex } from './segment-files.ts';
import { closeSegment, createSegment, type OpenSegment, syncDirectory, writeIndex, writeLines } from './segment-writer.ts';

/** What a pruning decided: `gone` segments may be removed, `kept` ones have a keyframe now, and with it another size and checksum. */
export type Pruning = { gone: Gone[]; kept: Segment[] };

/**
 * Prepares to drop the oldest sealed segments, `excess` bytes of them or more. Of objects the state must survive: what existed at the end of
 * those that go moves, each object with its last record, to the front of the next segment of the lane (a keyframe), which is replaced by
 * rename. The caller says so in the manifest and removes the files with `removeSegments`, in this order: then a kill at any moment leaves a
 * readable capture. Undefined when nothing can go.
 */
export async function pruneOldest(dir: string, segments: readonly Segment[], excess: number): Promise<Pruning | undefined> {
  const going = oldestOf(segments, excess);
  if (going.length === 0) return undefined;
  const pruning: Pruning = { gone: [], kept: [] };
  const objects = new Map<string, Segment[]>();
  for (const segment of going) {
    if (segment.class === 'objects') objects.set(laneOf(segment), [...(objects.get(laneOf(segment)) ?? []), segment]);
    else pruning.gone.push({ segment, kept: 0, gaps: 0, drops: 0 });
  }
  for (const lane of objects.values()) {
    const next = segments.find((segment) => laneOf(segment) === laneOf(lane[0] as Segment) && !lane.includes(segment)) as Segment;
    const moved = await moveKeyframe(dir, lane, next);
    pruning.gone.push(...moved.gone);
    if (moved.next !== undefined) pruning.kept.push(moved.next);
  }
  return pruning;
}

/** Removes segment files and their indexes. */
export async function removeSegments(dir: string, gone: readonly Gone[]): Promise<void> {
  for (const { segment } of gone) {
    await rm(join(dir, segment.file), { force: true });
    await rm(indexPath(join(dir, segment.file)), { force: true });
  }
}

/** The oldest by their last record; the newest sealed segment of objects stays, because it must take the keyframe. */
function oldestOf(segments: readonly Segment[], excess: number): Segment[] {
  const newest = new Map(segments.filter(({ class: kind }) => kind === 'objects').map((segment) => [laneOf(segment), segment]));
  const oldest = segments.filter((segment) => newest.get(laneOf(segment)) !== segment).sort((a, b) => a.lastSeq - b.lastSeq);
  let freed = 0;
  return oldest.filter(({ bytes }) => {
    if (freed >= excess) return false;
    freed += bytes;
    return true;
  });
}

async function moveKeyframe(dir: string, lane: Segment[], next: Segment): Promise<{ gone: Gone[]; next?: Segment }> {
  const state: State = { objects: new Map(), streams: new Map() };
  const gone: Gone[] = [];
  for (const segment of lane) {
    const counts = { segment, kept: 0, gaps: 0, drops: 0 };
    for await (const record of recordsIn(dir, segment)) {
      if (record.kind === 'gap') counts.gaps += 1;
      if (record.kind === 'drop') counts.drops += record.count;
      note(state, record);
    }
    gone.push(counts);
  }
  const lasting = lastingRecords(state);
  if (lasting.size === 0) return { gone };
  const { cluster = '', number = 0 } = parseSegmentPath(next.file) ?? {};
  const keyframe = await createSegment(dir, cluster, 'objects', number, '.new');
  try {
    const at = lane.at(-1)?.lastAt ?? next.firstAt;
    for (const counts of gone) counts.kept = await writeLines(keyframe, keyframeLines(dir, counts.segment, lasting, at));
    return { gone, next: await prepend(dir, keyframe, next, cluster, number) };
  } catch (error) {
    await keyframe.handle.close().catch(() => undefined);
    await rm(`${keyframe.path}.open`, { force: true });
    throw error;
  }
}

/** Puts a keyframe and the segment it belongs before into the place of that segment. */
async function prepend(dir: string, keyframe: OpenSegment, next: Segment, cluster: string, number: number): Promise<Segment> {
  const path = join(dir, next.file);
  const following = await loadIndex({ file: next.file, path, cluster, class: 'objects', number, size: next.bytes });
  // Gzip members follow each other without more ado: two segments are one when their bytes are.
  const rest = await readFile(path);
  await keyframe.handle.appendFile(rest);
  await closeSegment(keyframe);
  await rm(indexPath(path), { force: true });
  await rename(`${keyframe.path}.open`, path);
  await syncDirectory(path);
  if (following !== undefined) {
    const shifted = following.map((member) => ({ ...member, offset: member.offset + keyframe.bytes }));
    await writeIndex(path, [...keyframe.members, ...shifted]);
  }
  return {
    ...next,
    firstSeq: keyframe.firstSeq,
    firstAt: keyframe.firstAt,
    records: keyframe.records + next.records,
    bytes: keyframe.bytes + rest.length,
    sha256: keyframe.hash.update(rest).digest('hex'),
  };
}

/** By object the seq of its last record; by stream where it can be watched from, and whether a list is being read. */
type State = { objects: Map<string, number>; streams: Map<string, { seq?: number; version: string; listing?: number }> };

function note({ objects, streams }: State, record: CaptureRecord): void {
  if (record.kind === 'oversize') objects.set(objectKey(record.stream, record.ref), record.seq);
  if (record.kind !== 'resource' && record.kind !== 'sync') return;
  const stream = streams.get(record.stream) ?? { version: '' };
  streams.set(record.stream, stream);
  if (record.kind === 'resource') {
    const { ref, type, synthetic, resourceVersion } = record.event;
    if (type === 'DELETED') objects.delete(objectKey(record.stream, ref));
    else objects.set(objectKey(record.stream, ref), record.seq);
    if (synthetic === undefined && stream.listing === undefined) stream.version = resourceVersion;
    return;
  }
  if (record.phase === 'list-begin') stream.listing = record.seq;
  if (record.phase === 'list-end') delete stream.listing;
  if ((record.phase !== 'list-end' && record.phase !== 'bookmark') || record.resourceVersion === undefined) return;
  Object.assign(stream, { seq: record.seq, version: record.resourceVersion });
}

function objectKey(stream: string, { uid, kind, namespace, name }: { uid: string; kind: string; namespace: string; name: string }): string {
  return `${stream} ${uid || `${kind}/${namespace}/${name}`}`;
}

/** The seqs that stay; those of a bookmark with the version that its stream had reached. */
function lastingRecords({ objects, streams }: State): Map<number, string | undefined> {
  const lasting = new Map<number, string | undefined>([...objects.values()].map((seq) => [seq, undefined]));
  for (const { seq, version, listing } of streams.values()) {
    if (seq !== undefined) lasting.set(seq, version);
    if (listing !== undefined) lasting.set(listing, undefined);
  }
  return lasting;
}

/** The lasting records as the state at a moment; they keep their seq, so that what cites them still finds them. */
async function* keyframeLines(dir: string, segment: Segment, lasting: ReadonlyMap<number, string | undefined>, at: string) {
  for await (const record of recordsIn(dir, segment)) {
    if (!lasting.has(record.seq)) continue;
    const base = { ...record, at, atSource: 'derived' as const };
    const resourceVersion = lasting.get(record.seq);
    if (base.kind === 'resource') base.event = { ...base.event, type: 'ADDED', synthetic: 'snapshot' };
    const kept = resourceVersion === undefined ? base : { ...base, kind: 'sync' as const, phase: 'bookmark' as const, resourceVersion };
    yield { text: formatLine(record.seq, kept), record: kept };
  }
}

/** The records of a sealed segment, one member at a time so that recording goes on meanwhile; what is damaged is left out. */
async function* recordsIn(dir: string, { file }: Segment): AsyncGenerator<CaptureRecord> {
  for (const piece of walkMembers(await readFile(join(dir, file)))) {
    await setImmediate();
    if (piece.type !== 'member') continue;
    for (const line of piece.raw.toString('utf8').split('\n')) if (line !== '') yield parseJson(line) as CaptureRecord;
  }
}
