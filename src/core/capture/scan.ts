import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { CaptureRecord } from '../model/capture.ts';
import { parseJson } from '../model/json.ts';
import type { Place } from './errors.ts';
import { walkMembers } from './gzip-members.ts';
import { recordProblem } from './record-shape.ts';
import type { SegmentFile } from './segment-files.ts';
import { seqAt } from './segment-reader.ts';
import type { MemberIndex } from './segment-writer.ts';

/** What a scan meets, in the order of the file: a sound line, or damage of a line, a member, or the file's end (`torn`). */
export type Finding =
  | { type: 'record'; place: Place; text: string; record: CaptureRecord }
  | { type: 'damaged'; place: Place; message: string }
  | { type: 'torn'; place: Place; message: string };

/** A segment file scanned whole: its checksum, the index it should have, and a walk over its lines that never throws. */
export type SegmentScan = { sha256: string; findings(): Generator<Finding>; index(): MemberIndex[] };

/** Reads a segment file for verify and repair. `index()` is complete after `findings()` was exhausted. */
export async function scanSegment(segment: SegmentFile): Promise<SegmentScan> {
  const bytes = await readFile(segment.path);
  const members: MemberIndex[] = [];
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    findings: () => findingsIn(bytes, segment.file, members),
    index: () => members,
  };
}

function* findingsIn(bytes: Buffer, file: string, members: MemberIndex[]): Generator<Finding> {
  for (const piece of walkMembers(bytes)) {
    const place = { file, member: piece.offset };
    if (piece.type === 'damaged') {
      yield { type: 'damaged', place, message: piece.why };
      continue;
    }
    const records: CaptureRecord[] = [];
    for (const finding of linesIn(piece.raw, place)) {
      if (finding.type === 'record') records.push(finding.record);
      if (finding.type !== 'torn' || piece.type === 'member') yield finding;
    }
    if (piece.type === 'torn') yield { type: 'torn', place, message: 'the file ends inside a gzip member' };
    const [first, last] = [records[0], records.at(-1)];
    if (first === undefined || last === undefined) continue;
    const { offset, end } = piece;
    members.push({ offset, length: end - offset, firstSeq: first.seq, lastSeq: last.seq, firstAt: first.at, count: records.length });
  }
}

function* linesIn(raw: Buffer, member: Place): Generator<Finding> {
  for (let start = 0, line = 1; start < raw.length; line += 1) {
    const place = { ...member, line };
    const end = raw.indexOf(0x0a, start);
    if (end === -1) {
      yield { type: 'torn', place, message: 'a line without a line feed' };
      return;
    }
    yield lineFinding(raw.toString('utf8', start, end), place);
    start = end + 1;
  }
}

function lineFinding(text: string, place: Place): Finding {
  let record: unknown;
  try {
    record = parseJson(text);
  } catch (error) {
    return { type: 'damaged', place, message: `no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const problem = recordProblem(record);
  if (problem !== undefined) {
    return { type: 'damaged', place, message: `field ${problem.field}: found ${problem.found}, expected ${problem.expected}` };
  }
  const sound = record as CaptureRecord;
  if (seqAt(text, 0) !== sound.seq) return { type: 'damaged', place, message: `the line does not begin with {"seq":${sound.seq},` };
  return { type: 'record', place, text, record: sound };
}

/** A set of seqs that takes one bit each. */
export function createSeqSet(): { has(seq: number): boolean; add(seq: number): void } {
  const pageBits = 65_536;
  const pages = new Map<number, Uint8Array>();
  const bit = (seq: number) => ({ page: Math.floor(seq / pageBits), byte: (seq % pageBits) >> 3, mask: 1 << (seq & 7) });
  return {
    has(seq) {
      const { page, byte, mask } = bit(seq);
      return ((pages.get(page)?.[byte] ?? 0) & mask) !== 0;
    },
    add(seq) {
      const { page, byte, mask } = bit(seq);
      const bytes = pages.get(page) ?? new Uint8Array(pageBits / 8);
      bytes[byte] = (bytes[byte] ?? 0) | mask;
      pages.set(page, bytes);
    },
  };
}
