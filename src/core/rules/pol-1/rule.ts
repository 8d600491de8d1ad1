import { addressesOf } from '../address.ts';
import { configuredServices } from '../configured-services.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { idsOf, inference, type Rule, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** The server's refusal, as opposed to a pool inside of the client. */
const serverLimit =
  /too many (?:connections|clients|open connections)|remaining connection slots|max(?:imum)? number of (?:clients|connections)|ER_CON_COUNT|no more connections allowed/i;

/** All connections to a dependency are taken: its limit, or the client's own pool. */
export default {
  id: 'POL-1',
  version: 1,
  title: 'Connections are used up',
  reasons: ['ConnectionPoolExhausted'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['PostgreSQL 53300 too_many_connections', 'MySQL 1040', 'HikariCP, SQLAlchemy QueuePool, Knex, database/sql'],
  falsePositives: ['one burst that passes: the line does not go on'],
  knownGaps: ['a leak and too much load look alike: the request rate is not known', 'which client holds the connections is not known'],
  match(incident, state) {
    return findings(incident, state, ['pool-exhausted'], 'no connection is free').map((finding) => {
      const { signal, bearing } = finding;
      const address = addressesOf(state, signal)[0];
      const dependency = address?.host ?? configuredServices(state, signal)[0]?.service.ref.name ?? '';
      const limit = serverLimit.test(String(signal.detail.message)) ? 'server' : 'client';
      const confidence = weigh(bearing === 'lasting' ? 'unready' : bearing, 0.9);
      return {
        reason: 'ConnectionPoolExhausted' as const,
        subject: ownerSubject(state, signal.ref),
        confidence,
        evidence: finding.evidence,
        facts: { ...lineFacts(finding), dependency, limit },
      };
    });
  },
  describe(claim) {
    const { dependency, limit } = claim.facts;
    const whom = dependency === '' ? 'the server' : String(dependency);
    return {
      rootCause: [
        lineObservation(claim),
        inference(
          limit === 'server'
            ? `${whom} has reached its connection limit and refuses new ones: its clients together hold more than it allows.`
            : 'All connections of the pool in this process are in use and none comes back in time: they leak, queries are slow, or the pool is too small for the load.',
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          'See who holds the connections and for how long (pg_stat_activity, SHOW PROCESSLIST, CLIENT LIST).',
          'You know whether connections leak or are all at work.',
          { risk: 'none' },
        ),
        step(
          'Return connections in every code path; set pool size × replicas below the limit of the server.',
          'The number of connections stays below the limit.',
        ),
        step('If the load needs it, raise the limit or put a pooler in front.', 'The errors end under the same load.', { risk: 'medium' }),
      ],
    };
  },
} satisfies Rule;
