import { refusalsOf } from '../refusals.ts';
import { idsOf, inference, observation, type Rule, step, target } from '../rule.ts';

/** A quota counts a resource that the containers do not state: pods are refused until they do. */
export default {
  id: 'ADM-2',
  version: 1,
  title: 'Quota demands requests or limits that are not set',
  reasons: ['QuotaRequiresResources'],
  maturity: 'stable',
  kinds: ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'],
  references: ['https://kubernetes.io/docs/concepts/policy/resource-quotas/#requests-vs-limits'],
  falsePositives: ['a quota that is used up has other words (ADM-1)'],
  knownGaps: ['none known'],
  match(incident, state) {
    return refusalsOf(incident, state, ['QuotaRequiresResources']).map(({ name, details, evidence, subject }) => ({
      reason: 'QuotaRequiresResources' as const,
      subject,
      confidence: 0.96,
      evidence: [evidence],
      facts: { quota: name, namespace: subject.namespace, missing: details },
    }));
  },
  describe(claim) {
    const { quota, namespace, missing } = claim.facts;
    return {
      rootCause: [
        observation(
          `The API server refuses pods of ${claim.subject.name}: "failed quota: ${quota}: must specify ${missing}".`,
          idsOf(claim, 0),
        ),
        inference(
          `ResourceQuota ${namespace}/${quota} counts these resources, so every container must state them; the pod template does not.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(`Set ${missing} on the containers of ${claim.subject.name}.`, 'The pods are created.', {
          command: `kubectl set resources ${target(claim.subject)} --requests=cpu=<x>,memory=<y> --limits=cpu=<x>,memory=<y>`,
          risk: 'medium',
        }),
        step(`Or add a LimitRange with defaults to namespace ${namespace}.`, 'New pods get the defaults.', { risk: 'medium' }),
      ],
    };
  },
} satisfies Rule;
