import type { Reason } from '../../model/taxonomy.ts';
import { type BrokenReference, brokenReferences } from '../../state/ingress.ts';
import { objectOf } from '../../state/lookups.ts';
import {
  citeField,
  citeSignal,
  eventsOf,
  idsOf,
  inference,
  namespaceFlag,
  observation,
  present,
  type Rule,
  type RuleClaim,
  signalsOf,
  step,
  target,
} from '../rule.ts';

const reasons: Record<Exclude<BrokenReference['kind'], 'class'>, Reason> = {
  service: 'IngressBackendNotFound',
  port: 'IngressBackendPortMismatch',
  secret: 'TlsSecretNotFound',
};

/** Wordings of the controllers (ingress-gce, aws-load-balancer-controller, HAProxy, Traefik, Contour, NGINX Inc.). */
const wordings: [keyof typeof reasons, RegExp][] = [
  ['port', /(?:could not|cannot|unable to) find port "?(?<port>[\w-]{1,63})"? (?:in|on|of) service "?(?:[\w-]+\/)?(?<name>[\w.-]{1,63})/i],
  ['port', /service "?(?:[\w-]+\/)?(?<name>[\w.-]{1,63})"? (?:has no|does not have a?) port "?(?<port>[\w-]{1,63})/i],
  ['service', /(?:could not|cannot|unable to) find (?:the )?service "?(?:[\w-]+\/)?(?<name>[\w.-]{1,63})/i],
  ['service', /services? "?(?:[\w-]+\/)?(?<name>[\w.-]{1,63})"? (?:was |is )?(?:not found|doesn'?t exist|does not exist)/i],
  ['secret', /secrets? "?(?:[\w-]+\/)?(?<name>[\w.-]{1,253}?)"? (?:was |is )?(?:not found|doesn'?t exist|does not exist)/i],
];

/** An Ingress sends to a Service or port that does not exist, or its certificate does not. */
export default {
  id: 'ING-2',
  version: 1,
  title: 'Ingress backend or certificate does not exist',
  reasons: ['IngressBackendNotFound', 'IngressBackendPortMismatch', 'TlsSecretNotFound'],
  maturity: 'experimental',
  kinds: ['Ingress'],
  references: ['networking.k8s.io/v1 IngressServiceBackend', 'networking.k8s.io/v1 IngressTLS.secretName'],
  falsePositives: [
    'a Service that the same release creates a moment later',
    'certificates that cert-manager orders',
    'Secrets are mostly not recorded',
  ],
  knownGaps: ['a Service that is deleted under an Ingress that is not touched itself'],
  match(incident, state) {
    const claims = signalsOf(incident, 'state', { field: 'references' }).flatMap((signal): RuleClaim[] => {
      const ingress = objectOf(state, signal.ref);
      const broken = ingress === undefined ? [] : brokenReferences(state, ingress.object);
      return broken.flatMap(({ kind, name, port, pointer }) =>
        ingress === undefined || kind === 'class'
          ? []
          : [
              {
                reason: reasons[kind],
                subject: ingress.ref,
                confidence: 0.7,
                evidence: present(citeField(ingress, pointer, 'what the Ingress refers to'), citeSignal(signal, 'the Ingress')),
                facts: { ingress: ingress.ref.name, kind, name, port },
              },
            ],
      );
    });
    if (claims.length > 0) return claims.slice(0, 1);
    return incident.signals
      .filter(({ ref }) => ref.kind === 'Ingress')
      .flatMap((signal) => {
        if (signal.type !== 'event' || eventsOf(incident, [String(signal.detail.reason)]).length === 0) return [];
        const told = wordings
          .map(([kind, pattern]) => ({ kind, groups: pattern.exec(String(signal.detail.message))?.groups }))
          .find(({ groups }) => groups !== undefined);
        if (told === undefined || signal.detail.type !== 'Warning') return [];
        return [
          {
            reason: reasons[told.kind],
            subject: signal.ref,
            confidence: 0.7,
            evidence: [citeSignal(signal, 'the ingress controller says so')],
            facts: { ingress: signal.ref.name, kind: told.kind, name: told.groups?.name ?? '', port: told.groups?.port ?? '' },
          },
        ];
      })
      .slice(-1);
  },
  describe(claim) {
    const { ingress, kind, name, port } = claim.facts;
    const what: Record<string, [string, string]> = {
      service: [`Service ${name}`, `No Service ${name} exists in its namespace, so requests for that route cannot be answered.`],
      port: [`port ${port} of Service ${name}`, `Service ${name} has no port ${port}, so requests for that route cannot be answered.`],
      secret: [`the certificate in Secret ${name}`, `Secret ${name} does not exist, so TLS does not work for its hosts.`],
    };
    const [reference, why] = what[String(kind)] as [string, string];
    return {
      rootCause: [observation(`Ingress ${ingress} refers to ${reference}.`, idsOf(claim, 0)), inference(why, idsOf(claim))],
      steps: [
        step('See what there is under a similar name.', 'You know the right name or port.', {
          command: `kubectl get ${kind === 'secret' ? 'secrets' : 'services'}${namespaceFlag(claim.subject)}`,
          risk: 'none',
        }),
        step('Correct the reference in the Ingress, or create what it refers to.', 'The route answers.', {
          command: `kubectl edit ${target(claim.subject)}`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
