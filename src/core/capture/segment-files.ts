import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import type { CaptureManifest, Segment, SegmentClass } from '../model/capture.ts';
import { corruptError } from './errors.ts';
import { indexPath, parseSegmentPath } from './layout.ts';
import { withoutPruned } from './pruned.ts';
import type { MemberIndex } from './segment-writer.ts';

/** A segment file on the disk. `sealed` is its entry in the manifest, absent for a segment that was never sealed. */
export type SegmentFile = {
  file: string;
  path: string;
  cluster: string;
  class: SegmentClass;
  number: number;
  size: number;
  sealed?: Segment;
};

/** The segment files of one cluster and class, in the order of their records. */
export type LaneFiles = SegmentFile[];

/**
 * The segment files of a capture by lane. A closed capture has what its manifest lists (CAPTURE_CORRUPT if a file is missing or has another size);
 * of an open or killed one the folders are listed.
 */
export async function listLanes(dir: string, manifest: CaptureManifest, classes?: readonly SegmentClass[]): Promise<LaneFiles[]> {
  const files = manifest.status === 'open' ? await findSegments(dir, manifest) : await namedSegments(dir, manifest);
  const lanes = new Map<string, LaneFiles>();
  for (const file of files) {
    if (classes !== undefined && !classes.includes(file.class)) continue;
    const key = `${file.cluster}/${file.class}`;
    lanes.set(key, [...(lanes.get(key) ?? []), file]);
  }
  return [...lanes.values()].map((lane) => lane.sort((a, b) => a.number - b.number));
}

/** Every segment file found in the folders of a capture directory, sealed or not, by cluster, class and number. */
export async function findSegments(dir: string, manifest?: CaptureManifest): Promise<SegmentFile[]> {
  const sealed = new Map(manifest?.segments.map((segment) => [segment.file, segment]));
  const found: SegmentFile[] = [];
  for (const folder of await readdir(dir, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    for (const entry of await readdir(join(dir, folder.name), { withFileTypes: true })) {
      const file = `${folder.name}/${entry.name}`;
      const parsed = parseSegmentPath(file);
      if (parsed === undefined || !entry.isFile()) continue;
      const { cluster, number } = parsed;
      const path = join(dir, file);
      found.push({ file, path, cluster, class: parsed.class, number, size: (await stat(path)).size, sealed: sealed.get(file) });
    }
  }
  // Of a segment that was being sealed anew when its writer was killed, the sealed file says all that the open one does.
  const sealedNames = new Set(found.map(({ file }) => file));
  const whole = found.filter(({ file }) => !(file.endsWith('.open') && sealedNames.has(file.replace(/\.open$/, ''))));
  return (manifest === undefined ? whole : withoutPruned(whole, manifest)).sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** A segment as it is now: one that was being written when it was listed may be sealed meanwhile. */
export async function currentFile(segment: SegmentFile): Promise<SegmentFile> {
  if (!segment.file.endsWith('.open')) return segment;
  const isThere = await stat(segment.path).catch(() => undefined);
  const path = segment.path.replace(/\.open$/, '');
  const sealed = isThere === undefined ? await stat(path).catch(() => undefined) : undefined;
  return sealed === undefined ? segment : { ...segment, path, file: segment.file.replace(/\.open$/, ''), size: sealed.size };
}

/**
 * The member index beside a segment, or undefined if it is absent or does not cover the file: then the segment must be scanned.
 */
export async function loadIndex(segment: SegmentFile): Promise<MemberIndex[] | undefined> {
  try {
    const index: unknown = JSON.parse(await readFile(indexPath(segment.path), 'utf8'));
    return isIndexOf(index, segment.size) ? index : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function namedSegments(dir: string, manifest: CaptureManifest): Promise<SegmentFile[]> {
  return Promise.all(
    manifest.segments.map(async (sealed) => {
      const { file, bytes } = sealed;
      const parsed = parseSegmentPath(file);
      const path = join(dir, file);
      const size = await stat(path).then(
        (stats) => stats.size,
        () => -1,
      );
      if (size !== bytes || parsed === undefined) {
        throw corruptError(dir, { file }, size === -1 ? 'no file' : `${size} bytes`, `${bytes} bytes, as manifest.json says`);
      }
      return { file, path, cluster: parsed.cluster, class: parsed.class, number: parsed.number, size, sealed };
    }),
  );
}

function isIndexOf(index: unknown, size: number): index is MemberIndex[] {
  if (!Array.isArray(index)) return false;
  let offset = 0;
  let seq = 0;
  for (const member of index as (Partial<MemberIndex> | null)[]) {
    const { length = 0, firstSeq = 0, lastSeq = 0 } = member ?? {};
    if (member?.offset !== offset || !(length > 0) || !(firstSeq > seq) || !(lastSeq >= firstSeq)) return false;
    offset += length;
    seq = lastSeq;
  }
  return offset === size;
}
