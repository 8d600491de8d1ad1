import { covered, findObject } from '../../state/lookups.ts';
import { citeSignal, eventsOf, idsOf, inference, observation, type Rule, signalsOf, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

const missing = /configmap "([^"]+)" not found/i;

/** A container cannot be configured because a ConfigMap that it takes its environment from does not exist. */
export default {
  id: 'CFG-1',
  version: 1,
  title: 'ConfigMap for the environment does not exist',
  reasons: ['ConfigMapNotFound'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/kubelet/kubelet_pods.go makeEnvironmentVariables', 'core/v1 ConfigMapEnvSource'],
  falsePositives: ['the ConfigMap is created seconds later by the same release: the incident recovers'],
  knownGaps: ['a ConfigMap in another namespace is not suggested'],
  match(incident, state) {
    const signals = [
      ...signalsOf(incident, 'container.waiting', { reason: 'CreateContainerConfigError' }),
      ...eventsOf(incident, ['Failed']),
    ];
    return signals.flatMap((signal) => {
      const name = missing.exec(String(signal.detail.message))?.[1];
      if (name === undefined) return [];
      const { namespace } = signal.ref;
      const exists = findObject(state, 'ConfigMap', namespace, name) !== undefined;
      const proven = covered(state, 'ConfigMap', namespace) && !exists;
      return [
        {
          reason: 'ConfigMapNotFound' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: proven ? 0.97 : exists ? 0.62 : 0.93,
          evidence: [citeSignal(signal, `the kubelet says that ConfigMap ${name} does not exist`)],
          facts: { name, namespace, container: signal.container ?? '' },
        },
      ];
    });
  },
  describe(claim) {
    const { name, namespace } = claim.facts;
    return {
      rootCause: [
        observation(`The kubelet reports configmap "${name}" not found.`, idsOf(claim, 0)),
        inference(`The pods take environment variables from ConfigMap ${namespace}/${name}, which does not exist, so the container is never created.`, idsOf(claim)),
      ],
      steps: [
        step(`Create ConfigMap ${name} in namespace ${namespace} with the keys that the container expects, or correct the name in the pod template.`, 'The container leaves CreateContainerConfigError and starts.', {
          command: `kubectl create configmap ${name} -n ${namespace} --from-literal=<key>=<value>`,
        }),
        step('If it is optional, say so in the reference (optional: true).', 'The pod starts without it.', { command: `kubectl edit ${target(claim.subject)}` }),
      ],
    };
  },
} satisfies Rule;
