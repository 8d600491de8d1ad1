import { citeSignal, eventsOf, idsOf, inference, observation, type Rule, signalsOf, step } from '../rule.ts';
import { sentence } from '../wording.ts';

const events = [
  'SpotInterruption',
  'SpotInterrupted',
  'PreemptScheduled',
  'TerminatingOnInterruption',
  'TerminateScheduled',
  'NodePreempted',
  'PreemptionNotice',
];

/** The cloud takes the node back: a spot or preemptible instance. */
export default {
  id: 'NOD-6',
  version: 1,
  title: 'Node is reclaimed by the cloud',
  reasons: ['SpotReclaim'],
  maturity: 'experimental',
  kinds: ['Node'],
  references: [
    'https://github.com/aws/aws-node-termination-handler (taint aws-node-termination-handler/spot-itn)',
    'https://karpenter.sh/docs/concepts/disruption/#interruption',
    'https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms',
  ],
  falsePositives: ['a rebalance recommendation after which the instance stays'],
  knownGaps: ['clouds whose handlers are not installed tell nothing: the node is then NotReady or gone'],
  match(incident) {
    const told = eventsOf(incident, events).filter(({ ref }) => ref.kind === 'Node' || ref.kind === 'NodeClaim' || ref.kind === 'Machine');
    return [...told, ...signalsOf(incident, 'state', { field: 'reclaim' })].slice(0, 1).map((signal) => ({
      reason: 'SpotReclaim' as const,
      subject: signal.ref,
      confidence: 0.7,
      evidence: [citeSignal(signal, 'the termination handler says so')],
      facts: { node: signal.ref.name, said: String(signal.detail.message ?? '') || `taint ${signal.detail.taint}` },
    }));
  },
  describe(claim) {
    const { node, said } = claim.facts;
    return {
      rootCause: [
        observation(sentence(`Node ${node} is announced to go: ${said}`), idsOf(claim, 0)),
        inference('The cloud takes the machine back, so its pods are moved or lost.', idsOf(claim, 0)),
      ],
      steps: [
        step('See that the pods of the node run elsewhere.', 'No pod is Pending.', {
          command: `kubectl get pods -A -o wide --field-selector spec.nodeName=${node}`,
          risk: 'none',
        }),
        step(
          'Spread replicas over several nodes and instance types, with a PodDisruptionBudget, and keep what cannot move off spot nodes.',
          'The next reclaim takes no service down.',
          { risk: 'medium' },
        ),
      ],
    };
  },
} satisfies Rule;
