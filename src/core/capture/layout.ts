import type { SegmentClass } from '../model/capture.ts';

/** The manifest's file name; a directory without it is no capture. */
export const manifestFile = 'manifest.json';

/** The classes of segment files, in the order they are sealed. */
export const segmentClasses: readonly SegmentClass[] = ['objects', 'events', 'metrics', 'logs'];

/** What a cluster alias may be: it names a folder. */
export const aliasPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const segmentPattern = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\/(\d{6,9})\.(objects|events|metrics|logs)\.ndjson\.gz(\.open)?$/;

/** What the path of a segment file says, with `/` between folder and name; undefined if it is no such path. */
export function parseSegmentPath(path: string): { cluster: string; number: number; class: SegmentClass; open: boolean } | undefined {
  const [, cluster, number, segmentClass, open] = segmentPattern.exec(path) ?? [];
  if (cluster === undefined) return undefined;
  return { cluster, number: Number(number), class: segmentClass as SegmentClass, open: open !== undefined };
}

/** `c01/000001.objects.ndjson.gz`; while it is written `.open` follows. */
export function segmentPath(cluster: string, segmentClass: SegmentClass, number: number): string {
  return `${cluster}/${String(number).padStart(6, '0')}.${segmentClass}.ndjson.gz`;
}

/** The index beside a segment: `c01/000001.objects.idx.json`. */
export function indexPath(segment: string): string {
  return segment.replace(/\.ndjson\.gz(?:\.open)?$/, '.idx.json');
}

/** The class a record is kept in: Events apart from other objects, everything about the recording itself with the objects. */
export function classOf(record: { kind: string; event?: { ref: { kind: string } } }): SegmentClass {
  if (record.kind === 'log') return 'logs';
  if (record.kind === 'metrics') return 'metrics';
  return record.kind === 'resource' && record.event?.ref.kind === 'Event' ? 'events' : 'objects';
}
