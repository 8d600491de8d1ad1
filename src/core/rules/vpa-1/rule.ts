import { objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, namespaceFlag, observation, present, type Rule, signalsOf, step } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

/** The admission controller of the VerticalPodAutoscaler notes on each pod what it has changed. */
const updatedBy = /^Pod resources updated by ([\w.-]+): (.*)$/;

/** A container is OOM-killed again and again at a limit that a VerticalPodAutoscaler has set. */
export default {
  id: 'VPA-1',
  version: 1,
  title: 'VerticalPodAutoscaler sets too little memory',
  reasons: ['VpaOomLoop'],
  maturity: 'experimental',
  kinds: ['Pod'],
  references: [
    'kubernetes/autoscaler vertical-pod-autoscaler: annotation vpaUpdates',
    'https://github.com/kubernetes/autoscaler/issues/9521',
  ],
  falsePositives: ['a limit that the autoscaler is about to raise: it learns from each OOM kill'],
  knownGaps: ['what it recommends next is not looked at'],
  match(incident, state) {
    return signalsOf(incident, 'container.terminated', { reason: 'OOMKilled' }).flatMap((signal) => {
      const pod = objectOf(state, signal.ref);
      const [, vpa = '', updates = ''] = updatedBy.exec(String(pod?.object.metadata?.annotations?.vpaUpdates ?? '')) ?? [];
      const position = pod?.object.spec?.containers?.findIndex(({ name }: { name: string }) => name === signal.container) ?? -1;
      if (pod === undefined || vpa === '' || signal.count < 2) return [];
      if (!updates.split(';').some((one) => one.includes(`container ${position}:`) && /memory (?:limit|request)/.test(one))) return [];
      const limit = containerField(state, signal, '/resources/limits/memory');
      return [
        {
          reason: 'VpaOomLoop' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: 0.7,
          evidence: present(
            citeSignal(signal, 'the container was OOM-killed'),
            citeField(pod, '/metadata/annotations/vpaUpdates', 'what the autoscaler has set', { type: 'spec' }),
            limit && citeField(limit.version, limit.pointer, 'the limit that it ran under'),
          ),
          facts: { container: signal.container ?? '', vpa, count: signal.count, limit: String(limit?.value ?? '') },
        },
      ];
    });
  },
  describe(claim) {
    const { container, vpa, count, limit } = claim.facts;
    return {
      rootCause: [
        observation(`Container ${container} was OOM-killed ${count} times.`, idsOf(claim, 0)),
        inference(
          `Its memory${limit === '' ? '' : ` limit of ${limit}`} was set by VerticalPodAutoscaler ${vpa}, and is too small.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          `Give VerticalPodAutoscaler ${vpa} a minAllowed for memory above the observed peak.`,
          'The pods run with at least that much.',
          {
            command: `kubectl edit vpa/${vpa}${namespaceFlag(claim.subject)}`,
            risk: 'medium',
          },
        ),
        step(
          'Let it control requests only, so that limits stay as they were written (controlledValues: RequestsOnly).',
          'No new OOM kills appear.',
        ),
      ],
    };
  },
} satisfies Rule;
