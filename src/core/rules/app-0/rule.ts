import { citeLine, lastWords } from '../container-log.ts';
import { crashesOf, probeKills } from '../crash.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

/** A container that should run for ever ends with exit code 0 each time, so the kubelet restarts it with growing delays. */
export default {
  id: 'APP-0',
  version: 1,
  title: 'Container exits cleanly and is restarted',
  reasons: ['AppExitedCleanly'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 PodSpec.restartPolicy', 'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy'],
  falsePositives: ['Jobs and init containers: they are meant to end', 'a graceful exit after a probe kill'],
  knownGaps: ['an exit code swallowed by a wrapper script looks clean'],
  match(incident, state) {
    const waiting = signalsOf(incident, 'container.waiting', { reason: 'CrashLoopBackOff' });
    return crashesOf(incident, (code) => code === 0)
      .filter((crash) => crash.init !== true && crash.detail.reason !== 'OOMKilled' && probeKills(incident, crash).length === 0)
      .filter((crash) => waiting.some(({ ref, container }) => ref.name === crash.ref.name && container === crash.container))
      .map((crash) => {
        const command = containerField(state, crash, '/command') ?? containerField(state, crash, '/args');
        const last = lastWords(incident, crash).lines.at(-1);
        return {
          reason: 'AppExitedCleanly' as const,
          subject: ownerSubject(state, crash.ref),
          confidence: 0.86,
          evidence: present(
            citeSignal(crash, 'the container completed'),
            command && citeField(command.version, command.pointer, 'what it runs'),
            last && citeLine(crash, last, 'its last words'),
          ),
          facts: { container: crash.container ?? '', count: crash.count, said: last?.line.message.trim().slice(0, 160) ?? '' },
        };
      });
  },
  describe(claim) {
    const { container, count, said } = claim.facts;
    return {
      rootCause: [
        observation(
          `Container ${container} has ended ${count} times with exit code 0${said === '' ? '' : `; its last words were "${said}"`}.`,
          idsOf(claim),
        ),
        inference(
          'Its process finishes its work, or goes to the background, and returns; with restartPolicy Always the kubelet starts it again.',
          idsOf(claim),
        ),
      ],
      steps: [
        step('Run the program in the foreground (no daemon mode, no script that ends after starting it).', 'The container keeps running.', {
          command: `kubectl edit ${target(claim.subject)}`,
          risk: 'medium',
        }),
        step('If it is meant to end, run it as a Job or CronJob.', 'The Job completes and nothing is restarted.'),
      ],
    };
  },
} satisfies Rule;
