import type { Signal } from '../../model/event.ts';
import { citeLine, lastFindings } from '../container-log.ts';
import { failuresOf, goBack } from '../crash.ts';
import { findings } from '../log-evidence.ts';
import { citeSignal, idsOf, inference, observation, type Rule, type RuleClaim, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

const traces = ['uncaught-exception', 'go-panic'];

// Names of ordinary ends, not of faults.
const ordinary = /^(?:KeyboardInterrupt|SystemExit|CancelledError|asyncio\.\w+\.CancelledError)$/;

function factsOf({ container = '' }: Signal, { name = 'panic', message = '' }: Record<string, string>) {
  return { container, name, message: message.slice(0, 200) };
}

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
    const seen = failuresOf(incident).flatMap((crash): RuleClaim[] => {
      const found = lastFindings(incident, crash, traces).filter(({ match }) => !ordinary.test(match.fields.name ?? ''));
      // "Caused by" and the line with a message stand after the head of the trace; they say most.
      const telling = found.findLast(({ match }) => match.fields.message !== undefined || match.fields.name !== undefined) ?? found.at(-1);
      if (telling === undefined) return [];
      const evidence = [citeLine(crash, telling.line, 'the last exception before the exit'), citeSignal(crash, 'how the container ended')];
      const confidence = telling.match.weight >= 0.45 ? 0.86 : 0.72;
      const facts = { ...factsOf(crash, telling.match.fields), exitCode: Number(crash.detail.exitCode) };
      return [{ reason: 'AppUncaughtException', subject: ownerSubject(state, crash.ref), confidence, evidence, facts }];
    });
    // Where only the log of a pod was recorded, it has to do if its workload is down.
    const down = incident.signals.some(
      ({ type, detail }) => detail.field === 'unavailable' || (type === 'condition' && detail.type === 'Available'),
    );
    const told = !down ? [] : findings(incident, state, traces, 'the exception').filter(({ bearing }) => bearing === 'alone');
    const alone = told.map(({ signal, fields, evidence }): RuleClaim => {
      const facts = { ...factsOf(signal, fields), exitCode: '' };
      return {
        reason: 'AppUncaughtException',
        subject: ownerSubject(state, signal.ref),
        confidence: 0.66,
        evidence,
        facts,
        needs: ['the status of the pod'],
      };
    });
    return seen.length > 0 ? seen : alone;
  },
  describe(claim) {
    const { container, name, message, exitCode } = claim.facts;
    const what = message === '' ? String(name) : `${name}: ${message}`;
    const seen =
      exitCode === ''
        ? `The log of container ${container} shows an uncaught ${what}; the status of its pod was not recorded.`
        : `The last lines of container ${container} are an uncaught ${what}; then it ends with exit code ${exitCode}.`;
    return {
      rootCause: [
        observation(seen, idsOf(claim)),
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
