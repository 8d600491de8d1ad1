import { createHash, type Hash } from 'node:crypto';
import type { ClusterInfo, SegmentClass } from '../model/capture.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';

/** Id of a capture that is still open and whose id will be that of its content. */
export const unknownId = '00000000-0000-0000-0000-000000000000';

/** SHA-256 (hex) over all uncompressed lines of one cluster and class. */
export type ContentDigest = { cluster: string; class: SegmentClass; sha256: string };

/**
 * The id of an imported capture: UUIDv5 of its clusters' names and its records, however they are split into members and segments.
 * The same files imported twice under the same cluster name give the same id.
 */
export function captureContentId(clusters: Pick<ClusterInfo, 'alias' | 'name'>[], digests: ContentDigest[]): string {
  const names = clusters.map(({ alias, name }) => `cluster ${alias} ${JSON.stringify(name)}`).sort();
  const contents = digests.map((digest) => `content ${digest.cluster}/${digest.class} ${digest.sha256}`).sort();
  return uuid5([...names, ...contents].join('\n'), labelerNamespace);
}

/** Collects the digests that `captureContentId` takes while lines are written. */
export function createContentDigests(): {
  add(cluster: string, segmentClass: SegmentClass, bytes: Uint8Array): void;
  digests(): ContentDigest[];
} {
  const hashes = new Map<string, { cluster: string; class: SegmentClass; hash: Hash }>();
  return {
    add(cluster, segmentClass, bytes) {
      const key = `${cluster}/${segmentClass}`;
      let entry = hashes.get(key);
      if (entry === undefined) {
        entry = { cluster, class: segmentClass, hash: createHash('sha256') };
        hashes.set(key, entry);
      }
      entry.hash.update(bytes);
    },
    digests: () =>
      [...hashes.values()].map((entry) => ({ cluster: entry.cluster, class: entry.class, sha256: entry.hash.copy().digest('hex') })),
  };
}
