import type { ActionStep, Evidence } from '../../model/event.ts';
import { itemsOf } from '../../model/fields.ts';
import type { ObjectRef } from '../../model/resource.ts';
import type { Reason } from '../../model/taxonomy.ts';
import { findObject } from '../../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../../state/state.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { schedulingFindings } from '../scheduling.ts';
import { claimsOf } from '../volumes.ts';

const reasons: Reason[] = ['TopologySpreadUnsatisfied', 'HostPortConflict', 'VolumeLimitExceeded', 'VolumeNodeAffinityConflict'];

/** The field of the pod, or of its volume, that the scheduler speaks of. */
function fieldOf(state: ClusterState, reason: Reason, pod: ObservedObject | undefined): Evidence | undefined {
  if (pod === undefined) return undefined;
  if (reason === 'TopologySpreadUnsatisfied') return citeField(pod, '/spec/topologySpreadConstraints/0', 'how the pods must be spread');
  if (reason === 'HostPortConflict') {
    const containers = itemsOf(pod.object.spec?.containers).map(({ ports }) => itemsOf(ports));
    const container = containers.findIndex((ports) => ports.some(({ hostPort }) => hostPort !== undefined));
    const port = containers[container]?.findIndex(({ hostPort }) => hostPort !== undefined);
    return container < 0
      ? undefined
      : citeField(pod, `/spec/containers/${container}/ports/${port}/hostPort`, 'the port of the node that the pod wants');
  }
  if (reason === 'VolumeLimitExceeded') return undefined;
  for (const claim of claimsOf(state, pod)) {
    const volume = findObject(state, 'PersistentVolume', '', String(claim.claim?.object.spec?.volumeName ?? ''));
    const bound = volume && citeField(volume, '/spec/nodeAffinity', `where volume ${volume.ref.name} can be used`);
    if (bound !== undefined) return bound;
  }
  return undefined;
}

const words: Partial<Record<Reason, string>> = {
  TopologySpreadUnsatisfied:
    'The topology spread constraint (DoNotSchedule) cannot be kept on any node: the zones or nodes that would keep the skew are missing, lack the label, or are closed to the pod.',
  HostPortConflict: 'Every node that may run the pod already has a pod on the same host port.',
  VolumeLimitExceeded: 'The nodes already have as many volumes of this driver attached as they can take.',
  VolumeNodeAffinityConflict:
    'The PersistentVolume can only be used on certain nodes (its zone or its host), and none of them can take the pod.',
};

function stepsOf(reason: Reason, subject: ObjectRef): ActionStep[] {
  const edit = { command: `kubectl edit ${target(subject)}`, risk: 'medium' as const };
  if (reason === 'TopologySpreadUnsatisfied')
    return [step('Set whenUnsatisfiable: ScheduleAnyway, raise maxSkew, or add nodes in the missing zone.', 'The pod is scheduled.', edit)];
  if (reason === 'HostPortConflict')
    return [
      step('Remove the hostPort (use a Service), choose a free one, or run at most one replica per node.', 'The pod is scheduled.', edit),
    ];
  if (reason === 'VolumeLimitExceeded')
    return [
      step('Add a node, or move pods with volumes to other nodes.', 'The pod is scheduled.', {
        command: 'kubectl get volumeattachments',
        risk: 'medium',
      }),
    ];
  return [
    step('See which nodes the volume allows, and which of them can take the pod.', 'A node of that zone is Ready and has room.', {
      command: 'kubectl get pv -o yaml',
      risk: 'none',
    }),
    step(
      'Add a node in the zone of the volume, or recreate the claim with a class that binds on first consumer.',
      'The pod is scheduled.',
      { risk: 'high' },
    ),
  ];
}

/** Spread constraints, host ports, volume limits and the place of a volume leave no node. */
export default {
  id: 'SCH-7',
  version: 1,
  title: 'Spread, host port or volume leaves no node',
  reasons,
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/scheduler/framework/plugins/{podtopologyspread,nodeports,nodevolumelimits,volumebinding}'],
  falsePositives: ['a rolling update that waits for the port of the old pod'],
  knownGaps: ['which pod holds the port is not named'],
  match(incident, state) {
    return schedulingFindings(incident, state, reasons).map(({ reason, confidence, evidence, subject, pod, obstacle, message }) => {
      const field = fieldOf(state, reason, pod);
      return {
        reason,
        subject,
        confidence,
        evidence: present(evidence, field),
        facts: {
          field: typeof field?.value === 'number' ? field.value : '',
          obstacle: obstacle.text,
          count: obstacle.count,
          total: message.total,
        },
      };
    });
  },
  describe(claim) {
    const { field, obstacle, count, total } = claim.facts;
    const port = claim.reason === 'HostPortConflict' && field !== '' ? ` It asks for port ${field}.` : '';
    return {
      rootCause: [
        observation(`The scheduler reports "${obstacle}" for ${count} of ${total} nodes.`, idsOf(claim, 0)),
        inference(`${words[claim.reason]}${port}`, idsOf(claim)),
      ],
      steps: stepsOf(claim.reason, claim.subject),
    };
  },
} satisfies Rule;
