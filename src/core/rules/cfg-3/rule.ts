import { missingClaim, missingReferences, missingWording } from '../missing-reference.ts';
import type { Rule } from '../rule.ts';

/** A container cannot be configured because a Secret that it takes its environment from does not exist. */
export default {
  id: 'CFG-3',
  version: 1,
  title: 'Secret for the environment does not exist',
  reasons: ['SecretNotFound'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/kubelet/kubelet_pods.go makeEnvironmentVariables', 'core/v1 SecretEnvSource'],
  falsePositives: ['the Secret is synchronised seconds later by an operator: the incident recovers'],
  knownGaps: ['ExternalSecret and SealedSecret objects are not read'],
  match(incident, state) {
    return missingReferences(incident, state, 'env')
      .filter(({ kind, key }) => kind === 'Secret' && key === '')
      .map((missing) => missingClaim(state, missing));
  },
  describe: missingWording,
} satisfies Rule;
