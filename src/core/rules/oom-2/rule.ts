import { crashesOf, probeKills } from '../crash.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

/** The runtime says OOMKilled, but the main process ended by itself: a child process was killed at the memory limit. */
export default {
  id: 'OOM-2',
  version: 1,
  title: 'Child process killed at the memory limit',
  reasons: ['ChildProcessOom'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 ContainerStateTerminated.reason', 'kernel memory.events oom_kill (cumulative per cgroup)'],
  falsePositives: ['exit code 143 after a probe kill or a deletion: the kill of a child came earlier and did not end the container'],
  knownGaps: ['a child that dies while the container goes on leaves no trace in the status'],
  match(incident, state) {
    return crashesOf(incident, (code) => code !== 137)
      .filter((crash) => crash.detail.reason === 'OOMKilled')
      .map((crash) => {
        const limit = containerField(state, crash, '/resources/limits/memory');
        const told = crash.detail.exitCode === 143 || probeKills(incident, crash).length > 0;
        return {
          reason: 'ChildProcessOom',
          subject: ownerSubject(state, crash.ref),
          confidence: told ? 0.62 : 0.9,
          evidence: present(
            citeSignal(crash, 'OOMKilled with the exit code of an ordinary end'),
            limit && citeField(limit.version, limit.pointer, 'the memory limit of the container'),
          ),
          facts: { container: crash.container ?? '', exitCode: Number(crash.detail.exitCode), limit: String(limit?.value ?? '') },
          needs: limit === undefined ? ['the memory limit of the container'] : [],
        };
      });
  },
  describe(claim) {
    const { container, exitCode, limit } = claim.facts;
    return {
      rootCause: [
        observation(
          `Container ${container} is reported as OOMKilled, but its main process ended with exit code ${exitCode}, not 137.`,
          idsOf(claim, 0),
        ),
        inference(
          `The kernel killed a child process at the memory limit${limit === '' ? '' : ` of ${limit}`}, and the main process gave up because of it.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step('Count the worker processes and the memory of each at the peak.', 'Workers times memory explains the limit that was hit.', {
          command: `kubectl top pod --containers -n ${claim.subject.namespace}`,
          risk: 'none',
        }),
        step(
          `Lower the number of workers of container ${container}, or raise its memory limit to what all of them need.`,
          'No new OOMKilled terminations appear.',
          {
            command: `kubectl set resources ${target(claim.subject)} -c ${container} --limits=memory=<peak + 20%>`,
            risk: 'medium',
          },
        ),
      ],
    };
  },
} satisfies Rule;
