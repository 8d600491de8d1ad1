import { pullClaims, pullObservation } from '../pull-failure.ts';
import { idsOf, inference, type Rule, step, target } from '../rule.ts';

/** The registry says that the tag or repository does not exist. */
export default {
  id: 'IMG-1',
  version: 1,
  title: 'Image does not exist',
  reasons: ['ImageNotFound'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'core/v1 ContainerStateWaiting.message',
    'pkg/kubelet/images/types.go',
    'OCI distribution spec: MANIFEST_UNKNOWN, NAME_UNKNOWN',
  ],
  falsePositives: ['docker.io answers the same for a missing and for a private repository: the answer says so and is less sure'],
  knownGaps: ['the nearest existing tag is not suggested', 'an image that another registry mirror would have'],
  match(incident, state) {
    return pullClaims(incident, state, ['ImageNotFound']);
  },
  describe(claim) {
    const { image, container, ambiguous, registry } = claim.facts;
    return {
      rootCause: [
        pullObservation(claim),
        inference(
          ambiguous === ''
            ? `The registry ${registry} answers, but has no such tag or repository, so the container never starts.`
            : `The registry ${registry} gives one answer for a repository that does not exist and for a private one without credentials; the pod has no imagePullSecrets, so most likely the name or tag is wrong.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(`Check that ${image} exists, name and tag letter by letter.`, 'The registry lists the tag.', {
          command: `crane manifest ${image}`,
          risk: 'none',
        }),
        step('Set the image to a tag that exists, or push the missing one.', 'The pod leaves ImagePullBackOff and starts.', {
          command:
            claim.subject.kind === 'Pod'
              ? `kubectl edit ${target(claim.subject)}`
              : `kubectl set image ${target(claim.subject)} ${container || '<container>'}=<image>:<existing tag>`,
        }),
        ...(ambiguous === ''
          ? []
          : [
              step(
                'If the repository is private, create a pull secret and name it in imagePullSecrets.',
                'The pull succeeds with credentials.',
              ),
            ]),
      ],
    };
  },
} satisfies Rule;
