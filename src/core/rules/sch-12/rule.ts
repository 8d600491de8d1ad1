import type { Reason } from '../../model/taxonomy.ts';
import { objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';
import { sentence } from '../wording.ts';

/** `status.reason` of a pod that the kubelet did not admit (pkg/kubelet/lifecycle/predicate.go, handlers.go). */
const rejections: Record<string, Reason> = {
  OutOfcpu: 'InsufficientCpu',
  OutOfmemory: 'InsufficientMemory',
  OutOfpods: 'TooManyPods',
  NodeAffinity: 'NodeAffinityMismatch',
  NodePorts: 'HostPortConflict',
  NodeName: 'NoNodesMatchName',
};

/** The kubelet did not admit the pod: it was bound to a node that cannot take it. */
export default {
  id: 'SCH-12',
  version: 1,
  title: 'Pod rejected by the kubelet of its node',
  reasons: [
    'InsufficientCpu',
    'InsufficientMemory',
    'TooManyPods',
    'InsufficientExtendedResource',
    'NodeAffinityMismatch',
    'HostPortConflict',
    'NoNodesMatchName',
  ],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/kubelet/lifecycle/predicate.go'],
  falsePositives: ['a race right after a kubelet restart: the controller makes a new pod'],
  knownGaps: ['rejections by device and topology managers are only quoted by other rules'],
  match(incident, state) {
    return signalsOf(incident, 'pod.failed').flatMap((signal) => {
      const told = String(signal.detail.reason);
      const reason = rejections[told] ?? (told.startsWith('OutOf') ? 'InsufficientExtendedResource' : undefined);
      if (reason === undefined) return [];
      const pod = objectOf(state, signal.ref);
      return [
        {
          reason,
          subject: ownerSubject(state, signal.ref),
          confidence: 0.92,
          evidence: present(
            citeSignal(signal, 'the kubelet did not admit the pod'),
            pod && citeField(pod, '/status/message', 'why'),
            pod && citeField(pod, '/spec/nodeName', 'the node it was bound to'),
          ),
          facts: {
            pod: signal.ref.name,
            told,
            message: String(signal.detail.message).slice(0, 300),
            node: String(pod?.object.spec?.nodeName ?? ''),
          },
        },
      ];
    });
  },
  describe(claim) {
    const { pod, told, message, node } = claim.facts;
    return {
      rootCause: [
        observation(`Pod ${pod} failed with reason ${told}: ${sentence(message)}`, idsOf(claim, 0)),
        inference(
          `${node === '' ? 'Its node' : `Node ${node}`} cannot take it. The scheduler would not have chosen it: the pod names its node, or the node has changed since.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step('Remove nodeName from the pod template, so that the scheduler looks for a node that fits.', 'The pod runs.', {
          command: `kubectl edit ${target(claim.subject)}`,
          risk: 'medium',
        }),
        step('Or make room on the node.', 'The kubelet admits the pod.', {
          command: `kubectl describe node ${node || '<node>'}`,
          risk: 'none',
        }),
      ],
    };
  },
} satisfies Rule;
