import { itemsOf } from '../../model/fields.ts';
import { pointerOf } from '../../model/pointer.ts';
import { nodesOf } from '../node-fit.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step } from '../rule.ts';
import { schedulingFindings } from '../scheduling.ts';

/** The pod asks for a device or other resource (GPU, hugepages, ephemeral-storage) that no node offers, or that is used up. */
export default {
  id: 'SCH-2',
  version: 1,
  title: 'Extended resource missing or used up',
  reasons: ['InsufficientExtendedResource'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/',
    'pkg/scheduler/framework/plugins/noderesources/fit.go',
  ],
  falsePositives: ['a GPU node that is being added'],
  knownGaps: ['a mistyped resource name is not told from a missing device plugin'],
  match(incident, state) {
    return schedulingFindings(incident, state, ['InsufficientExtendedResource']).map(
      ({ confidence, evidence, subject, pod, obstacle, message }) => {
        const resource = obstacle.resource ?? '';
        const { nodes, complete } = nodesOf(state);
        const offering = nodes.filter(({ object }) => object.status?.allocatable?.[resource] !== undefined);
        const container = itemsOf(pod?.object.spec?.containers).findIndex((one) => one.resources?.limits?.[resource] !== undefined);
        return {
          reason: 'InsufficientExtendedResource' as const,
          subject,
          confidence,
          evidence: present(
            evidence,
            pod === undefined || container < 0
              ? undefined
              : citeField(pod, pointerOf('spec', 'containers', container, 'resources', 'limits', resource), 'what the container asks for'),
            offering[0] && citeField(offering[0], pointerOf('status', 'allocatable', resource), 'what a node offers'),
          ),
          facts: {
            resource,
            obstacle: obstacle.text,
            count: obstacle.count,
            total: message.total,
            offered: complete ? offering.length : -1,
          },
          needs: complete ? [] : ['the nodes and what they can allocate'],
        };
      },
    );
  },
  describe(claim) {
    const { resource, obstacle, count, total, offered } = claim.facts;
    const why =
      offered === 0
        ? `No node offers ${resource} at all: there is no such hardware, or its device plugin does not run.`
        : `All of the cluster's ${resource} is in use, or the nodes that should offer it do not.`;
    return {
      rootCause: [
        observation(`The scheduler reports "${obstacle}" on ${count} of ${total} nodes.`, idsOf(claim, 0)),
        inference(why, idsOf(claim)),
      ],
      steps: [
        step(`See which nodes offer ${resource}.`, 'You know whether it is missing or used up.', {
          command: `kubectl describe nodes | grep -F '${resource}'`,
          risk: 'none',
        }),
        step(
          `Add a node with ${resource} and install its device plugin, or free what other pods hold.`,
          `A node's allocatable lists ${resource} and the pod is scheduled.`,
          { risk: 'medium' },
        ),
      ],
    };
  },
} satisfies Rule;
