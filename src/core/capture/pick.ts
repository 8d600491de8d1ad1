import { type FileHandle, open } from 'node:fs/promises';
import type { CaptureManifest, CaptureRecord } from '../model/capture.ts';
import { parseJson } from '../model/json.ts';
import { corruptError } from './errors.ts';
import { segmentPath } from './layout.ts';
import { openManifest } from './manifest.ts';
import { listLanes, loadIndex, type SegmentFile } from './segment-files.ts';
import { parseLine, type RawMember, readMember, scanMembers, seqAt } from './segment-reader.ts';
import type { MemberIndex } from './segment-writer.ts';

/** Looks up single records; keeps the index and the last few unpacked members (some MiB) between calls. Close it. */
export type RecordPicker = {
  /** The wanted records that exist. Only members that can hold one are unpacked, only wanted lines are parsed. CAPTURE_CORRUPT. */
  pick(seqs: Iterable<number>): Promise<Map<number, CaptureRecord>>;
  close(): Promise<void>;
};

type Entry = { firstSeq: number; lastSeq: number; load: () => Promise<RawMember> };

/** What is known of a segment. One that is being written is read on from `scannedTo`; `torn` is its unfinished member. */
type Segment = { file: SegmentFile; entries: Entry[]; torn: Entry | undefined; scannedTo: number; whole: boolean };

const keptMembers = 8;
const mostTries = 3;

/**
 * Opens a capture for looking up records by seq. In one that is being written, records are found that were written after the opening,
 * as soon as they were flushed. Errors of `openManifest`, and CAPTURE_CORRUPT.
 */
export async function openPicker(dir: string): Promise<RecordPicker> {
  const manifest = await openManifest(dir);
  const growing = manifest.status === 'open';
  const opening: Opening = { dir, torn: growing ? () => undefined : undefined, handles: new Map() };
  const cache = new Map<Entry, Promise<RawMember>>();
  const segments = new Map<string, Segment>();
  const readOn = async () => {
    await closeAll(opening.handles);
    await findMore(segments, manifest, opening);
  };
  const search = (seqs: number[]) => pickFrom(lanesOf(segments), seqs, (entry) => cached(cache, entry), dir);
  await readOn();
  return {
    async pick(wanted) {
      const seqs = [...new Set(wanted)].sort((a, b) => a - b);
      for (let tries = 0; ; tries += 1) {
        try {
          if (tries > 0) await readOn();
          const found = await search(seqs);
          if (!growing || tries > 0 || found.size === seqs.length) return found;
        } catch (error) {
          // A segment that was sealed or pruned since it was listed has another name, or other bytes.
          if (!growing || tries === mostTries) throw error;
        }
      }
    },
    async close() {
      cache.clear();
      await closeAll(opening.handles);
    },
  };
}

async function closeAll(handles: Map<string, Promise<FileHandle>>): Promise<void> {
  for (const handle of handles.values()) await handle.then((open) => open.close()).catch(() => undefined);
  handles.clear();
}

/** Brings the segments up to date with the directory; what was read of them before is kept. */
async function findMore(segments: Map<string, Segment>, manifest: CaptureManifest, opening: Opening): Promise<void> {
  const lanes = await listLanes(opening.dir, manifest);
  // Evidence lies in objects most often, in metrics least often: what is found early need not be sought elsewhere.
  const order = (files: SegmentFile[]) => ['objects', 'events', 'logs', 'metrics'].indexOf(files[0]?.class ?? '');
  const before = new Map(segments);
  segments.clear();
  for (const file of lanes.sort((a, b) => order(a) - order(b)).flat()) {
    const key = segmentPath(file.cluster, file.class, file.number);
    const known = before.get(key);
    const same = known !== undefined && (!known.whole || known.file.size === file.size);
    const segment = same ? known : { file, entries: [], torn: undefined, scannedTo: 0, whole: false };
    segment.file = file;
    segments.set(key, segment);
    if (!segment.whole) await readMore(segment, opening);
  }
}

function lanesOf(segments: ReadonlyMap<string, Segment>): Entry[][] {
  const lanes = new Map<string, Entry[]>();
  for (const { file, entries, torn } of segments.values()) {
    const lane = `${file.cluster}/${file.class}`;
    lanes.set(lane, [...(lanes.get(lane) ?? []), ...entries, ...(torn === undefined ? [] : [torn])]);
  }
  return [...lanes.values()];
}

/** Looks up records once; see `openPicker`. */
export async function pickRecords(dir: string, seqs: Iterable<number>): Promise<Map<number, CaptureRecord>> {
  const picker = await openPicker(dir);
  try {
    return await picker.pick(seqs);
  } finally {
    await picker.close();
  }
}

type Opening = { dir: string; torn: (() => void) | undefined; handles: Map<string, Promise<FileHandle>> };

async function readMore(segment: Segment, opening: Opening): Promise<void> {
  const index = await loadIndex(segment.file);
  if (index === undefined) return scanOn(segment, opening);
  segment.entries = index.map((member) => entryOf(segment, member.firstSeq, member.lastSeq, member, opening));
  segment.torn = undefined;
  segment.whole = true;
}

function entryOf(
  segment: Segment,
  firstSeq: number,
  lastSeq: number,
  place: Pick<MemberIndex, 'offset' | 'length'>,
  opening: Opening,
): Entry {
  return { firstSeq, lastSeq, load: () => load(segment.file, place, opening) };
}

async function load(file: SegmentFile, member: Pick<MemberIndex, 'offset' | 'length'>, { dir, handles }: Opening): Promise<RawMember> {
  let handle = handles.get(file.path);
  if (handle === undefined) {
    handle = open(file.path, 'r');
    handles.set(file.path, handle);
  }
  return readMember(await handle, file, member, dir);
}

/** Without an index every member is unpacked once to know its seqs, and again when a record is wanted; only a torn tail is kept. */
async function scanOn(segment: Segment, opening: Opening): Promise<void> {
  segment.torn = undefined;
  for await (const member of scanMembers(segment.file, { ...opening, from: segment.scannedTo })) {
    const { place, raw, length } = member;
    if (length !== undefined) segment.scannedTo = place.member + length;
    if (raw.length === 0) continue;
    const [firstSeq, lastSeq] = edgeSeqs(raw);
    if (Number.isNaN(firstSeq + lastSeq)) throw corruptError(opening.dir, place, 'a line without seq', 'a line that begins {"seq":');
    if (length === undefined) segment.torn = { firstSeq, lastSeq, load: async () => member };
    else segment.entries.push(entryOf(segment, firstSeq, lastSeq, { offset: place.member, length }, opening));
  }
}

function cached(cache: Map<Entry, Promise<RawMember>>, entry: Entry): Promise<RawMember> {
  const loading = cache.get(entry) ?? entry.load();
  loading.catch(() => cache.delete(entry));
  cache.delete(entry);
  cache.set(entry, loading);
  for (const oldest of cache.keys()) {
    if (cache.size <= keptMembers) break;
    cache.delete(oldest);
  }
  return loading;
}

/** `seqs` ascending. The next member is unpacked while one is searched. */
async function pickFrom(lanes: Entry[][], seqs: number[], unpack: (entry: Entry) => Promise<RawMember>, dir: string) {
  const found = new Map<number, CaptureRecord>();
  for (const lane of lanes) {
    const candidates = candidatesIn(lane, seqs, found);
    for (const [index, { entry, wanted }] of candidates.entries()) {
      const loading = unpack(entry);
      const following = candidates[index + 1];
      // An error of the one ahead is thrown when its turn comes.
      if (following !== undefined) unpack(following.entry).catch(() => undefined);
      pickLines(await loading, wanted, found, dir);
    }
  }
  return found;
}

function candidatesIn(lane: Entry[], seqs: number[], found: Map<number, CaptureRecord>): { entry: Entry; wanted: Set<number> }[] {
  const candidates: { entry: Entry; wanted: Set<number> }[] = [];
  let position = 0;
  for (const entry of lane) {
    const wanted = new Set<number>();
    while ((seqs[position] ?? Number.NaN) < entry.firstSeq) position += 1;
    for (; (seqs[position] ?? Number.NaN) <= entry.lastSeq; position += 1) {
      const seq = seqs[position] as number;
      if (!found.has(seq)) wanted.add(seq);
    }
    if (wanted.size > 0) candidates.push({ entry, wanted });
  }
  return candidates;
}

/** Lines begin `{"seq":N,` and a JSON text holds no raw line feed, so records are told apart without parsing them. */
function pickLines({ place, raw }: RawMember, wanted: Set<number>, found: Map<number, CaptureRecord>, dir: string): void {
  // One character per byte: cheap to make, and positions are those of the bytes.
  const text = raw.toString('latin1');
  for (let start = 0, line = 1; start < text.length && wanted.size > 0; line += 1) {
    const lineFeed = text.indexOf('\n', start);
    const end = lineFeed === -1 ? text.length : lineFeed;
    const seq = seqAt(text, start);
    if (wanted.delete(seq)) found.set(seq, parseLine(raw.toString('utf8', start, end), parseJson, dir, place, line));
    start = end + 1;
  }
}

function edgeSeqs(raw: Buffer): [number, number] {
  const lastLine = raw.lastIndexOf(0x0a, raw.length - 2) + 1;
  return [seqAt(raw.toString('latin1', 0, 32), 0), seqAt(raw.toString('latin1', lastLine, lastLine + 32), 0)];
}
