import type { RecordDraft } from '../model/capture.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { compareVersions } from '../model/versions.ts';
import { type DumpFile, type FileType, fileTypeOf, headOf, isObject, readDumpFile } from './dump-files.ts';
import type { DumpLayout } from './dump-layout.ts';
import { type DumpLog, dumpLogs, logSources } from './dump-logs.ts';
import { type InputFile, inputFiles } from './files.ts';
import { type ImportOptions, type ImportReport, ignore, streamId } from './importer.ts';
import { resourceOfKind } from './kinds.ts';
import { hasLogMarker, splitByMarkers } from './logs.ts';
import { mergeByTime, type Timed } from './merge.ts';
import { isMetricsKind, metricsRecord } from './metrics.ts';
import { emptyNames, type Names, noteName } from './names.ts';
import { groupOf, hasUid, isNamedObject, normalObject, resourceDraft } from './objects.ts';
import { eventTime, formatTime, isEvent, newestTime } from './times.ts';

/** One kept object: item `item` of file `file`. */
type Entry = { file: number; item: number; version: string; ms: number };

/** What the first pass over a dump knows. Objects stay in their files; Events and metrics, which need sorting, are held. */
type Survey = {
  byUid: Map<string, Entry>;
  byName: Map<string, Entry>;
  entries: Set<Entry>;
  events: Map<Entry, KubernetesObject>;
  metrics: { item: KubernetesObject; receivedAtMs?: number }[];
  coverage: Map<string, Set<string>>;
  withoutUid: number;
  newestMs?: number;
};

type Source = { file: InputFile; type: FileType; spans?: { start: number; end: number }[] };

/** Parsed files kept between the two passes, up to this many bytes of input. */
const keepBytes = 32 * 1024 * 1024;

/**
 * A point-in-time dump as a timeline: Events at their own newest time, log lines at theirs, and every other object as a synthetic
 * ADDED at the snapshot's time, which is the newest time found anywhere. Duplicates are kept once, the newest resourceVersion.
 * `layout` is what a collector's paths say.
 */
export async function* readDump(
  paths: string[],
  options: ImportOptions,
  report: ImportReport,
  layout: DumpLayout = {},
): AsyncGenerator<RecordDraft> {
  const { cluster } = options;
  const sources = readableFiles(paths, report, layout).map((file) => ({ file, type: fileTypeOf(file) }));
  const mixed = sources.map(splitMixed);
  const objects = mixed.map(({ source }) => source).filter(({ type }) => type === 'json' || type === 'yaml');
  const read = reader(objects, layout);
  const names = emptyNames();
  const survey = surveyObjects(objects, read, names, report);
  const logFiles = sources.filter(({ type }) => type === 'log').map(({ file }) => file);
  const logs = dumpLogs(
    logFiles,
    mixed.flatMap((entry) => entry.logs),
    names,
    survey.newestMs,
    report,
    layout,
  );
  ignore(report, 'file that is neither JSON, YAML nor a pod log', sources.filter(({ type }) => type === 'other').length);
  const snapshotMs = snapshotTime(survey, logs);
  const records = mergeByTime([
    eventRecords(survey, snapshotMs, cluster, report),
    metricsRecords(survey, names, snapshotMs, cluster, report),
    ...logSources(logs, names, snapshotMs, cluster, report),
    snapshotRecords(survey, objects, read, snapshotMs, cluster, report),
  ]);
  for (const draft of records) {
    options.signal?.throwIfAborted();
    yield draft;
  }
  noteCoverage(survey, cluster, formatTime(snapshotMs), report);
  report.files += sources.filter(({ type }) => type !== 'other').length;
  if (survey.withoutUid > 0) report.notes.push(`${survey.withoutUid} objects had no uid; theirs is made of kind, namespace and name`);
}

function readableFiles(paths: string[], report: ImportReport, { ignored }: DumpLayout): InputFile[] {
  return inputFiles(paths, report).filter(({ parts }) => {
    const reason = ignored?.(parts);
    if (reason !== undefined) ignore(report, reason);
    return reason === undefined;
  });
}

/** A file of `kubectl cluster-info dump` without --output-directory mixes JSON and logs. */
function splitMixed(source: Source): { source: Source; logs: ReturnType<typeof splitByMarkers>['logs'] } {
  const isJson = source.type === 'json' && !/\.(?:json|ndjson|jsonl)$/.test(source.file.name);
  if (!isJson || hasLogMarker(headOf(source.file))) return { source, logs: [] };
  const { logs, others } = splitByMarkers(source.file);
  return { source: { ...source, spans: others }, logs };
}

function reader(sources: Source[], { kindOf }: DumpLayout): (index: number) => DumpFile {
  const kept = new Map<number, DumpFile>();
  let room = keepBytes;
  return (index) => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const { file, type, spans } = sources[index] as Source;
    const result = withKinds(readDumpFile(file, type as 'json' | 'yaml', spans), kindOf?.(file.parts));
    if (file.size <= room) {
      room -= file.size;
      kept.set(index, result);
    }
    return result;
  };
}

/** Gives items that say neither kind nor apiVersion those that their file's path says. */
function withKinds(file: DumpFile, named: { apiVersion: string; kind: string } | undefined): DumpFile {
  if (named === undefined) return file;
  const filled = (value: unknown) =>
    isObject(value) && value.kind === undefined && value.apiVersion === undefined ? { ...named, ...value } : value;
  return { ...file, items: file.items.map((item) => ({ ...item, value: filled(item.value) })) };
}

function surveyObjects(sources: Source[], read: (index: number) => DumpFile, names: Names, report: ImportReport): Survey {
  const survey: Survey = {
    byUid: new Map(),
    byName: new Map(),
    entries: new Set(),
    events: new Map(),
    metrics: [],
    coverage: new Map(),
    withoutUid: 0,
  };
  for (const file of sources.keys()) {
    const { items, lists, problem } = read(file);
    if (problem !== undefined) report.skipped.push(problem);
    for (const [item, { value, receivedAtMs }] of items.entries()) {
      const metrics = isMetricsKind((value as KubernetesObject | null)?.kind);
      if (metrics) survey.metrics.push({ item: value as KubernetesObject, receivedAtMs });
      else if (isNamedObject(value)) addObject(survey, value, { file, item }, names, report);
      else ignore(report, 'document without apiVersion, kind and name');
    }
    for (const { kind, namespaces } of lists) {
      survey.coverage.set(kind, new Set([...(survey.coverage.get(kind) ?? []), ...namespaces]));
    }
  }
  return survey;
}

function addObject(survey: Survey, raw: KubernetesObject, place: { file: number; item: number }, names: Names, report: ImportReport): void {
  const object = normalObject(raw, report);
  const { uid = '', namespace = '', name = '' } = object.metadata ?? {};
  const resourceVersion = String(object.metadata?.resourceVersion ?? '');
  const nameKey = `${groupOf(object.apiVersion)}/${object.kind}/${namespace}/${name}`;
  const ms = newestTime(raw) ?? -1;
  const known = survey.byUid.get(uid) ?? survey.byName.get(nameKey);
  const entry: Entry = known ?? { ...place, version: resourceVersion, ms };
  if (known !== undefined) {
    ignore(report, 'object found before');
    if ((compareVersions(resourceVersion, known.version) || ms - known.ms) <= 0) return;
    Object.assign(known, place, { version: resourceVersion, ms });
  }
  survey.byUid.set(uid, entry);
  survey.byName.set(nameKey, entry);
  survey.entries.add(entry);
  if (!hasUid(raw) && known === undefined) survey.withoutUid += 1;
  if (ms >= 0) survey.newestMs = Math.max(survey.newestMs ?? ms, ms);
  if (isEvent(object)) survey.events.set(entry, object);
  noteName(names, object, uid);
}

/** The newest time of any object, or of a line that names its zone; only where there is none, of any line. */
function snapshotTime(survey: Survey, logs: DumpLog[]): number {
  const metrics = survey.metrics.flatMap(({ receivedAtMs }) => (receivedAtMs === undefined ? [] : [receivedAtMs]));
  const zoned = logs.flatMap(({ survey: { lastZonedMs } }) => (lastZonedMs === undefined ? [] : [lastZonedMs]));
  const sure = newestOf([...(survey.newestMs === undefined ? [] : [survey.newestMs]), ...metrics, ...zoned]);
  return sure ?? newestOf(logs.flatMap(({ survey: { lastMs } }) => (lastMs === undefined ? [] : [lastMs]))) ?? 0;
}

function newestOf(times: number[]): number | undefined {
  return times.length === 0 ? undefined : times.reduce((newest, ms) => Math.max(newest, ms));
}

function eventRecords(survey: Survey, snapshotMs: number, cluster: string, report: ImportReport): Timed[] {
  const place = { cluster, source: 'dump', synthetic: 'snapshot' } as const;
  return [...survey.events]
    .map(([, object]) => ({ ms: eventTime(object) ?? snapshotMs, object }))
    .sort((a, b) => a.ms - b.ms)
    .map(({ ms, object }) => ({ ms, draft: resourceDraft(object, 'ADDED', { ...place, at: formatTime(ms) }, report) }));
}

function metricsRecords(survey: Survey, names: Names, fallbackMs: number, cluster: string, report: ImportReport): Timed[] {
  const records = survey.metrics.flatMap(({ item, receivedAtMs }) => {
    const kind = String(item.kind);
    const stream = streamId(report, cluster, kind === 'PodMetrics' ? 'pods.metrics' : 'nodes.metrics', 'dump');
    return metricsRecord(item, kind, names, { cluster, stream, atMs: receivedAtMs, fallbackMs }) ?? [];
  });
  return records.sort((a, b) => a.ms - b.ms);
}

function* snapshotRecords(
  survey: Survey,
  sources: Source[],
  read: (index: number) => DumpFile,
  ms: number,
  cluster: string,
  report: ImportReport,
): Generator<Timed> {
  const place = { at: formatTime(ms), cluster, source: 'dump', synthetic: 'snapshot' } as const;
  const wanted = new Set([...survey.entries].filter((entry) => !survey.events.has(entry)).map(({ file, item }) => `${file}:${item}`));
  for (const file of sources.keys()) {
    for (const [item, { value }] of read(file).items.entries()) {
      if (!wanted.has(`${file}:${item}`)) continue;
      yield { ms, draft: resourceDraft(normalObject(value as KubernetesObject, report), 'ADDED', place, report) };
    }
  }
}

function noteCoverage(survey: Survey, cluster: string, at: string, report: ImportReport): void {
  for (const [kind, namespaces] of survey.coverage) {
    const where = namespaces.has('') ? ['*'] : [...namespaces].sort();
    report.coverage.push({ cluster, resource: resourceOfKind(kind), kind, namespaces: where, from: at, to: at });
  }
}
