import { citeSignal, eventsOf, idsOf, inference, observation, type Rule, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';
import { sentence } from '../wording.ts';

/** What the autoscaler says when more nodes would help and it may not add any. */
const exhausted =
  /max(?:imum)? (?:node group size|limit|cluster (?:size|cpu|memory)[^,;]*) reached|max node group size|would exceed (?:limit|nodepool limit)|exceeds? limit for nodepool|in backoff after failed scale-up|not enough (?:quota|capacity)/i;

/** A pod waits for a place, and the cluster autoscaler says that it cannot add a node for it because of its own limits. */
export default {
  id: 'CAS-1',
  version: 1,
  title: 'Cluster autoscaler cannot add a node',
  reasons: ['ClusterAutoscalerNoScaleUp'],
  maturity: 'experimental',
  kinds: ['Pod'],
  references: [
    'kubernetes/autoscaler cluster-autoscaler FAQ: NotTriggerScaleUp',
    'sigs.k8s.io/karpenter: Event FailedScheduling of source karpenter',
  ],
  falsePositives: ['a pod that no node of any group could run: its own demands are the cause, and the scheduler says which'],
  knownGaps: ['why the cloud refuses a node is in the log of the autoscaler'],
  match(incident, state) {
    return eventsOf(incident, ['NotTriggerScaleUp', 'FailedScaleUp'], exhausted).map((signal) => ({
      reason: 'ClusterAutoscalerNoScaleUp' as const,
      subject: ownerSubject(state, signal.ref),
      confidence: 0.7,
      evidence: [citeSignal(signal, 'why the autoscaler adds no node')],
      facts: { pod: signal.ref.name, message: String(signal.detail.message).slice(0, 300) },
    }));
  },
  describe(claim) {
    const { pod, message } = claim.facts;
    return {
      rootCause: [
        observation(sentence(`For pod ${pod} the cluster autoscaler says: ${message}`), idsOf(claim)),
        inference('A further node would run the pod, but the autoscaler is at a limit of its own.', idsOf(claim)),
      ],
      steps: [
        step(
          'Raise the maximum size of a node group that fits the pod, or make room on the nodes that there are.',
          'The pod is scheduled.',
          {
            command: 'kubectl get configmap cluster-autoscaler-status -n kube-system -o yaml',
            risk: 'medium',
          },
        ),
      ],
    };
  },
} satisfies Rule;
