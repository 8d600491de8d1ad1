import { describe, expect, it } from 'vitest';
import { captureContentId } from '../../../src/core/capture/id.ts';
import { labelerNamespace, uuid5 } from '../../../src/core/model/uuid.ts';

const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

describe('name-based ids', () => {
  it('are those of RFC 9562', () => {
    expect(uuid5('www.example.com', dns)).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
    expect(uuid5('k8s-labeler', dns)).toBe(labelerNamespace);
  });

  it('refuse a namespace that is no UUID', () => {
    expect(() => uuid5('x', 'nope')).toThrow('not a UUID: nope');
  });

  it('of a capture do not depend on the order of clusters and classes', () => {
    const clusters = [
      { alias: 'c01', name: 'a' },
      { alias: 'c02', name: 'b' },
    ];
    const digests = [
      { cluster: 'c01', class: 'logs', sha256: 'aa' },
      { cluster: 'c02', class: 'objects', sha256: 'bb' },
    ] as const;
    expect(captureContentId(clusters.toReversed(), digests.toReversed())).toBe(captureContentId(clusters, [...digests]));
    expect(captureContentId(clusters, digests.slice(1))).not.toBe(captureContentId(clusters, [...digests]));
  });
});
