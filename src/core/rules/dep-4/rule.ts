import type { ObjectRef } from '../../model/resource.ts';
import { endpointsOf, selectPods, topOwner } from '../../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../../state/state.ts';
import { addressesOf } from '../address.ts';
import { configuredServices } from '../configured-services.ts';
import { findings, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { citeField, idsOf, inference, present, type Rule, step, target } from '../rule.ts';

/** The client was connected and waited for the answer: not a connection that could not be made. */
const waitedForAnswer =
  /\bread(?:ing)? time(?:d )?out|read operation timed out|awaiting (?:response )?headers|while reading (?:response|upstream)|timeout (?:while )?(?:waiting for|reading) (?:a |the )?(?:reply|response|answer|data)|(?:statement|lock wait|query|command|socket|request) timeout|canceling statement due to|\bSocketTimeoutException: Read\b|maximum execution time|slow query/i;

/** A dependency is up and takes connections, but its answers come too late for its client. */
export default {
  id: 'DEP-4',
  version: 1,
  title: 'Dependency answers too slowly',
  reasons: ['DependencyDegraded'],
  maturity: 'experimental',
  kinds: ['Pod'],
  references: [
    'net/http Client.Timeout exceeded while awaiting headers',
    'java.net.SocketTimeoutException: Read timed out',
    'PostgreSQL 57014',
  ],
  falsePositives: ['one slow query of an otherwise quick server', 'a client whose time limit is too short'],
  knownGaps: ['why the dependency is slow is seen only if it has an incident of its own', 'latency itself is not recorded'],
  match(incident, state) {
    return findings(incident, state, ['connection-timeout'], 'the answer does not come in time').flatMap((finding) => {
      if (!waitedForAnswer.test(String(finding.signal.detail.message))) return [];
      const service = serviceOf(state, finding.signal, incident);
      if (service === undefined || (endpointsOf(state, service.ref)?.ready ?? 0) === 0) return [];
      const server = serverOf(state, service);
      return [
        {
          reason: 'DependencyDegraded' as const,
          subject: server,
          confidence: weigh(finding.bearing, 0.78),
          evidence: [
            ...finding.evidence,
            ...present(citeField(service, '/metadata/name', 'the Service that is asked; it has ready endpoints')),
          ],
          facts: { ...lineFacts(finding), service: service.ref.name, server: `${server.kind} ${server.name}` },
          needs: ['latency and load of the dependency'],
          dependsOn: service.ref,
        },
      ];
    });
  },
  describe(claim) {
    const { service, server } = claim.facts;
    return {
      rootCause: [
        lineObservation(claim),
        inference(
          `Service ${service} has ready endpoints and takes the connection, but ${server} behind it does not answer within the client's time limit.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(`Look at load, locks and recent changes of ${server}.`, 'You know what makes it slow.', {
          command: `kubectl describe ${target(claim.subject)}`,
          risk: 'none',
        }),
        step('Give it what it lacks, or take the slow work away from it.', 'Answers arrive within the time limit again.'),
      ],
    };
  },
} satisfies Rule;

function serviceOf(
  state: ClusterState,
  signal: Parameters<typeof addressesOf>[1],
  incident: Parameters<typeof configuredServices>[2],
): ObservedObject | undefined {
  const written = addressesOf(state, signal).flatMap((address) => (address.type === 'service' ? [address.service] : []));
  if (written.length > 0) return written[0];
  const told = configuredServices(state, signal, incident);
  return told.length === 1 ? told[0]?.service : undefined;
}

function serverOf(state: ClusterState, service: ObservedObject): ObjectRef {
  const pods = selectPods(state, service.ref.namespace, service.object.spec?.selector);
  const owners = new Map(pods.map(({ ref }) => topOwner(state, ref)).map((owner) => [`${owner.kind}/${owner.name}`, owner]));
  const [only] = owners.values();
  return owners.size === 1 && only !== undefined ? only : service.ref;
}
