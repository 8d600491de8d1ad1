import type { AggregatedEvent } from '../../model/event.ts';
import { fieldsOf, itemsOf } from '../../model/fields.ts';
import { podsOf } from '../../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../../state/state.ts';
import { citeField, idsOf, inference, observation, present, type Rule, type RuleClaim, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

const stuckSeconds = 600;
const waits = /wait(?:ing|s)?\b|not (?:yet )?(?:ready|available|reachable|up)|retry|sleep|unavailable|pending|until/i;

/** An init container runs and runs, so the containers of the pod are never started. */
export default {
  id: 'INI-2',
  version: 1,
  title: 'Init container does not finish',
  reasons: ['InitContainerStuck'],
  maturity: 'experimental',
  kinds: ['Pod'],
  references: ['core/v1 ContainerStateRunning.startedAt of initContainerStatuses'],
  falsePositives: [
    'a long download or migration: its log shows progress',
    'a sidecar (init container with restartPolicy Always), which is meant to run on',
  ],
  knownGaps: ['what it waits for is only quoted from its log'],
  match(incident, state) {
    return podsOf(state, incident.workload)
      .filter(({ deleted, object }) => deleted === undefined && object.metadata?.deletionTimestamp === undefined)
      .flatMap((pod) => stuck(incident, state, pod) ?? []);
  },
  describe(claim) {
    const { container, minutes, line } = claim.facts;
    const said = line === '' ? '' : ` Its last line is "${line}".`;
    return {
      rootCause: [
        observation(`Init container ${container} has been running for ${minutes} minutes.${said}`, idsOf(claim)),
        inference('It does not finish, and the other containers of the pod wait for it.', idsOf(claim, 0)),
      ],
      steps: [
        step(`See what init container ${container} waits for.`, 'Its log or its processes name it.', {
          command: `kubectl logs -n ${claim.subject.namespace} <pod> -c ${container}`,
          risk: 'none',
        }),
        step('Provide what it waits for, or give the wait a limit so that it fails visibly.', 'The init container finishes.'),
      ],
    };
  },
} satisfies Rule;

function stuck(incident: AggregatedEvent, state: ClusterState, pod: ObservedObject): RuleClaim | undefined {
  const { spec, status } = pod.object;
  const statuses = itemsOf(fieldsOf(status).initContainerStatuses);
  const sidecars = itemsOf(fieldsOf(spec).initContainers)
    .filter(({ restartPolicy }) => restartPolicy === 'Always')
    .map(({ name }) => name);
  const position = statuses.findIndex(
    ({ name, state: now }) => fieldsOf(fieldsOf(now).running).startedAt !== undefined && !sidecars.includes(name),
  );
  const running = statuses[position];
  if (running === undefined) return undefined;
  const seconds = (Date.parse(state.now) - Date.parse(String(running.state.running.startedAt))) / 1000;
  if (!(seconds >= stuckSeconds)) return undefined;
  const last = incident.logs.findLast(
    ({ line }) => line.pod === pod.ref.name && line.container === running.name && line.message.trim() !== '',
  );
  const line = last?.line.message.trim().slice(0, 240) ?? '';
  // A log that shows work other than waiting is progress.
  if (last !== undefined && !waits.test(line) && Date.parse(state.now) - Date.parse(last.at) < 120_000) return undefined;
  const quoted =
    last === undefined
      ? undefined
      : {
          id: '',
          type: 'log' as const,
          seq: last.seq,
          pointer: '/message',
          value: last.line.message,
          ref: pod.ref,
          at: last.at,
          note: 'what it logs',
          role: 'supports' as const,
        };
  return {
    reason: 'InitContainerStuck',
    subject: ownerSubject(state, pod.ref),
    confidence: last === undefined ? 0.65 : 0.7,
    evidence: present(citeField(pod, `/status/initContainerStatuses/${position}/state/running/startedAt`, 'running since'), quoted),
    facts: { container: String(running.name), minutes: Math.floor(seconds / 60), line },
    needs: last === undefined ? ['the log of the init container'] : [],
  };
}
