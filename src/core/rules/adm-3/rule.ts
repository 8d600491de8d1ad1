import { findObject } from '../../state/lookups.ts';
import { refusalsOf } from '../refusals.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { sentence } from '../wording.ts';

const enforce = '/metadata/labels/pod-security.kubernetes.io~1enforce';

/** Pod Security admission, OpenShift security context constraints or a PodSecurityPolicy refuse the pods. */
export default {
  id: 'ADM-3',
  version: 1,
  title: 'Pod refused by the security standard of the namespace',
  reasons: ['PodSecurityDenied'],
  maturity: 'stable',
  kinds: ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'],
  references: [
    'https://kubernetes.io/docs/concepts/security/pod-security-admission/',
    'staging/src/k8s.io/pod-security-admission/admission/admission.go',
  ],
  falsePositives: ['warn and audit modes only print: they refuse nothing'],
  knownGaps: ['a sidecar that a webhook injects is not told from the own containers'],
  match(incident, state) {
    return refusalsOf(incident, state, ['PodSecurityDenied']).map(({ name, details, evidence, subject }) => {
      const namespace = findObject(state, 'Namespace', '', subject.namespace);
      return {
        reason: 'PodSecurityDenied' as const,
        subject,
        confidence: 0.96,
        evidence: present(evidence, namespace && citeField(namespace, enforce, 'the standard that the namespace enforces')),
        facts: { standard: name, namespace: subject.namespace, violations: details.slice(0, 400) },
      };
    });
  },
  describe(claim) {
    const { standard, namespace, violations } = claim.facts;
    const level = String(standard).includes(':') ? `the Pod Security standard "${standard}"` : `any ${standard}`;
    return {
      rootCause: [
        observation(
          `The API server refuses pods of ${claim.subject.name}: they do not satisfy ${level}: ${sentence(violations)}`,
          idsOf(claim, 0),
        ),
        inference(`Namespace ${namespace} enforces it, and the pod template asks for more privileges than it allows.`, idsOf(claim)),
      ],
      steps: [
        step(
          `Correct the securityContext of ${claim.subject.name} as the message lists, and drop host access that it does not need.`,
          'The pods are created.',
          { command: `kubectl edit ${target(claim.subject)}`, risk: 'medium' },
        ),
        step(
          'If it must be privileged, run it in a namespace (or with a service account) that allows it.',
          'The pods are created there; other workloads stay restricted.',
          { risk: 'high' },
        ),
      ],
    };
  },
} satisfies Rule;
