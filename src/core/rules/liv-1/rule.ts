import { crashesOf, probeKills, sameContainer } from '../crash.ts';
import { parseProbeFailure } from '../probe-message.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

const met = {
  refused: 'nobody accepted the connection',
  timeout: 'no answer came in time',
  status: 'the answer was an HTTP error',
  scheme: 'the answer was in another scheme',
  unimplemented: 'the server has no gRPC health service',
  'no-command': 'its command could not be run',
  other: 'it failed',
};

/** The kubelet kills a running container because its liveness probe keeps failing. */
export default {
  id: 'LIV-1',
  version: 1,
  title: 'Container killed by its liveness probe',
  reasons: ['LivenessProbeKill'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'pkg/kubelet/prober',
    'core/v1 Container.livenessProbe',
    'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes',
  ],
  falsePositives: ['exit code 137 of an OOM kill', 'single failures of a probe that recovers: nothing is killed'],
  knownGaps: ['says that the program stopped answering, not why'],
  match(incident, state) {
    return crashesOf(incident, () => true).flatMap((crash) => {
      if (crash.detail.reason === 'OOMKilled') return [];
      const probe = containerField(state, crash, '/livenessProbe');
      const kill = probeKills(incident, crash, 'liveness')[0];
      const failures = eventsOf(incident, ['Unhealthy'], /^Liveness probe/i).filter((event) => sameContainer(event, crash));
      const [failed] = failures;
      const threshold = Number((probe?.value as { failureThreshold?: number } | undefined)?.failureThreshold ?? 3);
      const often = failures.reduce((sum, { count }) => sum + count, 0) >= threshold;
      const killed = [137, 143].includes(Number(crash.detail.exitCode));
      if (kill === undefined && !(often && killed && probe !== undefined)) return [];
      const failure = parseProbeFailure(String(failed?.detail.message ?? ''));
      const what = failure?.form === 'status' ? `the answer was HTTP ${failure.status}` : met[failure?.form ?? 'other'];
      return [
        {
          reason: 'LivenessProbeKill' as const,
          subject: ownerSubject(state, crash.ref),
          confidence: kill === undefined ? 0.78 : failed === undefined ? 0.88 : 0.94,
          evidence: present(
            kill && citeSignal(kill, 'the kubelet kills the container for its liveness probe'),
            failed && citeSignal(failed, 'what the probe met'),
            citeSignal(crash, 'how the run ended'),
            probe && citeField(probe.version, probe.pointer, 'the liveness probe'),
          ),
          facts: { container: crash.container ?? '', met: what, exitCode: Number(crash.detail.exitCode), threshold },
          needs: failed === undefined ? ['the Unhealthy Events of the probe'] : [],
        },
      ];
    });
  },
  describe(claim) {
    const { container, met: what, exitCode, threshold } = claim.facts;
    return {
      rootCause: [
        observation(
          `The liveness probe of container ${container} failed ${threshold} times in a row (${what}), and the kubelet killed it; the run ended with exit code ${exitCode}.`,
          idsOf(claim),
        ),
        inference('The program itself did not crash: while it ran it stopped answering its probe.', idsOf(claim)),
      ],
      steps: [
        step(
          'Find out why the program stops answering: its log before the kill, a thread dump, CPU throttling, a blocked dependency.',
          'The probe keeps succeeding.',
          {
            command: `kubectl logs --previous -c ${container} ${target(claim.subject)}`,
            risk: 'none',
          },
        ),
        step(
          'If the program is only slow to answer, relax the probe (timeoutSeconds, failureThreshold, periodSeconds).',
          'No new Killing Events appear.',
          {
            command: `kubectl edit ${target(claim.subject)}`,
            risk: 'medium',
          },
        ),
      ],
    };
  },
} satisfies Rule;
