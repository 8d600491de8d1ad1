import { citeLine, lastFindings } from '../container-log.ts';
import { failuresOf } from '../crash.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

/** The process cannot start because a module, class or shared library is not in the image. */
export default {
  id: 'APP-3',
  version: 1,
  title: 'Module or library missing from the image',
  reasons: ['AppStartupError'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 ContainerStateTerminated.exitCode', 'src/core/analysis/logs/families/config.ts module-missing'],
  falsePositives: ['an optional module that the program goes on without: it does not exit'],
  knownGaps: ['a volume mounted over the modules looks the same'],
  match(incident, state) {
    return failuresOf(incident).flatMap((crash) => {
      const found = lastFindings(incident, crash, ['module-missing']).filter(({ match }) => match.weight >= 0.75);
      const telling = found.find(({ match }) => match.fields.module !== undefined) ?? found[0];
      if (telling === undefined) return [];
      const image = containerField(state, crash, '/image');
      return [
        {
          reason: 'AppStartupError' as const,
          subject: ownerSubject(state, crash.ref),
          confidence: 0.9,
          evidence: present(
            citeLine(crash, telling.line, 'what the program could not load'),
            citeSignal(crash, 'how the container ended'),
            image && citeField(image.version, image.pointer, 'the image that lacks it'),
          ),
          facts: {
            container: crash.container ?? '',
            module: telling.match.fields.module ?? '',
            image: String(image?.value ?? ''),
            exitCode: Number(crash.detail.exitCode),
          },
        },
      ];
    });
  },
  describe(claim) {
    const { container, module, image, exitCode } = claim.facts;
    const what = module === '' ? 'a module' : `module ${module}`;
    return {
      rootCause: [
        observation(`Container ${container} ends with exit code ${exitCode} because it cannot load ${what}.`, idsOf(claim, 0, 1)),
        inference(`Image ${image} does not contain ${what}, so no run can start.`, idsOf(claim)),
      ],
      steps: [
        step(
          `Build the image with ${what} (dependency list, build stage, base image) and roll it out.`,
          'The container starts and stays up.',
          {
            command: `kubectl set image ${target(claim.subject)} ${container}=<image with ${module === '' ? 'the module' : module}>`,
            risk: 'medium',
          },
        ),
        step('If a volume is mounted over the place of the modules, mount it elsewhere.', 'The module is found.', {
          command: `kubectl edit ${target(claim.subject)}`,
        }),
      ],
    };
  },
} satisfies Rule;
