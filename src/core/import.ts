import { join } from 'node:path';
import { openCapture } from './capture/index.ts';
import { captureDirName } from './captures.ts';
import { captureError, usageError } from './errors.ts';
import { following, readBeside } from './importers/beside.ts';
import { formatOf, formats, labelsFormat } from './importers/formats.ts';
import { emptyReport, type ImportReport, type SkippedInput } from './importers/importer.ts';
import { isPacked, type OpenedPath, openPaths } from './importers/opened.ts';
import { type MaskCounts, maskingRuleset, maskRecord } from './masking/mask.ts';
import type { CaptureManifest, RecordDraft } from './model/capture.ts';
import { toolVersion } from './version.ts';

/** `out` is the capture's directory; without it, `<dir>/<cluster>-<time of the first record>`. */
export type ImportRequest = {
  out?: string;
  dir?: string;
  cluster?: string;
  format?: string;
  signal?: AbortSignal;
  onProgress?: (records: number) => void;
};

/** What an import made. `skipped` is malformed input (exit code 6); `ignored` counts what is well formed but not ours. */
export type ImportResult = {
  out: string;
  format: string;
  manifest: CaptureManifest;
  records: Record<string, number>;
  from: string;
  to: string;
  files: number;
  skipped: SkippedInput[];
  ignored: Record<string, number>;
  masked: MaskCounts;
};

const alias = 'c01';

/**
 * Other tools' files (archives are unpacked) → masked records → a capture. The same files give the same bytes. Throws IMPORT_NOT_FOUND,
 * IMPORT_FORMAT (paths of different formats), IMPORT_ARCHIVE, IMPORT_EMPTY, CAPTURE_EXISTS, CAPTURE_WRITE_FAILED; nothing is left behind then.
 */
export async function importCapture(paths: string[], request: ImportRequest = {}): Promise<ImportResult> {
  const report = emptyReport();
  const opened = await openPaths(paths, report, request.signal);
  try {
    return await importOpened(opened.paths, request, report);
  } finally {
    await opened.close();
  }
}

async function importOpened(inputs: OpenedPath[], request: ImportRequest, report: ImportReport): Promise<ImportResult> {
  const given = inputs.map((input) => input.given);
  const byFormat = await formatsOf(inputs, request.format);
  const format = nameOf(byFormat);
  if (format === labelsFormat) throw usageError('IMPORT_FORMAT', `${given.join(', ')} holds labels, which no capture can be made of`);
  const masked: MaskCounts = {};
  const drafts = read(byFormat, request, report)[Symbol.asyncIterator]();
  try {
    const first = await drafts.next();
    if (first.done === true) throw empty(given, report);
    const cluster = request.cluster ?? 'imported';
    const out = request.out ?? join(request.dir ?? 'captures', captureDirName(cluster, first.value.at));
    const written = await write(out, cluster, format, first.value, drafts, { report, masked, request });
    return { out, format, ...written, files: report.files, skipped: report.skipped, ignored: report.ignored, masked };
  } finally {
    await drafts.return?.(undefined);
  }
}

function read(byFormat: ByFormat, { signal }: ImportRequest, report: ImportReport): AsyncIterable<RecordDraft> {
  const options = { cluster: alias, signal };
  const pathsOf = (name: string) => (byFormat.get(name) ?? []).map(({ path }) => path);
  const [name = '', logs] = namesOf(byFormat);
  const importer = formats[name] as (typeof formats)[string];
  return logs === undefined
    ? importer.read(pathsOf(name), options, report)
    : readBeside(importer, pathsOf(name), pathsOf(logs), options, report);
}

type Passing = { report: ImportReport; masked: MaskCounts; request: ImportRequest };

async function write(
  out: string,
  cluster: string,
  format: string,
  first: RecordDraft,
  rest: AsyncIterator<RecordDraft>,
  { report, masked, request }: Passing,
): Promise<Pick<ImportResult, 'manifest' | 'records' | 'from' | 'to'>> {
  const source = { type: 'import' as const, format };
  const writer = await openCapture(out, {
    source,
    clusters: [{ alias, name: cluster }],
    tool: `k8s-labeler ${toolVersion}`,
    createdAt: first.at,
  });
  try {
    const records: Record<string, number> = {};
    let total = 0;
    let to = first.at;
    for (let draft: RecordDraft | undefined = first; draft !== undefined; draft = await following(rest)) {
      await writer.write(maskRecord(draft, masked));
      records[draft.kind] = (records[draft.kind] ?? 0) + 1;
      to = draft.at;
      total += 1;
      if (total % 1000 === 0) request.onProgress?.(total);
    }
    writer.setManifest({
      coverage: report.coverage,
      streams: [...report.streams.values()],
      masking: { ruleset: maskingRuleset, counts: masked },
      strippedFields: [...report.strippedFields].sort(),
      ...(report.notes.length === 0 ? {} : { source: { ...source, notes: report.notes } }),
    });
    return { manifest: await writer.close('imported'), records, from: first.at, to };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/**
 * The one format of all paths (`watch+audit` where an audit log stands beside); `labels` for files that `importLabels` reads, `archive` where
 * something must be unpacked before its format can be known. Throws IMPORT_NOT_FOUND, IMPORT_FORMAT.
 */
export async function inputFormat(paths: string[], wanted: string | undefined): Promise<string> {
  const packed = paths.filter(isPacked);
  if (packed.length === 0) {
    const inputs = paths.map((path) => ({ given: path, path }));
    return nameOf(await formatsOf(inputs, wanted));
  }
  if (wanted !== labelsFormat) return 'archive';
  throw usageError('IMPORT_FORMAT', `${packed.join(', ')} is an archive, and labels are read from plain files only`, {
    suggestions: ['unpack it and import the files of labels'],
  });
}

/** Paths by their format: all of one, or some of one and audit logs, which say who changed what the others show. */
type ByFormat = Map<string, OpenedPath[]>;

async function formatsOf(inputs: OpenedPath[], wanted: string | undefined): Promise<ByFormat> {
  const found: ByFormat = new Map();
  for (const input of inputs) {
    const format = await formatOf(input.path, wanted);
    found.set(format, [...(found.get(format) ?? []), input]);
  }
  const beside = found.size === 2 && found.has('audit') && !found.has(labelsFormat);
  if (found.size === 1 || beside) return found;
  const names = [...found].map(([name, [first]]) => `${first?.given} is a ${name}`).join(', ');
  throw usageError('IMPORT_FORMAT', found.size === 0 ? 'no path given' : `the paths are of different formats: ${names}`, {
    suggestions: ['import them one by one (only audit logs may stand beside another format), or say which format they have with --format'],
  });
}

/** The formats with the audit log last. */
function namesOf(byFormat: ByFormat): string[] {
  return [...byFormat.keys()].sort((a, b) => Number(a === 'audit') - Number(b === 'audit'));
}

function nameOf(byFormat: ByFormat): string {
  return namesOf(byFormat).join('+');
}

function empty(paths: string[], report: ImportReport): Error {
  const seen = Object.entries(report.ignored).map(([reason, count]) => `${count} × ${reason}`);
  const skipped = report.skipped.map(
    ({ file, line, found, expected }) => `${file}${line === undefined ? '' : `:${line}`}: found ${found}, expected ${expected}`,
  );
  const why = [...seen, ...skipped.slice(0, 3)].join('; ');
  return captureError('IMPORT_EMPTY', `nothing to import in ${paths.join(', ')}${why === '' ? '' : ` (${why})`}`, {
    suggestions: [
      'expected Kubernetes objects or Lists as JSON or YAML, watch events ({type, object}), pod logs, audit logs, or an archive of these',
      'a folder may hold streams/ or resources/, logs/ and metrics/',
    ],
  });
}
