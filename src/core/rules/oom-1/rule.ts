import type { Signal } from '../../model/event.ts';
import { memoryBytes } from '../../model/quantity.ts';
import { objectOf } from '../../state/lookups.ts';
import type { ClusterState } from '../../state/state.ts';
import { peakSample } from '../memory-sample.ts';
import {
  citeField,
  citeSignal,
  idsOf,
  inference,
  observation,
  present,
  type Rule,
  type RuleClaim,
  signalsOf,
  step,
  target,
} from '../rule.ts';
import { containerField, containerOf, ownerSubject } from '../subject.ts';

/** The limit that a container ran under: its own, else the pod's (core/v1 PodSpec.resources, Kubernetes 1.32 and later). */
function limitOf(state: ClusterState, crash: Signal) {
  const own = containerField(state, crash, '/resources/limits/memory');
  const pod = objectOf(state, crash.ref);
  const shared = pod?.object.spec?.resources?.limits?.memory;
  return (
    own ??
    (pod === undefined || shared === undefined ? undefined : { version: pod, pointer: '/spec/resources/limits/memory', value: shared })
  );
}

/** The kernel killed the container: OOMKilled with exit code 137, at its memory limit or, without one, because the node ran out. */
export default {
  id: 'OOM-1',
  version: 1,
  title: 'Container killed at its memory limit',
  reasons: ['ContainerLimitOom', 'NodeOom'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'core/v1 ContainerStateTerminated.reason',
    'https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/',
  ],
  falsePositives: ['a runtime that reports OOMKilled for a child process (see OOM-2)'],
  knownGaps: ['a node that ran out of memory kills containers below their limits too'],
  match(incident, state) {
    return signalsOf(incident, 'container.terminated', { reason: 'OOMKilled' })
      .filter((signal) => signal.detail.exitCode === 137)
      .map((signal): RuleClaim => {
        const limit = limitOf(state, signal);
        const bytes = memoryBytes(limit?.value);
        const unlimited = limit === undefined && containerOf(state, signal) !== undefined;
        return {
          reason: unlimited ? 'NodeOom' : 'ContainerLimitOom',
          subject: ownerSubject(state, signal.ref),
          confidence: limit === undefined ? 0.78 : 0.95,
          evidence: present(
            citeSignal(signal, 'the container was OOM-killed'),
            limit && citeField(limit.version, limit.pointer, 'the memory limit of the container'),
            bytes === undefined ? undefined : peakSample(incident, signal, bytes),
          ),
          facts: { container: signal.container ?? '', restarts: Number(signal.detail.restartCount), limit: String(limit?.value ?? '') },
          needs: limit !== undefined ? [] : unlimited ? ['the SystemOOM Events of the node'] : ['the memory limit of the container'],
        };
      });
  },
  describe(claim) {
    const { container, limit } = claim.facts;
    const seen = observation(`Container ${container} was terminated with reason OOMKilled and exit code 137.`, idsOf(claim, 0));
    if (claim.reason === 'NodeOom') {
      return {
        rootCause: [
          seen,
          inference('It has no memory limit, so the kernel killed it because the node ran out of memory.', idsOf(claim, 0)),
        ],
        steps: [
          step(
            `Set a memory request and limit for container ${container} from its observed peak.`,
            'It is scheduled where the memory is, and no new OOMKilled terminations appear.',
            {
              command: `kubectl set resources ${target(claim.subject)} -c ${container} --requests=memory=<peak> --limits=memory=<peak + 20%>`,
              risk: 'medium',
            },
          ),
        ],
      };
    }
    const needed = limit === '' ? 'It needed more memory than it may use.' : `It needed more memory than its limit of ${limit} allows.`;
    return {
      rootCause: [seen, inference(needed, idsOf(claim))],
      steps: [
        step(
          'Compare the memory use before the kill with the limit; look for growth that never falls.',
          'You know whether it is a leak or a limit that is too small.',
          {
            command: `kubectl top pod --containers -n ${claim.subject.namespace}`,
            risk: 'none',
          },
        ),
        step(
          `Raise the memory limit of container ${container} above the observed peak (at least +20 %), or fix the leak.`,
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
