import { objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

const shutdown = /node shutdown|imminent|shutting down|Node is shutting/i;

/** The kubelet ended the pod in an orderly way because its node shuts down; exit codes 137 and 143 are then no crashes. */
export default {
  id: 'TERM-1',
  version: 1,
  title: 'Pod ended by an orderly node shutdown',
  reasons: ['IntendedState'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/',
    'pkg/kubelet/nodeshutdown: pod reason Terminated (before 1.22 NodeShutdown)',
  ],
  falsePositives: ['an eviction for node pressure carries the same condition TerminationByKubelet (EVI-1)'],
  knownGaps: [
    'who shut the node down is not recorded',
    'pods that are being deleted give no signals at all, so rollouts and scale-downs need no rule',
  ],
  match(incident, state) {
    const evicted = signalsOf(incident, 'pod.failed', { reason: 'Evicted' }).map(({ ref }) => ref.name);
    const signals = [...signalsOf(incident, 'pod.failed'), ...signalsOf(incident, 'pod.disrupted', { reason: 'TerminationByKubelet' })];
    return signals
      .filter(
        ({ ref, detail }) => !evicted.includes(ref.name) && (detail.reason === 'NodeShutdown' || shutdown.test(String(detail.message))),
      )
      .map((signal) => {
        const pod = objectOf(state, signal.ref);
        return {
          reason: 'IntendedState' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: 0.9,
          evidence: present(
            citeSignal(signal, 'why the pod was ended'),
            pod && citeField(pod, '/spec/nodeName', 'the node that shut down'),
          ),
          facts: { pod: signal.ref.name, node: String(pod?.object.spec?.nodeName ?? ''), message: String(signal.detail.message) },
        };
      });
  },
  describe(claim) {
    const { pod, node, message } = claim.facts;
    return {
      rootCause: [
        observation(
          `Pod ${pod} was ended by the kubelet: ${message === '' ? 'NodeShutdown' : String(message).replace(/\.$/, '')}.`,
          idsOf(claim, 0),
        ),
        inference(
          `${node === '' ? 'Its node' : `Node ${node}`} shut down in an orderly way; its containers did not fail by themselves.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          'Nothing has to be repaired; pods of a controller are replaced on other nodes. Remove the ended pod if it is in the way.',
          'The workload has all its replicas.',
          { command: `kubectl get pods -n ${claim.subject.namespace} -o wide`, risk: 'none' },
        ),
      ],
    };
  },
} satisfies Rule;
