import type { Reason } from '../../model/taxonomy.ts';
import { covered, findObject } from '../../state/lookups.ts';
import { refusalsOf } from '../refusals.ts';
import { idsOf, inference, observation, type Rule, step, target } from '../rule.ts';
import { sentence } from '../wording.ts';

const reasons: Reason[] = ['ServiceAccountNotFound', 'LimitRangeViolation', 'InvalidSpecRejected'];

/** The API server refuses the pods: their service account does not exist, a LimitRange forbids their size, or the spec is invalid. */
export default {
  id: 'ADM-5',
  version: 1,
  title: 'Pod refused by the API server',
  reasons,
  maturity: 'stable',
  kinds: ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'],
  references: ['plugin/pkg/admission/serviceaccount/admission.go', 'plugin/pkg/admission/limitranger/admission.go'],
  falsePositives: ['a service account that the same release creates seconds later: the incident recovers'],
  knownGaps: ['the LimitRange is not named by the message'],
  match(incident, state) {
    return refusalsOf(incident, state, reasons).map(({ reason, name, details, evidence, subject }) => {
      const { namespace } = subject;
      const proven =
        reason === 'ServiceAccountNotFound' &&
        covered(state, 'ServiceAccount', namespace) &&
        findObject(state, 'ServiceAccount', namespace, name) === undefined;
      return {
        reason,
        subject,
        confidence: proven ? 0.97 : 0.94,
        evidence: [evidence],
        facts: { name, namespace, details: details.slice(0, 400) },
      };
    });
  },
  describe(claim) {
    const { name, namespace, details } = claim.facts;
    const edit = { command: `kubectl edit ${target(claim.subject)}`, risk: 'medium' as const };
    if (claim.reason === 'ServiceAccountNotFound') {
      return {
        rootCause: [
          observation(`The API server refuses pods of ${claim.subject.name}: serviceaccount "${name}" not found.`, idsOf(claim, 0)),
          inference(`The pod template names ServiceAccount ${namespace}/${name}, which does not exist.`, idsOf(claim)),
        ],
        steps: [
          step(`Create ServiceAccount ${name} (with its role bindings).`, 'The pods are created.', {
            command: `kubectl create serviceaccount ${name} -n ${namespace}`,
          }),
          step('Or correct serviceAccountName in the pod template.', 'The pods are created.', edit),
        ],
      };
    }
    const limits = claim.reason === 'LimitRangeViolation';
    return {
      rootCause: [
        observation(`The API server refuses pods of ${claim.subject.name}: ${sentence(details || name)}`, idsOf(claim, 0)),
        inference(
          limits
            ? `A LimitRange of namespace ${namespace} does not allow the resources that the containers state.`
            : 'The pod that the template makes is not valid.',
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          limits ? 'Bring requests and limits into the allowed range.' : 'Correct the field that the message names.',
          'The pods are created.',
          edit,
        ),
      ],
    };
  },
} satisfies Rule;
