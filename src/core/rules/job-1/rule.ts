import type { Reason } from '../../model/taxonomy.ts';
import { citeSignal, eventsOf, idsOf, inference, observation, type Rule, signalsOf, step, target } from '../rule.ts';

const reasons: Record<string, { reason: Reason; confidence: number; words: string }> = {
  BackoffLimitExceeded: { reason: 'JobBackoffLimit', confidence: 0.75, words: 'its pods failed more often than backoffLimit allows' },
  MaxFailedIndexesExceeded: { reason: 'JobBackoffLimit', confidence: 0.75, words: 'more indexes failed than maxFailedIndexes allows' },
  FailedIndexes: { reason: 'JobBackoffLimit', confidence: 0.75, words: 'some indexes failed for good' },
  DeadlineExceeded: { reason: 'JobDeadline', confidence: 0.9, words: 'it ran longer than activeDeadlineSeconds' },
  PodFailurePolicy: {
    reason: 'JobPodFailurePolicy',
    confidence: 0.9,
    words: 'its podFailurePolicy ended it on the first matching failure',
  },
};

/** A Job that failed for good, by the reason of its Failed condition (or the Event, when the Job is gone). */
export default {
  id: 'JOB-1',
  version: 1,
  title: 'Job failed',
  reasons: ['JobBackoffLimit', 'JobDeadline', 'JobPodFailurePolicy'],
  maturity: 'stable',
  kinds: ['Job'],
  references: ['batch/v1 JobCondition Failed', 'pkg/controller/job'],
  falsePositives: ['retries that later succeed: the Job is then Complete'],
  knownGaps: ['why the pods failed is another rule’s claim; without their log it stays open'],
  match(incident) {
    const signals = [...signalsOf(incident, 'condition', { type: 'Failed' }), ...eventsOf(incident, Object.keys(reasons))];
    const failed = signalsOf(incident, 'container.terminated')
      .filter(({ detail }) => detail.exitCode !== 0)
      .at(-1);
    return signals.flatMap((signal) => {
      const known = reasons[String(signal.detail.reason)];
      if (known === undefined || signal.ref.kind !== 'Job') return [];
      return [
        {
          reason: known.reason,
          subject: signal.ref,
          confidence: known.confidence,
          evidence: [
            citeSignal(signal, `the Job failed: ${known.words}`),
            ...(failed === undefined ? [] : [citeSignal(failed, 'how its pod ended')]),
          ],
          facts: { name: signal.ref.name, words: known.words, exitCode: failed === undefined ? '' : Number(failed.detail.exitCode) },
          needs: ['the log of the failed pod'],
        },
      ];
    });
  },
  describe(claim) {
    const { name, words, exitCode } = claim.facts;
    return {
      rootCause: [
        observation(`Job ${name} failed: ${words}.`, idsOf(claim, 0)),
        ...(exitCode === '' ? [] : [observation(`Its container ended with exit code ${exitCode}.`, idsOf(claim, 1))]),
        inference('Why the process in its pods failed has to be read in their logs.', idsOf(claim)),
      ],
      steps: [
        step('Read the log of the failed pods.', 'The error is known.', { command: `kubectl logs ${target(claim.subject)}`, risk: 'none' }),
        step('Correct the cause and run the Job again (a Job cannot be restarted: delete and create it).', 'The Job is Complete.', {
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
