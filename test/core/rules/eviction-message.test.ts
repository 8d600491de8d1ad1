import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEviction } from '../../../src/core/rules/eviction-message.ts';

describe('the message of an eviction', () => {
  it.each([
    [
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 88056Ki. Container app was using 1211360Ki, request is 128Mi, has larger consumption of memory. ',
      {
        kind: 'node low',
        resource: 'memory',
        threshold: '100Mi',
        available: '88056Ki',
        container: 'app',
        used: '1211360Ki',
        request: '128Mi',
      },
    ],
    [
      'The node was low on resource: ephemeral-storage. Container app was using 5312Mi, which exceeds its request of 0. ',
      { kind: 'node low', resource: 'ephemeral-storage', threshold: '', available: '', container: 'app', used: '5312Mi', request: '0' },
    ],
    [
      'The node was low on resource: [DiskPressure]. ',
      { kind: 'node low', resource: 'DiskPressure', threshold: '', available: '', container: '', used: '', request: '' },
    ],
    ['Pod was rejected: The node had condition: [MemoryPressure]. ', { kind: 'node condition', condition: 'MemoryPressure' }],
    ['Usage of EmptyDir volume "scratch" exceeds the limit "32Mi". ', { kind: 'emptyDir limit', volume: 'scratch', limit: '32Mi' }],
    ['Container app exceeded its local ephemeral storage limit "1Gi". ', { kind: 'container limit', container: 'app', limit: '1Gi' }],
    ['Pod ephemeral local storage usage exceeds the total limit of containers 2Gi. ', { kind: 'pod limit', limit: '2Gi' }],
  ])('is understood: %s', (message, expected) => {
    expect(parseEviction(message)).toEqual(expected);
  });

  it('is not seen in what else ends a pod', () => {
    expect(parseEviction('Pod was terminated in response to imminent node shutdown.')).toBeUndefined();
    expect(parseEviction('Taint manager: deleting due to NoExecute taint')).toBeUndefined();
  });

  it('keeps any names and amounts of an emptyDir volume', () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
    fc.assert(
      fc.property(word, word, (volume, limit) => {
        expect(parseEviction(`Usage of EmptyDir volume "${volume}" exceeds the limit "${limit}".`)).toEqual({
          kind: 'emptyDir limit',
          volume,
          limit,
        });
      }),
    );
  });
});
