import type { AggregatedEvent, Evidence, Signal } from '../../model/event.ts';
import { memoryBytes } from '../../model/quantity.ts';
import { formatSeconds } from '../../model/time.ts';
import { citeField, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';
import { trendOf } from '../trend.ts';

const leastSamples = 10;
const leastSeconds = 300;
const leastFit = 0.95;
/** Further ahead a straight line is no forecast. */
const horizonSeconds = 3600;
const mebibyte = 2 ** 20;

/** Memory that grows in a straight line, never falls, and will reach the limit within the hour. */
export default {
  id: 'MEM-1',
  version: 1,
  title: 'Memory grows towards its limit',
  reasons: ['MemoryLeakTrend'],
  maturity: 'experimental',
  kinds: ['Pod'],
  references: ['metrics.k8s.io PodMetrics.containers[].usage.memory (working set)', 'ordinary least squares, R² of 0.95 or more'],
  falsePositives: ['a cache that fills what it is given and stops there', 'the warm-up of a runtime with a fixed heap'],
  knownGaps: ['growth over many hours is seen only as far as the incident holds its samples'],
  match(incident, state) {
    return signalsOf(incident, 'state', { field: 'utilization', resource: 'memory' }).flatMap((signal) => {
      // What has been killed already is an OOM kill, not a forecast.
      if (signalsOf(incident, 'container.terminated').some(({ container }) => container === signal.container)) return [];
      const limit = containerField(state, signal, '/resources/limits/memory');
      const bytes = memoryBytes(limit?.value);
      const growth = growthOf(incident, signal);
      if (limit === undefined || bytes === undefined || growth === undefined) return [];
      const left = (bytes - growth.last) / growth.slope;
      if (!(left > 0 && left <= horizonSeconds)) return [];
      return [
        {
          reason: 'MemoryLeakTrend' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: 0.68,
          evidence: [...growth.evidence, ...present(citeField(limit.version, limit.pointer, 'the memory limit of the container'))],
          facts: {
            container: signal.container ?? '',
            perMinute: (growth.slope * 60) / mebibyte < 1 ? '<1' : String(Math.round((growth.slope * 60) / mebibyte)),
            samples: growth.samples,
            fit: Math.round(growth.r2 * 100) / 100,
            left: formatSeconds(left),
            limit: String(limit.value),
          },
        },
      ];
    });
  },
  describe(claim) {
    const { container, perMinute, samples, fit, left, limit } = claim.facts;
    return {
      rootCause: [
        observation(
          `The memory of container ${container} grows by ${perMinute} MiB a minute and has not fallen over ${samples} samples (R² ${fit}).`,
          idsOf(claim, 0, 1),
        ),
        inference(`At this rate it reaches its limit of ${limit} in ${left} and is OOM-killed.`, idsOf(claim)),
      ],
      steps: [
        step('Find what grows: a heap profile, unbounded caches, queues or connections.', 'You know what keeps the memory.', {
          command: `kubectl top pod --containers -n ${claim.subject.namespace}`,
          risk: 'none',
        }),
        step('Until that is mended, restart it in time, or give it more memory.', 'It is not OOM-killed.', {
          command: `kubectl rollout restart ${target(claim.subject)}`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;

/** Bytes per second, the newest use, and its first and last sample, if the use only ever grew, and in a line. */
function growthOf(incident: AggregatedEvent, signal: Signal) {
  const samples = incident.metrics.flatMap(({ seq, at, sample }) => {
    const position =
      sample.ref.name === signal.ref.name ? (sample.containers ?? []).findIndex(({ name }) => name === signal.container) : -1;
    const used = sample.containers?.[position]?.memoryBytes;
    return used === undefined ? [] : [{ seq, at, used, position, time: Date.parse(sample.timestamp) / 1000 }];
  });
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || samples.length < leastSamples || last.time - first.time < leastSeconds) return undefined;
  if (samples.some(({ used }, index) => used < (samples[index - 1]?.used ?? 0))) return undefined;
  const trend = trendOf(samples.map(({ time, used }) => [time, used]));
  if (trend === undefined || trend.slope <= 0 || trend.r2 < leastFit) return undefined;
  const cite = ({ seq, at, used, position }: typeof first, note: string): Evidence => ({
    id: '',
    type: 'metric',
    seq,
    pointer: `/containers/${position}/memoryBytes`,
    value: used,
    ref: signal.ref,
    at,
    note,
    role: 'supports',
  });
  const evidence = [cite(first, 'the memory in use at the beginning'), cite(last, 'the memory in use at the end')];
  return { ...trend, last: last.used, samples: samples.length, evidence };
}
