import type { AggregatedEvent, Signal } from '../../model/event.ts';
import type { ClusterState } from '../../state/state.ts';
import { crashesOf, probeKills, sameContainer } from '../crash.ts';
import { probeFault } from '../probe-fault.ts';
import { parseProbeFailure } from '../probe-message.ts';
import { probeTarget } from '../probe-target.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { containerOf, ownerSubject } from '../subject.ts';

function judge(incident: AggregatedEvent, state: ClusterState, crash: Signal, name: 'liveness' | 'startup') {
  const probe = probeTarget(state, crash, `${name}Probe`);
  const failures = eventsOf(incident, ['Unhealthy'], new RegExp(`^${name} probe`, 'i')).filter((event) => sameContainer(event, crash));
  const parsed = failures.flatMap((event) => parseProbeFailure(String(event.detail.message)) ?? []);
  const [failed, failure] = [failures[0], parsed[0]];
  // A misconfigured probe fails in one way from its first attempt on.
  if (probe === undefined || failed === undefined || failure === undefined || parsed.some(({ form }) => form !== failure.form))
    return undefined;
  const wrong = probeFault(state, incident, crash, failure, probe);
  return wrong === undefined ? undefined : { probe, failed, wrong, kill: probeKills(incident, crash, name)[0] };
}

/** A liveness (or startup) probe that cannot succeed kills a program that works. */
export default {
  id: 'LIV-2',
  version: 1,
  title: 'Liveness probe asks the wrong thing',
  reasons: ['LivenessMisconfigured'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'pkg/kubelet/prober',
    'core/v1 Probe, HTTPGetAction, GRPCAction',
    'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
  ],
  falsePositives: [
    'a program that starts slowly refuses connections too: another port must be named by its log or its spec',
    'a program that stopped listening',
  ],
  knownGaps: ['the listening line must be among the recorded log lines'],
  match(incident, state) {
    return crashesOf(incident, () => true).flatMap((crash) =>
      (['liveness', 'startup'] as const).flatMap((name) => {
        const judged = judge(incident, state, crash, name);
        const container = containerOf(state, crash);
        if (
          judged === undefined ||
          container === undefined ||
          (judged.kill === undefined && ![0, 137, 143].includes(Number(crash.detail.exitCode)))
        )
          return [];
        const { probe, failed, wrong, kill } = judged;
        return [
          {
            reason: 'LivenessMisconfigured' as const,
            subject: ownerSubject(state, crash.ref),
            confidence: kill === undefined ? wrong.confidence - 0.1 : wrong.confidence,
            evidence: present(
              citeSignal(failed, 'what the probe met'),
              citeField(container.version, probe.portPointer, 'what the probe asks'),
              ...wrong.evidence,
              kill && citeSignal(kill, 'the kubelet kills the container for it'),
            ),
            facts: { container: crash.container ?? '', probe: name, why: wrong.why, port: probe.port, path: probe.path },
          },
        ];
      }),
    );
  },
  describe(claim) {
    const { container, probe, why } = claim.facts;
    return {
      rootCause: [
        observation(`The ${probe} probe of container ${container} fails from its first attempt on: ${why}.`, idsOf(claim)),
        inference('The probe can never succeed, so the kubelet kills a program that runs.', idsOf(claim)),
      ],
      steps: [
        step(
          `Correct port, path, scheme or command of the ${probe} probe of container ${container} to what the program serves.`,
          'The probe succeeds and no new Killing Events appear.',
          {
            command: `kubectl edit ${target(claim.subject)}`,
            risk: 'medium',
          },
        ),
      ],
    };
  },
} satisfies Rule;
