import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, present, type Rule, step, target } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

/** A program refuses its command line: an unknown sub-command, flag or argument. */
export default {
  id: 'USG-1',
  version: 1,
  title: 'Command line is not understood',
  reasons: ['AppStartupError'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 Container.command, args', 'usage errors of cobra, pflag, argparse, clap, getopt, Node.js, Java'],
  falsePositives: ['a tool that the program calls itself with a wrong option'],
  knownGaps: ['which options the image knows is not recorded'],
  match(incident, state) {
    return findings(incident, state, ['command-usage'], 'the command line is refused')
      .filter(({ bearing }) => bearing === 'exit')
      .map((finding) => {
        const { signal, bearing, fields } = finding;
        const asked = containerField(state, signal, '/args') ?? containerField(state, signal, '/command');
        const text = Array.isArray(asked?.value) ? asked.value.join(' ') : '';
        const argument = (fields.argument ?? '').replace(/^['"]|['"]$/g, '');
        const named = argument !== '' && text.includes(argument);
        return {
          reason: 'AppStartupError' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: weigh(bearing, named ? 0.92 : 0.84),
          evidence: [
            ...finding.evidence,
            ...present(asked && citeField(asked.version, asked.pointer, 'the command line that the container is given')),
          ],
          facts: { ...lineFacts(finding), argument, asked: text.slice(0, 200) },
        };
      });
  },
  describe(claim) {
    const { container, argument, asked } = claim.facts;
    const what = argument === '' ? 'its command line' : `"${argument}" in its command line`;
    return {
      rootCause: [
        lineObservation(claim),
        inference(
          `Container ${container} does not know ${what}${asked === '' ? '' : ` (it is given: ${asked})`}, so it exits before doing any work.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(`Correct command and args of container ${container} for the version of its image.`, 'The container starts.', {
          command: `kubectl edit ${target(claim.subject)}`,
        }),
        step('If the image changed, compare with the options of the version that worked.', 'The option exists in this version.', {
          command: `kubectl rollout history ${target(claim.subject)}`,
          risk: 'none',
        }),
      ],
    };
  },
} satisfies Rule;
