import { citeFresh, freshLine } from '../container-log.ts';
import { citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, signalsOf, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

const failed = /^readiness probe (failed|errored)/i;

/** A pod that runs but whose readiness probe keeps failing, and no rule that knows why. */
export default {
  id: 'RDY-1',
  version: 1,
  title: 'Readiness probe keeps failing',
  reasons: ['ReadinessFailing'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 Probe', 'kubelet Event Unhealthy'],
  falsePositives: ['the grace of a start', 'pods that are being deleted'],
  knownGaps: ['says what the probe said; a mechanism behind it outranks it'],
  match(incident, state) {
    const notReady = signalsOf(incident, 'pod.notReady').filter(({ active }) => active || incident.status !== 'ongoing');
    return notReady.flatMap((signal) => {
      const probe = eventsOf(incident, ['Unhealthy', 'ProbeError'], failed)
        .filter((event) => event.ref.uid === signal.ref.uid && event.count >= 3)
        .at(-1);
      if (probe === undefined) return [];
      const news = freshLine(incident.logs.filter(({ line }) => line.pod === signal.ref.name && line.namespace === signal.ref.namespace));
      return [
        {
          reason: 'ReadinessFailing' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: 0.68,
          evidence: present(
            citeSignal(probe, 'what the readiness probe says'),
            citeSignal(signal, 'the pod runs but is not Ready'),
            news && citeFresh(signal, news),
          ),
          facts: {
            pod: signal.ref.name,
            message: String(probe.value).slice(0, 200),
            namespace: signal.ref.namespace,
            news: news?.line.message.trim().slice(0, 200) ?? '',
          },
        },
      ];
    });
  },
  describe(claim) {
    const { pod, message, namespace, news } = claim.facts;
    return {
      rootCause: [
        observation(`The kubelet reports for pod ${pod}: ${message}`, idsOf(claim, 0)),
        inference('The container runs, but its readiness probe does not pass, so the pod gets no traffic.', idsOf(claim, 0, 1)),
        ...(news === '' ? [] : [observation(`New in its log is "${news}".`, idsOf(claim, 2))]),
      ],
      steps: [
        step('Ask the probed endpoint from inside the pod and read the log at that time.', 'You see what the application is waiting for.', {
          command: `kubectl logs ${pod} -n ${namespace}`,
          risk: 'none',
        }),
        step('Correct the dependency, the probe’s path and port, or its timing.', 'The pod becomes Ready.', { risk: 'medium' }),
      ],
    };
  },
} satisfies Rule;
