import { objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** Names of containers that serve others and do not end by themselves. */
const helper =
  /proxy|agent|sidecar|envoy|linkerd|istio|fluent|vector|beat|promtail|exporter|log|ship|tail|collector|telegraf|otel|statsd|consul|vault|dapr|datadog|tunnel|metric|monitor/i;

/** The work of a pod that should end is done, but a helper container keeps running, so the pod never completes. */
export default {
  id: 'SID-1',
  version: 1,
  title: 'Helper container keeps a finished pod from completing',
  reasons: ['SidecarBlocksCompletion'],
  maturity: 'experimental',
  kinds: ['Job', 'Pod'],
  references: ['https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/', 'batch/v1 Job'],
  falsePositives: [
    'two workers in one pod, of which one takes longer: the running container is no helper by its name',
    'a helper that flushes for a moment',
  ],
  knownGaps: ['helpers are told by their names'],
  match(incident, state) {
    return signalsOf(incident, 'state', { field: 'sidecar' })
      .filter(({ active }) => active)
      .slice(0, 1)
      .map((signal) => {
        const pod = objectOf(state, signal.ref);
        const running = String(signal.detail.running);
        return {
          reason: 'SidecarBlocksCompletion' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: running.split(', ').every((name) => helper.test(name)) ? 0.7 : 0.5,
          evidence: present(citeSignal(signal, 'the work is done'), pod && citeField(pod, '/status/phase', 'the pod still runs')),
          facts: { pod: signal.ref.name, done: String(signal.detail.done), running },
        };
      });
  },
  describe(claim) {
    const { pod, done, running } = claim.facts;
    return {
      rootCause: [
        observation(`In pod ${pod} container ${done} has finished with exit code 0, while ${running} still runs.`, idsOf(claim)),
        inference('A pod completes only when all of its containers have ended, so it never does.', idsOf(claim)),
      ],
      steps: [
        step(
          `Make ${running} a native sidecar: an init container with restartPolicy Always (Kubernetes 1.29 and later).`,
          'The pod completes when its work is done.',
          {
            command: `kubectl get ${target(claim.subject)} -o yaml`,
            risk: 'medium',
          },
        ),
        step('On older clusters let the work tell the helper to quit when it is done.', 'The pod completes.', { risk: 'medium' }),
      ],
    };
  },
} satisfies Rule;
