import { objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { sentence } from '../wording.ts';

const missed = [
  'MissSchedule',
  'TooManyMissedTimes',
  'FailedNeedsStart',
  'UnparseableSchedule',
  'UnParseableCronJobSchedule',
  'UnknownTimeZone',
  'InvalidSchedule',
];

/** The controller says that a CronJob did not start when it should have. */
export default {
  id: 'CRN-2',
  version: 1,
  title: 'Scheduled run was missed',
  reasons: ['CronMissed'],
  maturity: 'experimental',
  kinds: ['CronJob'],
  references: ['pkg/controller/cronjob/cronjob_controllerv2.go (events MissSchedule, TooManyMissedTimes, UnparseableSchedule)'],
  falsePositives: [
    'a CronJob that is suspended',
    'a run that was skipped because the last one still goes on: concurrencyPolicy Forbid asks for that',
  ],
  knownGaps: ['schedules are not computed: only what the controller reports counts'],
  match(incident, state) {
    return eventsOf(incident, missed)
      .filter(({ ref }) => ref.kind === 'CronJob' && objectOf(state, ref)?.object.spec?.suspend !== true)
      .slice(-1)
      .map((signal) => {
        const job = objectOf(state, signal.ref);
        const fields = ['schedule', 'timeZone', 'startingDeadlineSeconds'];
        return {
          reason: 'CronMissed' as const,
          subject: signal.ref,
          confidence: 0.7,
          evidence: present(
            citeSignal(signal, 'the controller says so'),
            ...fields.map((field) => job && citeField(job, `/spec/${field}`, `its ${field}`)),
          ),
          facts: {
            name: signal.ref.name,
            message: String(signal.detail.message).slice(0, 300),
            invalid: /unpars|timezone|InvalidSchedule/i.test(String(signal.detail.reason)) ? 1 : 0,
            deadline: Number(job?.object.spec?.startingDeadlineSeconds ?? 0),
          },
        };
      });
  },
  describe(claim) {
    const { name, message, invalid, deadline } = claim.facts;
    const why =
      invalid === 1
        ? 'Its schedule or time zone cannot be read, so it never starts.'
        : Number(deadline) > 0
          ? `Runs that could not be started within startingDeadlineSeconds=${deadline} are skipped.`
          : 'Runs were due and not started: the controller was away or the last run held them up.';
    return {
      rootCause: [
        observation(sentence(`The controller reports for CronJob ${name}: ${message}`), idsOf(claim, 0)),
        inference(why, idsOf(claim)),
      ],
      steps: [
        invalid === 1
          ? step('Correct schedule and timeZone.', 'The next run starts on time.', { command: `kubectl edit ${target(claim.subject)}` })
          : step(
              'Set startingDeadlineSeconds above the delays that occur, and start the missed run by hand if it matters.',
              'The next run starts on time.',
              {
                command: `kubectl create job --from=cronjob/${name} ${name}-manual -n ${claim.subject.namespace}`,
                risk: 'medium',
              },
            ),
      ],
    };
  },
} satisfies Rule;
