import { hpaSignals } from '../hpa-signals.ts';
import { citeSignal, idsOf, inference, namespaceFlag, observation, type Rule, step } from '../rule.ts';

const missingRequest = /missing request for (\S+?)(?: in container (\S+?))?(?: of Pod (\S+))?(?:[\s,;.]|$)/i;

/** An autoscaler by utilization whose pods have no request to compare with. */
export default {
  id: 'HPA-1',
  version: 1,
  title: 'Autoscaler needs resource requests',
  reasons: ['HpaMissingRequests'],
  maturity: 'stable',
  kinds: ['HorizontalPodAutoscaler'],
  references: ['autoscaling/v2 ResourceMetricSource.target.averageUtilization', 'pkg/controller/podautoscaler/metrics/utilization.go'],
  falsePositives: ['an injected sidecar without requests: it is named as the container'],
  knownGaps: ['older versions do not name the container'],
  match(incident) {
    const signal = hpaSignals(incident, missingRequest)[0];
    if (signal === undefined) return [];
    const [, resource = 'cpu', container = ''] = missingRequest.exec(String(signal.detail.message)) ?? [];
    return [
      {
        reason: 'HpaMissingRequests',
        subject: signal.ref,
        confidence: 0.96,
        evidence: [citeSignal(signal, 'the autoscaler says which request is missing')],
        facts: { name: signal.ref.name, resource, container },
      },
    ];
  },
  describe(claim) {
    const { name, resource, container } = claim.facts;
    const where = container === '' ? 'a container of its target' : `container ${container} of its target`;
    return {
      rootCause: [
        observation(`HorizontalPodAutoscaler ${name} reports: missing request for ${resource}.`, idsOf(claim, 0)),
        inference(
          `It scales by ${resource} utilization, a share of the request, but ${where} has no ${resource} request, so it computes nothing and does not scale.`,
          idsOf(claim, 0),
        ),
      ],
      steps: [
        step(
          `Set a ${resource} request on every container of the target (limits are not needed).`,
          'Condition ScalingActive becomes True and a current value is shown.',
          {
            command: `kubectl set resources deployment <target>${namespaceFlag(claim.subject)} --requests=${resource}=<value>`,
            risk: 'medium',
          },
        ),
      ],
    };
  },
} satisfies Rule;
