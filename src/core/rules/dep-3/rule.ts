import type { AggregatedEvent, Evidence } from '../../model/event.ts';
import { itemsOf, textsOf } from '../../model/fields.ts';
import type { ObjectRef } from '../../model/resource.ts';
import { listObjects, objectOf, podSpecOf, selectPods, topOwner } from '../../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../../state/state.ts';
import { addressesOf } from '../address.ts';
import { configuredServices } from '../configured-services.ts';
import { findings, type LogFinding, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, present, type Rule, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** Settings that make a server a replica or read-only: Redis, MySQL, MariaDB, PostgreSQL, MongoDB, Elasticsearch. */
const replicaMode =
  /--?(?:replicaof|slaveof)\b|\b(?:replica|slave)of\b|--(?:super-|transaction-|innodb-)?read[-_]only\b|\b(?:super_)?read_only\s*=\s*(?:1|on|true)|default_transaction_read_only|hot_standby|standby\.signal|primary_conninfo|pg_basebackup|^(?:slave|replica|secondary|standby|read-?only)$/i;

/** Writes are refused because the server they go to is read-only: a replica, a standby, or set so. The server is what has to change. */
export default {
  id: 'DEP-3',
  version: 1,
  title: 'Dependency is read-only',
  reasons: ['DependencyReadOnly'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['Redis READONLY', 'PostgreSQL 25006 read_only_sql_transaction', 'MySQL 1290, 1836', 'MongoDB 10107 NotWritablePrimary'],
  falsePositives: ['a failover that takes seconds: the incident recovers', 'a client that is meant to use the read replica only for reads'],
  knownGaps: ['a server outside of the cluster is not named', 'a configuration file that makes the server read-only is not read'],
  match(incident, state) {
    return findings(incident, state, ['read-only-dependency'], 'the dependency refuses to write').map((finding) =>
      claimOf(incident, state, finding),
    );
  },
  describe(claim) {
    const { server, mode, service, client } = claim.facts;
    const named = server !== '';
    const why = !named
      ? 'The server that it writes to is read-only; which one it is was not recorded.'
      : `${client} writes through Service ${service} to ${server}, which is read-only${mode === '' ? '' : `: it is started with "${mode}"`}.`;
    return {
      rootCause: [lineObservation(claim), inference(why, idsOf(claim))],
      steps: [
        step(
          named
            ? `Make ${server} a primary (remove the replica or read-only setting), or bring back the primary it follows.`
            : 'Make the server a primary, or bring back the primary it follows.',
          'A write succeeds.',
          { risk: 'medium', ...(named ? { command: `kubectl edit ${target(claim.subject)}` } : {}) },
        ),
        step('If the replica is intended, point the writer at the Service of the primary.', 'The client logs no refused write.'),
      ],
    };
  },
} satisfies Rule;

function claimOf(incident: AggregatedEvent, state: ClusterState, finding: LogFinding) {
  const { signal, bearing } = finding;
  const client = ownerSubject(state, signal.ref);
  const server = serverOf(incident, state, finding);
  const mode = server === undefined ? undefined : modeOf(state, server.workload);
  const base = server === undefined ? 0.8 : mode === undefined ? 0.86 : 0.94;
  return {
    reason: 'DependencyReadOnly' as const,
    subject: server?.workload ?? client,
    confidence: weigh(bearing, base),
    evidence: [
      ...finding.evidence,
      ...present(server && citeField(server.service, '/spec/selector', 'the Service that it writes through'), mode?.evidence),
    ],
    facts: {
      ...lineFacts(finding),
      client: `${client.kind} ${client.name}`,
      service: server?.service.ref.name ?? '',
      server: server === undefined ? '' : `${server.workload.kind} ${server.workload.name}`,
      mode: mode?.text ?? '',
    }, // prettier-ignore
    needs: server === undefined ? ['which server the client writes to'] : [],
  };
}

/** The workload behind the only Service (or the only one with a replica's settings) that the client is told to use. */
function serverOf(
  incident: AggregatedEvent,
  state: ClusterState,
  { signal }: LogFinding,
): { service: ObservedObject; workload: ObjectRef } | undefined {
  const written = addressesOf(state, signal).flatMap((address) => (address.type === 'service' ? [address.service] : []));
  const told = written.length > 0 ? written : configuredServices(state, signal, incident).map(({ service }) => service);
  const services = told.length > 0 ? told : listObjects(state, 'Service', signal.ref.namespace);
  const servers = services.flatMap((service) => {
    const pod = selectPods(state, service.ref.namespace, service.object.spec?.selector).at(0);
    return pod === undefined ? [] : [{ service, workload: topOwner(state, pod.ref) }];
  });
  const replicas = servers.filter(({ workload }) => modeOf(state, workload) !== undefined);
  if (replicas.length > 0 || told.length === 0) return replicas.length === 1 || told.length > 0 ? replicas[0] : undefined;
  return new Set(servers.map(({ workload }) => workload.name)).size === 1 ? servers[0] : undefined;
}

function modeOf(state: ClusterState, workload: ObjectRef): { text: string; evidence: Evidence | undefined } | undefined {
  const version = objectOf(state, workload);
  const template = version === undefined ? undefined : podSpecOf(version.object);
  if (version === undefined || template === undefined) return undefined;
  for (const [position, container] of itemsOf(template.spec.containers).entries()) {
    const at = `${template.pointer}/containers/${position}`;
    const values = [
      ...['command', 'args'].flatMap((list) =>
        textsOf(container[list]).map((text, index) => ({ text, pointer: `${at}/${list}/${index}` })),
      ),
      ...itemsOf(container.env).map(({ value }, index) => ({ text: String(value ?? ''), pointer: `${at}/env/${index}/value` })),
    ];
    const found = values.find(({ text }) => replicaMode.test(text));
    if (found === undefined) continue;
    const text = replicaMode.exec(found.text)?.[0] ?? found.text;
    return { text, evidence: citeField(version, found.pointer, 'the setting that makes it read-only') };
  }
  return undefined;
}
