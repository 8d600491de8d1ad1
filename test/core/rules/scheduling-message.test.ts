import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSchedulingMessage } from '../../../src/core/rules/scheduling-message.ts';

const kinds = (message: string) => parseSchedulingMessage(message)?.obstacles.map(({ kind, count }) => `${count} ${kind}`);

describe('the FailedScheduling message', () => {
  it('keeps the counts per reason and cuts the remark on preemption off', () => {
    const message =
      '0/5 nodes are available: 2 Insufficient cpu, 3 Insufficient nvidia.com/gpu. preemption: 0/5 nodes are available: 5 No preemption victims found for incoming pod.';
    expect(parseSchedulingMessage(message)).toEqual({
      available: 0,
      total: 5,
      obstacles: [
        { kind: 'insufficient', count: 2, text: 'Insufficient cpu', resource: 'cpu' },
        { kind: 'insufficient', count: 3, text: 'Insufficient nvidia.com/gpu', resource: 'nvidia.com/gpu' },
      ],
      preemption: '0/5 nodes are available: 5 No preemption victims found for incoming pod.',
    });
  });

  it.each([
    [
      '1.36',
      "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
      ['1 selector', '1 taint'],
    ],
    ['1.36 volumes', '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found', ['2 claimUnbound']],
    [
      '1.28',
      "0/4 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }, 3 node(s) didn't match pod anti-affinity rules. preemption: not eligible due to preemptionPolicy=Never..",
      ['1 taint', '3 podAntiAffinity'],
    ],
    [
      '1.22',
      "0/2 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate.",
      ['1 hostPort', '1 taint'],
    ],
    [
      '1.18',
      "0/6 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match node selector, 3 Insufficient memory.",
      ['1 unschedulable', '2 selector', '3 insufficient'],
    ],
    ['repeated', '(combined from similar events): 0/3 nodes are available: 3 Too many pods.', ['3 tooManyPods']],
    [
      'claims',
      '0/3 nodes are available: persistentvolumeclaim "data-0" not found. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
      ['3 claimNotFound'],
    ],
    ['claims without nodes', 'persistentvolumeclaim "data-0" not found', ['0 claimNotFound']],
    [
      'lost volume',
      '0/1 nodes are available: 1 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s).',
      ['1 volumeLost'],
    ],
    [
      'affinity',
      "0/3 nodes are available: 1 node(s) didn't match pod affinity rules, 1 node(s) didn't satisfy existing pods anti-affinity rules, 1 node(s) didn't match pod topology spread constraints (missing required label).",
      ['1 podAffinity', '1 podAntiAffinity', '1 topologySpread'],
    ],
    [
      'volumes',
      "0/4 nodes are available: 1 node(s) had volume node affinity conflict, 1 node(s) exceed max volume count, 1 node(s) had no available volume zone, 1 node(s) didn't find available persistent volumes to bind.",
      ['1 volumeNodeAffinity', '1 volumeLimit', '1 volumeNodeAffinity', '1 volumeBinding'],
    ],
    ['node name', "0/2 nodes are available: 2 node(s) didn't match the requested node name.", ['2 nodeName']],
    [
      'autoscaler',
      "pod didn't trigger scale-up: 1 Insufficient cpu, 2 node(s) didn't match Pod's node affinity/selector",
      ['1 insufficient', '2 selector'],
    ],
    [
      'old autoscaler',
      "pod didn't trigger scale-up (it wouldn't fit if a new node is added): 1 node(s) had taint {dedicated: ml}, that the pod didn't tolerate",
      ['1 taint'],
    ],
    ['empty cluster', 'no nodes available to schedule pods', ['0 noNodes']],
  ])('is understood in the wording of %s', (_, message, expected) => {
    expect(kinds(message)).toEqual(expected);
  });

  it('reads key and value of a taint, with commas and stops inside the braces', () => {
    const parsed = parseSchedulingMessage(
      '0/3 nodes are available: 2 node(s) had untolerated taint {pool.acme.io/kind: a. b, 2 c}, 1 Insufficient cpu.',
    );
    expect(parsed?.obstacles.map(({ taint, count }) => [count, taint])).toEqual([
      [2, { key: 'pool.acme.io/kind', value: 'a. b, 2 c' }],
      [1, undefined],
    ]);
  });

  it('is not seen in other texts', () => {
    expect(parseSchedulingMessage('Scheduling is blocked due to non-empty scheduling gates')).toBeUndefined();
    expect(parseSchedulingMessage('')).toBeUndefined();
  });

  it('never fails, and counts no node that the text does not count', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 99 }), fc.stringMatching(/^[a-z()' ]{1,30}$/)), { minLength: 1, maxLength: 6 }),
        (items) => {
          const list = items.map(([count, text]) => `${count} x${text.trim()}`).join(', ');
          const parsed = parseSchedulingMessage(`0/99 nodes are available: ${list}.`);
          expect(parsed?.obstacles.map(({ count }) => count)).toEqual(items.map(([count]) => count));
        },
      ),
    );
    fc.assert(fc.property(fc.string(), (text) => parseSchedulingMessage(text)?.obstacles.length !== 0));
  });
});
