import { citeSignal, idsOf, inference, observation, type Rule, signalsOf, step, target } from '../rule.ts';

/** A suspended CronJob or Job does nothing, as somebody asked. */
export default {
  id: 'CRN-1',
  version: 1,
  title: 'Suspended on purpose',
  reasons: ['IntendedState'],
  maturity: 'stable',
  kinds: ['CronJob', 'Job'],
  references: ['batch/v1 CronJobSpec.suspend', 'batch/v1 JobSpec.suspend'],
  falsePositives: ['forgotten after a maintenance: only people know'],
  knownGaps: ['a schedule missed for other reasons is not judged here'],
  match(incident) {
    return signalsOf(incident, 'state', { field: 'suspend' }).map((signal) => ({
      reason: 'IntendedState' as const,
      subject: signal.ref,
      confidence: 0.9,
      evidence: [citeSignal(signal, 'spec.suspend is true')],
      facts: { ref: `${signal.ref.kind} ${signal.ref.name}` },
    }));
  },
  describe(claim) {
    return {
      rootCause: [
        observation(`${claim.facts.ref} has spec.suspend: true.`, idsOf(claim, 0)),
        inference('It starts nothing while it is suspended; that is what the field asks for, not a failure.', idsOf(claim, 0)),
      ],
      steps: [
        step('Resume it if the suspension is no longer wanted.', 'New runs appear on schedule.', {
          command: `kubectl patch ${target(claim.subject)} -p '{"spec":{"suspend":false}}'`,
        }),
      ],
    };
  },
} satisfies Rule;
