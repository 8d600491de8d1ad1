import { missingClaim, missingReferences, missingWording } from '../missing-reference.ts';
import type { Rule } from '../rule.ts';

/** A container cannot be configured because a ConfigMap or Secret lacks the key that an environment variable names. */
export default {
  id: 'CFG-2',
  version: 1,
  title: 'Key for the environment does not exist',
  reasons: ['ConfigMapKeyNotFound', 'SecretKeyNotFound'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/kubelet/kubelet_pods.go makeEnvironmentVariables', 'core/v1 ConfigMapKeySelector, SecretKeySelector'],
  falsePositives: ['the key is added seconds later by the same release: the incident recovers'],
  knownGaps: ['the keys of Secrets are known only where Secrets were recorded'],
  match(incident, state) {
    return missingReferences(incident, state, 'env')
      .filter(({ key }) => key !== '')
      .map((missing) => missingClaim(state, missing));
  },
  describe: missingWording,
} satisfies Rule;
