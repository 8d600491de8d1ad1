import type { CaptureManifest, SegmentClass } from '../model/capture.ts';
import type { CaptureProblem } from './errors.ts';
import { classOf, segmentClasses } from './layout.ts';
import { openManifest } from './manifest.ts';
import { readBatches } from './read.ts';
import { findSegments } from './segment-files.ts';

/** What a capture holds, for people. `from` and `to` are '' if there is no record; `bytes` are compressed bytes of all segments. */
export type CaptureSummary = {
  from: string;
  to: string;
  records: Record<SegmentClass, number>;
  total: number;
  gaps: number;
  drops: number;
  bytes: number;
  problems: CaptureProblem[];
};

/**
 * Sums up a capture from its manifest; an open one is read through, because its manifest knows little.
 * Errors of `openManifest`, and CAPTURE_CORRUPT.
 */
export async function summarizeCapture(dir: string): Promise<{ manifest: CaptureManifest; summary: CaptureSummary }> {
  const manifest = await openManifest(dir);
  return { manifest, summary: manifest.status === 'open' ? await countRecords(dir, manifest) : fromManifest(manifest) };
}

function fromManifest({ segments, gaps, drops }: CaptureManifest): CaptureSummary {
  const summary = { ...emptySummary(), gaps, drops };
  for (const { class: segmentClass, records, bytes, firstAt, lastAt } of segments) {
    summary.records[segmentClass] += records;
    summary.total += records;
    summary.bytes += bytes;
    include(summary, firstAt);
    include(summary, lastAt);
  }
  return summary;
}

async function countRecords(dir: string, manifest: CaptureManifest): Promise<CaptureSummary> {
  const summary = emptySummary();
  for (const { size } of await findSegments(dir, manifest)) summary.bytes += size;
  for await (const batch of readBatches(dir, { onProblem: (problem) => summary.problems.push(problem) })) {
    for (const record of batch) {
      summary.records[classOf(record)] += 1;
      summary.total += 1;
      if (record.kind === 'gap') summary.gaps += 1;
      if (record.kind === 'drop') summary.drops += record.count;
      include(summary, record.at);
    }
  }
  return summary;
}

function include(summary: CaptureSummary, at: string): void {
  if (summary.from === '' || Date.parse(at) < Date.parse(summary.from)) summary.from = at;
  if (summary.to === '' || Date.parse(at) > Date.parse(summary.to)) summary.to = at;
}

function emptySummary(): CaptureSummary {
  const records = Object.fromEntries(segmentClasses.map((name) => [name, 0])) as Record<SegmentClass, number>;
  return { from: '', to: '', records, total: 0, gaps: 0, drops: 0, bytes: 0, problems: [] };
}
