import { citeField, citeSignal, idsOf, inference, namespaceFlag, observation, present, type Rule, signalsOf, step } from '../rule.ts';

/** The autoscaler wants more replicas than maxReplicas allows, for a quarter of an hour or more. */
export default {
  id: 'HPA-3',
  version: 1,
  title: 'Autoscaler is at its maximum',
  reasons: ['HpaMaxedOut'],
  maturity: 'stable',
  kinds: ['HorizontalPodAutoscaler'],
  references: ['autoscaling/v2 HorizontalPodAutoscalerCondition ScalingLimited, reason TooManyReplicas', 'KubeHpaMaxedOut'],
  falsePositives: ['minReplicas equal to maxReplicas', 'TooFewReplicas at the minimum is healthy'],
  knownGaps: ['whether more replicas would help is not known'],
  match(incident, state) {
    return signalsOf(incident, 'condition', { type: 'ScalingLimited', reason: 'TooManyReplicas' }).flatMap((signal) => {
      const hpa = state.byUid.get(signal.ref.uid);
      const { minReplicas = 1, maxReplicas } = hpa?.object.spec ?? {};
      if (hpa === undefined || minReplicas === maxReplicas) return [];
      return [
        {
          reason: 'HpaMaxedOut' as const,
          subject: signal.ref,
          confidence: 0.85,
          evidence: present(
            citeSignal(signal, 'the wanted number is above the maximum'),
            citeField(hpa, '/spec/maxReplicas', 'the maximum'),
          ),
          facts: { name: signal.ref.name, max: Number(maxReplicas) },
        },
      ];
    });
  },
  describe(claim) {
    const { name, max } = claim.facts;
    return {
      rootCause: [
        observation(`HorizontalPodAutoscaler ${name} is limited: TooManyReplicas.`, idsOf(claim, 0)),
        inference(`Its metric asks for more than maxReplicas ${max}, so the load per pod stays above the target.`, idsOf(claim)),
      ],
      steps: [
        step('Raise maxReplicas if the cluster has room, or give each replica more resources.', 'ScalingLimited becomes False.', {
          command: `kubectl patch hpa ${name}${namespaceFlag(claim.subject)} -p '{"spec":{"maxReplicas":<n>}}'`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
