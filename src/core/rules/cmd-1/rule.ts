import { idsOf, inference, namespaceFlag, observation, type Rule, step, target } from '../rule.ts';
import { failedStarts } from '../start-claim.ts';
import { ownerSubject } from '../subject.ts';

/** The command of a container is not in its image (or its script's interpreter is not). */
export default {
  id: 'CMD-1',
  version: 1,
  title: 'Command not found in the image',
  reasons: ['CommandNotFound'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 ContainerStateTerminated.reason StartError', 'opencontainers/runc libcontainer', 'POSIX shell exit status 127'],
  falsePositives: ['exec probes and lifecycle hooks whose command is missing', 'a missing shared library, which also ends with 127'],
  knownGaps: ['a missing interpreter or loader (CRLF after #!, glibc binary on musl) reads the same'],
  match(incident, state) {
    return failedStarts(incident, state, 'not-found').map(({ signal, command, image, confidence, evidence }) => ({
      reason: 'CommandNotFound',
      subject: ownerSubject(state, signal.ref),
      confidence,
      evidence,
      facts: { container: signal.container ?? '', command, image },
    }));
  },
  describe(claim) {
    const { container, command, image } = claim.facts;
    const what = command === '' ? 'the command' : `command ${command}`;
    return {
      rootCause: [
        observation(`Container ${container} cannot run ${what}: it is reported as not found.`, idsOf(claim, 0)),
        inference(
          `Image ${image === '' ? 'of the container' : image} does not contain ${what} at that place or in its PATH, or lacks the interpreter that it needs.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(`Correct command and args of container ${container}, or use an image that contains ${what}.`, 'The container starts.', {
          command: `kubectl edit ${target(claim.subject)}`,
          risk: 'medium',
        }),
        step(
          'If the file is there, check its first line (#! with CRLF) and that its interpreter or C library is in the image.',
          'The command runs in a container of the same image.',
          {
            command: `kubectl run command-check --rm -it --restart=Never${namespaceFlag(claim.subject)} --image=${image === '' ? '<image>' : image} --command -- sh`,
            risk: 'none',
          },
        ),
      ],
    };
  },
} satisfies Rule;
