import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { captureError, LabelerError } from '../errors.ts';
import type { CaptureManifest, CaptureRecord, Segment } from '../model/capture.ts';
import { type CaptureProblem, writeError } from './errors.ts';
import { aliasPattern, indexPath, segmentPath } from './layout.ts';
import { lockCapture } from './lock.ts';
import { openManifest } from './manifest.ts';
import { addPruned, chained, lastPruned } from './pruned.ts';
import { type ResumePoint, readResumePoint } from './resume-point.ts';
import { scanSegment } from './scan.ts';
import { findSegments, type SegmentFile } from './segment-files.ts';
import { closeSegment, createSegment, writeIndex, writeLines } from './segment-writer.ts';
import { type CaptureOptions, type CaptureWriter, newWriter } from './write.ts';

export type ResumeOptions = Pick<
  CaptureOptions,
  'segmentBytes' | 'memberBytes' | 'flushMilliseconds' | 'rotateSeconds' | 'syncMilliseconds' | 'maxBytes'
>;

/** A recording that goes on: from `point`, in a manifest that says what was known before, without the lines that were `torn`. */
export type Resumed = { writer: CaptureWriter; manifest: CaptureManifest; point: ResumePoint; torn: CaptureProblem[] };

/**
 * Goes on with a recording that was closed or killed: torn ends are trimmed to their last whole line, and `seq`, segment numbers and the
 * chain of checksums continue. CAPTURE_LOCKED while another process records into it, CAPTURE_NOT_RECORDED for imports and cuts; errors of
 * `openManifest`.
 */
export async function resumeCapture(dir: string, options: ResumeOptions): Promise<Resumed> {
  const manifest = await openManifest(dir);
  if (manifest.source.type !== 'record') {
    throw captureError('CAPTURE_NOT_RECORDED', `${dir} was made by ${manifest.source.type}, only a recording can go on`, {
      suggestions: ['record into another --out'],
    });
  }
  const unlock = await lockCapture(dir);
  try {
    const { torn, numbers, ...sealed } = await sealLeftOpen(dir, manifest);
    const { segments } = sealed;
    const point = await readResumePoint(dir);
    const last = segments.reduce((newest, { lastSeq, lastAt }) => (lastSeq > newest.seq ? { seq: lastSeq, at: lastAt } : newest), {
      seq: 0,
      at: manifest.createdAt,
    });
    const { truncated: _, ...known } = manifest;
    const reopened: CaptureManifest = { ...known, ...sealed, status: 'open', gaps: point.gaps, drops: point.drops };
    const before = { ...reopened };
    return { writer: await newWriter(dir, reopened, { ...options, numbers, last, unlock }), manifest: before, point, torn };
  } catch (error) {
    await unlock();
    throw error instanceof LabelerError ? error : writeError(dir, error);
  }
}

type Sealed = Pick<CaptureManifest, 'segments' | 'pruned'> & { torn: CaptureProblem[]; numbers: Map<string, number> };

/** Seals what a killed writer left open, and lists segments that it sealed but could not name in the manifest any more. */
async function sealLeftOpen(dir: string, manifest: CaptureManifest): Promise<Sealed> {
  const torn: CaptureProblem[] = [];
  const segments: Segment[] = [];
  const numbers = lastPruned(manifest.pruned);
  const files = await findSegments(dir, manifest);
  const known = new Set(files.map(({ file }) => file));
  const missing = manifest.segments.filter(({ file }) => !known.has(file));
  for (const segment of manifest.segments) if (known.has(segment.file)) segments.push(segment);
  await removeLeftovers(dir, known);
  for (const file of files) {
    const lane = `${file.cluster}/${file.class}`;
    numbers.set(lane, Math.max(numbers.get(lane) ?? 0, file.number));
    const listed = manifest.segments.find(({ file: name }) => name === file.file);
    if (listed !== undefined && listed.bytes === file.size) continue;
    const sealed = file.file.endsWith('.open') ? await sealTorn(dir, file, torn) : await describe(file);
    if (sealed === undefined) continue;
    const position = segments.findIndex((segment) => segment.file === sealed.file);
    if (position === -1) segments.push(sealed);
    else segments[position] = sealed;
  }
  const gone = missing.map((segment) => ({ segment, kept: 0, gaps: 0, drops: 0 }));
  const pruned = addPruned(manifest.pruned, gone);
  return { segments: chained(segments), ...(pruned.length === 0 ? {} : { pruned }), torn, numbers };
}

/** Removes what a killed writer was about to remove or had not finished: pruned segments, files that no reader looks at. */
async function removeLeftovers(dir: string, known: ReadonlySet<string>): Promise<void> {
  for (const { file, path } of await findSegments(dir)) {
    if (known.has(file)) continue;
    await rm(path, { force: true });
    await rm(indexPath(path), { force: true });
  }
  for (const folder of await readdir(dir, { withFileTypes: true })) {
    if (!folder.isDirectory() || !aliasPattern.test(folder.name)) continue;
    const names = (await readdir(join(dir, folder.name))).filter((name) => /\.new\.open$|\.idx\.json\.tmp$/.test(name));
    for (const name of names) await rm(join(dir, folder.name, name), { force: true });
  }
}

/** The entry of a segment whose file says more than the manifest. */
async function describe(file: SegmentFile): Promise<Segment | undefined> {
  const scan = await scanSegment(file);
  const records = [...scan.findings()].flatMap((finding) => (finding.type === 'record' ? [finding.record] : []));
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return {
    file: file.file,
    class: file.class,
    firstSeq: first.seq,
    lastSeq: last.seq,
    firstAt: first.at,
    lastAt: last.at,
    records: records.length,
    bytes: file.size,
    sha256: scan.sha256,
    prevSha256: '',
  }; // prettier-ignore
}

/** Writes the whole lines of an open segment anew, beside it, and then puts them in its place. */
async function sealTorn(dir: string, file: SegmentFile, torn: CaptureProblem[]): Promise<Segment | undefined> {
  const lines: { text: string; record: CaptureRecord }[] = [];
  for (const finding of (await scanSegment(file)).findings()) {
    if (finding.type === 'record') lines.push(finding);
    else torn.push({ code: 'CAPTURE_TORN', ...finding.place, message: finding.message });
  }
  const name = segmentPath(file.cluster, file.class, file.number);
  let sealed: Segment | undefined;
  if (lines.length > 0) {
    const rescue = await createSegment(dir, file.cluster, file.class, file.number, '.new');
    await writeLines(rescue, lines);
    await closeSegment(rescue);
    // From here on readers ignore the open file: it has a sealed twin.
    await rename(`${rescue.path}.open`, join(dir, name));
    await writeIndex(join(dir, name), rescue.members);
    const { firstSeq, lastSeq, firstAt, lastAt, records, bytes } = rescue;
    const sha256 = rescue.hash.digest('hex');
    sealed = { file: name, class: file.class, firstSeq, lastSeq, firstAt, lastAt, records, bytes, sha256, prevSha256: '' };
  }
  await rm(file.path, { force: true });
  return sealed;
}
