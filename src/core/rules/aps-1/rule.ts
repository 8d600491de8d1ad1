import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { idsOf, inference, logsOf, type Rule, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** A container cannot reach the Kubernetes API server. */
export default {
  id: 'APS-1',
  version: 1,
  title: 'API server cannot be reached',
  reasons: ['ApiServerUnreachable'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['client-go dial errors', 'core/v1 Service default/kubernetes'],
  falsePositives: ['one refused request while the API server restarts: the container goes on', 'a lease lost to slow answers (LEL-1)'],
  knownGaps: ['whether kube-proxy or a NetworkPolicy stands in between is not told apart'],
  match(incident, state) {
    const lostLease = new Set(logsOf(incident, ['leader-election-lost']).map(({ container }) => container));
    return findings(incident, state, ['apiserver-unreachable'], 'the API server does not answer').map((finding) => {
      const { signal, bearing, fields } = finding;
      return {
        reason: 'ApiServerUnreachable' as const,
        subject: ownerSubject(state, signal.ref),
        confidence: weigh(bearing, lostLease.has(signal.container) ? 0.68 : 0.9),
        evidence: finding.evidence,
        facts: {
          ...lineFacts(finding),
          address: fields.host === undefined ? '' : `${fields.host}${fields.port === undefined ? '' : `:${fields.port}`}`,
        },
      };
    });
  },
  describe(claim) {
    const { container, address } = claim.facts;
    return {
      rootCause: [
        lineObservation(claim),
        inference(
          `Container ${container} needs the Kubernetes API, but the API server${address === '' ? '' : ` at ${address}`} does not accept its connection.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step('Check that the API server runs and is ready.', 'readyz answers ok.', {
          command: 'kubectl get --raw /readyz?verbose',
          risk: 'none',
        }),
        step(
          'If others reach it, check kube-proxy, NetworkPolicies and the Service default/kubernetes from the node of this pod.',
          'A request from the pod gets an answer.',
          { command: 'kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes', risk: 'none' },
        ),
      ],
    };
  },
} satisfies Rule;
