import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';
import type { Segment, SegmentClass } from '../model/capture.ts';
import { indexPath, segmentPath } from './layout.ts';

/** One gzip member of a segment: where it lies in the file (bytes) and which records it holds. */
export type MemberIndex = { offset: number; length: number; firstSeq: number; lastSeq: number; firstAt: string; count: number };

/** Whole lines (each ending in LF) that follow each other in one segment. */
export type Chunk = { bytes: Buffer; firstSeq: number; lastSeq: number; firstAt: string; lastAt: string; count: number };

/** A segment file that is being written: `<file>.open` until it is sealed. */
export type OpenSegment = Omit<Segment, 'sha256' | 'prevSha256'> & {
  path: string;
  handle: FileHandle;
  hash: Hash;
  members: MemberIndex[];
  member?: MemberIndex & { gzip: Gzip; output: Buffer[] };
};

const linesPerMember = 200;

/** Creates `<dir>/<cluster>/<number>.<class>.ndjson.gz.open`; with a suffix the file is no segment yet in the eyes of a reader. */
export async function createSegment(
  dir: string,
  cluster: string,
  segmentClass: SegmentClass,
  number: number,
  suffix: '' | '.new' = '',
): Promise<OpenSegment> {
  const file = segmentPath(cluster, segmentClass, number);
  const path = join(dir, file + suffix);
  if (suffix !== '') await rm(`${path}.open`, { force: true });
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(`${path}.open`, 'wx');
  return {
    file,
    path,
    handle,
    class: segmentClass,
    hash: createHash('sha256'),
    members: [],
    firstSeq: 0,
    lastSeq: 0,
    firstAt: '',
    lastAt: '',
    records: 0,
    bytes: 0,
  };
}

/** Compresses lines into the current member. `end` completes the member; otherwise all is sync-flushed so that a kill loses nothing of it. */
export async function writeChunk(segment: OpenSegment, chunk: Chunk, end: boolean): Promise<void> {
  segment.member ??= startMember(segment, chunk);
  const { member } = segment;
  member.lastSeq = chunk.lastSeq;
  member.count += chunk.count;
  if (segment.records === 0) Object.assign(segment, { firstSeq: chunk.firstSeq, firstAt: chunk.firstAt });
  segment.records += chunk.count;
  segment.lastSeq = chunk.lastSeq;
  segment.lastAt = chunk.lastAt;
  await compress(member.gzip, chunk.bytes, end);
  await writeOutput(segment);
  if (end) endMember(segment);
}

/** Completes a member that was only flushed so far. */
export async function finishMember(segment: OpenSegment): Promise<void> {
  if (segment.member === undefined) return;
  await compress(segment.member.gzip, Buffer.alloc(0), true);
  await writeOutput(segment);
  endMember(segment);
}

/** Makes the segment final: fsync, rename to its name without `.open`, index beside it. */
export async function sealSegment(segment: OpenSegment, prevSha256: string): Promise<Segment> {
  await closeSegment(segment);
  await rename(`${segment.path}.open`, segment.path);
  await syncDirectory(segment.path);
  await writeIndex(segment.path, segment.members);
  const { file, firstSeq, lastSeq, firstAt, lastAt, records, bytes } = segment;
  const sha256 = segment.hash.digest('hex');
  return { file, class: segment.class, firstSeq, lastSeq, firstAt, lastAt, records, bytes, sha256, prevSha256 };
}

/** Ends the segment's file without giving it its name. */
export async function closeSegment(segment: OpenSegment): Promise<void> {
  await finishMember(segment);
  await segment.handle.datasync();
  await segment.handle.close();
}

/** Makes the names in the directory of a file durable. */
export async function syncDirectory(file: string): Promise<void> {
  // Windows and some file systems refuse to open or sync a directory; a rename is then as durable as they make it.
  const directory = await open(dirname(file), 'r').catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}

type WrittenLine = { text: string; record: { seq: number; at: string } };

/** Writes lines that exist already, in members of a few hundred; how many there were. */
export async function writeLines(segment: OpenSegment, lines: Iterable<WrittenLine> | AsyncIterable<WrittenLine>): Promise<number> {
  const before = segment.records;
  let part: WrittenLine[] = [];
  const writePart = async () => {
    const [first, last] = [part[0]?.record, part.at(-1)?.record];
    if (first === undefined || last === undefined) return;
    const bytes = Buffer.from(part.map(({ text }) => `${text}\n`).join(''));
    const chunk = { bytes, firstSeq: first.seq, lastSeq: last.seq, firstAt: first.at, lastAt: last.at, count: part.length };
    await writeChunk(segment, chunk, true);
    part = [];
  };
  for await (const line of lines) {
    part.push(line);
    if (part.length === linesPerMember) await writePart();
  }
  await writePart();
  return segment.records - before;
}

/** Writes the index beside a segment, in one step. */
export async function writeIndex(path: string, members: MemberIndex[]): Promise<void> {
  const index = indexPath(path);
  // No fsync: the index can be made again from the segment.
  await writeFile(`${index}.tmp`, `[\n${members.map((member) => JSON.stringify(member)).join(',\n')}\n]\n`);
  await rename(`${index}.tmp`, index);
}

function startMember(segment: OpenSegment, { firstSeq, lastSeq, firstAt }: Chunk): NonNullable<OpenSegment['member']> {
  const gzip = createGzip({ level: 1, chunkSize: 256 * 1024 });
  const output: Buffer[] = [];
  gzip.on('data', (bytes: Buffer) => output.push(bytes));
  return { offset: segment.bytes, length: 0, firstSeq, lastSeq, firstAt, count: 0, gzip, output };
}

async function compress(gzip: Gzip, bytes: Buffer, end: boolean): Promise<void> {
  if (end) {
    const ended = once(gzip, 'end');
    gzip.end(bytes);
    await ended;
    return;
  }
  gzip.write(bytes);
  await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve));
  // The last output may be delivered one tick after the callback.
  await setImmediate();
}

async function writeOutput(segment: OpenSegment): Promise<void> {
  for (const bytes of segment.member?.output.splice(0) ?? []) {
    for (let written = 0; written < bytes.length; ) {
      written += (await segment.handle.write(bytes, written)).bytesWritten;
    }
    segment.hash.update(bytes);
    segment.bytes += bytes.length;
  }
}

function endMember(segment: OpenSegment): void {
  if (segment.member === undefined) return;
  const { offset, firstSeq, lastSeq, firstAt, count } = segment.member;
  segment.members.push({ offset, length: segment.bytes - offset, firstSeq, lastSeq, firstAt, count });
  delete segment.member;
}
