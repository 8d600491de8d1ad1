import { missingClaim, missingReferences, missingWording } from '../missing-reference.ts';
import type { Rule } from '../rule.ts';

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
    return missingReferences(incident, state, 'env')
      .filter(({ kind, key }) => kind === 'ConfigMap' && key === '')
      .map((missing) => missingClaim(state, missing));
  },
  describe: missingWording,
} satisfies Rule;
