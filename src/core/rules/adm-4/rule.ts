import type { ObjectRef } from '../../model/resource.ts';
import { findObject } from '../../state/lookups.ts';
import type { ClusterState } from '../../state/state.ts';
import { refusalsOf } from '../refusals.ts';
import { idsOf, inference, observation, type Rule, step, target } from '../rule.ts';
import { sentence } from '../wording.ts';

/** The Service behind a webhook, from the address that the API server called. */
function backendOf(state: ClusterState, details: string): ObjectRef | undefined {
  const [, name, namespace] = /https:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc\b/.exec(details) ?? [];
  if (name === undefined || namespace === undefined) return undefined;
  return findObject(state, 'Service', namespace, name)?.ref ?? { kind: 'Service', namespace, name, uid: '' };
}

/** An admission webhook or policy denies the pods, or the webhook cannot be reached. */
export default {
  id: 'ADM-4',
  version: 1,
  title: 'Admission webhook denies or does not answer',
  reasons: ['AdmissionWebhookDenied', 'AdmissionWebhookUnavailable'],
  maturity: 'stable',
  kinds: ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'],
  references: [
    'staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/errors/statuserror.go',
    'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
  ],
  falsePositives: ['a webhook that restarts: refusals stop by themselves'],
  knownGaps: ['the webhook configuration (failurePolicy) is not read'],
  match(incident, state) {
    return refusalsOf(incident, state, ['AdmissionWebhookDenied', 'AdmissionWebhookUnavailable']).map(
      ({ reason, name, details, evidence, subject }) => {
        const backend = reason === 'AdmissionWebhookUnavailable' ? backendOf(state, details) : undefined;
        return {
          reason,
          subject,
          confidence: 0.95,
          evidence: [evidence],
          facts: {
            webhook: name,
            details: details.slice(0, 400),
            service: backend === undefined ? '' : `${backend.namespace}/${backend.name}`,
          },
          ...(backend === undefined ? {} : { dependsOn: backend }),
        };
      },
    );
  },
  describe(claim) {
    const { webhook, details, service } = claim.facts;
    if (claim.reason === 'AdmissionWebhookDenied') {
      return {
        rootCause: [
          observation(
            sentence(`Admission by "${webhook}" denies the pods of ${claim.subject.name}${details === '' ? '' : `: ${details}`}`),
            idsOf(claim, 0),
          ),
          inference('The pod template breaks a policy of the cluster.', idsOf(claim)),
        ],
        steps: [
          step(`Change ${claim.subject.name} as the policy says, or ask its owner for an exception.`, 'The pods are created.', {
            command: `kubectl edit ${target(claim.subject)}`,
            risk: 'medium',
          }),
        ],
      };
    }
    return {
      rootCause: [
        observation(`The API server could not call webhook "${webhook}": ${sentence(details)}`, idsOf(claim, 0)),
        inference(
          `The webhook's backend${service === '' ? '' : ` (Service ${service})`} does not answer, and its failure policy is to refuse.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          `Bring the backend of the webhook${service === '' ? '' : `, Service ${service},`} back.`,
          'Its endpoints are ready and pods are created.',
          {
            command:
              service === ''
                ? 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations'
                : `kubectl get endpointslices,pods -n ${String(service).split('/')[0]}`,
            risk: 'none',
          },
        ),
        step(
          'If the webhook is a leftover, delete its configuration; else set failurePolicy: Ignore until it is back.',
          'Pods are created.',
          { risk: 'high' },
        ),
      ],
    };
  },
} satisfies Rule;
