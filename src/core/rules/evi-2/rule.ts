import type { Reason } from '../../model/taxonomy.ts';
import { findObject, objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';
import { sentence } from '../wording.ts';

const reasonOf: Record<string, Reason> = {
  DeletionByTaintManager: 'TaintEviction',
  EvictionByEvictionAPI: 'ApiEviction',
  PreemptionByScheduler: 'Preempted',
};

/** Somebody else ended the pod: a NoExecute taint, the eviction API (a drain), or a pod of higher priority. */
export default {
  id: 'EVI-2',
  version: 1,
  title: 'Pod disrupted from outside',
  reasons: ['TaintEviction', 'ApiEviction', 'Preempted', 'IntendedState'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions'],
  falsePositives: ['a planned drain: the node is cordoned, which is an intended state'],
  knownGaps: ['who asked for the eviction is not recorded', 'the preempting pod is not named'],
  match(incident, state) {
    return signalsOf(incident, 'pod.disrupted').flatMap((signal) => {
      const told = reasonOf[String(signal.detail.reason)];
      if (told === undefined) return [];
      const pod = objectOf(state, signal.ref);
      const node = findObject(state, 'Node', '', String(pod?.object.spec?.nodeName ?? ''));
      const drained = told === 'ApiEviction' && node?.object.spec?.unschedulable === true;
      return [
        {
          reason: drained ? ('IntendedState' as const) : told,
          subject: told === 'TaintEviction' && node !== undefined ? node.ref : ownerSubject(state, signal.ref),
          confidence: drained ? 0.62 : told === 'ApiEviction' ? 0.7 : 0.82,
          evidence: present(
            citeSignal(signal, 'why the pod was ended'),
            drained ? citeField(node, '/spec/unschedulable', 'the node is cordoned') : undefined,
          ),
          facts: {
            pod: signal.ref.name,
            node: node?.ref.name ?? '',
            told,
            drained: drained ? 1 : 0,
            message: String(signal.detail.message).slice(0, 200),
          },
          ...(told === 'TaintEviction' && node !== undefined ? { dependsOn: node.ref } : {}),
        },
      ];
    });
  },
  describe(claim) {
    const { pod, node, told, drained, message } = claim.facts;
    const on = node === '' ? 'its node' : `node ${node}`;
    const why: Record<string, string> = {
      TaintEviction: `A taint with effect NoExecute on ${on} removed it; the node is the cause.`,
      ApiEviction:
        drained === 1
          ? `It was evicted while ${on} is cordoned: a drain, which somebody wanted.`
          : 'Somebody or a controller evicted it through the API.',
      Preempted: 'The scheduler removed it to make room for a pod of higher priority.',
    };
    return {
      rootCause: [
        observation(sentence(`Pod ${pod} carries the condition DisruptionTarget${message === '' ? '' : `: ${message}`}`), idsOf(claim, 0)),
        inference(why[String(told)] ?? '', idsOf(claim)),
      ],
      steps: [
        told === 'Preempted'
          ? step('Review the priority classes, or add room for both.', 'The pod is scheduled again and stays.', {
              command: 'kubectl get priorityclasses',
              risk: 'none',
            })
          : step(`Look at ${on}: its taints, conditions and who changed it.`, 'The pods run elsewhere, or come back when the node does.', {
              command: `kubectl describe node ${node || '<node>'}`,
              risk: 'none',
            }),
      ],
    };
  },
} satisfies Rule;
