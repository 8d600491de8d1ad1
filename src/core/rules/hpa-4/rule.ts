import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';

/** The autoscaler's target does not exist or cannot be scaled. */
export default {
  id: 'HPA-4',
  version: 1,
  title: 'Autoscaler target not found',
  reasons: ['HpaTargetNotFound'],
  maturity: 'stable',
  kinds: ['HorizontalPodAutoscaler'],
  references: ['autoscaling/v2 condition AbleToScale, reason FailedGetScale'],
  falsePositives: ['the target is created seconds later by the same release'],
  knownGaps: ['custom resources without a scale subresource read the same'],
  match(incident, state) {
    const missing = /not found|could not find the requested resource|no matches for kind/i;
    return signalsOf(incident, 'condition', { reason: 'FailedGetScale' })
      .filter(({ detail }) => missing.test(String(detail.message)))
      .slice(0, 1)
      .map((signal) => {
        const hpa = state.byUid.get(signal.ref.uid);
        const reference = hpa?.object.spec?.scaleTargetRef ?? {};
        return {
          reason: 'HpaTargetNotFound' as const,
          subject: signal.ref,
          confidence: 0.95,
          evidence: present(
            citeSignal(signal, 'the API does not find the target'),
            hpa && citeField(hpa, '/spec/scaleTargetRef', 'what the autoscaler refers to'),
          ),
          facts: { name: signal.ref.name, kind: String(reference.kind ?? 'target'), targetName: String(reference.name ?? '') },
        };
      });
  },
  describe(claim) {
    const { name, kind, targetName } = claim.facts;
    return {
      rootCause: [
        observation(`HorizontalPodAutoscaler ${name} cannot read the scale of ${kind} ${targetName}: it is not found.`, idsOf(claim)),
        inference('It refers to an object that does not exist, so it scales nothing.', idsOf(claim)),
      ],
      steps: [
        step('Correct scaleTargetRef, or create the target.', 'Condition AbleToScale becomes True.', {
          command: `kubectl edit ${target(claim.subject)}`,
        }),
      ],
    };
  },
} satisfies Rule;
