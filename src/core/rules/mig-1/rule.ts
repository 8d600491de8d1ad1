import type { AggregatedEvent, Evidence, Signal } from '../../model/event.ts';
import { textsOf } from '../../model/fields.ts';
import type { ClusterState } from '../../state/state.ts';
import { findings, type LogFinding, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { idsOf, inference, present, type Rule, step } from '../rule.ts';
import { containerOf, ownerSubject } from '../subject.ts';

const migrates =
  /migrat|flyway|liquibase|alembic|\bgoose\b|prisma|knex|sqitch|\bdbmate\b|\batlas\b|db:(?:migrate|schema)|ef database|schema/i;

/** A schema migration fails, so what waits for it cannot go on. */
export default {
  id: 'MIG-1',
  version: 1,
  title: 'Schema migration fails',
  reasons: ['MigrationFailed'],
  maturity: 'stable',
  kinds: ['Pod', 'Job'],
  references: ['golang-migrate, Flyway, Liquibase, Alembic, Rails, Prisma, Knex, Django error texts', 'PostgreSQL 42P01, MySQL 1146'],
  falsePositives: ['the database cannot be reached or refuses the login: then that is the cause (DEP-1, DEP-2)'],
  knownGaps: ['a missing table outside of a migration is only a guess at a migration that never ran'],
  match(incident, state) {
    const failed = findings(incident, state, ['migration-failed'], 'the migration fails');
    const tables = findings(incident, state, ['missing-table'], 'the schema lacks what the statement needs');
    return [
      ...failed
        .filter(({ bearing }) => bearing !== 'lasting')
        .map((finding) => claimOf(state, finding, contextOf(incident, state, finding.signal), 0.92)),
      ...tables
        .filter(({ bearing }) => bearing !== 'lasting')
        .map((finding) => {
          const context = contextOf(incident, state, finding.signal);
          return claimOf(state, finding, context, context === undefined ? 0.68 : 0.9);
        }),
    ];
  },
  describe(claim) {
    const { where, table } = claim.facts;
    const subject = `${claim.subject.kind} ${claim.subject.name}`;
    const what =
      table === ''
        ? ''
        : ` It needs ${table}, which the database does not have: an earlier migration is missing, or it runs against the wrong database.`;
    const text =
      where === ''
        ? `The schema of the database is not what ${subject} expects; its migrations have most likely not run.`
        : `The schema migration of ${subject} (${where}) fails at this statement each time it is tried.`;
    return {
      rootCause: [lineObservation(claim), inference(`${text}${what}`, idsOf(claim))],
      steps: [
        step(
          'Compare the version table of the migration tool with the schema of the database.',
          'You know which migration is missing, half done, or locked.',
          { risk: 'none' },
        ),
        step(
          'Repair what the failed step left (dirty flag, lock), correct the migration or run the missing ones first.',
          'The migration tool reports the newest version.',
          { risk: 'high' },
        ),
        step('Run the migration again.', 'It ends with exit code 0.', { risk: 'medium' }),
      ],
    };
  },
} satisfies Rule;

function claimOf(state: ClusterState, finding: LogFinding, context: { where: string; evidence?: Evidence } | undefined, exit: number) {
  const { table = '', column = '', database = '' } = finding.fields;
  return {
    reason: 'MigrationFailed' as const,
    subject: ownerSubject(state, finding.signal.ref),
    confidence: weigh(finding.bearing, exit),
    evidence: [...finding.evidence, ...present(context?.evidence)],
    facts: { ...lineFacts(finding), where: context?.where ?? '', table: table || column || database },
  };
}

/** What shows that the container migrates a schema: an earlier line of its log, its command, image, or its own or its workload's name. */
function contextOf(incident: AggregatedEvent, state: ClusterState, signal: Signal): { where: string; evidence?: Evidence } | undefined {
  const line = incident.logs.find(
    ({ line: one }) =>
      one.pod === signal.ref.name && one.container === signal.container && migrates.test(one.message) && one.message !== signal.value,
  );
  const container = containerOf(state, signal);
  const command = [...textsOf(container?.spec.command), ...textsOf(container?.spec.args), String(container?.spec.image ?? '')].join(' ');
  const named = migrates.test(`${signal.container} ${incident.workload.name}`) || migrates.test(command);
  if (line === undefined && !named) return undefined;
  if (line === undefined) return { where: `container ${signal.container}` };
  const { seq, at } = line;
  const evidence: Evidence = {
    id: '',
    type: 'log',
    seq,
    pointer: '/message',
    value: line.line.message,
    ref: signal.ref,
    at,
    note: 'what it was doing',
    role: 'supports',
  };
  return { where: `"${line.line.message.trim().slice(0, 120)}"`, evidence };
}
