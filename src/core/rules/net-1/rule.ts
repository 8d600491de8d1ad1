import { itemsOf } from '../../model/fields.ts';
import { covered, objectOf, selectPods } from '../../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../../state/state.ts';
import { type Address, addressesOf } from '../address.ts';
import { nameOf } from '../dependency.ts';
import { findings, type LogFinding, lineFacts, lineObservation } from '../log-evidence.ts';
import { blockingPolicy, type Direction } from '../network-policy.ts';
import { citeField, idsOf, inference, present, type Rule, type RuleClaim, step, target } from '../rule.ts';

/** Connections of a container time out where the recorded NetworkPolicies let nothing pass. Policies drop: they never refuse. */
export default {
  id: 'NET-1',
  version: 1,
  title: 'NetworkPolicy lets the traffic not pass',
  reasons: ['NetworkPolicyBlocking'],
  maturity: 'experimental',
  kinds: ['Pod'],
  references: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/', 'networking.k8s.io/v1 NetworkPolicySpec'],
  falsePositives: [
    'a network plugin that does not enforce policies',
    'a refused connection: nothing was dropped',
    'policies of the network plugin itself, which may allow more',
  ],
  knownGaps: ['address blocks are taken as allowed', 'whether the traffic passed before the policy is not compared'],
  match(incident, state) {
    return findings(incident, state, ['connection-timeout'], 'the container gets no answer')
      .flatMap((finding) => addressesOf(state, finding.signal).flatMap((address) => blocked(state, finding, address)))
      .slice(0, 1);
  },
  describe(claim) {
    const { dependency, policy, direction, pod } = claim.facts;
    return {
      rootCause: [
        lineObservation(claim),
        inference(
          `NetworkPolicy ${policy} isolates ${pod} for ${direction}, and no recorded policy allows this connection to ${dependency}, so its packets are dropped.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step('Read the policies that select the pod.', 'You see which traffic they allow.', {
          command: `kubectl describe networkpolicies -n ${claim.subject.namespace}`,
          risk: 'none',
        }),
        step(`Allow this connection with an ${direction} rule: its peer and its port.`, 'The connection succeeds.', {
          command: `kubectl edit ${target(claim.subject)}`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;

function blocked(state: ClusterState, finding: LogFinding, address: Address): RuleClaim[] {
  const client = objectOf(state, finding.signal.ref);
  const servers = serversOf(state, address);
  if (client === undefined || servers.length === 0) return [];
  const claims = servers.map(({ pod, port }) => {
    const into = blockingPolicy(state, 'ingress', pod, client, port);
    const policy = into ?? blockingPolicy(state, 'egress', client, pod, port);
    const direction: Direction = into === undefined ? 'egress' : 'ingress';
    return policy === undefined ? undefined : { policy, direction, pod: direction === 'ingress' ? pod : client };
  });
  const [first] = claims;
  // One server that may be reached would answer.
  if (first === undefined || claims.includes(undefined)) return [];
  const { policy, direction, pod } = first;
  const complete = covered(state, 'NetworkPolicy', policy.ref.namespace);
  return [
    {
      reason: 'NetworkPolicyBlocking',
      subject: policy.ref,
      confidence: complete ? 0.7 : 0.62,
      evidence: [
        ...finding.evidence,
        ...present(
          citeField(policy, '/spec/podSelector', 'the pods that the policy isolates'),
          citeField(policy, `/spec/${direction}`, 'what it allows'),
        ),
      ],
      facts: { ...lineFacts(finding), dependency: nameOf(address), policy: policy.ref.name, direction, pod: `pod ${pod.ref.name}` },
      needs: complete ? [] : ['all NetworkPolicies of the namespace'],
    },
  ];
}

type Server = { pod: ObservedObject; port: number | undefined };

/** The pods behind an address that are ready, and the port of theirs that it leads to. */
function serversOf(state: ClusterState, address: Address): Server[] {
  const asked = Number(address.port) || undefined;
  if (address.type === 'pod') return [{ pod: address.pod, port: asked }];
  if (address.type !== 'service') return [];
  const { ref, object } = address.service;
  const ports = itemsOf(object.spec?.ports);
  const entry = ports.find(({ port }) => port === asked) ?? (ports.length === 1 ? ports[0] : undefined);
  return selectPods(state, ref.namespace, object.spec?.selector)
    .filter(({ object: pod }) => itemsOf(pod.status?.conditions).some(({ type, status }) => type === 'Ready' && status === 'True'))
    .map((pod) => ({ pod, port: portOf(pod, entry?.targetPort ?? entry?.port) }));
}

function portOf({ object }: ObservedObject, wanted: unknown): number | undefined {
  if (typeof wanted === 'number') return wanted;
  const all = itemsOf(object.spec?.containers).flatMap(({ ports }) => itemsOf(ports));
  return all.find(({ name }) => name !== undefined && name === wanted)?.containerPort;
}
