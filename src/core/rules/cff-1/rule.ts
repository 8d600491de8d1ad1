import { objectOf } from '../../state/lookups.ts';
import { configFileOf } from '../config-file.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, logsOf, namespaceFlag, present, type Rule, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** A program cannot read its configuration file; the ConfigMap that the file comes from is what has to change. */
export default {
  id: 'CFF-1',
  version: 1,
  title: 'Configuration file is invalid',
  reasons: ['ConfigFileInvalid'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'core/v1 ConfigMapVolumeSource, VolumeMount.mountPath',
    'nginx, Redis, PostgreSQL, MySQL, HAProxy, Envoy, Prometheus and YAML/TOML/JSON parser messages',
  ],
  falsePositives: ['a reload that fails while the old configuration stays in use', 'a parser error about data, not about configuration'],
  knownGaps: [
    'which key of the ConfigMap holds the faulty line is not searched',
    'configuration built into the image is blamed on the workload',
  ],
  match(incident, state) {
    return findings(incident, state, ['config-invalid'], 'the configuration is refused')
      .filter(({ bearing }) => bearing !== 'lasting')
      .flatMap((finding) => {
        const { signal, bearing, fields } = finding;
        const source = configFileOf(state, signal, fields.file);
        // Settings that a variable brings in are read by the same code as those of a file.
        const variables = logsOf(incident, ['env-missing', 'env-invalid']).filter(
          ({ container, ref }) => container === signal.container && ref.name === signal.ref.name,
        );
        if (fields.file === undefined && source === undefined && variables.length > 0) return [];
        const object = source?.mount.object;
        const map = object === undefined ? undefined : objectOf(state, object);
        return [
          {
            reason: 'ConfigFileInvalid' as const,
            subject: object ?? ownerSubject(state, signal.ref),
            confidence: weigh(bearing, source === undefined ? 0.84 : source.guessed ? 0.88 : 0.93),
            evidence: [
              ...finding.evidence,
              ...present(
                source && citeField(source.mount.pod, source.mount.mount, 'where the file is mounted'),
                map && citeField(map, '/metadata/name', 'the object that holds the file'),
              ),
            ],
            facts: {
              ...lineFacts(finding),
              file: fields.file ?? source?.file ?? '',
              line: lineFacts(finding).line,
              at: fields.line ?? '',
              detail: fields.detail ?? '',
              source: object === undefined ? '' : `${object.kind} ${object.name}`,
            },
          },
        ];
      });
  },
  describe(claim) {
    const { container, file, at, source } = claim.facts;
    const where = `${file === '' ? 'its configuration file' : String(file)}${at === '' ? '' : `, line ${at}`}`;
    const from = source === '' ? '' : `, which comes from ${source}`;
    const own = claim.subject.kind === 'ConfigMap' || claim.subject.kind === 'Secret';
    return {
      rootCause: [lineObservation(claim), inference(`Container ${container} does not accept ${where}${from}.`, idsOf(claim))],
      steps: [
        step(
          `Correct ${where}${own ? ` in ${source}` : ''} and check it with the program's own test mode.`,
          'The program accepts the file.',
          { command: `kubectl edit ${target(claim.subject)}` },
        ),
        step('Restart the pods, so that they read the corrected file.', 'The container starts and stays up.', {
          command: own ? `kubectl delete pod <pod>${namespaceFlag(claim.subject)}` : `kubectl rollout restart ${target(claim.subject)}`,
        }),
      ],
    };
  },
} satisfies Rule;
