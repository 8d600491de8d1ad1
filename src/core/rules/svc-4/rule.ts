import type { Evidence } from '../../model/event.ts';
import { itemsOf, text } from '../../model/fields.ts';
import { pointerOf } from '../../model/pointer.ts';
import { quoted } from '../../model/text.ts';
import { secondsBetween } from '../../model/time.ts';
import { endpointsOf, selectPods } from '../../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../../state/state.ts';
import { addressesOf } from '../address.ts';
import { citeField, citeSignal, idsOf, inference, logsOf, namespaceFlag, observation, present, type Rule, step } from '../rule.ts';

type Port = { name?: string; port: number; targetPort?: number | string };

/** Proof that a pod listens elsewhere than the Service sends to: its log, a probe that passes, or its declared ports. */
function listensElsewhere(
  state: ClusterState,
  pod: ObservedObject,
  targetPort: number | string,
): { port: number; evidence: Evidence } | undefined {
  const containers = itemsOf(pod.object.spec?.containers);
  const declared = containers.flatMap((container) => itemsOf(container.ports) as { name?: string; containerPort: number }[]);
  if (declared.some(({ name, containerPort }) => name === targetPort || containerPort === targetPort)) return undefined;
  const said = state.listening.get(`${pod.ref.namespace}/${pod.ref.name}`) ?? [];
  if (said.some(({ port }) => port === targetPort)) return undefined;
  const heard = said[0];
  if (heard !== undefined) {
    const { seq, at, ref, message, port } = heard;
    const evidence = {
      id: '',
      type: 'log' as const,
      seq,
      pointer: '/message',
      value: message,
      ref,
      at,
      note: `the pod says that it listens on ${port}`,
      role: 'supports' as const,
    };
    return { port, evidence };
  }
  for (const [position, container] of containers.entries()) {
    const probe = container.readinessProbe?.httpGet ?? container.readinessProbe?.tcpSocket;
    const field = container.readinessProbe?.httpGet === undefined ? 'tcpSocket' : 'httpGet';
    const evidence = citeField(
      pod,
      pointerOf('spec', 'containers', position, 'readinessProbe', field, 'port'),
      'the readiness probe passes on this port',
    );
    if (typeof probe?.port === 'number' && probe.port !== targetPort && evidence !== undefined) return { port: probe.port, evidence };
  }
  const position = containers.findIndex(({ ports }) => (ports ?? []).length > 0);
  const evidence = citeField(
    pod,
    pointerOf('spec', 'containers', position, 'ports', 0, 'containerPort'),
    'the port that the container declares',
  );
  return evidence === undefined || declared[0] === undefined ? undefined : { port: declared[0].containerPort, evidence };
}

/** Since when a pod is Ready; '' when it does not say. */
function readySince(pod: ObservedObject): string {
  const ready = itemsOf(pod.object.status?.conditions).find(({ type, status }) => type === 'Ready' && status === 'True');
  return text(ready?.lastTransitionTime);
}

/** Clients of a Service are refused although its endpoints are ready: it sends to a port on which the pods do not listen. */
export default {
  id: 'SVC-4',
  version: 1,
  title: 'Service sends to a port on which nothing listens',
  reasons: ['TargetPortMismatch'],
  maturity: 'stable',
  kinds: ['Service', 'Pod'],
  references: ['core/v1 ServicePort.targetPort'],
  falsePositives: [
    'containerPort is only informational: a refusal is needed as proof',
    'a client that uses a port which the Service does not offer (DEP-1)',
    'refusals before the pods were Ready: the start order',
  ],
  knownGaps: ['a refusal by the application itself after accepting is not told apart'],
  match(incident, state) {
    const seen = new Set<string>();
    return logsOf(incident, ['connection-refused', 'dependency-unreachable', 'connection-timeout']).flatMap((signal) =>
      addressesOf(state, signal).flatMap((address) => {
        if (address.type !== 'service' || seen.has(address.service.ref.uid)) return [];
        const { service } = address;
        if ((endpointsOf(state, service.ref)?.ready ?? 0) === 0) return [];
        const ports = itemsOf(service.object.spec?.ports) as Port[];
        // Without a port in the line the first one is meant; one that the Service does not offer is the client's fault (DEP-1).
        const position = address.port === '' ? 0 : ports.findIndex(({ port }) => String(port) === address.port);
        const port = ports[position];
        const pod = selectPods(state, service.ref.namespace, service.object.spec?.selector)[0];
        if (port === undefined || pod === undefined) return [];
        const targetPort = port.targetPort ?? port.port;
        const elsewhere = listensElsewhere(state, pod, targetPort);
        if (elsewhere === undefined || secondsBetween(readySince(pod), signal.lastAt) < 0) return [];
        seen.add(service.ref.uid);
        return [
          {
            reason: 'TargetPortMismatch' as const,
            subject: service.ref,
            confidence: 0.93,
            evidence: present(
              citeSignal(signal, 'the client is refused'),
              citeField(
                service,
                pointerOf('spec', 'ports', position, port.targetPort === undefined ? 'port' : 'targetPort'),
                'where the Service sends to',
              ),
              elsewhere.evidence,
            ),
            facts: {
              service: service.ref.name,
              targetPort: String(targetPort),
              listens: elsewhere.port,
              client: signal.ref.name,
              position,
            },
          },
        ];
      }),
    );
  },
  describe(claim) {
    const { service, targetPort, listens, client, position } = claim.facts;
    return {
      rootCause: [
        observation(`Service ${service} forwards to targetPort ${targetPort}, but its pods listen on ${listens}.`, idsOf(claim, 1, 2)),
        inference(`The endpoints are ready, yet connections of ${client} through the Service are refused.`, idsOf(claim)),
      ],
      steps: [
        step(`Set targetPort of Service ${service} to ${listens}.`, 'Clients get answers through the Service.', {
          command: `kubectl patch service ${service}${namespaceFlag(claim.subject)} --type=json -p ${quoted(JSON.stringify([{ op: 'replace', path: `/spec/ports/${position}/targetPort`, value: listens }]))}`,
        }),
      ],
    };
  },
} satisfies Rule;
