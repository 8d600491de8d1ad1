import { citeSignal, idsOf, inference, observation, type Rule, signalsOf, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** The most crashes that fall into any window of this length. */
function crashesWithin(times: string[], seconds: number): number {
  const ends = times.map((time) => Date.parse(time)).sort((a, b) => a - b);
  return ends.reduce((most, end, last) => Math.max(most, ends.slice(0, last + 1).filter((time) => end - time <= seconds * 1000).length), 0);
}

/** The seed's PodCrashRule: a container that keeps terminating with an error, and no rule that knows why. */
export default {
  id: 'POD-CRASH',
  version: 1,
  title: 'Container keeps crashing',
  reasons: ['AppStartupError'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['seed design 4.3 PodCrashRule {CrashThreshold, TimeWindow}'],
  falsePositives: ['a dependency that was not recorded', 'a Job that is retried and succeeds'],
  knownGaps: ['says that it crashes, not why: every mechanism rule outranks it'],
  match(incident, state, settings) {
    const { crashThreshold, timeWindowSeconds } = settings.podCrash;
    return signalsOf(incident, 'container.terminated')
      .filter((signal) => signal.detail.exitCode !== 0 && signal.detail.reason !== 'OOMKilled' && signal.init !== true)
      .map((signal) => ({ signal, often: signal.count >= crashThreshold || crashesWithin(signal.times, timeWindowSeconds) >= crashThreshold }))
      .filter(({ often }) => often || incident.status === 'ongoing')
      .map(({ signal, often }) => ({
        reason: 'AppStartupError' as const,
        subject: ownerSubject(state, signal.ref),
        confidence: often ? 0.65 : 0.6,
        evidence: [citeSignal(signal, 'the container terminated with an error')],
        facts: { container: signal.container ?? '', exitCode: Number(signal.detail.exitCode), count: signal.count },
        needs: ['the log of the container before it terminated'],
      }));
  },
  describe(claim) {
    const { container, exitCode } = claim.facts;
    return {
      rootCause: [
        observation(`Container ${container} terminates with exit code ${exitCode} again and again.`, idsOf(claim, 0)),
        inference('The process inside fails by itself; the recording does not show a cause outside of it.', idsOf(claim, 0)),
      ],
      steps: [
        step('Read the last log lines before the exit.', 'They name the error.', {
          command: `kubectl logs --previous -c ${container} -n ${claim.subject.namespace} <pod>`,
          risk: 'none',
        }),
      ],
    };
  },
} satisfies Rule;
