import { endpointsOf, listObjects, selectPods, topOwner } from '../../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../../state/state.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, citeSignal, idsOf, inference, namespaceFlag, observation, present, type Rule, signalsOf, step } from '../rule.ts';

/** Names do not resolve because nothing answers behind the Service of the cluster DNS. */
export default {
  id: 'DNS-2',
  version: 1,
  title: 'Cluster DNS is down',
  reasons: ['DnsServiceDown'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/',
    'discovery.k8s.io/v1 EndpointSlice.endpoints[].conditions.ready',
  ],
  falsePositives: ['pods that ask another DNS server (dnsPolicy None or Default)'],
  knownGaps: ['a DNS server that is ready and answers nothing is not seen as down', 'NodeLocal DNSCache has no Service'],
  match(incident, state) {
    const service = clusterDns(state);
    const endpoints = service === undefined ? undefined : endpointsOf(state, service.ref);
    if (service === undefined || endpoints === undefined || endpoints.ready > 0) return [];
    const pods = selectPods(state, service.ref.namespace, service.object.spec?.selector);
    const server = pods[0] === undefined ? undefined : topOwner(state, pods[0].ref);
    const shown = present(
      citeField(service, '/spec/selector', 'the Service of the cluster DNS'),
      citeField(
        endpoints.source,
        endpoints.source.object.kind === 'Endpoints' ? '/metadata/name' : '/endpoints',
        'its endpoints, none of them ready',
      ),
    );
    const facts = { service: service.ref.name, namespace: service.ref.namespace, pods: pods.length };
    const claim = { reason: 'DnsServiceDown' as const, subject: server ?? service.ref };
    const itself = signalsOf(incident, 'state', { field: 'endpoints' }).filter(({ ref }) => ref.uid === service.ref.uid);
    return [
      ...itself.map((signal) => ({
        ...claim,
        confidence: 0.88,
        evidence: [citeSignal(signal, 'the Service without a ready endpoint'), ...shown],
        facts: { ...facts, line: '' },
      })),
      ...findings(incident, state, ['dns-failure'], 'the name does not resolve').map((finding) => ({
        ...claim,
        confidence: weigh(finding.bearing, 0.94),
        evidence: [...finding.evidence, ...shown],
        facts: { ...lineFacts(finding), ...facts },
        dependsOn: service.ref,
      })),
    ];
  },
  describe(claim) {
    const { service, namespace, pods, line } = claim.facts;
    const behind = Number(pods) === 0 ? 'no pod runs behind it' : `none of the ${pods} pods behind it is ready`;
    return {
      rootCause: [
        ...(line === '' ? [] : [lineObservation(claim)]),
        observation(`Service ${namespace}/${service}, the DNS of the cluster, has no ready endpoint: ${behind}.`, idsOf(claim)),
        inference('No pod that asks it can resolve a name.', idsOf(claim)),
      ],
      steps: [
        step('Find out why the pods of the cluster DNS are missing or not ready.', 'You see replicas, restarts, or what they log.', {
          command: `kubectl get deployments,pods${namespaceFlag({ ...claim.subject, namespace: String(namespace) })} -l k8s-app=kube-dns`,
          risk: 'none',
        }),
        step('Bring the cluster DNS back, with two replicas or more.', `Service ${service} has ready endpoints and names resolve.`, {
          command: `kubectl scale deployment${namespaceFlag({ ...claim.subject, namespace: String(namespace) })} <dns deployment> --replicas=2`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;

/** CoreDNS and kube-dns carry this label in every distribution; the name of the Service differs. */
function clusterDns(state: ClusterState): ObservedObject | undefined {
  const services = listObjects(state, 'Service').filter(({ object }) => object.spec?.type !== 'ExternalName');
  const labelled = services.find(
    ({ object, ref }) => object.metadata?.labels?.['k8s-app'] === 'kube-dns' && object.spec?.selector !== undefined && ref.namespace !== '',
  );
  return labelled ?? services.find(({ ref }) => ref.namespace === 'kube-system' && ref.name === 'kube-dns');
}
