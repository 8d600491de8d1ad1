import { formatSeconds, secondsBetween } from '../../model/time.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

/** The seed's ResourceUtilizationRule: a container that uses most of what it may, for a quarter of an hour or more. */
export default {
  id: 'RESOURCE-UTILIZATION',
  version: 1,
  title: 'Container uses nearly all it may, for long',
  reasons: ['CpuUnderprovisioned', 'MemoryUnderprovisioned'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['seed design 4.3 ResourceUtilizationRule {CPUThreshold, MemoryThreshold, Duration}', 'metrics.k8s.io'],
  falsePositives: ['caches that fill what they are given', 'a runtime with a fixed heap', 'batch work that is meant to use all CPU'],
  knownGaps: ['peaks between two samples are not seen'],
  match(incident, state, { resourceUtilization }) {
    return signalsOf(incident, 'state', { field: 'utilization' })
      .map((signal) => ({ signal, seconds: secondsBetween(signal.at, signal.lastAt) }))
      .filter(({ seconds }) => seconds >= resourceUtilization.durationSeconds)
      .map(({ signal, seconds }) => {
        const resource = String(signal.detail.resource);
        const limit =
          containerField(state, signal, `/resources/limits/${resource}`) ??
          containerField(state, signal, `/resources/requests/${resource}`);
        return {
          reason: resource === 'cpu' ? ('CpuUnderprovisioned' as const) : ('MemoryUnderprovisioned' as const),
          subject: ownerSubject(state, signal.ref),
          confidence: 0.75,
          evidence: present(
            { ...citeSignal(signal, 'use at the beginning of the stretch'), type: 'metric' as const },
            limit && citeField(limit.version, limit.pointer, 'what the container may use'),
          ),
          facts: {
            container: signal.container ?? '',
            resource,
            share: `${Math.round(Number(signal.detail.share) * 100)} %`,
            during: formatSeconds(seconds),
          },
        };
      });
  },
  describe(claim) {
    const { container, resource, share, during } = claim.facts;
    return {
      rootCause: [
        observation(`Container ${container} used ${share} of its ${resource} allowance over ${during}.`, idsOf(claim)),
        inference(
          `There is no room left for a peak: ${resource === 'cpu' ? 'it will be throttled' : 'it will be OOM-killed'}.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(`Give container ${container} more ${resource}.`, 'Its use stays below 80 % of the allowance.', {
          command: `kubectl set resources ${target(claim.subject)} -c ${container} --limits=${resource}=<value>`,
        }),
      ],
    };
  },
} satisfies Rule;
