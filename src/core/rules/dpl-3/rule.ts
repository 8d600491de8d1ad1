import { citeSignal, idsOf, inference, observation, type Rule, signalsOf, step, target } from '../rule.ts';

/** A paused Deployment whose template has changed since: the new revision is not rolled out. */
export default {
  id: 'DPL-3',
  version: 1,
  title: 'Rollout is paused',
  reasons: ['RolloutPaused'],
  maturity: 'stable',
  kinds: ['Deployment'],
  references: ['apps/v1 DeploymentSpec.paused'],
  falsePositives: ['a pause during a canary is meant to be so'],
  knownGaps: ['who paused it is not known'],
  match(incident) {
    return signalsOf(incident, 'state', { field: 'paused' }).map((signal) => ({
      reason: 'RolloutPaused' as const,
      subject: signal.ref,
      confidence: 0.85,
      evidence: [citeSignal(signal, 'the Deployment is paused while its newest template is not rolled out')],
      facts: { name: signal.ref.name },
    }));
  },
  describe(claim) {
    return {
      rootCause: [
        observation(`Deployment ${claim.facts.name} has spec.paused: true.`, idsOf(claim, 0)),
        inference(
          'Its template has changed, but a paused Deployment does not roll out, so the old revision keeps running.',
          idsOf(claim, 0),
        ),
      ],
      steps: [
        step('Resume the rollout when the pause is no longer wanted.', 'All replicas are updated.', {
          command: `kubectl rollout resume ${target(claim.subject)}`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
