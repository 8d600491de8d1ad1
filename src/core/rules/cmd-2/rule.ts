import { idsOf, inference, observation, type Rule, step, target } from '../rule.ts';
import { failedStarts } from '../start-claim.ts';
import { ownerSubject } from '../subject.ts';

/** The command of a container exists but may not be executed. */
export default {
  id: 'CMD-2',
  version: 1,
  title: 'Command is not executable',
  reasons: ['CommandNotExecutable'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 ContainerStateTerminated.reason StartError', 'opencontainers/runc libcontainer', 'POSIX shell exit status 126'],
  falsePositives: ['files that a running program may not read or write: the command itself starts'],
  knownGaps: ['a volume mounted noexec and a missing x bit read the same'],
  match(incident, state) {
    return failedStarts(incident, state, 'not-executable').map(({ signal, command, image, confidence, evidence }) => ({
      reason: 'CommandNotExecutable',
      subject: ownerSubject(state, signal.ref),
      confidence,
      evidence,
      facts: { container: signal.container ?? '', command, image },
    }));
  },
  describe(claim) {
    const { container, command, image } = claim.facts;
    const what = command === '' ? 'the command' : String(command);
    return {
      rootCause: [
        observation(`Container ${container} may not execute ${what}: permission denied.`, idsOf(claim, 0)),
        inference(
          `${command === '' ? 'The command' : what} is there, but it is a directory, lacks the x permission, or lies on a volume that allows no execution.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(`Make ${what} executable in the image (RUN chmod +x, or COPY --chmod=755) and roll the image out.`, 'The container starts.', {
          command: `kubectl set image ${target(claim.subject)} ${container}=<rebuilt ${image === '' ? 'image' : image}>`,
          risk: 'medium',
        }),
        step(
          'If it comes from a ConfigMap or Secret volume, set defaultMode 0755 or run it through its interpreter.',
          'The container starts.',
          {
            command: `kubectl edit ${target(claim.subject)}`,
          },
        ),
      ],
    };
  },
} satisfies Rule;
