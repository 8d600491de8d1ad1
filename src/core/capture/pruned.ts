import type { CaptureManifest, Coverage, Pruned, Segment } from '../model/capture.ts';
import { parseSegmentPath } from './layout.ts';
import type { SegmentFile } from './segment-files.ts';

/** What went with a segment; `kept` of its records stay in a keyframe. */
export type Gone = { segment: Segment; kept: number; gaps: number; drops: number };

/** `c01/objects`: the lane of a segment. */
export function laneOf({ file, class: kind }: Pick<Segment, 'file' | 'class'>): string {
  return `${file.slice(0, file.indexOf('/'))}/${kind}`;
}

/** The entries with each one's `prevSha256` that of the entry before. */
export function chained(segments: readonly Segment[]): Segment[] {
  return segments.map((segment, index) => ({ ...segment, prevSha256: segments[index - 1]?.sha256 ?? '' }));
}

/** The `pruned` entries, one per lane, with what went now added. */
export function addPruned(pruned: readonly Pruned[] | undefined, gone: readonly Gone[]): Pruned[] {
  const lanes = new Map((pruned ?? []).map((entry) => [laneOf(entry), entry]));
  for (const { segment, kept, gaps, drops } of gone) {
    const { file, class: kind, firstAt, lastAt, records } = segment;
    const before = lanes.get(laneOf(segment)) ?? { firstAt, segments: 0, records: 0, gaps: 0, drops: 0 };
    lanes.set(laneOf(segment), {
      file,
      class: kind,
      firstAt: before.firstAt,
      lastAt,
      records: before.records + records - kept,
      segments: before.segments + 1,
      gaps: before.gaps + gaps,
      drops: before.drops + drops,
    });
  }
  return [...lanes.values()];
}

/** Nobody can say that an object did not exist while what was recorded of that time is gone. */
export function coverageAfter(coverage: readonly Coverage[], pruned: readonly Pruned[] = []): Coverage[] {
  const from = new Map(pruned.map((entry) => [laneOf(entry), entry.lastAt]));
  return coverage.map((entry) => {
    const since = from.get(`${entry.cluster}/${entry.kind === 'Event' ? 'events' : 'objects'}`);
    return since === undefined || Date.parse(since) <= Date.parse(entry.from) ? entry : { ...entry, from: since };
  });
}

/**
 * The segment files that count, of a capture whose writer may have been killed while it pruned. A segment that has more bytes than the
 * manifest says was just given the keyframe of those before it in its lane; what is no longer listed and lies before the newest pruned
 * segment was about to be removed.
 */
export function withoutPruned(files: SegmentFile[], { pruned = [] }: Pick<CaptureManifest, 'pruned'>): SegmentFile[] {
  const floors = overtaken(files);
  const last = lastPruned(pruned);
  return files.filter(({ cluster, class: kind, number, sealed }) => {
    const lane = `${cluster}/${kind}`;
    return number >= (floors.get(lane) ?? 0) && (sealed !== undefined || number > (last.get(lane) ?? 0));
  });
}

/** Listed segments that a keyframe has overtaken, in a capture whose writer was killed before the manifest said so. */
export function overtakenSegments(files: readonly SegmentFile[], { segments }: Pick<CaptureManifest, 'segments'>): Segment[] {
  const floors = overtaken(files);
  return segments.filter((segment) => (parseSegmentPath(segment.file)?.number ?? 0) < (floors.get(laneOf(segment)) ?? 0));
}

function overtaken(files: readonly SegmentFile[]): Map<string, number> {
  const grown = files.filter(({ size, sealed }) => sealed !== undefined && size > sealed.bytes);
  return new Map(grown.map(({ cluster, class: kind, number }) => [`${cluster}/${kind}`, number]));
}

/** The number of the newest segment that went, by lane. */
export function lastPruned(pruned: readonly Pruned[] = []): Map<string, number> {
  return new Map(pruned.map((entry) => [laneOf(entry), parseSegmentPath(entry.file)?.number ?? 0]));
}
