import { hpaSignals } from '../hpa-signals.ts';
import { citeSignal, idsOf, inference, observation, type Rule, step } from '../rule.ts';

const unavailable =
  /(unable to (?:fetch|get) metrics|no metrics returned|did not receive metrics|metrics API|no metrics known for|could not find the requested resource \(get (?:services http:heapster|pods\.metrics)|unable to get metric)/i;
const requests = /missing request for/i;

/** The autoscaler gets no metrics at all: the metrics API does not answer for its pods. */
export default {
  id: 'HPA-2',
  version: 1,
  title: 'Autoscaler gets no metrics',
  reasons: ['HpaMetricsUnavailable'],
  maturity: 'stable',
  kinds: ['HorizontalPodAutoscaler'],
  references: ['metrics.k8s.io', 'pkg/controller/podautoscaler/metrics/client.go'],
  falsePositives: ['the first minutes of new pods', 'pods that are not ready'],
  knownGaps: ['does not tell a missing metrics-server from a broken one'],
  match(incident) {
    const signal = hpaSignals(incident, unavailable)[0];
    if (signal === undefined || hpaSignals(incident, requests).length > 0) return [];
    return [
      {
        reason: 'HpaMetricsUnavailable',
        subject: signal.ref,
        confidence: 0.9,
        evidence: [citeSignal(signal, 'what the autoscaler got from the metrics API')],
        facts: { name: signal.ref.name, message: String(signal.detail.message).slice(0, 200) },
        needs: ['the APIService v1beta1.metrics.k8s.io'],
      },
    ];
  },
  describe(claim) {
    const { name, message } = claim.facts;
    return {
      rootCause: [
        observation(`HorizontalPodAutoscaler ${name} reports: ${message}`, idsOf(claim, 0)),
        inference('The metrics API returns nothing for its pods, so it cannot compute a desired number of replicas.', idsOf(claim, 0)),
      ],
      steps: [
        step('Check that the metrics API is registered and available.', 'AVAILABLE is True.', {
          command: 'kubectl get apiservice v1beta1.metrics.k8s.io',
          risk: 'none',
        }),
        step('Repair or install metrics-server (or the adapter of the custom metric).', 'Usage is shown for the pods.', {
          command: 'kubectl top pods',
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
