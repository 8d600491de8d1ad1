import type { AggregatedEvent } from '../../model/event.ts';
import { endpointsOf } from '../../state/lookups.ts';
import type { ClusterState } from '../../state/state.ts';
import { type Address, addressesOf } from '../address.ts';
import { configuredServices } from '../configured-services.ts';
import { findings, type LogFinding, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, logsOf, namespaceFlag, present, type Rule, type RuleClaim, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

const signatures = ['connection-refused', 'connection-timeout', 'connection-reset', 'no-route', 'upstream-unavailable', 'dependency-unreachable', 'dependency-loading'];

/** Lines that name why the dependency cannot be used; beside them a bare "cannot connect" is only their echo. */
const better = [
  'dns-failure', 'tls-expired', 'tls-invalid', 'auth-failed', 'pool-exhausted', 'rate-limited', 'read-only-dependency', 'apiserver-unreachable',
  'leader-election-lost', 'etcd-unhealthy', 'config-invalid', 'env-missing', 'env-invalid', 'rbac-forbidden',
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
      const echo = logsOf(incident, better).some(({ container, ref }) => container === finding.signal.container && ref.name === finding.signal.ref.name);
      return (addresses.length === 0 ? [undefined] : addresses).flatMap((address) => claimOf(state, finding, address, echo) ?? []);
    });
  },
  describe(claim) {
    const { dependency, situation } = claim.facts;
    const causes: Record<string, string> = {
      empty: `${dependency} has no ready endpoint, so nothing accepts connections there; the cause lies with that dependency.`,
      unseen: `It depends on ${dependency}; whether that Service has ready endpoints was not recorded.`,
      slow: `${dependency} has ready endpoints, but connections to it do not get through in time: a network policy, the network, or an overloaded server.`,
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
          ? step(`Check from the pod that ${dependency} is up and reachable, and that address and port are right.`, 'A connection from the pod succeeds.', { risk: 'none' })
          : step(`Find out why Service ${service.name} has no ready endpoint: its selector, the pods behind it, their readiness.`, 'The Service lists ready endpoints.', {
              command: `kubectl get endpointslices -l kubernetes.io/service-name=${service.name}${namespaceFlag(service)}`,
              risk: 'none',
            }),
        step('Let the client retry with a pause instead of exiting while the dependency is away.', 'The client reconnects by itself once the dependency is back.'),
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
  const judged = judge(state, String(signal.detail.signature), address);
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

type Judgement = Pick<RuleClaim, 'dependsOn' | 'needs'> & { situation: string; exit: number; evidence?: RuleClaim['evidence'] };

function judge(state: ClusterState, signature: string, address: Address | undefined): Judgement | undefined {
  if (address?.type === 'service') return judgeService(state, signature, address);
  if (address?.type === 'pod') {
    const ready = (address.pod.object.status?.conditions ?? []).some((one: { type: string; status: string }) => one.type === 'Ready' && one.status === 'True');
    if (ready && address.pod.deleted === undefined) return undefined;
    return { situation: 'pod', exit: 0.8, evidence: present(citeField(address.pod, '/status/podIP', 'the pod at that address')), dependsOn: address.pod.ref };
  }
  if (address?.type === 'external') return { situation: 'external', exit: 0.82 };
  if (address?.type === 'local') return { situation: 'local', exit: 0.66 };
  if (address?.type === 'absent') return { situation: 'unknown', exit: 0.76 };
  const vague = address === undefined && (signature === 'connection-timeout' || signature === 'connection-reset');
  return { situation: 'unknown', exit: vague ? 0.7 : 0.8, needs: ['the Service or host behind the address'] };
}

function judgeService(state: ClusterState, signature: string, { service, inferred }: Address & { type: 'service' }): Judgement | undefined {
  const { spec = {} } = service.object;
  const shown = present(citeField(service, spec.selector === undefined ? '/spec' : '/spec/selector', 'the Service that it connects to'));
  if (spec.type === 'ExternalName' || spec.selector === undefined) return { situation: 'external', exit: 0.8, evidence: shown };
  const endpoints = endpointsOf(state, service.ref);
  if (endpoints === undefined) return { situation: 'unseen', exit: 0.78, evidence: shown, dependsOn: service.ref, needs: ['the EndpointSlices of the Service'] };
  const list = citeField(endpoints.source, endpoints.source.object.kind === 'Endpoints' ? '/metadata/name' : '/endpoints', 'its endpoints, none of them ready');
  if (endpoints.ready === 0) return { situation: 'empty', exit: inferred === undefined ? 0.92 : 0.86, evidence: [...shown, ...present(list)], dependsOn: service.ref };
  if (signature !== 'connection-timeout' && signature !== 'no-route') return undefined;
  return { situation: 'slow', exit: 0.7, evidence: shown, dependsOn: service.ref, needs: ['NetworkPolicies and metrics of the dependency'] };
}

function nameOf(address: Address | undefined): string {
  if (address === undefined) return '(not named in the line)';
  const port = address.port === '' ? '' : `:${address.port}`;
  if (address.type === 'service') return `Service ${address.service.ref.namespace}/${address.service.ref.name}${port}`;
  if (address.type === 'pod') return `Pod ${address.pod.ref.namespace}/${address.pod.ref.name}${port}`;
  return `${address.host}${port}`;
}
