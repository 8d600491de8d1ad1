import { citeLine, lastFindings, lastWords } from '../container-log.ts';
import { crashesOf, goBack } from '../crash.ts';
import { citeSignal, idsOf, inference, observation, present, type Rule, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** Signals that a process brings upon itself: number → name and what it means. */
const selfMade: Record<number, [name: string, meaning: string]> = {
  4: ['SIGILL', 'it executed an instruction that the processor does not know'],
  6: ['SIGABRT', 'it aborted itself (a failed assertion, a fatal error of its runtime)'],
  7: ['SIGBUS', 'it touched memory that is not there (a truncated mapped file, a full /dev/shm)'],
  8: ['SIGFPE', 'it made an arithmetic error such as a division by zero'],
  11: ['SIGSEGV', 'it touched memory that it does not own'],
};
const shared = new Set(['exception', 'listening']);

/** A process that died of a signal of its own making, by its exit code 128 + n (or the status field `signal`). */
export default {
  id: 'APP-2',
  version: 1,
  title: 'Process died of a signal of its own making',
  reasons: ['AppSegfault', 'AppAborted'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['signal(7)', 'core/v1 ContainerStateTerminated.exitCode, .signal'],
  falsePositives: ['programs that exit with 128 + n themselves', 'an abort of a runtime whose log names the cause: that rule decides'],
  knownGaps: ['core dumps are not recorded'],
  match(incident, state) {
    return crashesOf(incident, (code) => selfMade[code - 128] !== undefined).flatMap((crash) => {
      const exitCode = Number(crash.detail.exitCode);
      const number = exitCode - 128;
      const words = lastWords(incident, crash);
      if (words.findings.some(({ match }) => match.id === 'oom-heap')) return [];
      // Runtimes abort, or crash, after an exception that nobody caught: then that says more.
      const thrown = words.findings.some(({ match }) => match.id === 'uncaught-exception' && match.weight >= 0.45);
      const named = thrown || words.findings.some(({ match }) => match.level === 'error' && !shared.has(match.family));
      const said = lastFindings(incident, crash, ['segfault', 'abort', 'uncaught-exception']).at(-1)?.line ?? words.lines.at(-1);
      return [
        {
          reason: number === 11 || number === 7 ? ('AppSegfault' as const) : ('AppAborted' as const),
          subject: ownerSubject(state, crash.ref),
          confidence: named ? 0.7 : 0.9,
          evidence: present(citeSignal(crash, 'the exit code names the signal'), said && citeLine(crash, said, 'the last words before it')),
          facts: { container: crash.container ?? '', exitCode, number, said: said?.line.message.trim().slice(0, 160) ?? '' },
        },
      ];
    });
  },
  describe(claim) {
    const { container, exitCode, number, said } = claim.facts;
    const [name, meaning] = selfMade[Number(number)] ?? [`signal ${number}`, 'it was killed by it'];
    return {
      rootCause: [
        observation(
          `Container ${container} ended with exit code ${exitCode}, which is ${name}${said === '' ? '' : `; its last words were "${said}"`}.`,
          idsOf(claim),
        ),
        inference(`The process died by itself: ${meaning}.`, idsOf(claim, 0)),
      ],
      steps: [
        step(
          'Get a core dump or the native stack; compare library versions and processor features with a place where it works.',
          'The failing function is known.',
          { risk: 'none' },
        ),
        ...goBack(claim.subject),
      ],
    };
  },
} satisfies Rule;
