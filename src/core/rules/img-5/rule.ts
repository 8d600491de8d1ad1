import type { Claim } from '../../model/event.ts';
import { pullClaims, pullObservation } from '../pull-failure.ts';
import { idsOf, inference, type Rule, step, target } from '../rule.ts';

type Words = { cause: string; fix: string; check: string };

function words({ reason, facts: { image } }: Claim): Words {
  if (reason === 'ImageNeverPull') {
    return {
      cause: `The pull policy is Never and the node does not hold ${image}, so nobody fetches it.`,
      fix: 'Set imagePullPolicy to IfNotPresent, or load the image onto every node that may run the pod.',
      check: 'The pod leaves ErrImageNeverPull and starts.',
    };
  }
  if (reason === 'ImageSignatureRejected') {
    return {
      cause: `The image policy of the node accepts only images with a valid signature; ${image} has none that it trusts.`,
      fix: 'Sign the image with a key that the policy trusts, or add the key to the policy.',
      check: 'The pull is accepted.',
    };
  }
  if (reason === 'ImageArchMismatch') {
    return {
      cause: `${image} has no variant for the architecture of the node.`,
      fix: 'Publish the image for that architecture, or select nodes of the right one (kubernetes.io/arch).',
      check: 'The pod starts on a node of a matching architecture.',
    };
  }
  return {
    cause: `"${image}" is no valid image reference, so there is nothing to pull.`,
    fix: 'Correct the image name: lower-case repository, one tag after ":", no scheme and no spaces.',
    check: 'The pod leaves InvalidImageName.',
  };
}

/** The image is refused before or after the registry is asked: its name, the pull policy, its signature or its platform. */
export default {
  id: 'IMG-5',
  version: 1,
  title: 'Image is refused by name, policy, signature or platform',
  reasons: ['InvalidImageName', 'ImageNeverPull', 'ImageSignatureRejected', 'ImageArchMismatch'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'pkg/kubelet/images/types.go ErrInvalidImageName, ErrImageNeverPull, ErrSignatureValidationFailed',
    'containerd image verifier plugins',
  ],
  falsePositives: ['an admission policy that rejects unsigned images acts before the pod exists (ADM-4)'],
  knownGaps: ['which nodes hold the image is not looked up in status.images'],
  match(incident, state) {
    return pullClaims(incident, state, ['InvalidImageName', 'ImageNeverPull', 'ImageSignatureRejected', 'ImageArchMismatch'], 0.96);
  },
  describe(claim) {
    const { cause, fix, check } = words(claim);
    return {
      rootCause: [pullObservation(claim), inference(cause, idsOf(claim))],
      steps: [step(fix, check, { command: `kubectl edit ${target(claim.subject)}` })],
    };
  },
} satisfies Rule;
