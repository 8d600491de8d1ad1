import { citeLine, lastFindings } from '../container-log.ts';
import { failuresOf, goBack } from '../crash.ts';
import { citeSignal, idsOf, inference, observation, type Rule, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

// Names of ordinary ends, not of faults.
const ordinary = /^(?:KeyboardInterrupt|SystemExit|CancelledError|asyncio\.\w+\.CancelledError)$/;

/** The process ended with an exception or panic that nobody caught: a stack trace in its last lines. */
export default {
  id: 'APP-1',
  version: 1,
  title: 'Uncaught exception or panic',
  reasons: ['AppUncaughtException'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 ContainerStateTerminated.exitCode', 'src/core/analysis/logs/families/runtime.ts'],
  falsePositives: [
    'an exception that was handled and logged: only the last lines before the exit count',
    'a trace printed at a kill (137, 143)',
  ],
  knownGaps: ['says where the program failed, not what it needs: rules that know the mechanism outrank it'],
  match(incident, state) {
    return failuresOf(incident).flatMap((crash) => {
      const found = lastFindings(incident, crash, ['uncaught-exception', 'go-panic']).filter(
        ({ match }) => !ordinary.test(match.fields.name ?? ''),
      );
      // "Caused by" and the line with a message stand after the head of the trace; they say most.
      const telling = found.findLast(({ match }) => match.fields.message !== undefined || match.fields.name !== undefined) ?? found.at(-1);
      if (telling === undefined) return [];
      const { name = 'panic', message = '' } = telling.match.fields;
      return [
        {
          reason: 'AppUncaughtException' as const,
          subject: ownerSubject(state, crash.ref),
          confidence: telling.match.weight >= 0.45 ? 0.86 : 0.72,
          evidence: [citeLine(crash, telling.line, 'the last exception before the exit'), citeSignal(crash, 'how the container ended')],
          facts: {
            container: crash.container ?? '',
            name,
            message: message.slice(0, 200),
            exitCode: Number(crash.detail.exitCode),
            count: crash.count,
          },
        },
      ];
    });
  },
  describe(claim) {
    const { container, name, message, exitCode } = claim.facts;
    const what = message === '' ? String(name) : `${name}: ${message}`;
    return {
      rootCause: [
        observation(
          `The last lines of container ${container} are an uncaught ${what}; then it ends with exit code ${exitCode}.`,
          idsOf(claim),
        ),
        inference('The program does not handle this error, so every run ends the same way.', idsOf(claim)),
      ],
      steps: [
        step('Read the whole stack trace and fix the place that it names.', 'The container stays up with the fixed version.', {
          command: `kubectl logs --previous -c ${container} ${target(claim.subject)}`,
          risk: 'none',
        }),
        ...goBack(claim.subject),
      ],
    };
  },
} satisfies Rule;
