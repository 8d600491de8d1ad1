import { addressesOf, urlHost } from '../address.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { idsOf, inference, type Rule, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** A pull from an image registry, which IMG-3 speaks of. */
const registry = /\b(?:pull(?:ing)? image|manifests?\/|\/v2\/[\w./-]+\/blobs|docker\.io|toomanyrequests)\b/i;

/** A service that the container calls answers with 429: too many requests. */
export default {
  id: 'RAT-1',
  version: 1,
  title: 'Requests are rate-limited',
  reasons: ['RateLimited'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['HTTP 429 (RFC 6585)', 'client-go rate: Wait(n=1) would exceed context deadline is the own limiter and no 429'],
  falsePositives: ['429 of an image registry (IMG-3)', 'a server that logs the 429 it gives to its clients'],
  knownGaps: ['the limit and who else uses it up are not known'],
  match(incident, state) {
    return findings(incident, state, ['rate-limited'], 'the request is refused for its rate')
      .filter(({ signal }) => !registry.test(String(signal.detail.message)))
      .map((finding) => {
        const { signal, bearing } = finding;
        const peer = addressesOf(state, signal)[0]?.host ?? urlHost(String(signal.detail.message));
        return {
          reason: 'RateLimited' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: weigh(bearing, 0.88),
          evidence: finding.evidence,
          facts: { ...lineFacts(finding), peer, count: signal.count },
        };
      });
  },
  describe(claim) {
    const { peer, count } = claim.facts;
    const whom = peer === '' ? 'A service that it calls' : String(peer);
    return {
      rootCause: [
        lineObservation(claim),
        inference(`${whom} refuses requests because there are too many of them; the line was seen ${count} times.`, idsOf(claim)),
      ],
      steps: [
        step('Back off exponentially and honour Retry-After instead of repeating at once.', 'The share of 429 answers falls.'),
        step('Lower the rate (cache, batch, fewer replicas), or ask for a higher quota.', 'No 429 under normal load.'),
      ],
    };
  },
} satisfies Rule;
