import { pullClaims, pullObservation } from '../pull-failure.ts';
import { idsOf, inference, type Rule, step, target } from '../rule.ts';

/** The node gets no usable answer from the registry: no name, no route, no connection, a server error, or a certificate it does not trust. */
export default {
  id: 'IMG-4',
  version: 1,
  title: 'Registry cannot be reached or trusted',
  reasons: ['RegistryUnreachable', 'RegistryTlsError'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'core/v1 ContainerStateWaiting.message',
    'containerd remotes/docker resolver errors',
    'https://github.com/containerd/containerd/blob/main/docs/hosts.md',
  ],
  falsePositives: ['a registry host that is misspelt looks like one that cannot be resolved: the answer names both'],
  knownGaps: ['whether other nodes reach the registry is not compared'],
  match(incident, state) {
    return pullClaims(incident, state, ['RegistryUnreachable', 'RegistryTlsError'], 0.93);
  },
  describe(claim) {
    const { registry, image, detail } = claim.facts;
    const tls = claim.reason === 'RegistryTlsError';
    const name = /no such host|resolve|resolution|misbehaving/i.test(String(detail));
    const why = tls
      ? `The node reaches ${registry} but cannot make a trusted TLS connection to it (certificate, name or protocol).`
      : name
        ? `The node cannot resolve the registry host ${registry}: the host in the image name is wrong, or the node's DNS does not know it.`
        : `The node gets no usable answer from the registry ${registry}: the network path, a firewall or proxy, or the registry itself is down.`;
    return {
      rootCause: [pullObservation(claim), inference(why, idsOf(claim))],
      steps: tls
        ? [
            step(`Look at the certificate that ${registry} presents: names, issuer, validity.`, 'You know which of them is wrong.', {
              command: `openssl s_client -connect ${registry}:443 -servername ${registry} </dev/null | openssl x509 -noout -subject -issuer -dates -ext subjectAltName`,
              risk: 'none',
            }),
            step(
              'Renew or correct the certificate, give the nodes the CA (containerd certs.d), or correct the registry name.',
              'The pull succeeds.',
              { risk: 'medium' },
            ),
          ]
        : [
            step(
              `Check the registry host in ${image || 'the image name'}, and resolve and reach it from the node.`,
              'The node gets an HTTP answer from /v2/.',
              {
                command: `curl -sv https://${registry}/v2/`,
                risk: 'none',
              },
            ),
            step('Correct the image name, or open DNS, egress or proxy for the nodes.', 'The pod leaves ImagePullBackOff.', {
              command: `kubectl edit ${target(claim.subject)}`,
            }),
          ],
    };
  },
} satisfies Rule;
