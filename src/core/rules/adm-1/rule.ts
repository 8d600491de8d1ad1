import { pointerOf } from '../../model/pointer.ts';
import { parseQuantity } from '../../model/quantity.ts';
import { findObject } from '../../state/lookups.ts';
import { parseQuota } from '../admission-message.ts';
import { refusalsOf } from '../refusals.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';

/** A ResourceQuota of the namespace is used up: pods are refused. */
export default {
  id: 'ADM-1',
  version: 1,
  title: 'Quota of the namespace is used up',
  reasons: ['QuotaExceeded'],
  maturity: 'stable',
  kinds: ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'],
  references: [
    'staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go',
    'https://kubernetes.io/docs/concepts/policy/resource-quotas/',
  ],
  falsePositives: ['a rolling update whose surge fits once an old pod is gone: the incident recovers'],
  knownGaps: ['which other workloads use the quota is not listed'],
  match(incident, state) {
    return refusalsOf(incident, state, ['QuotaExceeded']).map(({ name, details, evidence, subject }) => {
      const numbers = parseQuota(details);
      const short =
        numbers.find(
          ({ requested, used, limited }) => (parseQuantity(requested) ?? 0) + (parseQuantity(used) ?? 0) > (parseQuantity(limited) ?? 0),
        ) ?? numbers[0];
      const quota = findObject(state, 'ResourceQuota', subject.namespace, name);
      return {
        reason: 'QuotaExceeded' as const,
        subject,
        confidence: 0.96,
        evidence: present(evidence, quota && short && citeField(quota, pointerOf('spec', 'hard', short.resource), 'what the quota allows')),
        facts: {
          quota: name,
          namespace: subject.namespace,
          resource: short?.resource ?? '',
          requested: short?.requested ?? '',
          used: short?.used ?? '',
          limited: short?.limited ?? '',
        },
      }; // prettier-ignore
    });
  },
  describe(claim) {
    const { quota, namespace, resource, requested, used, limited } = claim.facts;
    const sum = resource === '' ? '' : `: ${resource} is limited to ${limited}, ${used} is used, and the next pod requests ${requested}`;
    return {
      rootCause: [
        observation(`The API server refuses pods of ${claim.subject.name} with "exceeded quota: ${quota}".`, idsOf(claim, 0)),
        inference(`ResourceQuota ${namespace}/${quota} has no room left${sum}.`, idsOf(claim)),
      ],
      steps: [
        step('See what uses the quota.', 'You know what can be scaled down or needs less.', {
          command: `kubectl describe quota ${quota} -n ${namespace}`,
          risk: 'none',
        }),
        step(
          `Raise ${resource || 'the limit'} in ResourceQuota ${quota}, or ask for fewer replicas or smaller requests.`,
          'The missing pods are created.',
          {
            command: `kubectl edit ${target(claim.subject)}`,
            risk: 'medium',
          },
        ),
      ],
    };
  },
} satisfies Rule;
