import { readFile } from 'node:fs/promises';
import { systemCode } from '../errors.ts';
import type { CaptureManifest, CaptureRecord, Segment } from '../model/capture.ts';
import type { CaptureProblem } from './errors.ts';
import { classOf, indexPath } from './layout.ts';
import { openManifest } from './manifest.ts';
import { mostProblems } from './salvage.ts';
import { createSeqSet, type SegmentScan, scanSegment } from './scan.ts';
import { findSegments, type SegmentFile } from './segment-files.ts';

/** `records` that are sound, in `segments` files. `ok` is true if there is no problem; at most 1,000 problems are kept. */
export type Verification = { ok: boolean; problems: CaptureProblem[]; records: number; segments: number };

type Counts = { records: number; gaps: number; drops: number };
type Report = (code: string, place: Pick<CaptureProblem, 'file' | 'member' | 'line'>, message: string) => void;

/**
 * Checks a capture against its format: checksums and their chain, gzip members, every record's fields, order and uniqueness of `seq`,
 * the manifest's counters, indexes. Never throws for what it finds inside; errors of `openManifest`.
 */
export async function verifyCapture(dir: string): Promise<Verification> {
  const manifest = await openManifest(dir);
  const problems: CaptureProblem[] = [];
  const report: Report = (code, place, message) => {
    if (problems.length < mostProblems) problems.push({ code, ...place, message });
  };
  const files = await findSegments(dir, manifest);
  checkFiles(manifest, files, report);
  const counts: Counts = { records: 0, gaps: 0, drops: 0 };
  const seen = createSeqSet();
  const lastSeqs = new Map<string, number>();
  for (const file of files) {
    const scan = await scanSegment(file);
    if (file.sealed !== undefined && scan.sha256 !== file.sealed.sha256) {
      report('CAPTURE_CHECKSUM', { file: file.file }, `found sha256 ${scan.sha256}, expected ${file.sealed.sha256}`);
    }
    const records = checkRecords(file, scan, { report, seen, lastSeqs, counts });
    if (file.sealed !== undefined) checkSealed(file.sealed, records, report);
    await checkIndex(file, scan, report);
  }
  checkCounters(manifest, counts, report);
  return { ok: problems.length === 0, problems, records: counts.records, segments: files.length };
}

function checkFiles(manifest: CaptureManifest, files: SegmentFile[], report: Report): void {
  if (manifest.status === 'open') {
    report('CAPTURE_NOT_CLOSED', { file: 'manifest.json' }, 'the capture is still being written, or its writer was killed');
  }
  let previous = '';
  for (const { file, bytes, sha256, prevSha256 } of manifest.segments) {
    const found = files.find((candidate) => candidate.file === file);
    if (found === undefined) report('CAPTURE_MISSING', { file }, 'listed in manifest.json, but there is no such file');
    else if (found.size !== bytes) report('CAPTURE_SIZE', { file }, `found ${found.size} bytes, expected ${bytes}`);
    if (prevSha256 !== previous) report('CAPTURE_CHAIN', { file }, `found prevSha256 "${prevSha256}", expected "${previous}"`);
    previous = sha256;
  }
  if (manifest.status === 'open') return;
  for (const { file, sealed } of files) {
    if (sealed === undefined) report('CAPTURE_UNLISTED', { file }, 'a segment that manifest.json does not list');
  }
}

type Checking = { report: Report; seen: ReturnType<typeof createSeqSet>; lastSeqs: Map<string, number>; counts: Counts };

function checkRecords(file: SegmentFile, scan: SegmentScan, { report, seen, lastSeqs, counts }: Checking): Ends {
  const ends: Ends = { count: 0 };
  const lane = `${file.cluster}/${file.class}`;
  for (const finding of scan.findings()) {
    if (finding.type !== 'record') {
      report(finding.type === 'torn' ? 'CAPTURE_TORN' : 'CAPTURE_CORRUPT', finding.place, finding.message);
      continue;
    }
    const { record, place } = finding;
    const lastSeq = lastSeqs.get(lane) ?? 0;
    if (record.seq <= lastSeq) report('CAPTURE_ORDER', place, `found seq ${record.seq}, expected one after ${lastSeq}`);
    else if (seen.has(record.seq)) report('CAPTURE_ORDER', place, `seq ${record.seq} occurs twice`);
    if (record.cluster !== file.cluster || classOf(record) !== file.class) {
      report('CAPTURE_PLACE', place, `a record of ${record.cluster}/${classOf(record)} among those of ${lane}`);
    }
    seen.add(record.seq);
    lastSeqs.set(lane, record.seq);
    ends.first ??= record;
    ends.last = record;
    ends.count += 1;
    counts.records += 1;
    if (record.kind === 'gap') counts.gaps += 1;
    if (record.kind === 'drop') counts.drops += record.count;
  }
  return ends;
}

type Ends = { count: number; first?: CaptureRecord; last?: CaptureRecord };

function checkSealed(sealed: Segment, { count, first, last }: Ends, report: Report): void {
  const found = {
    records: count,
    firstSeq: first?.seq,
    lastSeq: last?.seq,
    firstAt: first?.at,
    lastAt: last?.at,
  };
  for (const [field, value] of Object.entries(found)) {
    const expected = sealed[field as keyof typeof found];
    if (value !== expected)
      report('CAPTURE_COUNTERS', { file: sealed.file }, `${field}: found ${value ?? 'nothing'}, manifest.json says ${expected}`);
  }
}

function checkCounters(manifest: CaptureManifest, counts: Counts, report: Report): void {
  if (manifest.status === 'open') return;
  for (const field of ['gaps', 'drops'] as const) {
    if (counts[field] === manifest[field]) continue;
    report(
      'CAPTURE_COUNTERS',
      { file: 'manifest.json' },
      `${field}: found ${counts[field]} in the records, the manifest says ${manifest[field]}`,
    );
  }
}

/** An index may be absent, but not wrong: readers trust it. */
async function checkIndex(file: SegmentFile, scan: SegmentScan, report: Report): Promise<void> {
  const index = indexPath(file.file);
  try {
    const found: unknown = JSON.parse(await readFile(indexPath(file.path), 'utf8'));
    if (JSON.stringify(found) !== JSON.stringify(scan.index())) report('CAPTURE_INDEX', { file: index }, 'does not describe its segment');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    report('CAPTURE_INDEX', { file: index }, error instanceof Error ? error.message : 'unreadable');
  }
}
