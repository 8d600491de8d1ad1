import { describe, expect, it } from 'vitest';
import { podNames } from '../../../../src/core/cluster/metrics/names.ts';
import type { RecordDraft } from '../../../../src/core/model/capture.ts';

const ms = (time: string) => Date.parse(`2026-01-31T${time}Z`);

function draft(kind: string, name: string, uid: string, created: string, type: 'ADDED' | 'DELETED' = 'ADDED', seen = created): RecordDraft {
  const namespace = kind === 'Node' ? '' : 'shop';
  const object = { kind, metadata: { name, namespace, uid, creationTimestamp: `2026-01-31T${created}Z` } };
  const event = { type, ref: { kind, namespace, name, uid }, resourceVersion: '1', object };
  return { at: `2026-01-31T${seen}Z`, atSource: 'received', cluster: 'c01', stream: 'c01/pods', kind: 'resource', event };
}

describe('a name', () => {
  it('belongs to the newest object that had been created by then', () => {
    const names = podNames();
    // A relist may tell of the younger one first.
    names.observe(draft('Pod', 'db-0', 'second', '12:10:00'));
    names.observe(draft('Pod', 'db-0', 'first', '12:00:00', 'DELETED', '12:10:01'));
    names.observe(draft('Pod', 'db-0', 'second', '12:10:00'));
    expect(names.uidOf('Pod', 'shop', 'db-0', ms('12:09:59'))).toBe('first');
    expect(names.uidOf('Pod', 'shop', 'db-0', ms('12:10:00'))).toBe('second');
  });

  it('belongs to nobody before the first was created, in another namespace, or of another kind', () => {
    const names = podNames();
    names.observe(draft('Pod', 'db-0', 'first', '12:00:00'));
    expect(names.uidOf('Pod', 'shop', 'db-0', ms('11:59:59'))).toBe('');
    expect(names.uidOf('Pod', 'other', 'db-0', ms('12:00:00'))).toBe('');
    expect(names.uidOf('Node', 'shop', 'db-0', ms('12:00:00'))).toBe('');
    expect(names.uidOf('Pod', 'shop', 'db-0', Number.NaN)).toBe('');
  });

  it('is kept for ten minutes after its object was deleted', () => {
    const names = podNames();
    names.observe(draft('Pod', 'a', 'uid-a', '12:00:00'));
    names.observe(draft('Pod', 'a', 'uid-a', '12:00:00', 'DELETED', '12:05:00'));
    names.observe(draft('Pod', 'b', 'uid-b', '12:15:00'));
    expect(names.uidOf('Pod', 'shop', 'a', ms('12:05:00'))).toBe('uid-a');
    names.observe(draft('Pod', 'c', 'uid-c', '12:15:01'));
    expect(names.uidOf('Pod', 'shop', 'a', ms('12:05:00'))).toBe('');
  });

  it('of a node is listed while the node is there', () => {
    const names = podNames();
    names.observe(draft('Node', 'n1', 'uid-1', '12:00:00'));
    names.observe(draft('Node', 'n2', 'uid-2', '12:00:00'));
    names.observe(draft('Pod', 'n1', 'uid-pod', '12:00:00'));
    names.observe(draft('Node', 'n2', 'uid-3', '12:01:00'));
    names.observe(draft('Node', 'n2', 'uid-2', '12:00:00', 'DELETED', '12:01:01'));
    expect(names.nodes()).toEqual(['n1', 'n2']);
    names.observe(draft('Node', 'n1', 'uid-1', '12:00:00', 'DELETED', '12:02:00'));
    expect(names.nodes()).toEqual(['n2']);
  });
});
