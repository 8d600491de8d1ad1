import type { ClusterState } from '../../state/state.ts';
import { type Address, addressesOf } from '../address.ts';
import { findings, type LogFinding, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, present, type Rule, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** The DNS server did not answer, which says nothing about the name. */
const unanswered =
  /server misbehaving|i\/o timeout|temporary failure|EAI_AGAIN|try again|SERVFAIL|no answer from dns|read udp|connection refused|dial udp/i;

/** A container cannot resolve the name of something it depends on. */
export default {
  id: 'DNS-1',
  version: 1,
  title: 'Name of a dependency does not resolve',
  reasons: ['DnsResolutionFailed'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/', 'getaddrinfo EAI_NONAME, EAI_AGAIN'],
  falsePositives: [
    'DNS that fails for many pods at once is a fault of the cluster DNS (DNS-2)',
    'a NetworkPolicy that blocks port 53 (DNS-3)',
  ],
  knownGaps: ['search domains of dnsConfig are not followed'],
  match(incident, state) {
    const found = findings(incident, state, ['dns-failure'], 'the name does not resolve');
    return found.map((finding) => claimOf(state, finding));
  },
  describe(claim) {
    const { host, situation, service, namespace } = claim.facts;
    const causes: Record<string, string> = {
      absent: `There is no Service ${service} in namespace ${namespace}, so the cluster DNS has no such name: the name is wrong, or the Service was never created or was deleted.`,
      exists: `Service ${namespace}/${service} exists, so the name is right; the DNS of the pod does not answer for it.`,
      external: `${host} is no name of this cluster; the DNS that the pod asks does not know it.`,
      silent: `The DNS server did not answer the query for ${host}; it is down, overloaded, or not reachable from the pod.`,
      unknown: `No DNS record exists for ${host}.`,
    };
    const wrong = situation !== 'exists' && situation !== 'silent';
    return {
      rootCause: [lineObservation(claim), inference(causes[String(situation)] as string, idsOf(claim))],
      steps: [
        step(
          `Resolve ${host || 'the name'} from a pod in namespace ${claim.subject.namespace}.`,
          'You see whether the name or the DNS is at fault.',
          {
            command: `kubectl run dns-check -n ${claim.subject.namespace} --rm -it --restart=Never --image=busybox -- nslookup ${host || '<name>'}`,
            risk: 'none',
          },
        ),
        wrong
          ? step(
              situation === 'absent'
                ? `Create Service ${service} in namespace ${namespace}, or correct the name that the container uses (<service>.<namespace>).`
                : 'Correct the host name that the container uses.',
              'The name resolves and the container goes on.',
              {
                command: `kubectl edit ${target(claim.subject)}`,
              },
            )
          : step('Check the pods of the cluster DNS and that the pod may reach them on port 53 (UDP and TCP).', 'Queries are answered.', {
              command: 'kubectl get pods,endpointslices -n kube-system -l k8s-app=kube-dns',
              risk: 'none',
            }),
      ],
    };
  },
} satisfies Rule;

function claimOf(state: ClusterState, finding: LogFinding) {
  const { signal, bearing, fields } = finding;
  // The name in the error, not the address of the DNS server beside it.
  const address =
    addressesOf(state, signal).find(({ host }) => host === fields.host?.toLowerCase().replace(/\.$/, '')) ?? addressesOf(state, signal)[0];
  const silent = unanswered.test(String(signal.detail.message));
  const { situation, exit } = judge(address, silent);
  const service = address?.type === 'service' ? address.service : undefined;
  return {
    reason: 'DnsResolutionFailed' as const,
    subject: ownerSubject(state, signal.ref),
    confidence: weigh(bearing === 'lasting' && situation === 'absent' ? 'unready' : bearing, exit),
    evidence: [...finding.evidence, ...present(service && citeField(service, '/metadata/name', 'the Service that has this name'))],
    facts: {
      ...lineFacts(finding),
      host: address?.host ?? '',
      situation,
      service: service?.ref.name ?? (address?.type === 'absent' ? address.name : ''),
      namespace: service?.ref.namespace ?? (address?.type === 'absent' ? address.namespace : ''),
    }, // prettier-ignore
    needs: silent ? ['state and log of the cluster DNS'] : [],
  };
}

function judge(address: Address | undefined, silent: boolean): { situation: string; exit: number } {
  if (address?.type === 'absent') return { situation: 'absent', exit: silent ? 0.85 : 0.93 };
  if (address?.type === 'service') return { situation: 'exists', exit: 0.78 };
  if (silent) return { situation: 'silent', exit: 0.8 };
  return address?.type === 'external' ? { situation: 'external', exit: 0.9 } : { situation: 'unknown', exit: 0.87 };
}
