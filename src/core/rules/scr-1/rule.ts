import { configFileOf } from '../config-file.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, present, type Rule, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** An interpreter cannot compile a script: a syntax error in what was deployed. */
export default {
  id: 'SCR-1',
  version: 2,
  title: 'Script has a syntax error',
  reasons: ['ScriptError'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['error texts of sh, bash, Perl, Python, Node.js, Ruby, PHP, awk, Lua'],
  falsePositives: ['a SyntaxError that a program raises about data it parses and survives'],
  knownGaps: ['a runtime error of a script is told by APP-1'],
  match(incident, state) {
    return findings(incident, state, ['script-error'], 'the script does not compile')
      .filter(({ bearing }) => bearing !== 'lasting')
      .map((finding) => {
        const { signal, bearing, fields } = finding;
        const source = fields.file === undefined ? undefined : configFileOf(state, signal, fields.file);
        const object = source?.guessed === true ? undefined : source?.mount.object;
        return {
          reason: 'ScriptError' as const,
          subject: object ?? ownerSubject(state, signal.ref),
          confidence: weigh(bearing, fields.file === undefined ? 0.82 : 0.9),
          evidence: [
            ...finding.evidence,
            ...present(
              object && source && citeField(source.mount.pod, source.mount.mount, 'where the script is mounted'),
              object && source && citeField(source.mount.pod, source.mount.volume, 'what the mounted volume holds'),
            ),
          ],
          facts: {
            ...lineFacts(finding),
            file: fields.file ?? '',
            at: fields.line ?? '',
            source: object === undefined ? '' : `${object.kind} ${object.name}`,
          },
        };
      });
  },
  describe(claim) {
    const { file, at, source, container } = claim.facts;
    const where = `${file === '' ? 'a script' : String(file)}${at === '' ? '' : `, line ${at}`}`;
    return {
      rootCause: [
        lineObservation(claim),
        inference(
          `Container ${container} stops at a syntax error in ${where}${source === '' ? '' : `, which comes from ${source}`}.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          `Correct the syntax in ${where} and deploy it again.`,
          'The script compiles (for example sh -n, perl -c, python -m py_compile) and the container starts.',
          { command: `kubectl edit ${target(claim.subject)}` },
        ),
      ],
    };
  },
} satisfies Rule;
