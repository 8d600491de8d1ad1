import { missingClaim, missingReferences, missingWording } from '../missing-reference.ts';
import type { Rule } from '../rule.ts';

/** A volume cannot be mounted because its ConfigMap or Secret, or a key that it lists, does not exist. */
export default {
  id: 'CFG-4',
  version: 1,
  title: 'ConfigMap, Secret or key for a volume does not exist',
  reasons: ['ConfigMapNotFound', 'SecretNotFound', 'ConfigMapKeyNotFound', 'SecretKeyNotFound'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/volume/configmap/configmap.go MakePayload', 'pkg/volume/secret/secret.go', 'core/v1 KeyToPath'],
  falsePositives: [
    'a volume that is mounted at the second try: FailedMount must go on',
    'the timeout message of the same volume names no cause',
  ],
  knownGaps: ['the key of a projected volume with several sources of one kind is not attributed'],
  match(incident, state) {
    return missingReferences(incident, state, 'volume').map((missing) => missingClaim(state, missing));
  },
  describe: missingWording,
} satisfies Rule;
