import { citeSignal, idsOf, inference, observation, type Rule, signalsOf, step, target } from '../rule.ts';
import { sentence } from '../wording.ts';

const routes = new Set(['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute', 'Gateway']);

const meanings: Record<string, string> = {
  BackendNotFound: 'A backend that the route names does not exist.',
  InvalidKind: 'The route names a backend of a kind that its Gateway does not know.',
  RefNotPermitted: 'A reference into another namespace is not permitted there: a ReferenceGrant is missing.',
  NoMatchingParent: 'No listener of the Gateway has the section name or port that the route names.',
  NoMatchingListenerHostname: 'No listener of the Gateway has a hostname that the route asks for.',
  NotAllowedByListeners: 'The listeners of the Gateway do not admit routes of this namespace or kind.',
  UnsupportedValue: 'The route contains a value that this Gateway does not support.',
  UnsupportedProtocol: 'A backend speaks a protocol that this Gateway does not support.',
  InvalidParameters: 'The parameters of the Gateway are invalid.',
  ListenersNotValid: 'A listener of the Gateway is invalid.',
  InvalidCertificateRef: 'A listener names a certificate that does not exist or is not valid.',
};

/** The controller of a Gateway says in the status of a route, or of the Gateway, that it does not work as written. */
export default {
  id: 'RTE-1',
  version: 1,
  title: 'Gateway or route is not accepted',
  reasons: ['RouteMisconfigured'],
  maturity: 'experimental',
  kinds: [...routes],
  references: [
    'gateway.networking.k8s.io/v1 RouteParentStatus.conditions: Accepted, ResolvedRefs',
    'https://gateway-api.sigs.k8s.io/geps/gep-1364/',
  ],
  falsePositives: ['a backend that is created seconds later by the same release: the condition must last'],
  knownGaps: ['routes of meshes and of Ingress controllers of their own kind'],
  match(incident) {
    return signalsOf(incident, 'condition')
      .filter(({ ref, active }) => routes.has(ref.kind) && active)
      .map((signal) => ({
        reason: 'RouteMisconfigured' as const,
        subject: signal.ref,
        confidence: 0.85,
        evidence: [citeSignal(signal, 'what its controller says')],
        facts: {
          object: `${signal.ref.kind} ${signal.ref.name}`,
          type: String(signal.detail.type),
          reason: String(signal.detail.reason),
          message: String(signal.detail.message),
        },
      }));
  },
  describe(claim) {
    const { object, type, reason, message } = claim.facts;
    return {
      rootCause: [
        observation(sentence(`${object} has ${type}=False, ${reason}${message === '' ? '' : `: ${message}`}`), idsOf(claim)),
        inference(
          meanings[String(reason)] ?? 'Its controller does not accept it as it is written, so traffic does not pass.',
          idsOf(claim),
        ),
      ],
      steps: [
        step(`Correct ${object} (names, ports and namespaces of what it refers to), or create what is missing.`, `${type} becomes True.`, {
          command: `kubectl edit ${target(claim.subject)}`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
