import { type FileHandle, open } from 'node:fs/promises';
import type { CaptureRecord } from '../model/capture.ts';
import { parseJson } from '../model/json.ts';
import { corruptError } from './errors.ts';
import { openManifest } from './manifest.ts';
import { listLanes, loadIndex, type SegmentFile } from './segment-files.ts';
import { parseLine, type RawMember, readMember, readMembers, seqAt } from './segment-reader.ts';
import type { MemberIndex } from './segment-writer.ts';

/** Looks up single records; keeps the index and the last few unpacked members (some MiB) between calls. Close it. */
export type RecordPicker = {
  /** The wanted records that exist. Only members that can hold one are unpacked, only wanted lines are parsed. CAPTURE_CORRUPT. */
  pick(seqs: Iterable<number>): Promise<Map<number, CaptureRecord>>;
  close(): Promise<void>;
};

type Entry = { firstSeq: number; lastSeq: number; load: () => Promise<RawMember> };

const keptMembers = 8;

/** Opens a capture for looking up records by seq. Errors of `openManifest`, and CAPTURE_CORRUPT. */
export async function openPicker(dir: string): Promise<RecordPicker> {
  const manifest = await openManifest(dir);
  const lanes = await listLanes(dir, manifest);
  // Evidence lies in objects most often, in metrics least often: what is found early need not be sought elsewhere.
  const order = (files: SegmentFile[]) => ['objects', 'events', 'logs', 'metrics'].indexOf(files[0]?.class ?? '');
  const handles = new Map<string, Promise<FileHandle>>();
  const torn = manifest.status === 'open' ? () => undefined : undefined;
  const entries: Entry[][] = [];
  for (const files of lanes.sort((a, b) => order(a) - order(b))) {
    const lane: Entry[] = [];
    for (const file of files) lane.push(...(await entriesOf(file, { dir, torn, handles })));
    entries.push(lane);
  }
  const cache = new Map<Entry, Promise<RawMember>>();
  return {
    pick: (seqs) =>
      pickFrom(
        entries,
        [...new Set(seqs)].sort((a, b) => a - b),
        (entry) => cached(cache, entry),
        dir,
      ),
    async close() {
      cache.clear();
      for (const handle of handles.values()) await (await handle).close();
      handles.clear();
    },
  };
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

async function entriesOf(file: SegmentFile, opening: Opening): Promise<Entry[]> {
  const index = await loadIndex(file);
  if (index === undefined) return scanned(file, opening);
  return index.map((member) => ({ firstSeq: member.firstSeq, lastSeq: member.lastSeq, load: () => load(file, member, opening) }));
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
async function scanned(file: SegmentFile, opening: Opening): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const member of readMembers(file, opening)) {
    const { place, raw, length } = member;
    if (raw.length === 0) continue;
    const [firstSeq, lastSeq] = edgeSeqs(raw);
    if (Number.isNaN(firstSeq + lastSeq)) throw corruptError(opening.dir, place, 'a line without seq', 'a line that begins {"seq":');
    const again = length === undefined ? async () => member : () => load(file, { offset: place.member, length }, opening);
    entries.push({ firstSeq, lastSeq, load: again });
  }
  return entries;
}

function cached(cache: Map<Entry, Promise<RawMember>>, entry: Entry): Promise<RawMember> {
  const loading = cache.get(entry) ?? entry.load();
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
