import { readSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { captureError, type LabelerError, systemCode } from '../errors.ts';
import type { CaptureRecord } from '../model/capture.ts';
import { mayHoldBigInteger, parseJson } from '../model/json.ts';
import { oneLine } from '../model/text.ts';
import { type CaptureProblem, corruptError, type Place } from './errors.ts';
import { maxMemberBytes, unpackedSize, walkMembers } from './gzip-members.ts';
import { recordProblem } from './record-shape.ts';
import { currentFile, loadIndex, type SegmentFile } from './segment-files.ts';
import type { MemberIndex } from './segment-writer.ts';

const unzip = promisify(gunzip);

/** How a segment is read: `torn` receives what a killed writer left at the end; without it a torn file is corrupt. `from` skips members; `fromSeq` too, where an index tells. */
export type SegmentReading = { dir: string; torn?: (problem: CaptureProblem) => void; from?: number; fromSeq?: number };

/** One unpacked member: whole lines, and where they lie. `length` is its packed size in bytes, absent if it is torn. */
export type RawMember = { place: Place & { member: number }; raw: Buffer; length?: number };

/**
 * The unpacked members of a segment in order; the next one is unpacked while the caller works. CAPTURE_CORRUPT names file and member,
 * CAPTURE_CHANGED a file that a recorder pruned meanwhile.
 */
export async function* readMembers(listed: SegmentFile, reading: SegmentReading): AsyncGenerator<RawMember> {
  const segment = await currentFile(listed);
  const index = await loadIndex(segment);
  try {
    if (index === undefined) yield* scanMembers(segment, reading);
    else yield* readIndexed(segment, membersFrom(index, reading.fromSeq), reading.dir);
  } catch (error) {
    throw systemCode(error) === 'ENOENT' ? changedError(reading.dir, segment.file, error) : error;
  }
}

function changedError(dir: string, file: string, cause: unknown): LabelerError {
  return captureError('CAPTURE_CHANGED', `${file} of ${dir} was removed while the capture was read`, {
    cause,
    suggestions: ['run the command again: a recording that is kept small loses its oldest part'],
  });
}

/** Unpacks one member whose place the index gives. CAPTURE_CORRUPT. */
export async function readMember(
  handle: FileHandle,
  segment: SegmentFile,
  member: Pick<MemberIndex, 'offset' | 'length'>,
  dir: string,
): Promise<RawMember> {
  const place = { file: segment.file, member: member.offset };
  const packed = Buffer.allocUnsafe(member.length);
  // Read synchronously, so that a member that is loaded ahead unpacks in the thread pool while the caller parses the one before it.
  const bytesRead = readSync(handle.fd, packed, 0, member.length, member.offset);
  if (bytesRead < member.length) throw corruptError(dir, place, `${bytesRead} bytes`, `${member.length} bytes`);
  try {
    const raw = await unzip(packed, { chunkSize: unpackedSize(packed), maxOutputLength: maxMemberBytes });
    return { place, raw, length: member.length };
  } catch (error) {
    throw corruptError(dir, place, error instanceof Error ? error.message : 'damage', 'a sound gzip member', error);
  }
}

/** The lines of a member, one after the other; `seq` is that of the next line, Infinity after the last. */
export type LineCursor = {
  seq: number;
  /** Seq of the line taken last. */
  lastSeq: number;
  /** Parses the next line and goes on. CAPTURE_CORRUPT names file, member, line, field, found and expected. */
  take(): CaptureRecord;
};

/** Walks the lines of a member without parsing ahead. CAPTURE_CORRUPT if a line has no seq, or one not above the line before (at first `afterSeq`). */
export function openLines({ place, raw }: RawMember, dir: string, afterSeq: number): LineCursor {
  const text = raw.toString('utf8');
  const parse = mayHoldBigInteger(text) ? parseJson : JSON.parse;
  let start = 0;
  let line = 1;
  const nextSeq = (previous: number): number => {
    if (start >= text.length) return Number.POSITIVE_INFINITY;
    const seq = seqAt(text, start);
    if (seq > previous) return seq;
    const found = Number.isNaN(seq) ? oneLine(text.slice(start, start + 40)) : `seq ${seq}`;
    throw corruptError(dir, { ...place, line }, found, Number.isNaN(seq) ? 'a line that begins {"seq":' : `a seq after ${previous}`);
  };
  const cursor: LineCursor = {
    seq: nextSeq(afterSeq),
    lastSeq: afterSeq,
    take() {
      const found = text.indexOf('\n', start);
      const end = found === -1 ? text.length : found;
      const record = parseLine(text.slice(start, end), parse, dir, place, line);
      if (record.seq !== cursor.seq) throw corruptError(dir, { ...place, line }, `a second seq ${record.seq}`, `seq ${cursor.seq}`);
      start = end + 1;
      line += 1;
      cursor.lastSeq = cursor.seq;
      cursor.seq = nextSeq(cursor.seq);
      return record;
    },
  };
  return cursor;
}

/** The seq of a line that begins `{"seq":N,` at a position; NaN if it does not. */
export function seqAt(text: string, start: number): number {
  if (!text.startsWith('{"seq":', start)) return Number.NaN;
  let seq = 0;
  let at = start + 7;
  for (let digit = text.charCodeAt(at) - 0x30; digit >= 0 && digit <= 9; digit = text.charCodeAt(at) - 0x30) {
    seq = seq * 10 + digit;
    at += 1;
  }
  return at > start + 7 && text[at] === ',' ? seq : Number.NaN;
}

function membersFrom(index: MemberIndex[], seq = 0): MemberIndex[] {
  return index.filter(({ lastSeq }) => lastSeq >= seq);
}

async function* readIndexed(segment: SegmentFile, index: MemberIndex[], dir: string): AsyncGenerator<RawMember> {
  const handle = await open(segment.path, 'r');
  const load = (position: number) => {
    const member = index[position];
    const loading = member === undefined ? undefined : readMember(handle, segment, member, dir);
    // Its error is thrown where it is awaited; until then it must not count as unhandled.
    loading?.catch(() => undefined);
    return loading;
  };
  let next = load(0);
  try {
    for (let position = 1; next !== undefined; position += 1) {
      const member = await next;
      next = load(position);
      yield member;
    }
  } finally {
    await next?.catch(() => undefined);
    await handle.close();
  }
}

/** The members of a segment without an index, from byte `from` on, where one must begin. */
export async function* scanMembers(segment: SegmentFile, { dir, torn, from = 0 }: SegmentReading): AsyncGenerator<RawMember> {
  const { file } = segment;
  for (const piece of walkMembers(from === 0 ? await readFile(segment.path) : await readFrom(segment.path, from))) {
    const place = { file, member: from + piece.offset };
    if (piece.type === 'damaged') throw corruptError(dir, place, piece.why, 'a sound gzip member');
    if (piece.type === 'member') {
      yield { place, raw: piece.raw, length: piece.end - piece.offset };
      continue;
    }
    if (torn === undefined) throw corruptError(dir, place, 'the end of the file', 'the rest of a gzip member');
    const raw = piece.raw.subarray(0, piece.raw.lastIndexOf(0x0a) + 1);
    torn({
      code: 'CAPTURE_TORN',
      ...place,
      message: `the file ends inside a member; ${piece.raw.length - raw.length} bytes of a torn line left out`,
    });
    yield { place, raw };
  }
}

async function readFrom(path: string, from: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const rest = Buffer.alloc(Math.max(0, (await handle.stat()).size - from));
    const { bytesRead } = await handle.read(rest, 0, rest.length, from);
    return rest.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** One line as a record. CAPTURE_CORRUPT names file, member, line, field, found and expected. */
export function parseLine(text: string, parse: (text: string) => unknown, dir: string, member: Place, line: number): CaptureRecord {
  let record: unknown;
  try {
    record = parse(text);
  } catch (error) {
    throw corruptError(dir, { ...member, line }, error instanceof Error ? error.message : 'no JSON', 'a record as JSON', error);
  }
  const problem = recordProblem(record);
  if (problem !== undefined) throw corruptError(dir, { ...member, line }, `${problem.found} in field ${problem.field}`, problem.expected);
  return record as CaptureRecord;
}
