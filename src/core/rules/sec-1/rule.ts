import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

const forms: [string, RegExp][] = [
  ['its image runs as root', /runAsNonRoot and image will run as root/i],
  [
    'its image names a user that is no number, so the kubelet cannot tell that it is not root',
    /runAsNonRoot and image has non-numeric user/i,
  ],
  ['it sets runAsUser 0', /runAsUser breaks non-root policy|runAsNonRoot and [^\n]{0,40}runAsUser (?:is )?0/i],
];

/** A container that must not run as root would do so, and the kubelet refuses to create it. */
export default {
  id: 'SEC-1',
  version: 1,
  title: 'Container would run as root in spite of runAsNonRoot',
  reasons: ['RunAsNonRootViolation'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/kubelet/kuberuntime/security_context.go verifyRunAsNonRoot', 'core/v1 SecurityContext.runAsNonRoot'],
  falsePositives: ['admission that rejects the pod (Pod Security): then there is no pod'],
  knownGaps: ['the user of the image is known only from the message'],
  match(incident, state) {
    const signals = [...signalsOf(incident, 'container.waiting'), ...eventsOf(incident, ['Failed'])];
    return signals.flatMap((signal) => {
      const form = forms.find(([, pattern]) => pattern.test(String(signal.detail.message)))?.[0];
      if (form === undefined) return [];
      const image = containerField(state, signal, '/image');
      return [
        {
          reason: 'RunAsNonRootViolation' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: 0.97,
          evidence: present(
            citeSignal(signal, 'why the kubelet does not create the container'),
            image && citeField(image.version, image.pointer, 'the image of the container'),
          ),
          facts: { container: signal.container ?? '', form, image: String(image?.value ?? '') },
        },
      ];
    });
  },
  describe(claim) {
    const { container, form, image } = claim.facts;
    return {
      rootCause: [
        observation(`The kubelet refuses to create container ${container}: runAsNonRoot is required, but ${form}.`, idsOf(claim, 0)),
        inference(
          `Image ${image === '' ? 'and security context' : `${image} and the security context`} of the container contradict each other.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          'Set a numeric runAsUser other than 0 that the image supports, or USER <number> in the image.',
          'The container is created and starts.',
          {
            command: `kubectl patch ${target(claim.subject)} --type=merge -p '{"spec":{"template":{"spec":{"securityContext":{"runAsUser":10001}}}}}'`,
            risk: 'medium',
          },
        ),
        step('Only if the container really needs root: remove runAsNonRoot for it.', 'The container starts, and the namespace allows it.', {
          risk: 'high',
        }),
      ],
    };
  },
} satisfies Rule;
