import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

/** The kernel killed the container at its own memory limit: OOMKilled with exit code 137. */
export default {
  id: 'OOM-1',
  version: 1,
  title: 'Container killed at its memory limit',
  reasons: ['ContainerLimitOom'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 ContainerStateTerminated.reason', 'https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/'],
  falsePositives: ['a runtime that reports OOMKilled for a child process (see OOM-2)'],
  knownGaps: ['without a memory limit the node ran out of memory: the limit is needed as proof'],
  match(incident, state) {
    return signalsOf(incident, 'container.terminated', { reason: 'OOMKilled' })
      .filter((signal) => signal.detail.exitCode === 137)
      .map((signal) => {
        const limit = containerField(state, signal, '/resources/limits/memory');
        const restarts = Number(signal.detail.restartCount);
        return {
          reason: 'ContainerLimitOom',
          subject: ownerSubject(state, signal.ref),
          confidence: limit === undefined ? 0.8 : 0.95,
          evidence: present(
            citeSignal(signal, 'the container was OOM-killed'),
            limit && citeField(limit.version, limit.pointer, 'the memory limit of the container'),
          ),
          facts: { container: signal.container ?? '', restarts, limit: String(limit?.value ?? '') },
          needs: limit === undefined ? ['the memory limit of the container'] : [],
        };
      });
  },
  describe(claim) {
    const { container, limit } = claim.facts;
    return {
      rootCause: [
        observation(`Container ${container} was terminated with reason OOMKilled and exit code 137.`, idsOf(claim, 0)),
        inference(
          limit === '' ? 'It needed more memory than it may use.' : `It needed more memory than its limit of ${limit} allows.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step('Compare the memory use before the kill with the limit; look for growth that never falls.', 'You know whether it is a leak or a limit that is too small.', {
          command: `kubectl top pod --containers -n ${claim.subject.namespace}`,
          risk: 'none',
        }),
        step(`Raise the memory limit of container ${container} above the observed peak (at least +20 %), or fix the leak.`, 'No new OOMKilled terminations appear.', {
          command: `kubectl set resources ${target(claim.subject)} -c ${container} --limits=memory=<peak + 20%>`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
