import { citeFresh, citeLine, freshLine, lastWords } from '../container-log.ts';
import { failuresOf, goBack } from '../crash.ts';
import { citeSignal, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** The most crashes that fall into any window of this length. */
function crashesWithin(times: string[], seconds: number): number {
  const ends = times.map((time) => Date.parse(time)).sort((a, b) => a - b);
  const until = (end: number, last: number) => ends.slice(0, last + 1).filter((time) => end - time <= seconds * 1000).length;
  return ends.reduce((most, end, last) => Math.max(most, until(end, last)), 0);
}

// The runtime failed before the process ran (containerd and CRI-O, docker).
const notStarted = new Set(['StartError', 'ContainerCannotRun']);

/** The seed's PodCrashRule: a container that keeps terminating with an error, and no rule that knows why. */
export default {
  id: 'POD-CRASH',
  version: 1,
  title: 'Container keeps crashing',
  reasons: ['AppStartupError'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['seed design 4.3 PodCrashRule {CrashThreshold, TimeWindow}', 'core/v1 ContainerStateTerminated.exitCode'],
  falsePositives: [
    'a dependency that was not recorded',
    'a Job that is retried and succeeds',
    'containers killed by something else (137, 143)',
  ],
  knownGaps: ['says that it crashes, not why: every mechanism rule outranks it'],
  match(incident, state, settings) {
    const { crashThreshold, timeWindowSeconds } = settings.podCrash;
    return failuresOf(incident)
      .filter((crash) => crash.init !== true)
      .map((crash) => ({ crash, often: crash.count >= crashThreshold || crashesWithin(crash.times, timeWindowSeconds) >= crashThreshold }))
      .filter(({ often }) => often || incident.status === 'ongoing')
      .map(({ crash, often }) => {
        const { lines } = lastWords(incident, crash);
        const last = lines.findLast(({ line }) => line.message.trim() !== '');
        const fresh = freshLine(lines);
        const news = fresh === last ? undefined : fresh;
        return {
          reason: 'AppStartupError' as const,
          subject: ownerSubject(state, crash.ref),
          confidence: often ? 0.65 : 0.6,
          evidence: present(
            citeSignal(crash, 'the container terminated with an error'),
            last && citeLine(crash, last, 'its last words'),
            news && citeFresh(crash, news),
          ),
          facts: {
            container: crash.container ?? '',
            exitCode: Number(crash.detail.exitCode),
            count: crash.count,
            said: last?.line.message.trim().slice(0, 200) ?? '',
            news: news?.line.message.trim().slice(0, 200) ?? '',
            started: notStarted.has(String(crash.detail.reason)) ? 'no' : 'yes',
          },
          needs: last === undefined ? ['the log of the container before it terminated'] : [],
        };
      });
  },
  describe(claim) {
    const { container, exitCode, count, said, news, started } = claim.facts;
    const who = started === 'no' ? 'The container runtime could not start the process.' : 'The process inside fails by itself.';
    const often = count === 1 ? 'once' : `${count} times`;
    return {
      rootCause: [
        observation(`Container ${container} has terminated ${often} with exit code ${exitCode}.`, idsOf(claim, 0)),
        said === ''
          ? inference(`${who} The recording holds nothing that says why.`, idsOf(claim, 0))
          : inference(`${who} The last words were "${said}"; no known failure is recognised in them.`, idsOf(claim, 0, 1)),
        ...(news === '' ? [] : [observation(`New before its end is "${news}".`, idsOf(claim, 2))]),
      ],
      steps: [
        step('Read the last log lines before the exit.', 'They name the error.', {
          command: `kubectl logs --previous -c ${container} ${target(claim.subject)}`,
          risk: 'none',
        }),
        ...goBack(claim.subject),
      ],
    };
  },
} satisfies Rule;
