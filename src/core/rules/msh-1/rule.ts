import { itemsOf } from '../../model/fields.ts';
import { objectOf } from '../../state/lookups.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { idsOf, inference, namespaceFlag, type Rule, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** An Envoy proxy answers for its policy: the caller is not among those who may call. */
export default {
  id: 'MSH-1',
  version: 1,
  title: 'Mesh policy denies the call',
  reasons: ['MeshPolicyDenied'],
  maturity: 'experimental',
  kinds: ['Pod'],
  references: [
    'envoy.filters.http.rbac: body "RBAC: access denied" with status 403',
    'https://istio.io/latest/docs/concepts/security/#authorization',
  ],
  falsePositives: ['a caller that is meant to be refused'],
  knownGaps: ['which policy refused is not in the answer', 'meshes without Envoy word it differently'],
  match(incident, state) {
    return findings(incident, state, ['mesh-denied'], 'the proxy before the callee refuses the call').map((finding) => {
      const pod = objectOf(state, finding.signal.ref);
      const meshed = itemsOf(pod?.object.spec?.containers).some(({ name }) => name === 'istio-proxy');
      return {
        reason: 'MeshPolicyDenied' as const,
        subject: ownerSubject(state, finding.signal.ref),
        confidence: weigh(finding.bearing, 0.85),
        evidence: finding.evidence,
        facts: { ...lineFacts(finding), meshed: meshed ? 1 : 0, account: String(pod?.object.spec?.serviceAccountName ?? '') },
        needs: ['the AuthorizationPolicies of the mesh'],
      };
    });
  },
  describe(claim) {
    const { account } = claim.facts;
    const caller = account === '' ? 'its identity' : `its ServiceAccount ${account}`;
    return {
      rootCause: [
        lineObservation(claim),
        inference(`The proxy before the callee knows the caller by ${caller}, and no policy of the mesh lets it call.`, idsOf(claim)),
      ],
      steps: [
        step('Find the policies that select the callee, and what they demand of the caller.', 'You see which rule leaves the caller out.', {
          command: 'kubectl get authorizationpolicies -A -o yaml',
          risk: 'none',
        }),
        step('Add the caller to the policy, or give it the ServiceAccount that the policy names.', 'The call is answered.', {
          command: `kubectl get serviceaccounts${namespaceFlag(claim.subject)}`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
