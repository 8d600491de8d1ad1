import { probeFault } from '../probe-fault.ts';
import { parseProbeFailure } from '../probe-message.ts';
import { probeTarget } from '../probe-target.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { containerOf, ownerSubject } from '../subject.ts';

const leastCount = 3;

/** A readiness probe that cannot succeed keeps a program that works out of its Services. */
export default {
  id: 'RDY-2',
  version: 1,
  title: 'Readiness probe asks the wrong thing',
  reasons: ['ReadinessMisconfigured'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'pkg/kubelet/prober',
    'core/v1 Probe, HTTPGetAction, GRPCAction',
    'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
  ],
  falsePositives: [
    'a program that starts slowly refuses connections too: another port must be named by its log or its spec',
    'a container that crashes or is killed: then its probe fails for that',
  ],
  knownGaps: ['the listening line must be among the recorded log lines'],
  match(incident, state) {
    const notReady = signalsOf(incident, 'pod.notReady').filter(({ active }) => active || incident.status !== 'ongoing');
    const ended = signalsOf(incident, 'container.terminated');
    return notReady.flatMap(({ ref }) => {
      const failures = eventsOf(incident, ['Unhealthy', 'ProbeError'], /^readiness probe/i).filter((event) => event.ref.uid === ref.uid);
      const [failed] = failures;
      if (failed === undefined || failures.reduce((sum, { count }) => sum + count, 0) < leastCount) return [];
      const container = containerOf(state, failed);
      const probe = probeTarget(state, failed, 'readinessProbe');
      const parsed = failures.map(({ detail }) => parseProbeFailure(String(detail.message)));
      const failure = parsed[0];
      // A misconfigured probe fails in one way from its first attempt on.
      if (container === undefined || probe === undefined || failure === undefined || parsed.some((one) => one?.form !== failure.form))
        return [];
      if (ended.some((crash) => crash.ref.uid === ref.uid && crash.container === failed.container)) return [];
      const fault = probeFault(state, incident, failed, failure, probe);
      if (fault === undefined) return [];
      return [
        {
          reason: 'ReadinessMisconfigured' as const,
          subject: ownerSubject(state, ref),
          confidence: fault.confidence,
          evidence: present(
            citeSignal(failed, 'what the probe met'),
            citeField(container.version, probe.portPointer, 'what the probe asks'),
            ...fault.evidence,
          ),
          facts: { container: failed.container ?? '', why: fault.why, port: probe.port, path: probe.path },
        },
      ];
    });
  },
  describe(claim) {
    const { container, why } = claim.facts;
    return {
      rootCause: [
        observation(`The readiness probe of container ${container} fails from its first attempt on: ${why}.`, idsOf(claim)),
        inference('The probe can never succeed, so the program runs but its pod gets no traffic.', idsOf(claim)),
      ],
      steps: [
        step(
          `Correct port, path, scheme or command of the readiness probe of container ${container} to what the program serves.`,
          'The pod becomes Ready and is listed as an endpoint.',
          { command: `kubectl edit ${target(claim.subject)}`, risk: 'medium' },
        ),
      ],
    };
  },
} satisfies Rule;
