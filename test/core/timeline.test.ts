import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/model/event.ts';
import type { LabelEvidence } from '../../src/core/model/label.ts';
import { timelineOf } from '../../src/core/timeline.ts';
import { troubleshootingLabel } from './label-arbitrary.ts';

const cart = { kind: 'Deployment', namespace: 'shop', name: 'cart-1', uid: '' };
const node = { kind: 'Node', namespace: '', name: 'node-1', uid: '' };
const taint = (key: string) => ({ key, effect: 'NoSchedule', timeAdded: '2026-03-01T09:00:00Z' });

async function textsOf(changes: Change[], resource = cart): Promise<string[]> {
  const { context } = troubleshootingLabel();
  const label = troubleshootingLabel(1, { resource, evidence: [], context: { ...context, changes } });
  return (await timelineOf(label, [])).map(({ text }) => text);
}

function change(ref: Change['ref'], second: number, ...fields: Change['fields']): Change {
  return { ref, type: 'modified', seq: second, at: new Date(Date.UTC(2026, 2, 1, 10, 0, second)).toISOString(), fields };
}

describe('the changes in a timeline', () => {
  it('are those of objects that belong to the incident', async () => {
    const scaled = change(cart, 1, { path: '/spec/replicas', before: 1, after: 0 });
    const cordoned = change(node, 2, { path: '/spec/unschedulable', before: null, after: true });
    expect(await textsOf([scaled, cordoned])).toEqual(['was modified: /spec/replicas 1 → 0']);
    expect(await textsOf([scaled, cordoned], node)).toEqual(['was modified: /spec/unschedulable unset → true']);
  });

  it('of others are there when they are cited', async () => {
    const { context, evidence } = troubleshootingLabel();
    const cordoned = change(node, 2, { path: '/spec/unschedulable', before: null, after: true });
    const cited = evidence.map((item) => ({ ...item, seq: cordoned.seq, type: 'change' as const }));
    const label = troubleshootingLabel(1, { evidence: cited, context: { ...context, changes: [cordoned] } });
    expect(await timelineOf(label, [])).toMatchObject([{ text: 'was modified: /spec/unschedulable unset → true', evidence: cited }]);
  });

  it('say of a list what came and went', async () => {
    const path = '/spec/taints';
    expect(await textsOf([change(node, 1, { path, before: [taint('a')], after: [taint('b'), taint('a')] })], node)).toEqual([
      'was modified: /spec/taints + b:NoSchedule',
    ]);
    expect(await textsOf([change(node, 1, { path, before: [{ ...taint('a'), value: 'gpu' }], after: null })], node)).toEqual([
      'was modified: /spec/taints − a=gpu:NoSchedule',
    ]);
    expect(await textsOf([change(cart, 1, { path: '/spec/args', before: ['-a', '-b'], after: ['-b', '-a'] })])).toEqual([
      'was modified: /spec/args in another order',
    ]);
    expect(await textsOf([change(cart, 1, { path: '/spec/ports', before: [{ port: 80 }], after: null })])).toEqual([
      'was modified: /spec/ports [{"port":80}] → unset',
    ]);
  });

  it('of one object within two seconds are one moment', async () => {
    const cordon = change(node, 1, { path: '/spec/unschedulable', before: null, after: true });
    const tainted = change(node, 3, { path: '/spec/taints', before: null, after: [taint('unschedulable')] });
    const later = change(node, 9, { path: '/spec/taints', before: [taint('unschedulable')], after: null });
    expect(await textsOf([cordon, tainted, later], node)).toEqual([
      'was modified: /spec/unschedulable unset → true, then /spec/taints + unschedulable:NoSchedule',
      'was modified: /spec/taints − unschedulable:NoSchedule',
    ]);
  });

  it('name who made them, with the citation of the audit entry', async () => {
    const scaled = change(cart, 1, { path: '/spec/replicas', before: 1, after: 0 });
    const by = { seq: 0, at: scaled.at, user: 'alice', verb: 'patch', userAgent: 'kubectl/v1.36.2 (linux/amd64)', ref: cart, auditID: 'a' };
    expect(await textsOf([{ ...scaled, by }])).toEqual(['was modified by alice (patch, kubectl): /spec/replicas 1 → 0']);
    expect(await textsOf([{ ...scaled, by: { ...by, impersonatedUser: 'deployer', userAgent: undefined } }])).toEqual([
      'was modified by alice as deployer (patch): /spec/replicas 1 → 0',
    ]);
    expect(await textsOf([{ ...scaled, type: 'deleted', fields: [], by: { ...by, verb: 'delete' } }])).toEqual([
      'was deleted by alice (delete, kubectl)',
    ]);
    const [item] = troubleshootingLabel().evidence;
    const entry = { ...(item as LabelEvidence), seq: by.seq, pointer: '/audit', type: 'change' as const };
    const other = { ...entry, id: 'e9', pointer: '/message' };
    const { context } = troubleshootingLabel();
    const label = troubleshootingLabel(1, {
      resource: cart,
      evidence: [entry, other],
      context: { ...context, changes: [{ ...scaled, by }] },
    });
    const timeline = await timelineOf(label, []);
    expect(timeline.find(({ text }) => text.startsWith('was modified'))?.evidence).toEqual([entry]);
  });

  it('of which only the request is known are told as that', async () => {
    const asked = {
      ...change(cart, 1),
      by: { seq: 1, at: change(cart, 1).at, user: 'al\u001bice', verb: 'update', ref: cart, auditID: '' },
    };
    expect(await textsOf([asked])).toEqual(['got an update from al\\x1bice, what it changed is not recorded']);
  });
});
