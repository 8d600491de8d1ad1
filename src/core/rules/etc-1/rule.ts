import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { idsOf, inference, type Rule, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** etcd says of itself, or the API server of it, that it is not healthy. */
export default {
  id: 'ETC-1',
  version: 1,
  title: 'etcd is unhealthy',
  reasons: ['EtcdUnhealthy'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['go.etcd.io/etcd/api/v3/v3rpc/rpctypes: etcdserver errors', 'https://etcd.io/docs/latest/op-guide/recovery/'],
  falsePositives: ['single slow requests ("apply request took too long") of an etcd that stays ready'],
  knownGaps: ['disk latency and quorum are not measured'],
  match(incident, state) {
    return findings(incident, state, ['etcd-unhealthy'], 'etcd reports that it is not healthy').map((finding) => {
      const { signal, bearing, fields } = finding;
      return {
        reason: 'EtcdUnhealthy' as const,
        subject: ownerSubject(state, signal.ref),
        confidence: weigh(bearing, 0.9),
        evidence: finding.evidence,
        facts: { ...lineFacts(finding), detail: fields.detail ?? '' },
      };
    });
  },
  describe(claim) {
    const detail = String(claim.facts.detail);
    const why = /member/i.test(detail)
      ? 'The member list of the cluster does not hold this member, so it cannot take part.'
      : /space exceeded/i.test(detail)
        ? 'The database has reached its size quota and takes no more writes.'
        : 'The members do not agree in time: a leader is missing, a peer or the disk is too slow.';
    return {
      rootCause: [lineObservation(claim), inference(why, idsOf(claim))],
      steps: [
        step('List members and their health.', 'You see which member or limit is at fault.', {
          command: 'etcdctl member list -w table && etcdctl endpoint status --cluster -w table',
          risk: 'none',
        }),
        step(
          'Repair it: add or replace the member, compact and defragment, or give etcd a faster disk.',
          'All endpoints are healthy and one leads.',
          { risk: 'high' },
        ),
      ],
    };
  },
} satisfies Rule;
