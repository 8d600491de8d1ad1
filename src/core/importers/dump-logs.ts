import { headOf } from './dump-files.ts';
import type { DumpLayout } from './dump-layout.ts';
import type { InputFile } from './files.ts';
import { type ImportReport, ignore, streamId } from './importer.ts';
import { hasLogMarker, type LogPart, type LogSurvey, logOwner, logRecords, splitByMarkers, surveyLog } from './logs.ts';
import type { Timed } from './merge.ts';
import { finishedAt, type Names } from './names.ts';

/** A log of a dump, read once. */
export type DumpLog = { part: LogPart; survey: LogSurvey };

/** The logs of a dump: files matched to pods by path, parts marked inside files, and parts found elsewhere. */
export function dumpLogs(
  files: InputFile[],
  parts: LogPart[],
  names: Names,
  referenceMs: number | undefined,
  report: ImportReport,
  layout: DumpLayout,
): DumpLog[] {
  const fromFiles = files.flatMap((file) => logParts(file, names, report, layout));
  return [...fromFiles, ...parts].map((part) => ({ part, survey: surveyLog(part, true, referenceMs) })).sort(previousFirst);
}

/** The records of every log. A previous instance's log ends before the current one's begins. */
export function logSources(logs: DumpLog[], names: Names, snapshotMs: number, cluster: string, report: ImportReport): Iterable<Timed>[] {
  const currentStart = new Map(logs.filter(({ part }) => !part.owner.previous).map((log) => [keyOf(log), startOf(log, names, snapshotMs)]));
  return logs.map((log) => {
    const stream = streamId(report, cluster, 'pods.log', 'dump');
    const latestMs = log.part.owner.previous ? (currentStart.get(keyOf(log)) ?? snapshotMs) : snapshotMs;
    const fallbackMs = startOf(log, names, snapshotMs);
    return logRecords(log.part, log.survey, names, { cluster, stream, fallbackMs, referenceMs: snapshotMs, latestMs });
  });
}

function logParts(file: InputFile, names: Names, report: ImportReport, layout: DumpLayout): LogPart[] {
  if (hasLogMarker(headOf(file))) return splitByMarkers(file).logs;
  const owner = layout.logOwner?.(file.parts, names) ?? logOwner(file.parts, names);
  if (owner !== undefined) return [{ file, owner, start: 0, end: file.size }];
  ignore(report, 'log of no pod');
  return [];
}

/** When a log begins; one without times is placed when its container ended, or at the snapshot. */
function startOf({ part, survey }: DumpLog, names: Names, snapshotMs: number): number {
  const { namespace, pod, container, previous } = part.owner;
  return survey.firstMs ?? finishedAt(names, namespace, pod, container, previous) ?? snapshotMs;
}

function previousFirst(a: DumpLog, b: DumpLog): number {
  return Number(b.part.owner.previous) - Number(a.part.owner.previous);
}

function keyOf({ part: { owner } }: DumpLog): string {
  return `${owner.namespace}/${owner.pod}/${owner.container}`;
}
