import { fieldsOf, itemsOf } from '../../model/fields.ts';
import { addressesOf } from '../address.ts';
import { configuredServices } from '../configured-services.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, present, type Rule, step, target } from '../rule.ts';
import { containerOf, ownerSubject } from '../subject.ts';

/** HTTP status codes alone say less than a server's own refusal of a login. */
const plain = /\b(?:401|403)\b/;

/** A dependency refuses the credentials of the container. */
export default {
  id: 'DEP-2',
  version: 1,
  title: 'Dependency refuses the credentials',
  reasons: ['DependencyAuthFailed'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['PostgreSQL 28P01, MySQL 1045, Redis WRONGPASS/NOAUTH, AMQP ACCESS_REFUSED', 'core/v1 EnvVarSource.secretKeyRef'],
  falsePositives: ['a server that logs failed logins of its clients runs and stays ready', 'a Kubernetes API 403 is RBA-1'],
  knownGaps: ['values of Secrets are masked, so whether they match is not compared'],
  match(incident, state) {
    const found = findings(incident, state, ['auth-failed'], 'the dependency refuses the login');
    return found.flatMap((finding) => {
      const { signal, bearing, fields } = finding;
      // A running server that reports the failed logins of others is not at fault itself.
      if (bearing === 'lasting' && (fields.user !== undefined || plain.test(String(signal.detail.message)))) return [];
      const address = addressesOf(state, signal).find(({ type }) => type !== 'local') ?? configuredServices(state, signal)[0];
      const dependency = address === undefined ? '' : 'service' in address ? address.service.ref.name : address.host;
      const container = containerOf(state, signal);
      const variables = itemsOf(container?.spec.env);
      const position = variables.findIndex(
        ({ name, valueFrom }) => fieldsOf(valueFrom?.secretKeyRef).name !== undefined && /PASS|TOKEN|SECRET|CRED|KEY|DSN|URL/i.test(name),
      );
      const source =
        container && position >= 0
          ? citeField(container.version, `${container.pointer}/env/${position}/valueFrom`, 'where the credentials come from')
          : undefined;
      return [
        {
          reason: 'DependencyAuthFailed' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: weigh(bearing, plain.test(String(signal.detail.message)) && fields.user === undefined ? 0.8 : 0.92),
          evidence: [...finding.evidence, ...present(source)],
          facts: {
            ...lineFacts(finding),
            user: fields.user ?? '',
            dependency,
            secret: String(variables[position]?.valueFrom?.secretKeyRef?.name ?? ''),
          }, // prettier-ignore
          needs: ['whether the credentials of client and server agree'],
        },
      ];
    });
  },
  describe(claim) {
    const { user, dependency, secret } = claim.facts;
    const whom = `${user === '' ? '' : ` for user ${user}`}${dependency === '' ? '' : ` at ${dependency}`}`;
    const from = secret === '' ? '' : ` The container takes them from Secret ${secret}.`;
    return {
      rootCause: [
        lineObservation(claim),
        inference(`The dependency answers but does not accept the credentials${whom}.${from}`, idsOf(claim)),
      ],
      steps: [
        step(
          `Compare user and password${secret === '' ? '' : ` in Secret ${secret}`} with what the server knows, and correct the wrong side.`,
          'A login with these credentials succeeds.',
          { risk: 'medium' },
        ),
        step('Restart the pods: variables from Secrets are read only at the start.', 'The container starts and logs no refused login.', {
          command: `kubectl rollout restart ${target(claim.subject)}`,
        }),
      ],
    };
  },
} satisfies Rule;
