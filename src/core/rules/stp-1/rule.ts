import type { AggregatedEvent, Signal } from '../../model/event.ts';
import { citeLine, lastWords, listeningPorts } from '../container-log.ts';
import { crashesOf, probeKills, sameContainer } from '../crash.ts';
import { parseProbeFailure } from '../probe-message.ts';
import { patience, probeTarget } from '../probe-target.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { containerOf, ownerSubject } from '../subject.ts';

const starting =
  /\b(?:start(?:ing|up)|boot(?:ing|strap\w*)|initiali[sz]\w*|loading|warm(?:ing)?(?: ?up)?|preparing|migrat\w+|index(?:ing)?|replay\w*|recover\w*|import\w*|download\w*|compil\w+|connecting|waiting|progress|\d{1,3} ?%)/i;

// Spring Boot and others name the port before they open it.
const announced = /\b(?:initiali[sz](?:ed|ing)|starting (?:http |web )?server|will listen)\b/i;

const graceSeconds = 45;

/** How long the newest run lasted, in seconds. */
function runSeconds(crash: Signal): number {
  return (Date.parse(String(crash.detail.finishedAt)) - Date.parse(String(crash.detail.startedAt))) / 1000;
}

/** Whether nothing answered in any attempt: a program that has answered once has started. */
function neverAnswered(incident: AggregatedEvent, crash: Signal, probe: string): Signal | undefined {
  const failures = eventsOf(incident, ['Unhealthy'], new RegExp(`^${probe} probe`, 'i')).filter((event) => sameContainer(event, crash));
  const silent = failures.every((event) => {
    const failure = parseProbeFailure(String(event.detail.message));
    // A startup probe may be answered "not yet" (503); a liveness probe is answered only by a program that has started.
    return failure?.form === 'refused' || failure?.form === 'timeout' || (probe === 'startup' && (failure?.status ?? 0) >= 500);
  });
  return silent ? failures[0] : undefined;
}

/** A container is killed at the first moment its probe allows, while its log shows that it is still starting. */
export default {
  id: 'STP-1',
  version: 1,
  title: 'Killed before it has started',
  reasons: ['StartupProbeTooShort'],
  maturity: 'experimental',
  kinds: ['Pod'],
  references: ['https://kubernetes.io/docs/concepts/workloads/pods/probes/#startup-probe', 'core/v1 Container.startupProbe'],
  falsePositives: [
    'a probe on the wrong port: the log names another one',
    'a program that hangs later: it has run longer than the probe waits',
  ],
  knownGaps: ['CPU throttling as the reason of the slow start is not told apart'],
  match(incident, state) {
    return crashesOf(incident, () => true).flatMap((crash) => {
      const name = probeKills(incident, crash, 'startup').length > 0 ? 'startup' : 'liveness';
      const kill = probeKills(incident, crash, name)[0];
      const probe = probeTarget(state, crash, `${name}Probe`);
      const container = containerOf(state, crash);
      const failed = neverAnswered(incident, crash, name);
      if (kill === undefined || probe === undefined || container === undefined || failed === undefined) return [];
      // A port that the container does not declare is rather a wrong port (LIV-2).
      if (probe.declared.length > 0 && probe.port > 0 && !probe.declared.includes(probe.port)) return [];
      const allowed = patience(probe.probe);
      if (runSeconds(crash) > allowed + Number(probe.probe.periodSeconds ?? 10) + graceSeconds) return [];
      const last = lastWords(incident, crash).lines.findLast(({ line }) => starting.test(line.message));
      if (last === undefined || listeningPorts(state, incident, crash).some(({ line }) => !announced.test(line.line.message))) return [];
      return [
        {
          reason: 'StartupProbeTooShort' as const,
          subject: ownerSubject(state, crash.ref),
          confidence: 0.7,
          evidence: present(
            citeSignal(kill, 'the kubelet kills the container for its probe'),
            citeSignal(failed, 'what the probe met'),
            citeLine(crash, last, 'the program is still starting'),
            citeField(container.version, probe.pointer, 'what the probe allows'),
          ),
          facts: { container: crash.container ?? '', probe: name, allowed, ran: Math.round(runSeconds(crash)) },
        },
      ];
    });
  },
  describe(claim) {
    const { container, probe, allowed, ran } = claim.facts;
    return {
      rootCause: [
        observation(
          `The ${probe} probe of container ${container} allows ${allowed} s; the last run was killed after ${ran} s, while its log shows it still starting.`,
          idsOf(claim),
        ),
        inference('The program needs longer to start than the probe waits, so it never gets ready.', idsOf(claim)),
      ],
      steps: [
        step(
          `Give container ${container} a startupProbe with failureThreshold × periodSeconds above its longest start.`,
          'The container becomes Ready without being killed.',
          {
            command: `kubectl edit ${target(claim.subject)}`,
            risk: 'medium',
          },
        ),
        step(
          'Look for what makes the start slow: CPU limit, large data to load, a dependency that is waited for.',
          'The start takes less time.',
          { risk: 'none' },
        ),
      ],
    };
  },
} satisfies Rule;
