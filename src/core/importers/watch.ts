import { closeSync, openSync } from 'node:fs';
import type { Coverage, RecordDraft } from '../model/capture.ts';
import { stringifyJson } from '../model/json.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { oneLine } from '../model/text.ts';
import { compareVersions, isVersion } from '../model/versions.ts';
import { type InputFile, inputFiles } from './files.ts';
import { type ImportOptions, type ImportReport, ignore, streamId } from './importer.ts';
import { parseDocument } from './json.ts';
import { kindOfResource, resourceOfKind } from './kinds.ts';
import { logOwner, logRecords, oversizeBytes, surveyLog, untimedLogMs } from './logs.ts';
import { mergeByTime, neverBack, type Timed } from './merge.ts';
import { isMetricsKind, metricsRecord } from './metrics.ts';
import { emptyNames, type Names, noteName } from './names.ts';
import { isNamedObject, normalObject, resourceDraft } from './objects.ts';
import { documentSpans, readLines, readSpan, type Span } from './scan.ts';
import { formatTime, newestTime, parseTime } from './times.ts';

/** Where a watch event stands in its file, and what orders it. `ms` is the newest time in the object, -1 if it has none. */
type Entry = Span & { file: number; version: string; ms: number };

type WatchEvent = { type: string; object: KubernetesObject };

const types = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'];
const initialEventsEnd = 'k8s.io/initial-events-end';

/**
 * Watch streams of one cluster, with its logs and metrics, as one sequence. Watch events are ordered over all files by resourceVersion
 * (one counter for all resources); their time is the newest time found inside the objects so far. Two passes: the first keeps offsets only.
 */
export async function* readWatch(paths: string[], options: ImportOptions, report: ImportReport): AsyncGenerator<RecordDraft> {
  const files = inputFiles(paths, report);
  const logs = files.filter(({ parts }) => isLog(parts));
  const metrics = files.filter(({ parts }) => !isLog(parts) && parts[0] === 'metrics');
  const coverage = files.filter(({ parts }) => parts.at(-1) === 'coverage.json');
  const streams = files.filter((file) => !logs.includes(file) && !metrics.includes(file) && !coverage.includes(file));
  const names = emptyNames();
  const entries = orderEntries(streams.flatMap((file, index) => [...indexStream(file, index, names, report)]));
  const { cluster } = options;
  const endMs = entries.at(-1)?.ms ?? 0;
  const namespaces = [...new Set(coverage.flatMap((file) => readCoverage(file, report)?.namespaces ?? []))];
  const only = namespaces.length === 1 ? namespaces[0] : undefined;
  const sources: Iterable<Timed>[] = [
    eventRecords(streams, entries, cluster, report),
    ...metrics.map((file) => neverBack(metricsFile(file, names, endMs, cluster, report), formatTime)),
    ...logs.flatMap((file) => logFile(file, names, only, endMs, cluster, report)),
  ];
  let first: string | undefined;
  let last = '';
  for (const draft of mergeByTime(sources)) {
    options.signal?.throwIfAborted();
    first ??= draft.at;
    last = draft.at;
    yield draft;
  }
  report.files += files.length;
  report.coverage.push(...coverage.flatMap((file) => coverageOf(file, cluster, first ?? '', last)));
}

function isLog(parts: string[]): boolean {
  return parts[0] === 'logs' || parts.at(-1)?.endsWith('.log') === true;
}

/** First pass over one stream: every watch event's place, order and time; pods and nodes by name. */
function* indexStream(file: InputFile, index: number, names: Names, report: ImportReport): Generator<Entry> {
  const seen = new Set<string>();
  let version = '';
  for (const { span, bytes } of documents(file)) {
    const parsed = parseDocument(bytes, file.name, span.line);
    if ('problem' in parsed) {
      report.skipped.push(parsed.problem);
      continue;
    }
    const event = watchEvent(parsed.value, file, span.line, report);
    if (event === undefined) continue;
    const { object, type } = event;
    const own = String(object.metadata?.resourceVersion ?? '');
    version = isVersion(own) && type !== 'ERROR' ? own : version;
    const key = `${type} ${own} ${object.metadata?.uid}`;
    if (type !== 'ERROR' && type !== 'BOOKMARK') {
      if (seen.has(key)) {
        ignore(report, 'watch event seen before');
        continue;
      }
      seen.add(key);
      noteName(names, object, object.metadata?.uid ?? '');
    }
    yield { ...span, file: index, version, ms: newestTime(object) ?? -1 };
  }
}

/** The documents of a stream: one per line where the file is NDJSON (a torn line then costs itself only), else whatever brackets enclose. */
function* documents(file: InputFile): Generator<{ span: Span; bytes: Buffer }> {
  if (isLineOriented(file)) {
    for (const { bytes, ...span } of readLines(file.path, 0, Number.POSITIVE_INFINITY, 1_048_576)) {
      if (bytes.some((byte) => byte > 0x20)) yield { span, bytes };
    }
    return;
  }
  const fd = openSync(file.path, 'r');
  try {
    for (const span of documentSpans(file.path)) yield { span, bytes: readSpan(fd, span.start, span.end) };
  } finally {
    closeSync(fd);
  }
}

function isLineOriented(file: InputFile): boolean {
  for (const { bytes, line } of readLines(file.path)) {
    const text = bytes.toString('utf8').trim();
    if (text.length > 2 && text.startsWith('{') && text.endsWith('}')) return true;
    if (line > 3) return false;
  }
  return false;
}

function watchEvent(value: unknown, file: InputFile, line: number, report: ImportReport): WatchEvent | undefined {
  const { type, object } = (typeof value === 'object' && value !== null ? value : {}) as Partial<WatchEvent>;
  const expected = `{"type": ${types.map((name) => `"${name}"`).join(' | ')}, "object": {…}}`;
  if (typeof type !== 'string' || !types.includes(type) || typeof object !== 'object' || object === null) {
    report.skipped.push({ file: file.name, line, found: oneLine(stringifyJson({ type }), 60), expected });
    return undefined;
  }
  if (type === 'BOOKMARK' || type === 'ERROR' || isNamedObject(object)) return { type, object };
  ignore(report, 'watch event without kind or name');
  return undefined;
}

/** By resourceVersion, then file order; times become the newest time so far, and leading entries without one take the first that is known. */
function orderEntries(entries: Entry[]): Entry[] {
  const ordered = entries.sort((a, b) => compareVersions(a.version, b.version) || a.file - b.file || a.start - b.start);
  let ms = ordered.find((entry) => entry.ms >= 0)?.ms ?? 0;
  for (const entry of ordered) {
    ms = Math.max(ms, entry.ms);
    entry.ms = ms;
  }
  return ordered;
}

/** Second pass: the events in order, each read again from its file. */
function* eventRecords(files: InputFile[], entries: Entry[], cluster: string, report: ImportReport): Generator<Timed> {
  const descriptors = new Map<number, number>();
  try {
    for (const entry of entries) {
      const file = files[entry.file] as InputFile;
      const fd = descriptors.get(entry.file) ?? openSync(file.path, 'r');
      descriptors.set(entry.file, fd);
      const parsed = parseDocument(readSpan(fd, entry.start, entry.end), file.name, entry.line);
      if ('problem' in parsed) continue;
      yield { ms: entry.ms, draft: eventDraft(parsed.value as WatchEvent, entry, file, cluster, report) };
    }
  } finally {
    for (const fd of descriptors.values()) closeSync(fd);
  }
}

function eventDraft({ type, object }: WatchEvent, entry: Entry, file: InputFile, cluster: string, report: ImportReport): RecordDraft {
  const at = formatTime(entry.ms);
  const stream = streamId(report, cluster, resourceOf(object, file), 'watch');
  const base = { at, atSource: 'derived', cluster, stream } as const;
  if (type === 'ERROR') {
    const { code, reason } = object;
    const known = { ...(typeof code === 'number' ? { code } : {}), ...(typeof reason === 'string' ? { reason } : {}) };
    return { ...base, kind: 'sync', phase: 'error', ...known };
  }
  if (type === 'BOOKMARK') {
    const ends = object.metadata?.annotations?.[initialEventsEnd] === 'true';
    const resourceVersion = object.metadata?.resourceVersion;
    return {
      ...base,
      kind: 'sync',
      phase: 'bookmark',
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(ends ? { reason: initialEventsEnd } : {}),
    };
  }
  const kept = normalObject(object, report);
  if (entry.end - entry.start > oversizeBytes) {
    const { kind = '', metadata = {} } = kept;
    const ref = { kind, namespace: metadata.namespace ?? '', name: metadata.name ?? '', uid: metadata.uid ?? '' };
    return { ...base, kind: 'oversize', ref, bytes: entry.end - entry.start };
  }
  return resourceDraft(kept, type as 'ADDED', { at, cluster, source: 'watch' }, report);
}

/** ERROR lines carry a Status, which says nothing of the resource: the file's name does. */
function resourceOf(object: KubernetesObject, file: InputFile): string {
  if (object.kind !== undefined && object.kind !== 'Status') return resourceOfKind(object.kind);
  return (file.parts.at(-1) ?? '').replace(/\.[^.]*$/, '');
}

/** Lines `{"receivedAt": epoch ms, "list": PodMetricsList | NodeMetricsList}`, or bare lists, as the metrics API serves them. */
function* metricsFile(file: InputFile, names: Names, fallbackMs: number, cluster: string, report: ImportReport): Generator<Timed> {
  for (const { span, bytes } of documents(file)) {
    const parsed = parseDocument(bytes, file.name, span.line);
    if ('problem' in parsed) {
      report.skipped.push(parsed.problem);
      continue;
    }
    const value = (parsed.value ?? {}) as { receivedAt?: unknown; list?: KubernetesObject } & KubernetesObject;
    const list = value.list ?? value;
    if (!isMetricsKind(list.kind)) {
      report.skipped.push({
        file: file.name,
        line: span.line,
        found: `kind ${oneLine(String(list.kind), 40)}`,
        expected: 'PodMetricsList or NodeMetricsList',
      });
      continue;
    }
    const atMs = typeof value.receivedAt === 'number' ? value.receivedAt : parseTime(value.receivedAt);
    const kind = String(list.kind).replace(/List$/, '');
    const stream = streamId(report, cluster, kind === 'PodMetrics' ? 'pods.metrics' : 'nodes.metrics', 'watch');
    for (const item of Array.isArray(list.items) ? list.items : [list]) {
      const record = metricsRecord(item ?? {}, kind, names, { cluster, stream, atMs, fallbackMs });
      if (record !== undefined) yield record;
    }
  }
}

function logFile(
  file: InputFile,
  names: Names,
  only: string | undefined,
  endMs: number,
  cluster: string,
  report: ImportReport,
): Iterable<Timed>[] {
  const owner = logOwner(file.parts, names, only);
  if (owner === undefined) {
    ignore(report, 'log of no pod');
    return [];
  }
  const part = { file, owner, start: 0, end: file.size };
  const survey = surveyLog(part, false, endMs);
  const stream = streamId(report, cluster, 'pods.log', 'watch');
  const fallbackMs = untimedLogMs(part, names, endMs);
  return [logRecords(part, survey, names, { cluster, stream, fallbackMs, referenceMs: endMs })];
}

type CoverageFile = { resources: string[]; namespaces: string[]; clusterWide: string[] };

function readCoverage(file: InputFile, report?: ImportReport): CoverageFile | undefined {
  const fd = openSync(file.path, 'r');
  try {
    const parsed = parseDocument(readSpan(fd, 0, file.size), file.name, 1);
    if ('problem' in parsed) {
      report?.skipped.push(parsed.problem);
      return undefined;
    }
    const { resources, namespaces, clusterWide } = (parsed.value ?? {}) as Partial<CoverageFile>;
    return { resources: strings(resources), namespaces: strings(namespaces), clusterWide: strings(clusterWide) };
  } finally {
    closeSync(fd);
  }
}

function coverageOf(file: InputFile, cluster: string, from: string, to: string): Coverage[] {
  const { resources = [], namespaces = [], clusterWide = [] } = readCoverage(file) ?? {};
  return resources.flatMap((resource) => {
    const kind = kindOfResource(resource);
    const where = clusterWide.includes(resource) ? ['*'] : namespaces;
    return kind === undefined || where.length === 0 ? [] : [{ cluster, resource, kind, namespaces: where, from, to }];
  });
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
