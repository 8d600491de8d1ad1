import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/model/event.ts';
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
});
