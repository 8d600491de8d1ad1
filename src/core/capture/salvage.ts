import type { CaptureManifest, CaptureRecord } from '../model/capture.ts';
import { type CaptureProblem, formatPlace, type Place } from './errors.ts';
import { createSeqSet, scanSegment } from './scan.ts';
import type { LaneFiles } from './segment-files.ts';

/** A line that can be kept as it is. */
export type SalvagedLine = { text: string; record: CaptureRecord };

/** Records of one lane that are lost between records that are not: `seq` was one of theirs and is free. */
export type Loss = { cluster: string; seq: number; from: string; to: string; reason: string };

export type Survey = { losses: Loss[] /** Records known to be lost. */; lost: number; problems: CaptureProblem[] };

/** More are not worth reading. */
export const mostProblems = 1000;

type Span = { cluster: string; afterSeq: number; beforeSeq: number; from: string; to: string; place: Place };

/** A first pass over a damaged capture: what is lost, and where a gap record must say so. */
export async function surveyLanes(lanes: LaneFiles[], manifest: CaptureManifest): Promise<Survey> {
  const present = createSeqSet();
  const spans: Span[] = [];
  const problems: CaptureProblem[] = [];
  let lost = 0;
  for (const lane of lanes) {
    const surveyed = await surveyLane(lane, manifest, present, problems);
    spans.push(...surveyed.spans);
    lost += surveyed.lost;
  }
  for (const { file, records } of manifest.segments) {
    if (lanes.some((lane) => lane.some((segment) => segment.file === file))) continue;
    problems.push({ code: 'CAPTURE_MISSING', file, message: `${records} records are lost with this file` });
    lost += records;
  }
  spans.push(...missingSpans(lanes, manifest));
  const losses: Loss[] = [];
  for (const { cluster, afterSeq, beforeSeq, from, to, place } of spans) {
    let seq = afterSeq + 1;
    while (seq < beforeSeq && present.has(seq)) seq += 1;
    if (seq >= beforeSeq) continue;
    present.add(seq);
    losses.push({ cluster, seq, from, to, reason: `damaged capture: ${formatPlace(place)}` });
  }
  return { losses: losses.sort((a, b) => a.seq - b.seq), lost, problems };
}

/** All lines that can be kept, and the given ones, in the order of `seq`. */
export async function* mergeLines(lanes: LaneFiles[], added: SalvagedLine[]): AsyncGenerator<SalvagedLine> {
  const streams: AsyncIterator<SalvagedLine>[] = [...lanes.map(salvageLane), listed(added)];
  const heads: { stream: AsyncIterator<SalvagedLine>; line: SalvagedLine }[] = [];
  const pull = async (stream: AsyncIterator<SalvagedLine>) => {
    const next = await stream.next();
    if (next.done !== true) heads.push({ stream, line: next.value });
  };
  for (const stream of streams) await pull(stream);
  let lastSeq = 0;
  while (heads.length > 0) {
    const head = heads.reduce((a, b) => (b.line.record.seq < a.line.record.seq ? b : a));
    // A seq that two lanes claim: the first one is kept.
    if (head.line.record.seq > lastSeq) yield head.line;
    lastSeq = head.line.record.seq;
    heads.splice(heads.indexOf(head), 1);
    await pull(head.stream);
  }
}

async function* listed(lines: SalvagedLine[]): AsyncGenerator<SalvagedLine> {
  yield* lines;
}

async function* salvageLane(lane: LaneFiles): AsyncGenerator<SalvagedLine> {
  let lastSeq = 0;
  for (const file of lane) {
    for (const finding of (await scanSegment(file)).findings()) {
      if (finding.type !== 'record' || finding.record.seq <= lastSeq) continue;
      lastSeq = finding.record.seq;
      yield { text: finding.text, record: finding.record };
    }
  }
}

async function surveyLane(
  lane: LaneFiles,
  manifest: CaptureManifest,
  present: ReturnType<typeof createSeqSet>,
  problems: CaptureProblem[],
) {
  const spans: Span[] = [];
  let lost = 0;
  let last = { seq: 0, at: manifest.createdAt };
  let damage: Place | undefined;
  const endSpan = (cluster: string, beforeSeq: number, to: string) => {
    if (damage !== undefined) spans.push({ cluster, afterSeq: last.seq, beforeSeq, from: last.at || to, to, place: damage });
    damage = undefined;
  };
  for (const file of lane) {
    let kept = 0;
    let badLines = 0;
    for (const finding of (await scanSegment(file)).findings()) {
      if (finding.type === 'record' && finding.record.seq > last.seq) {
        const { seq, at } = finding.record;
        endSpan(file.cluster, seq, at);
        present.add(seq);
        last = { seq, at };
        kept += 1;
        continue;
      }
      const message = finding.type === 'record' ? `seq ${finding.record.seq} after ${last.seq}` : finding.message;
      if (problems.length < mostProblems)
        problems.push({ code: finding.type === 'torn' ? 'CAPTURE_TORN' : 'CAPTURE_CORRUPT', ...finding.place, message });
      damage ??= finding.place;
      badLines += finding.type === 'damaged' && finding.place.line !== undefined ? 1 : 0;
    }
    const { sealed } = file;
    lost += sealed === undefined ? badLines : Math.max(0, sealed.records - kept);
    if (sealed !== undefined && sealed.lastSeq > last.seq) {
      damage ??= { file: file.file };
      endSpan(file.cluster, sealed.lastSeq + 1, sealed.lastAt);
    }
  }
  return { spans, lost };
}

/** Sealed segments whose file is gone. */
function missingSpans(lanes: LaneFiles[], manifest: CaptureManifest): Span[] {
  const files = new Set(lanes.flat().map(({ file }) => file));
  return manifest.segments
    .filter(({ file }) => !files.has(file))
    .map(({ file, firstSeq, lastSeq, firstAt, lastAt }) => ({
      cluster: file.slice(0, file.indexOf('/')),
      afterSeq: firstSeq - 1,
      beforeSeq: lastSeq + 1,
      from: firstAt,
      to: lastAt,
      place: { file },
    }));
}
