import { fieldsOf, textsOf } from '../../model/fields.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, present, type Rule, step, target } from '../rule.ts';
import { containerOf, ownerSubject } from '../subject.ts';

const firstOpenPort = 1024;

/** A process that does not run as root may not listen on a port below 1024 without the capability NET_BIND_SERVICE. */
export default {
  id: 'SEC-2',
  version: 1,
  title: 'Privileged port refused to an unprivileged process',
  reasons: ['SecurityContextConflict'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['capabilities(7) CAP_NET_BIND_SERVICE', 'core/v1 SecurityContext.runAsUser, capabilities', 'errno EACCES of bind(2)'],
  falsePositives: ['a port that is taken (EADDRINUSE) is PRT-1'],
  knownGaps: ['the user of the image is not recorded', 'the sysctl net.ipv4.ip_unprivileged_port_start is not read'],
  match(incident, state) {
    return findings(incident, state, ['permission-denied'], 'the port is refused').flatMap((finding) => {
      const { signal, fields, bearing } = finding;
      const port = Number(fields.port);
      if (!(port > 0 && port < firstOpenPort) || bearing === 'lasting') return [];
      const container = containerOf(state, signal);
      const own = fieldsOf(container?.spec.securityContext);
      const pod = fieldsOf(container?.version.object.spec?.securityContext);
      const dropped = textsOf(fieldsOf(own.capabilities).drop).length > 0;
      const user = own.runAsUser ?? pod.runAsUser;
      const userPointer =
        own.runAsUser === undefined ? '/spec/securityContext/runAsUser' : `${container?.pointer}/securityContext/runAsUser`;
      const known = dropped || (user !== undefined && user !== 0);
      return [
        {
          reason: 'SecurityContextConflict' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: weigh(bearing, known ? 0.92 : 0.84),
          evidence: [
            ...finding.evidence,
            ...present(
              container && user !== undefined ? citeField(container.version, userPointer, 'the user that the process runs as') : undefined,
              container && dropped
                ? citeField(container.version, `${container.pointer}/securityContext/capabilities/drop`, 'the capabilities that it lacks')
                : undefined,
            ),
          ],
          facts: { ...lineFacts(finding), port, user: user === undefined ? '' : String(user), dropped: dropped ? 'yes' : '' },
          needs: known ? [] : ['the user that the image runs as'],
        },
      ];
    });
  },
  describe(claim) {
    const { container, port, user, dropped } = claim.facts;
    const who = `${user === '' ? '' : `, which runs as user ${user}`}${dropped === '' ? '' : `${user === '' ? ', which' : ' and'} gives up capabilities`}`;
    return {
      rootCause: [
        lineObservation(claim),
        inference(
          `Container ${container}${who}, may not listen on port ${port}: ports below 1024 need root or NET_BIND_SERVICE.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          `Let container ${container} listen on a port from 1024 on (such as 8080), and follow with containerPort, probes and Service targetPort.`,
          'The container starts.',
          { command: `kubectl edit ${target(claim.subject)}`, risk: 'medium' },
        ),
        step('If the port must stay: add capability NET_BIND_SERVICE to its securityContext.', 'The container starts.', { risk: 'medium' }),
      ],
    };
  },
} satisfies Rule;
