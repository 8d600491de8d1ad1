import { parseJson } from '../model/json.ts';
import type { KubernetesObject } from '../model/resource.ts';
import type { Importer } from './importer.ts';
import { type Decoded, firstLine, readObjectLines, type Sighting } from './object-lines.ts';
import { isNamedObject } from './objects.ts';
import { eventTime, isEvent, newestTime } from './times.ts';

type AnyValue = Record<string, unknown>;
type LogRecord = { timeUnixNano?: unknown; observedTimeUnixNano?: unknown; body?: unknown };

/** Logs in OTLP JSON, one request per line, as the file exporter writes what the k8sobjects receiver saw (mode pull or watch). */
export const otel: Importer = {
  title: 'OTLP JSON lines with what the k8sobjects receiver of the OpenTelemetry Collector saw',
  detect: async (path) => Array.isArray((firstLine(path) as { resourceLogs?: unknown } | undefined)?.resourceLogs),
  read: (paths, options, report) => readObjectLines(paths, options, report, { source: 'otel', decode }),
};

function decode(value: KubernetesObject): Decoded {
  const { resourceLogs } = value;
  if (!Array.isArray(resourceLogs)) {
    return {
      sightings: [],
      found: `the fields ${Object.keys(value).slice(0, 5).join(', ')}`,
      expected: '{"resourceLogs": […]}',
    };
  }
  const records = resourceLogs.flatMap((resource) => list(resource?.scopeLogs)).flatMap((scope) => list(scope?.logRecords));
  const sightings: Sighting[] = [];
  const ignored: Record<string, number> = {};
  for (const record of records) {
    const sighting = sightingOf((record ?? {}) as LogRecord);
    if (typeof sighting === 'string') ignored[sighting] = (ignored[sighting] ?? 0) + 1;
    else sightings.push(sighting);
  }
  return { sightings, ignored };
}

/** The object of one log record, or why it has none. Events stand at their own time, everything else when the collector saw it. */
function sightingOf(record: LogRecord): Sighting | string {
  const body = bodyOf(record.body);
  const { type, object = body } = (body ?? {}) as { type?: unknown; object?: unknown };
  const watched = typeof type === 'string' && object !== body;
  if (!isNamedObject(object)) return 'log record without a Kubernetes object';
  if (watched && type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') return 'watch event other than ADDED, MODIFIED, DELETED';
  const seenMs = milliseconds(record.observedTimeUnixNano) ?? milliseconds(record.timeUnixNano);
  const happenedMs = isEvent(object) && type !== 'DELETED' ? eventTime(object) : undefined;
  const ms = happenedMs ?? seenMs ?? newestTime(object);
  if (ms === undefined) return 'object without a time';
  const received = happenedMs === undefined && seenMs !== undefined;
  return { object, ms, received, ...(watched ? { type: type as 'ADDED' } : {}) };
}

function bodyOf(body: unknown): KubernetesObject | undefined {
  const value = plain(body, 0);
  if (typeof value !== 'string' || !value.startsWith('{')) return typeof value === 'object' ? (value as KubernetesObject) : undefined;
  try {
    return parseJson(value) as KubernetesObject;
  } catch {
    return undefined;
  }
}

/** An OTLP AnyValue as JSON. Integers are text there (int64). Deeper than objects of Kubernetes ever are counts as nothing. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > 100) return undefined;
  const any = value as AnyValue;
  if (any.kvlistValue !== undefined) {
    const pairs = list((any.kvlistValue as AnyValue | null)?.values) as { key?: unknown; value?: unknown }[];
    return Object.fromEntries(pairs.map((pair) => [String(pair?.key), plain(pair?.value, depth + 1)]));
  }
  if (any.arrayValue !== undefined) return list((any.arrayValue as AnyValue | null)?.values).map((item) => plain(item, depth + 1));
  if (any.intValue !== undefined) return integer(any.intValue);
  return any.stringValue ?? any.boolValue ?? any.doubleValue ?? any.bytesValue ?? null;
}

function integer(value: unknown): unknown {
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value);
}

function milliseconds(nanoseconds: unknown): number | undefined {
  const ms = /^\d{13,19}$/.test(String(nanoseconds)) ? Number(BigInt(String(nanoseconds)) / 1_000_000n) : 0;
  return ms > 0 ? ms : undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of strangers, looked into with care
function list(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}
