import { citeSignal, idsOf, inference, observation, type Rule, signalsOf, step, target } from '../rule.ts';

/** A rollout that did not progress within its deadline. The pods of the new ReplicaSet have the reason, if it is seen. */
export default {
  id: 'DPL-1',
  version: 1,
  title: 'Rollout exceeded its progress deadline',
  reasons: ['RolloutStuck'],
  maturity: 'stable',
  kinds: ['Deployment'],
  references: ['apps/v1 DeploymentCondition Progressing, reason ProgressDeadlineExceeded'],
  falsePositives: ['a deadline shorter than the ordinary start'],
  knownGaps: ['a symptom: any mechanism that is found in the new pods outranks it'],
  match(incident) {
    return signalsOf(incident, 'condition', { type: 'Progressing', reason: 'ProgressDeadlineExceeded' }).map((signal) => ({
      reason: 'RolloutStuck' as const,
      subject: signal.ref,
      confidence: 0.72,
      evidence: [citeSignal(signal, 'the controller gave up waiting for progress')],
      facts: { name: signal.ref.name, message: String(signal.detail.message) },
    }));
  },
  describe(claim) {
    return {
      rootCause: [
        observation(`Deployment ${claim.facts.name} reports Progressing=False with reason ProgressDeadlineExceeded.`, idsOf(claim, 0)),
        inference(
          'The pods of the new revision did not become ready in time, so the rollout stands still while the old pods go on serving.',
          idsOf(claim, 0),
        ),
      ],
      steps: [
        step('Look at the pods of the new ReplicaSet: what keeps them from being Ready?', 'The blocking condition is known.', {
          command: `kubectl rollout status ${target(claim.subject)}`,
          risk: 'none',
        }),
        step('Roll back if the old revision was healthy.', 'All replicas are updated and available.', {
          command: `kubectl rollout undo ${target(claim.subject)}`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
