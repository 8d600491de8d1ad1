import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { captureError, LabelerError, systemCode } from '../errors.ts';
import type { CaptureManifest, RecordDraft } from '../model/capture.ts';
import { stringifyJson } from '../model/json.ts';
import { writeError } from './errors.ts';
import { captureContentId, unknownId } from './id.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { aliasPattern, classOf, manifestFile } from './layout.ts';
import { lockCapture, lockFile } from './lock.ts';
import { newManifest, writeManifest } from './manifest.ts';
import { draftProblem } from './record-shape.ts';

export type CaptureOptions = Pick<CaptureManifest, 'source' | 'clusters' | 'tool' | 'createdAt'> & {
  /** Left out: derived from the content when the capture is closed, so that the same records give the same id. */
  id?: string;
  /** Compressed size at which a segment is sealed. Default 64 MiB. */
  segmentBytes?: number;
  /** Size of a gzip member before compression. Default 1 MiB. */
  memberBytes?: number;
  /** How long a record may stay in memory. Default 500 for recordings, else 0: members are written when full, and the same input gives the same bytes. */
  flushMilliseconds?: number;
  /** Age of the first record at which a segment is sealed; default 600 for recordings, else never. */
  rotateSeconds?: number;
};

/** What the caller may say about a capture until it is closed. */
export type ManifestPatch = Partial<
  Pick<CaptureManifest, 'coverage' | 'streams' | 'masking' | 'clusters' | 'strippedFields' | 'denied' | 'source' | 'id'>
>;

export type CaptureWriter = {
  /** Numbers and keeps a record; await the result: it is a promise when the writer needs time. CAPTURE_BAD_RECORD, CAPTURE_WRITE_FAILED. */
  write(draft: RecordDraft): number | Promise<number>;
  /** After it, everything written so far survives a kill of the process. */
  flush(): Promise<void>;
  setManifest(patch: ManifestPatch): void;
  /** Compressed bytes written so far. */
  bytes(): number;
  /** Seals the segments and the manifest. With a reason, an `end` record at the time of the last record comes first. */
  close(reason?: string): Promise<CaptureManifest>;
  /** Gives up: removes everything that was written, the directory too if this writer created it. */
  abort(): Promise<void>;
};

export const defaultMemberBytes = 1024 * 1024;
export const defaultSegmentBytes = 64 * defaultMemberBytes;

/**
 * Starts a capture in a new or empty directory. CAPTURE_EXISTS: the directory holds something. CAPTURE_WRITE_FAILED: disk full, no permission.
 */
export async function openCapture(dir: string, options: CaptureOptions): Promise<CaptureWriter> {
  const created = await claimDirectory(dir);
  const unlock = options.source.type === 'record' ? await lockCapture(dir) : undefined;
  try {
    return await newWriter(dir, newManifest(options), { ...options, created, unlock });
  } catch (error) {
    await unlock?.();
    throw error;
  }
}

/** How a writer begins: in a new directory, or where an earlier one stopped (`numbers` of the last segments, the `last` record). */
type WriterStart = Omit<CaptureOptions, keyof CaptureManifest> & {
  created?: boolean;
  numbers?: ReadonlyMap<string, number>;
  last?: { seq: number; at: string };
  unlock?: () => Promise<void>;
};

/** A writer over a directory that is claimed. CAPTURE_WRITE_FAILED. */
export async function newWriter(dir: string, manifest: CaptureManifest, options: WriterStart): Promise<CaptureWriter> {
  const failed = (error: unknown): never => {
    throw error instanceof LabelerError ? error : writeError(dir, error);
  };
  const save = (segments = manifest.segments) => writeManifest(dir, Object.assign(manifest, { segments }));
  const recording = manifest.source.type === 'record';
  const flushMilliseconds = options.flushMilliseconds ?? (recording ? 500 : 0);
  const rotateSeconds = options.rotateSeconds ?? (recording ? 600 : undefined);
  const lanes = createLanes(dir, {
    segmentBytes: options.segmentBytes ?? defaultSegmentBytes,
    memberBytes: options.memberBytes ?? defaultMemberBytes,
    flushMilliseconds,
    ...(rotateSeconds === undefined ? {} : { rotateSeconds }),
    ...(options.numbers === undefined ? {} : { start: { sealed: manifest.segments, numbers: options.numbers } }),
    onSeal: save,
  });
  const abort = async () => {
    await lanes.abort();
    await removeWritten(dir, options.created === true);
    await options.unlock?.();
  };
  try {
    await save();
  } catch (error) {
    if (options.numbers === undefined) await abort();
    return failed(error);
  }
  const write = numberRecords(lanes, manifest, failed, options.last);
  return {
    write: write.record,
    flush: () => lanes.flush().catch(failed),
    bytes: lanes.bytes,
    setManifest(patch) {
      Object.assign(manifest, patch);
      // A recording that is killed keeps what was said about it; other captures are written again anyway.
      if (flushMilliseconds > 0) lanes.enqueue(save);
    },
    async close(reason) {
      try {
        if (reason !== undefined) await write.end(reason);
        manifest.segments = await lanes.seal();
        if (manifest.id === unknownId) manifest.id = captureContentId(manifest.clusters, lanes.digests());
        manifest.status = 'closed';
        await save();
        return manifest;
      } catch (error) {
        return failed(error);
      } finally {
        await options.unlock?.();
      }
    },
    abort,
  };
}

function numberRecords(lanes: Lanes, manifest: CaptureManifest, failed: (error: unknown) => never, from?: { seq: number; at: string }) {
  let seq = from?.seq ?? 0;
  let last = { at: from?.at ?? manifest.createdAt, cluster: manifest.clusters[0]?.alias ?? 'c01' };
  const record = (draft: RecordDraft): number | Promise<number> => {
    refuseBadDraft(draft, seq + 1);
    seq += 1;
    const assigned = seq;
    last = draft;
    if (draft.kind === 'gap') manifest.gaps += 1;
    if (draft.kind === 'drop') manifest.drops += draft.count;
    try {
      const { cluster, at } = draft;
      const wait = lanes.append({ cluster, class: classOf(draft), seq, at, line: formatLine(seq, draft) });
      return wait === undefined ? assigned : wait.then(() => assigned, failed);
    } catch (error) {
      return failed(error);
    }
  };
  const end = (reason: string) => record({ at: last.at, atSource: 'derived', cluster: last.cluster, stream: '', kind: 'end', reason });
  return { record, end };
}

/** The line of a record: compact JSON, `seq` first, then the fields of every record, then its body. */
export function formatLine(seq: number, draft: RecordDraft): string {
  const { seq: _, at, atSource, cluster, stream, kind, ...body } = draft as RecordDraft & { seq?: number };
  return `{"seq":${seq},${stringifyJson({ at, atSource, cluster, stream, kind, ...body }).slice(1)}`;
}

function refuseBadDraft(draft: RecordDraft, seq: number): void {
  const problem = draftProblem(draft);
  if (problem === undefined) return;
  const { field, found, expected } = problem;
  throw captureError('CAPTURE_BAD_RECORD', `record ${seq} (${draft.kind}): field ${field}: found ${found}, expected ${expected}`);
}

/** Creates a directory, or takes an empty one; true if it was created. CAPTURE_EXISTS, CAPTURE_WRITE_FAILED. */
export async function claimDirectory(dir: string): Promise<boolean> {
  try {
    const created = (await mkdir(dir, { recursive: true })) !== undefined;
    if (!created && (await readdir(dir)).length > 0) throw existsError(dir);
    return created;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw existsError(dir);
    throw error instanceof LabelerError ? error : writeError(dir, error);
  }
}

function existsError(dir: string): LabelerError {
  return captureError('CAPTURE_EXISTS', `${dir} exists and is not an empty directory`, {
    suggestions: ['choose another --out, or remove it first'],
  });
}

async function removeWritten(dir: string, created: boolean): Promise<void> {
  const names = created ? [''] : (await readdir(dir, { withFileTypes: true })).filter(isOurs).map(({ name }) => name);
  for (const name of names) await rm(join(dir, name), { recursive: true, force: true });
}

// The directory was empty when it was claimed: folders named like an alias and the manifest are this writer's.
function isOurs(entry: { name: string; isDirectory(): boolean }): boolean {
  return entry.isDirectory() ? aliasPattern.test(entry.name) : entry.name === manifestFile || entry.name === lockFile;
}
