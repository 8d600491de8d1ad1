import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { captureError, LabelerError, systemCode } from '../errors.ts';
import type { CaptureManifest, CaptureRecord } from '../model/capture.ts';
import { type CaptureProblem, writeError } from './errors.ts';
import { captureContentId, unknownId } from './id.ts';
import { createLanes } from './lanes.ts';
import { aliasPattern, classOf, manifestFile } from './layout.ts';
import { formatLine } from './lines.ts';
import { newManifest, openManifest, writeManifest } from './manifest.ts';
import { addPruned, overtakenSegments } from './pruned.ts';
import { type Loss, mergeLines, type SalvagedLine, surveyLanes } from './salvage.ts';
import { findSegments, type LaneFiles } from './segment-files.ts';
import { verifyCapture } from './verify.ts';
import { claimDirectory, defaultMemberBytes, defaultSegmentBytes } from './write.ts';

/**
 * `kept` records are in `out`; `lost` are known to be lost (a torn tail may have held more). `gaps` were added for losses in the middle.
 * `unchanged`: nothing was wrong, nothing was written.
 */
export type RepairResult = {
  status: 'unchanged' | 'recovered';
  out: string;
  kept: number;
  lost: number;
  gaps: number;
  problems: CaptureProblem[];
};

/**
 * Makes a sound capture of a damaged or killed one: whole lines are kept with their `seq`, torn tails and damaged members left out,
 * segments sealed anew, status `recovered`. In place, or into `out`. CAPTURE_NOT_FOUND if there is no segment; errors of `openCapture`.
 */
export async function repairCapture(dir: string, { out }: { out?: string } = {}): Promise<RepairResult> {
  const manifest = await manifestOrNew(dir);
  if (out === undefined && manifest.status !== 'open' && manifest.source.type !== 'repair') {
    const { ok, records } = await verifyCapture(dir);
    if (ok) return { status: 'unchanged', out: dir, kept: records, lost: 0, gaps: 0, problems: [] };
  }
  const target = out ?? `${resolve(dir)}.repair`;
  await claimDirectory(target);
  try {
    const result = await rewrite(dir, manifest, target);
    if (out === undefined) await replaceDirectory(dir, target);
    return { ...result, out: out ?? dir };
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    throw error instanceof LabelerError ? error : writeError(target, error);
  }
}

async function rewrite(dir: string, found: CaptureManifest, target: string): Promise<RepairResult> {
  const files = await findSegments(dir, found);
  const manifest = withoutOvertaken(found, files);
  const lanes = groupByLane(files);
  const { losses, lost, problems } = await surveyLanes(lanes, manifest);
  const writer = createLanes(target, { segmentBytes: defaultSegmentBytes, memberBytes: defaultMemberBytes, flushMilliseconds: 0 });
  const counts = { kept: 0, gaps: 0, drops: 0 };
  const clusters = new Set<string>();
  try {
    for await (const { text, record } of mergeLines(lanes, losses.map(gapLine))) {
      const { cluster, seq, at } = record;
      counts.kept += 1;
      clusters.add(cluster);
      if (record.kind === 'gap') counts.gaps += 1;
      if (record.kind === 'drop') counts.drops += record.count;
      const wait = writer.append({ cluster, class: classOf(record), seq, at, line: text });
      if (wait !== undefined) await wait;
    }
    const known = manifest.clusters.length > 0 ? manifest.clusters : [...clusters].sort().map((alias) => ({ alias, name: alias }));
    const recovered: CaptureManifest = { ...manifest, clusters: known, status: 'recovered', gaps: counts.gaps, drops: counts.drops };
    recovered.segments = await writer.seal();
    if (recovered.id === unknownId) recovered.id = captureContentId(known, writer.digests());
    await writeManifest(target, recovered);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return { status: 'recovered', out: target, kept: counts.kept - losses.length, lost, gaps: losses.length, problems };
}

/** A writer that was killed while it pruned lost nothing by it. */
function withoutOvertaken(manifest: CaptureManifest, files: LaneFiles): CaptureManifest {
  const overtaken = overtakenSegments(files, manifest);
  if (overtaken.length === 0) return manifest;
  const gone = overtaken.map((segment) => ({ segment, kept: 0, gaps: 0, drops: 0 }));
  const segments = manifest.segments.filter((segment) => !overtaken.includes(segment));
  return { ...manifest, segments, pruned: addPruned(manifest.pruned, gone) };
}

function gapLine({ cluster, seq, from, to, reason }: Loss): SalvagedLine {
  const record: CaptureRecord = { seq, at: to, atSource: 'derived', cluster, stream: '', kind: 'gap', from, to, reason };
  return { text: formatLine(seq, record), record };
}

function groupByLane(files: LaneFiles): LaneFiles[] {
  const lanes = new Map<string, LaneFiles>();
  for (const file of files) {
    const key = `${file.cluster}/${file.class}`;
    lanes.set(key, [...(lanes.get(key) ?? []), file]);
  }
  return [...lanes.values()].map((lane) => lane.sort((a, b) => a.number - b.number));
}

/** The manifest, or if it is lost or broken a new one that only says what the segments prove. */
async function manifestOrNew(dir: string): Promise<CaptureManifest> {
  try {
    return await openManifest(dir);
  } catch (error) {
    const lost = error instanceof LabelerError && ['CAPTURE_NOT_FOUND', 'CAPTURE_BAD_MANIFEST'].includes(error.code);
    if (!lost || (await findSegments(dir).catch(() => [])).length === 0) throw error;
  }
  const notes = ['the manifest was lost: clusters, coverage and masking are unknown'];
  return newManifest({ tool: '', createdAt: '', source: { type: 'repair', notes }, clusters: [] });
}

/** Puts the repaired capture in the place of the damaged one, together with files that are no part of the format. */
async function replaceDirectory(dir: string, repaired: string): Promise<void> {
  const path = resolve(dir);
  const damaged = join(dirname(path), `${basename(path)}.damaged`);
  try {
    await rename(path, damaged);
    await rename(repaired, path).catch(async (error: unknown) => {
      await rename(damaged, path);
      throw error;
    });
  } catch (error) {
    throw captureError('CAPTURE_WRITE_FAILED', `cannot replace ${dir}: ${systemCode(error)}`, {
      cause: error,
      suggestions: [`k8s-labeler capture repair ${dir} --out DIR writes the repaired capture elsewhere`],
    });
  }
  for (const entry of await readdir(damaged, { withFileTypes: true })) {
    const ours = entry.isDirectory() ? aliasPattern.test(entry.name) : entry.name === manifestFile;
    if (!ours) await rename(join(damaged, entry.name), join(path, entry.name));
  }
  await rm(damaged, { recursive: true });
}
