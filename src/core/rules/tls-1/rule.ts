import type { Reason } from '../../model/taxonomy.ts';
import { addressesOf, urlHost } from '../address.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { idsOf, inference, type Rule, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** Servers report clients that break off; that is no fault of the server. */
const fromClients = /TLS handshake error from|remote error: tls: (?:bad|unknown) certificate|http: server: error/i;
const notYet = /not yet valid: current time \S+ is before|certificate is not yet valid|notBefore/i;

/** A TLS connection fails on a certificate: expired, of an unknown issuer, or for another name. */
export default {
  id: 'TLS-1',
  version: 1,
  title: 'Certificate is not accepted',
  reasons: ['TlsCertificateInvalid', 'CertificateExpired'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['Go crypto/x509 CertificateInvalidError, UnknownAuthorityError, HostnameError', 'OpenSSL X509_V_ERR_*'],
  falsePositives: ['handshake errors that a server logs about its clients', 'a node clock that is wrong'],
  knownGaps: ['the certificate itself is not read: Secret values are masked'],
  match(incident, state) {
    const found = findings(incident, state, ['tls-expired', 'tls-invalid'], 'the certificate is refused');
    return found.flatMap((finding) => {
      const { signal, bearing } = finding;
      const message = String(signal.detail.message);
      if (fromClients.test(message) && bearing !== 'exit') return [];
      const expired = signal.detail.signature === 'tls-expired' && !notYet.test(message);
      const reason: Reason = expired ? 'CertificateExpired' : 'TlsCertificateInvalid';
      const peer = addressesOf(state, signal)[0]?.host ?? urlHost(message);
      const confidence = weigh(bearing === 'earlier' ? 'lasting' : bearing, expired ? 0.93 : 0.9);
      return [
        {
          reason,
          subject: ownerSubject(state, signal.ref),
          confidence,
          evidence: finding.evidence,
          facts: { ...lineFacts(finding), peer, kind: kindOf(message) },
        },
      ];
    });
  },
  describe(claim) {
    const { peer, kind } = claim.facts;
    const whose = peer === '' ? 'A certificate that it depends on' : `The certificate of ${peer}`;
    const expired = claim.reason === 'CertificateExpired';
    const what = expired
      ? `${whose} has expired, so connections or checks that need it fail.`
      : `${whose} is not accepted (${kind}), so no TLS connection comes about.`;
    return {
      rootCause: [lineObservation(claim), inference(what, idsOf(claim))],
      steps: [
        step('Look at the validity, names and issuer of the certificate that is used.', 'You know which of them is wrong.', {
          command: `openssl s_client -connect ${peer || '<host>'}:443 -servername ${peer || '<host>'} </dev/null | openssl x509 -noout -subject -issuer -dates -ext subjectAltName`,
          risk: 'none',
        }),
        expired
          ? step(
              'Renew the certificate in the Secret or ConfigMap that holds it and restart what reads it only once.',
              'notAfter lies in the future and the error is gone.',
              { risk: 'medium' },
            )
          : step('Give the client the CA that signed the certificate, or issue one with the right names.', 'The handshake succeeds.', {
              risk: 'medium',
            }),
      ],
    };
  },
} satisfies Rule;

function kindOf(message: string): string {
  if (notYet.test(message)) return 'it is not valid yet';
  if (/unknown authority|self[- ]signed|local issuer|PKIX|verify the first|unable to get|issuer/i.test(message))
    return 'its issuer is not trusted';
  if (/not valid for|is valid for|altname|subject name|doesn't match|IP SANs|hostname/i.test(message))
    return 'it was issued for another name';
  return 'the handshake fails';
}
