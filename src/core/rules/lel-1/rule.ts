import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { idsOf, inference, logsOf, type Rule, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** A controller exits because it could not renew its leader lease in time. */
export default {
  id: 'LEL-1',
  version: 1,
  title: 'Leader election lost',
  reasons: ['LeaderElectionLost'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['k8s.io/client-go/tools/leaderelection: failed to renew lease, leaderelection lost'],
  falsePositives: ['one hand-over of the lease in a rollout, after which another replica leads'],
  knownGaps: ['the latency of API server and etcd is not measured'],
  match(incident, state) {
    return findings(incident, state, ['leader-election-lost'], 'the lease could not be renewed')
      .filter(({ bearing }) => bearing === 'exit')
      .map((finding) => {
        const { signal, bearing, fields } = finding;
        const lease =
          fields.lease ??
          logsOf(incident, ['leader-election-lost'])
            .map((other) => other.detail['field.lease'])
            .find((name) => name !== undefined);
        return {
          reason: 'LeaderElectionLost' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: weigh(bearing, 0.9),
          evidence: finding.evidence,
          facts: { ...lineFacts(finding), lease: String(lease ?? '').replace(/:$/, '') },
          needs: ['request latency of the API server and etcd'],
        };
      });
  },
  describe(claim) {
    const { container, lease } = claim.facts;
    return {
      rootCause: [
        lineObservation(claim),
        inference(
          `Container ${container} must hold ${lease === '' ? 'its leader lease' : `lease ${lease}`} to work. It could not renew it in time, because the API server answered too slowly or not at all, and exits on purpose.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step('Look at API server and etcd at these moments: latency, restarts, disk.', 'You know why the renewals took too long.', {
          command: 'kubectl get --raw /readyz?verbose',
          risk: 'none',
        }),
        step(
          'Relieve etcd or the API server; where the API is slow by nature, raise lease duration and renew deadline.',
          'The container keeps its lease and stops restarting.',
          { risk: 'medium' },
        ),
      ],
    };
  },
} satisfies Rule;
