import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { captureError, LabelerError, systemCode } from '../errors.ts';
import type { CaptureManifest, RecordDraft } from '../model/capture.ts';
import { writeError } from './errors.ts';
import { captureContentId, unknownId } from './id.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { aliasPattern, classOf, manifestFile } from './layout.ts';
import { formatLine } from './lines.ts';
import { lockCapture, lockFile, refuseLocked } from './lock.ts';
import { newManifest, writeManifest } from './manifest.ts';
import { addPruned, coverageAfter } from './pruned.ts';
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
  /** How long a record may stay unsynced; default 5,000 for recordings, else until its segment is sealed. */
  syncMilliseconds?: number;
  /** The capture is kept below this size: its oldest segments are pruned. Only the last state of all objects alone may take more. */
  maxBytes?: number;
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
  /**
   * Seals the segments and the manifest. With a reason, an `end` record at the time of the last record comes first. A recording that cannot
   * be written any more stays as readable as it is, and its manifest says `truncated` if that can be written.
   */
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
  if (options.source.type === 'record') await refuseLocked(dir);
  const created = await claimDirectory(dir);
  let unlock: (() => Promise<void>) | undefined;
  try {
    unlock = options.source.type === 'record' ? await lockCapture(dir) : undefined;
    return await newWriter(dir, newManifest(options), { ...options, created, unlock });
  } catch (error) {
    await unlock?.();
    if (created) await rmdir(dir).catch(() => undefined);
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
  const lanes = createLanes(dir, {
    ...sizesOf(options, manifest.clusters.length),
    ...(recording ? { rotateSeconds: options.rotateSeconds ?? 600, syncMilliseconds: options.syncMilliseconds ?? 5000 } : {}),
    flushMilliseconds,
    ...(options.numbers === undefined ? {} : { start: { sealed: manifest.segments, numbers: options.numbers } }),
    onSeal: save,
    async onPrune(segments, gone) {
      for (const { gaps, drops } of gone) Object.assign(manifest, { gaps: manifest.gaps - gaps, drops: manifest.drops - drops });
      manifest.pruned = addPruned(manifest.pruned, gone);
      manifest.coverage = coverageAfter(manifest.coverage, manifest.pruned);
      await save(segments);
    },
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
  const truncate = async (cause: unknown) => {
    await lanes.abort();
    // The lock keeps room on a full disk for one more manifest.
    await options.unlock?.();
    manifest.truncated = { at: write.lastAt(), reason: cause instanceof LabelerError ? cause.message : writeError(dir, cause).message };
    await save().catch(() => undefined);
  };
  return {
    write: write.record,
    flush: () => lanes.flush().catch(failed),
    bytes: lanes.bytes,
    setManifest(patch) {
      Object.assign(manifest, patch);
      manifest.coverage = coverageAfter(manifest.coverage, manifest.pruned);
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
        if (recording) await truncate(error);
        return failed(error);
      } finally {
        await options.unlock?.();
      }
    },
    abort,
  };
}

const mostPrunedSegmentBytes = 16 * defaultMemberBytes;

/** Under a limit segments are so small that all lanes of all clusters together leave room for the state that must stay. */
function sizesOf({ segmentBytes = defaultSegmentBytes, memberBytes = defaultMemberBytes, maxBytes }: WriterStart, clusters: number) {
  if (maxBytes === undefined) return { segmentBytes, memberBytes };
  const share = Math.min(segmentBytes, mostPrunedSegmentBytes, Math.floor(maxBytes / (16 * Math.max(1, clusters))));
  return { segmentBytes: share, memberBytes, maxBytes };
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
  return { record, end, lastAt: () => last.at };
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
    suggestions: ['choose another --out, or remove it first', 'k8s-labeler record --out DIR --resume goes on with a recording'],
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
