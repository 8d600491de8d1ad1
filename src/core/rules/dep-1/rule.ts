import type { AggregatedEvent } from '../../model/event.ts';
import { endpointsOf } from '../../state/lookups.ts';
import type { ClusterState } from '../../state/state.ts';
import { type Address, addressesOf } from '../address.ts';
import { configuredServices } from '../configured-services.ts';
import { judgeDependency, nameOf } from '../dependency.ts';
import { findings, type LogFinding, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { idsOf, inference, logsOf, namespaceFlag, type Rule, type RuleClaim, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

const signatures = [
  'connection-refused',
  'connection-timeout',
  'connection-reset',
  'no-route',
  'upstream-unavailable',
  'dependency-unreachable',
  'dependency-loading',
];

/** Lines that name why the dependency cannot be used; beside them a bare "cannot connect" is only their echo. */
const better = [
  'dns-failure',
  'tls-expired',
  'tls-invalid',
  'auth-failed',
  'pool-exhausted',
  'rate-limited',
  'read-only-dependency',
  'apiserver-unreachable',
  'leader-election-lost',
  'etcd-unhealthy',
  'config-invalid',
  'env-missing',
  'env-invalid',
  'rbac-forbidden',
]; // prettier-ignore

/** A container cannot connect to what it depends on, and that dependency has nothing that answers. */
export default {
  id: 'DEP-1',
  version: 1,
  title: 'Dependency does not answer',
  reasons: ['DependencyUnreachable'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['errno ECONNREFUSED, ETIMEDOUT', 'discovery.k8s.io/v1 EndpointSlice.endpoints[].conditions.ready'],
  falsePositives: [
    'the Service has ready endpoints and refuses: its ports are wrong, not the dependency (SVC-4)',
    'a probe that is refused is reported by Unhealthy Events, not by the log',
    'refusals in the first seconds of a start, which retries heal: the incident recovers',
  ],
  knownGaps: ['a replica that cannot reach its primary is not reported', 'NetworkPolicies are not evaluated here'],
  match(incident, state) {
    const found = findings(incident, state, signatures, 'the container cannot connect to a dependency');
    return found.flatMap((finding) => {
      const addresses = targetsOf(incident, state, finding);
      const echo = logsOf(incident, better).some(
        ({ container, ref }) => container === finding.signal.container && ref.name === finding.signal.ref.name,
      );
      return (addresses.length === 0 ? [undefined] : addresses).flatMap((address) => claimOf(state, finding, address, echo) ?? []);
    });
  },
  describe(claim) {
    const { dependency, situation } = claim.facts;
    const causes: Record<string, string> = {
      empty: `${dependency} has no ready endpoint, so nothing accepts connections there; the cause lies with that dependency.`,
      unseen: `It depends on ${dependency}; whether that Service has ready endpoints was not recorded.`,
      slow: `${dependency} has ready endpoints, but connections to it do not get through in time: a network policy, the network, or an overloaded server.`,
      port: `${dependency} is a port that this Service does not offer; the client is told the wrong port, or the Service lacks it.`,
      pod: `The address belongs to ${dependency}, which is gone or not ready.`,
      external: `${dependency} lies outside of the cluster and does not accept the connection; nothing in the cluster explains it.`,
      local: `It expects ${dependency}, in its own pod, to accept connections.`,
      unknown: `Its dependency ${dependency} does not accept connections; it is no recorded Service or pod.`,
    };
    const service = claim.dependsOn?.kind === 'Service' ? claim.dependsOn : undefined;
    return {
      rootCause: [lineObservation(claim), inference(causes[String(situation)] as string, idsOf(claim))],
      steps: [
        service === undefined
          ? step(
              `Check from the pod that ${dependency} is up and reachable, and that address and port are right.`,
              'A connection from the pod succeeds.',
              { risk: 'none' },
            )
          : step(
              `Find out why Service ${service.name} has no ready endpoint: its selector, the pods behind it, their readiness.`,
              'The Service lists ready endpoints.',
              {
                command: `kubectl get endpointslices -l kubernetes.io/service-name=${service.name}${namespaceFlag(service)}`,
                risk: 'none',
              },
            ),
        step(
          'Let the client retry with a pause instead of exiting while the dependency is away.',
          'The client reconnects by itself once the dependency is back.',
        ),
      ],
    };
  },
} satisfies Rule;

function targetsOf(incident: AggregatedEvent, state: ClusterState, { signal }: LogFinding): Address[] {
  const written = addressesOf(state, signal);
  if (written.some(({ type }) => type !== 'unknown' && type !== 'absent')) return written.filter(({ type }) => type !== 'unknown');
  // The line gives no address that is known: what the container is told to use, where that has nothing that answers.
  const silent = configuredServices(state, signal, incident).filter(({ service }) => endpointsOf(state, service.ref)?.ready === 0);
  const [only] = silent;
  if (only === undefined || silent.length > 1) return written;
  return [{ type: 'service', host: only.service.ref.name, port: '', service: only.service, inferred: only.from }];
}

function claimOf(state: ClusterState, finding: LogFinding, address: Address | undefined, echo: boolean): RuleClaim | undefined {
  const { signal, bearing } = finding;
  const judged = judgeDependency(state, String(signal.detail.signature), address);
  if (judged === undefined) return undefined;
  const { situation, exit, evidence = [], dependsOn, needs = [] } = judged;
  return {
    reason: 'DependencyUnreachable',
    subject: ownerSubject(state, signal.ref),
    confidence: echo && situation === 'unknown' ? 0.6 : weigh(bearing, exit),
    evidence: [...finding.evidence, ...evidence],
    facts: { ...lineFacts(finding), situation, dependency: nameOf(address), host: address?.host ?? '', port: address?.port ?? '' },
    needs,
    ...(dependsOn === undefined ? {} : { dependsOn }),
  };
}
