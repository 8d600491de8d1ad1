import { itemsOf } from '../../model/fields.ts';
import { endpointsOf, selectPods } from '../../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../../state/state.ts';
import { addressesOf } from '../address.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, present, type Rule, step, target } from '../rule.ts';

/** A Service offers a port with one protocol, its pods declare it with the other. */
export default {
  id: 'SVC-5',
  version: 1,
  title: 'Service and pods use different protocols',
  reasons: ['ServiceProtocolMismatch'],
  maturity: 'experimental',
  kinds: ['Service', 'Pod'],
  references: ['core/v1 ServicePort.protocol', 'core/v1 ContainerPort.protocol'],
  falsePositives: ['containerPort is only informational: a client that fails is needed as proof'],
  knownGaps: ['HTTP spoken to a port of another application protocol is not seen'],
  match(incident, state) {
    const found = findings(incident, state, ['connection-refused', 'connection-timeout', 'connection-reset'], 'the client gets no answer');
    return found.flatMap((finding) =>
      addressesOf(state, finding.signal).flatMap((address) => {
        if (address.type !== 'service' || (endpointsOf(state, address.service.ref)?.ready ?? 0) === 0) return [];
        const mismatch = mismatchOf(state, address.service, address.port);
        if (mismatch === undefined) return [];
        const { port, offered, declared, pod, pointer } = mismatch;
        return [
          {
            reason: 'ServiceProtocolMismatch' as const,
            subject: address.service.ref,
            confidence: weigh(finding.bearing, 0.9),
            evidence: [
              ...finding.evidence,
              ...present(
                citeField(address.service, '/spec/ports', 'the ports that the Service offers'),
                citeField(pod, pointer, 'the port as the container declares it'),
              ),
            ],
            facts: { ...lineFacts(finding), service: address.service.ref.name, port, offered, declared },
          },
        ];
      }),
    );
  },
  describe(claim) {
    const { service, port, offered, declared } = claim.facts;
    return {
      rootCause: [
        lineObservation(claim),
        inference(`Service ${service} sends ${offered} to port ${port}, where its pods listen for ${declared}.`, idsOf(claim)),
      ],
      steps: [
        step(`Set the protocol of the port of Service ${service} to ${declared}.`, 'Clients connect.', {
          command: `kubectl edit ${target(claim.subject)}`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;

function mismatchOf(state: ClusterState, service: ObservedObject, asked: string) {
  const ports = itemsOf(service.object.spec?.ports).filter(({ port }) => asked === '' || String(port) === asked);
  const pod = selectPods(state, service.ref.namespace, service.object.spec?.selector)[0];
  if (pod === undefined) return undefined;
  for (const { port, targetPort = port, protocol = 'TCP' } of ports) {
    const declared = itemsOf(pod.object.spec?.containers).flatMap(({ ports: own }, container) =>
      itemsOf(own).map((item, position) => ({ item, pointer: `/spec/containers/${container}/ports/${position}` })),
    );
    const same = declared.filter(({ item }) => item.name === targetPort || item.containerPort === targetPort);
    const [first] = same;
    if (first === undefined || same.some(({ item }) => (item.protocol ?? 'TCP') === protocol)) continue;
    return { port: Number(port), offered: String(protocol), declared: String(first.item.protocol ?? 'TCP'), pod, pointer: first.pointer };
  }
  return undefined;
}
