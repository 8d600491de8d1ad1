import { itemsOf } from '../../model/fields.ts';
import { objectOf } from '../../state/lookups.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, present, type Rule, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** Texts that say there is no token at all, rather than one that is refused. */
const absent = /in-cluster config|serviceaccount\/token: no such file/i;

/** The API server does not know who asks: the token of the pod's ServiceAccount is missing, expired or revoked. */
export default {
  id: 'SAT-1',
  version: 1,
  title: 'ServiceAccount token missing or refused',
  reasons: ['ServiceAccountTokenInvalid'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'core/v1 PodSpec.automountServiceAccountToken, ServiceAccountTokenProjection',
    'k8s.io/client-go rest.InClusterConfig',
    'HTTP 401 Unauthorized of the Kubernetes API',
  ],
  falsePositives: [
    'a 401 of another server: only texts of the Kubernetes API and its clients count',
    'a program that tries the cluster first and goes on without it',
  ],
  knownGaps: ['a token for another audience or cluster reads the same'],
  match(incident, state) {
    return findings(incident, state, ['unauthorized-k8s'], 'the Kubernetes API does not accept the token').flatMap((finding) => {
      const { signal, bearing } = finding;
      const missing = absent.test(String(signal.detail.message));
      if (missing && bearing === 'lasting') return [];
      const pod = objectOf(state, signal.ref);
      const off = pod?.object.spec?.automountServiceAccountToken === false;
      const mounted = itemsOf(pod?.object.spec?.volumes).some(({ projected }) =>
        itemsOf(projected?.sources).some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
      );
      return [
        {
          reason: 'ServiceAccountTokenInvalid' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: weigh(bearing, missing ? (off && !mounted ? 0.93 : 0.76) : 0.86),
          evidence: [
            ...finding.evidence,
            ...present(
              pod && off ? citeField(pod, '/spec/automountServiceAccountToken', 'the pod is given no token') : undefined,
              pod && citeField(pod, '/spec/serviceAccountName', 'the account that the pod runs as'),
            ),
          ],
          facts: {
            ...lineFacts(finding),
            account: String(pod?.object.spec?.serviceAccountName ?? ''),
            missing: missing ? 'yes' : '',
            off: off && !mounted ? 'yes' : '',
          },
          needs: off ? [] : ['the token that the pod has, and when it was issued'],
        },
      ];
    });
  },
  describe(claim) {
    const { account, missing, off } = claim.facts;
    const who = account === '' ? 'its ServiceAccount' : `ServiceAccount ${account}`;
    const why =
      off !== ''
        ? 'The pod sets automountServiceAccountToken: false, so it has no token for the Kubernetes API.'
        : missing !== ''
          ? `The program finds no token of ${who} in its container.`
          : `The Kubernetes API does not accept the token of ${who}: it has expired, was revoked, or was issued by another cluster.`;
    return {
      rootCause: [lineObservation(claim), inference(why, idsOf(claim))],
      steps: [
        off !== ''
          ? step('Let the token be mounted: automountServiceAccountToken: true, or a projected token volume.', 'The API answers.', {
              command: `kubectl edit ${target(claim.subject)}`,
            })
          : step('Check that the account exists and that the program reads its token anew (tokens rotate).', 'The API answers.', {
              command: `kubectl auth whoami --as=system:serviceaccount:${claim.subject.namespace}:${account === '' ? '<account>' : account}`,
              risk: 'none',
            }),
        step('Restart the pods, so that they get a fresh token.', 'No more 401 answers are logged.', {
          command:
            claim.subject.kind === 'Pod' ? `kubectl delete ${target(claim.subject)}` : `kubectl rollout restart ${target(claim.subject)}`,
        }),
      ],
    };
  },
} satisfies Rule;
