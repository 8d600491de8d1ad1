import { heldPod } from '../budget.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';

/** A node is cordoned, pods of the budget still run there, and the budget lets none of them go: the drain cannot end. */
export default {
  id: 'PDB-2',
  version: 1,
  title: 'Drain blocked by a disruption budget',
  reasons: ['PdbBlocked'],
  maturity: 'stable',
  kinds: ['PodDisruptionBudget'],
  references: [
    'policy/v1 PodDisruptionBudgetStatus.disruptionsAllowed',
    'https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/',
  ],
  falsePositives: ['a node that was cordoned without the wish to empty it'],
  knownGaps: ['refused evictions (429) are seen only in an audit log'],
  match(incident, state) {
    return signalsOf(incident, 'state', { field: 'disruptionsAllowed' }).flatMap((signal) => {
      const budget = state.byUid.get(signal.ref.uid);
      const held = budget === undefined ? undefined : heldPod(state, budget);
      if (budget === undefined || held === undefined) return [];
      return [
        {
          reason: 'PdbBlocked' as const,
          subject: signal.ref,
          confidence: 0.85,
          evidence: present(
            citeSignal(signal, 'no disruption is allowed'),
            citeField(budget, '/status/desiredHealthy', 'so many pods must be healthy'),
            citeField(held.node, '/spec/unschedulable', 'the node is cordoned'),
            citeField(held.pod, '/spec/nodeName', 'a pod of the budget that is still there'),
          ),
          facts: {
            name: signal.ref.name,
            desired: Number(signal.detail.desired),
            expected: Number(signal.detail.expected),
            node: held.node.ref.name,
            pod: held.pod.ref.name,
          },
        },
      ];
    });
  },
  describe(claim) {
    const { name, desired, expected, node, pod } = claim.facts;
    return {
      rootCause: [
        observation(
          `Node ${node} is cordoned, and pod ${pod} still runs there; PodDisruptionBudget ${name} wants ${desired} healthy pods of ${expected} and allows 0 disruptions.`,
          idsOf(claim),
        ),
        inference('Every eviction is refused, so the node cannot be emptied.', idsOf(claim)),
      ],
      steps: [
        step(
          'Leave room for one disruption: one more replica, a lower minAvailable, or maxUnavailable: 1.',
          'status.disruptionsAllowed is at least 1.',
          {
            command: `kubectl edit ${target(claim.subject)}`,
          },
        ),
        step(`Drain node ${node} again.`, 'Its pods run elsewhere.', {
          command: `kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
