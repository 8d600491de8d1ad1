import { pullClaims, pullObservation } from '../pull-failure.ts';
import { idsOf, inference, type Rule, step } from '../rule.ts';

/** The registry (or the kubelet's own pull rate) allows no more pulls for now. */
export default {
  id: 'IMG-3',
  version: 1,
  title: 'Registry limits the rate of pulls',
  reasons: ['RegistryRateLimited'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['HTTP 429 of the registry: toomanyrequests', 'KubeletConfiguration registryPullQPS (pull QPS exceeded)'],
  falsePositives: ['HTTP 429 in the log of an application is RAT-1'],
  knownGaps: ['which node or address used up the limit is not known'],
  match(incident, state) {
    return pullClaims(incident, state, ['RegistryRateLimited']);
  },
  describe(claim) {
    const { registry, detail } = claim.facts;
    const own = /QPS/.test(String(detail));
    return {
      rootCause: [
        pullObservation(claim),
        inference(
          own
            ? 'The kubelet pulls more images at once than its own limit (registryPullQPS) allows; it tries again later.'
            : `The registry ${registry} has counted too many pulls from this account or address and refuses more for a while; the image itself may be fine.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(`Pull with an account (imagePullSecrets) that has a higher limit at ${registry}.`, 'The next pull succeeds.', {
          command: `kubectl create secret docker-registry <name> -n ${claim.subject.namespace} --docker-server=${registry} --docker-username=<user> --docker-password=<token>`,
        }),
        step(
          'Serve the image from a registry mirror or pull-through cache of your own.',
          'Nodes no longer ask the public registry for every pull.',
          { risk: 'medium' },
        ),
        step('Keep imagePullPolicy IfNotPresent for fixed tags, so that restarts do not pull again.', 'Restarts show no Pulling Event.'),
      ],
    };
  },
} satisfies Rule;
