import { fieldsOf, itemsOf } from '../../model/fields.ts';
import { pointerOf } from '../../model/pointer.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, present, type Rule, step, target } from '../rule.ts';
import { containerOf, ownerSubject } from '../subject.ts';

/** A process cannot listen because something in the same network namespace already holds the port. */
export default {
  id: 'PRT-1',
  version: 1,
  title: 'Port is already in use',
  reasons: ['PortAlreadyInUse'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['errno EADDRINUSE', 'containers of a pod share one network namespace'],
  falsePositives: ['a process that starts twice in one container (reload) and goes on'],
  knownGaps: ['which process holds the port is known only when another container declares or logs it'],
  match(incident, state) {
    const found = findings(incident, state, ['address-in-use'], 'the port is taken').filter(({ bearing }) => bearing !== 'lasting');
    return found.map((finding) => {
      const { signal, bearing, fields } = finding;
      const container = containerOf(state, signal);
      const spec = fieldsOf(container?.version.object.spec);
      const others = itemsOf(spec.containers).flatMap((other, position) =>
        other.name === signal.container
          ? []
          : [
              {
                name: String(other.name),
                position,
                port: itemsOf(other.ports).findIndex(({ containerPort }) => String(containerPort) === fields.port),
              },
            ],
      );
      const holder = others.find(({ port }) => port >= 0) ?? (others.length === 1 ? others[0] : undefined);
      const holderPointer =
        holder === undefined
          ? ''
          : pointerOf('spec', 'containers', holder.position, ...(holder.port >= 0 ? ['ports', holder.port, 'containerPort'] : ['name']));
      return {
        reason: 'PortAlreadyInUse' as const,
        subject: ownerSubject(state, signal.ref),
        confidence: weigh(bearing, 0.93),
        evidence: [
          ...finding.evidence,
          ...present(
            container && holder && citeField(container.version, holderPointer, 'another container of the pod'),
            container && spec.hostNetwork === true
              ? citeField(container.version, '/spec/hostNetwork', 'the pod shares the ports of its node')
              : undefined,
          ),
        ],
        facts: {
          ...lineFacts(finding),
          port: fields.port ?? '',
          holder: holder?.name ?? '',
          hostNetwork: spec.hostNetwork === true ? 'yes' : '',
        },
      };
    });
  },
  describe(claim) {
    const { container, port, holder, hostNetwork } = claim.facts;
    const what = port === '' ? 'its port' : `port ${port}`;
    const who =
      hostNetwork !== ''
        ? 'The pod uses the network of its node, where another process listens there.'
        : holder !== ''
          ? `The containers of a pod share one network; container ${holder} is there beside it.`
          : 'Another process in the pod listens there.';
    return {
      rootCause: [
        lineObservation(claim),
        inference(`Container ${container} cannot listen on ${what}, because it is taken. ${who}`, idsOf(claim)),
      ],
      steps: [
        step(
          `Give one of them another port (argument or variable of container ${container}), and follow with containerPort, probes and Service targetPort.`,
          'Both containers run.',
          {
            command: `kubectl edit ${target(claim.subject)}`,
          },
        ),
      ],
    };
  },
} satisfies Rule;
