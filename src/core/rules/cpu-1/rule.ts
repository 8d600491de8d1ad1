import { formatSeconds, secondsBetween } from '../../model/time.ts';
import { sameContainer } from '../crash.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

/** What the kubelet says of a probe whose answer came too late. */
const late = /context deadline exceeded|client\.timeout exceeded|timeout: (?:failed|health rpc)|timed out after|i\/o timeout/i;
const atLimit = 0.95;
const leastSeconds = 60;

/** A container uses all the CPU that its limit allows, and its probes time out: the kernel makes it wait (CFS bandwidth control). */
export default {
  id: 'CPU-1',
  version: 1,
  title: 'Container is throttled at its CPU limit',
  reasons: ['CpuThrottling'],
  maturity: 'experimental',
  kinds: ['Pod'],
  references: [
    'metrics.k8s.io PodMetrics.containers[].usage.cpu',
    'https://docs.kernel.org/scheduler/sched-bwc.html',
    'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/',
  ],
  falsePositives: ['a program that hangs in a busy loop uses all its CPU too: more would not help it'],
  knownGaps: ['throttled periods themselves are not recorded: short bursts that are throttled below the limit are not seen'],
  match(incident, state) {
    return signalsOf(incident, 'state', { field: 'utilization', resource: 'cpu' }).flatMap((signal) => {
      const limit = containerField(state, signal, '/resources/limits/cpu');
      const seconds = secondsBetween(signal.at, signal.lastAt);
      const probe = eventsOf(incident, ['Unhealthy'], late).find((event) => sameContainer(event, signal));
      if (limit === undefined || probe === undefined || Number(signal.detail.share) < atLimit || seconds < leastSeconds) return [];
      return [
        {
          reason: 'CpuThrottling' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: 0.7,
          evidence: present(
            { ...citeSignal(signal, 'the CPU in use, at the limit'), type: 'metric' as const },
            citeField(limit.version, limit.pointer, 'the CPU limit of the container'),
            citeSignal(probe, 'a probe that is answered too late'),
          ),
          facts: {
            container: signal.container ?? '',
            limit: String(limit.value),
            share: `${Math.round(Number(signal.detail.share) * 100)} %`,
            during: formatSeconds(seconds),
          },
        },
      ];
    });
  },
  describe(claim) {
    const { container, limit, share, during } = claim.facts;
    return {
      rootCause: [
        observation(
          `Container ${container} used ${share} of its CPU limit of ${limit} over ${during}, and its probes time out.`,
          idsOf(claim),
        ),
        inference('At the limit the kernel makes it wait for the next period, so it answers too late.', idsOf(claim)),
      ],
      steps: [
        step('Find out what it computes, and whether that is wanted.', 'You know whether it needs the CPU, or spins.', {
          command: `kubectl top pod --containers -n ${claim.subject.namespace}`,
          risk: 'none',
        }),
        step(
          `Raise or remove the CPU limit of container ${container}, and keep a request that matches its use.`,
          'Its probes are answered in time.',
          {
            command: `kubectl set resources ${target(claim.subject)} -c ${container} --limits=cpu=<more than ${limit}>`,
            risk: 'medium',
          },
        ),
      ],
    };
  },
} satisfies Rule;
