import { pullClaims, pullObservation } from '../pull-failure.ts';
import { idsOf, inference, type Rule, step } from '../rule.ts';

/** The registry refuses the pull for want of valid credentials. */
export default {
  id: 'IMG-2',
  version: 1,
  title: 'Registry refuses the credentials',
  reasons: ['ImageAuthFailed'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'core/v1 ContainerStateWaiting.message',
    'https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/',
  ],
  falsePositives: ['an answer that also stands for a missing repository: claimed only when the pod has pull secrets'],
  knownGaps: ['whether the pull secret holds credentials for this registry is not checked: Secret values are masked'],
  match(incident, state) {
    return pullClaims(incident, state, ['ImageAuthFailed']);
  },
  describe(claim) {
    const { registry, secrets, missingSecrets, ambiguous } = claim.facts;
    const { namespace } = claim.subject;
    const because =
      missingSecrets !== ''
        ? `The pull secret ${missingSecrets} that the pod names does not exist.`
        : secrets === ''
          ? 'The pod names no imagePullSecrets.'
          : `The pod uses the pull secret ${secrets}, which the registry does not accept for this image.`;
    const doubt = ambiguous === '' ? '' : ' The registry gives the same answer for a repository that does not exist.';
    return {
      rootCause: [
        pullObservation(claim),
        inference(`The registry ${registry} wants credentials for this image. ${because}${doubt}`, idsOf(claim)),
      ],
      steps: [
        step(
          `Create a pull secret for ${registry} in namespace ${namespace}.`,
          'The Secret exists with type kubernetes.io/dockerconfigjson.',
          {
            command: `kubectl create secret docker-registry <name> -n ${namespace} --docker-server=${registry} --docker-username=<user> --docker-password=<token>`,
          },
        ),
        step(
          'Name it in imagePullSecrets of the pod template or of its ServiceAccount, and restart the pods.',
          'The pods leave ImagePullBackOff.',
          {
            command: `kubectl patch serviceaccount <service account> -n ${namespace} -p '{"imagePullSecrets":[{"name":"<name>"}]}'`,
          },
        ),
      ],
    };
  },
} satisfies Rule;
