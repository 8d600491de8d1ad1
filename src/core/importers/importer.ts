import type { Coverage, RecordDraft, StreamInfo } from '../model/capture.ts';

/**
 * A file (or a line of it) that could not be read. `pointer` (RFC 6901) leads into the document. `found` and `expected` are for people and may
 * hold untrusted text.
 */
export type SkippedInput = { file: string; line?: number; pointer?: string; found: string; expected: string };

/** What an import saw besides its records; filled while `read` runs, complete when it ends. */
export type ImportReport = {
  /** Files that gave at least one record or were read completely. */
  files: number;
  /** Malformed input, in reading order. */
  skipped: SkippedInput[];
  /** Input that is well formed but not ours, as reason → count. */
  ignored: Record<string, number>;
  streams: Map<string, StreamInfo>;
  coverage: Coverage[];
  strippedFields: Set<string>;
  /** Things a reader of the capture should know. */
  notes: string[];
};

/** `cluster` is the alias that records carry (`c01`). */
export type ImportOptions = { cluster: string; signal?: AbortSignal };

/**
 * One foreign format. `detect` looks at names and first bytes only; `read` yields records in time order, with times never going back,
 * and fills the report. Masking is the caller's.
 */
export type Importer = {
  title: string;
  detect: (path: string) => Promise<boolean>;
  read: (paths: string[], options: ImportOptions, report: ImportReport) => AsyncIterable<RecordDraft>;
};

/** A report with nothing in it. */
export function emptyReport(): ImportReport {
  return { files: 0, skipped: [], ignored: {}, streams: new Map(), coverage: [], strippedFields: new Set(), notes: [] };
}

/** Counts input that is not ours. */
export function ignore(report: ImportReport, reason: string, count = 1): void {
  if (count > 0) report.ignored[reason] = (report.ignored[reason] ?? 0) + count;
}

/** Notes the stream of a resource and returns its id. */
export function streamId(report: ImportReport, cluster: string, resource: string, source: string): string {
  if (!report.streams.has(resource)) report.streams.set(resource, { id: resource, cluster, resource, source });
  return resource;
}
