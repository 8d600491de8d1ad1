import { heldPod } from '../budget.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';

/** A PodDisruptionBudget that never allows an eviction, with all pods healthy: it asks for exactly that. */
export default {
  id: 'PDB-1',
  version: 1,
  title: 'Disruption budget allows no eviction',
  reasons: ['IntendedState'],
  maturity: 'stable',
  kinds: ['PodDisruptionBudget'],
  references: ['policy/v1 PodDisruptionBudgetStatus.disruptionsAllowed'],
  falsePositives: ['a drain that waits for it makes it a fault (PDB-2)'],
  knownGaps: ['refused evictions (429) are seen only in an audit log'],
  match(incident, state) {
    return signalsOf(incident, 'state', { field: 'disruptionsAllowed' }).flatMap((signal) => {
      const budget = state.byUid.get(signal.ref.uid);
      if (budget !== undefined && heldPod(state, budget) !== undefined) return [];
      return {
        reason: 'IntendedState' as const,
        subject: signal.ref,
        confidence: 0.8,
        evidence: present(
          citeSignal(signal, 'no disruption is allowed'),
          budget && citeField(budget, '/status/desiredHealthy', 'so many pods must be healthy'),
          budget && citeField(budget, '/status/expectedPods', 'so many pods there are'),
        ),
        facts: { name: signal.ref.name, desired: Number(signal.detail.desired), expected: Number(signal.detail.expected) },
      };
    });
  },
  describe(claim) {
    const { name, desired, expected } = claim.facts;
    return {
      rootCause: [
        observation(`PodDisruptionBudget ${name} wants ${desired} healthy pods of ${expected} and allows 0 disruptions.`, idsOf(claim)),
        inference(
          'All its pods are healthy; the budget leaves no room, so every eviction (a node drain, an autoscaler) is refused.',
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          'Leave room for one disruption: lower minAvailable, use maxUnavailable: 1, or run one more replica.',
          'status.disruptionsAllowed is at least 1.',
          {
            command: `kubectl edit ${target(claim.subject)}`,
          },
        ),
      ],
    };
  },
} satisfies Rule;
