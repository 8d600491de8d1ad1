import { crashesOf, killedCodes } from '../crash.ts';
import { environmentFailure } from '../environment-failure.ts';
import { citeSignal, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

const words = {
  absent: 'which its spec does not set',
  empty: 'which its spec leaves empty',
  invalid: 'which its spec sets to a value that the program cannot use',
};

/** A container ends because an environment variable is missing, empty or unusable: its log says so and its spec agrees. */
export default {
  id: 'CFG-5',
  version: 1,
  title: 'Environment variable missing or invalid',
  reasons: ['EnvVarInvalidOrMissing'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'core/v1 EnvVar, EnvFromSource',
    'https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/',
  ],
  falsePositives: [
    'a default that the program announces ("X is not set, using …")',
    'a variable that is set in the spec: the log means something else',
  ],
  knownGaps: ['variables that the image sets', 'values that come from Secrets'],
  match(incident, state) {
    return crashesOf(incident, (code) => !killedCodes.includes(code)).flatMap((crash) => {
      const failure = environmentFailure(incident, state, crash);
      if (failure === undefined) return [];
      return [
        {
          reason: 'EnvVarInvalidOrMissing' as const,
          subject: ownerSubject(state, crash.ref),
          confidence: failure.confidence,
          evidence: present(...failure.evidence, citeSignal(crash, 'how the container ended')),
          facts: {
            container: crash.container ?? '',
            variable: failure.name,
            wrong: failure.wrong,
            exitCode: Number(crash.detail.exitCode),
          },
          needs: failure.unseen,
        },
      ];
    });
  },
  describe(claim) {
    const { container, variable, wrong, exitCode } = claim.facts;
    const name = variable === '' ? 'an environment variable' : `environment variable ${variable}`;
    const assignment = variable === '' ? '<NAME>=<value>' : `${variable}=<value>`;
    return {
      rootCause: [
        observation(`Container ${container} ends with exit code ${exitCode} after its log blames ${name}.`, idsOf(claim, 0)),
        inference(`The program needs ${name}, ${words[wrong as keyof typeof words] ?? words.absent}.`, idsOf(claim)),
      ],
      steps: [
        step(`Set ${name} of container ${container} to a value that the program accepts.`, 'The container starts and stays up.', {
          command: `kubectl set env ${target(claim.subject)} -c ${container} ${assignment}`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
