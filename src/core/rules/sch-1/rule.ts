import { itemsOf } from '../../model/fields.ts';
import { objectOf } from '../../state/lookups.ts';
import { formatAmount, requestOf } from '../node-fit.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { schedulingFindings } from '../scheduling.ts';

const resources: Record<string, string> = { InsufficientCpu: 'cpu', InsufficientMemory: 'memory', TooManyPods: 'pods' };

/** No node has enough CPU, memory or pod slots left: the pod asks for more than any node has, or the nodes are full. */
export default {
  id: 'SCH-1',
  version: 1,
  title: 'No node has enough CPU, memory or pod slots',
  reasons: ['InsufficientCpu', 'InsufficientMemory', 'TooManyPods'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'pkg/scheduler/framework/plugins/noderesources/fit.go',
    'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/',
  ],
  falsePositives: [
    'an autoscaler that is adding a node (TriggeredScaleUp): no answer for ten minutes',
    'a node out of order took the room away: SCH-5 ranks higher',
  ],
  knownGaps: ['what other pods request on each node is not added up'],
  match(incident, state) {
    return schedulingFindings(incident, state, ['InsufficientCpu', 'InsufficientMemory', 'TooManyPods']).map((finding) => {
      const { reason, confidence, evidence, subject, pod, node, obstacle, message } = finding;
      const resource = resources[reason] ?? 'cpu';
      const asked = pod === undefined || resource === 'pods' ? 0 : requestOf(pod.object.spec ?? {}, resource);
      const size = node === undefined ? undefined : citeField(node, `/status/allocatable/${resource}`, `the largest node's ${resource}`);
      const container = itemsOf(pod?.object.spec?.containers).findIndex((one) => one.resources?.requests?.[resource] !== undefined);
      const request =
        pod === undefined || container < 0
          ? undefined
          : citeField(pod, `/spec/containers/${container}/resources/requests/${resource}`, 'what the container requests');
      const impossible = confidence > 0.95;
      return {
        reason,
        subject,
        confidence,
        evidence: present(evidence, request, size),
        facts: {
          resource,
          count: obstacle.count,
          total: message.total,
          impossible: impossible ? 1 : 0,
          obstacle: obstacle.text,
          request: asked === 0 ? '' : formatAmount(resource, asked),
          largest: size === undefined ? '' : String(size.value),
          node: node?.ref.name ?? '',
          replicas: Number(objectOf(state, subject)?.object.spec?.replicas ?? 1),
        },
        needs: node === undefined ? ['the nodes and what they can allocate'] : [],
      }; // prettier-ignore
    });
  },
  describe(claim) {
    const { resource, count, total, request, largest, node, impossible, obstacle } = claim.facts;
    const asks = request === '' ? '' : `The pod requests ${request} ${resource}`;
    const inside = largest === '' ? '' : `; the largest node, ${node}, can give ${largest} ${resource} in all`;
    const why = impossible === 1 ? ': no node of this cluster can ever run it.' : ': the nodes are full.';
    return {
      rootCause: [
        observation(`The scheduler reports "${obstacle}" on ${count} of ${total} nodes.`, idsOf(claim, 0)),
        inference(asks === '' ? `Too little ${resource} is left on the nodes.` : `${asks}${inside}${why}`, idsOf(claim)),
      ],
      steps: [
        resource === 'pods'
          ? step("Add a node, raise the kubelet's maxPods, or move pods away.", 'The pod is scheduled.', {
              command: 'kubectl get nodes -o custom-columns=NAME:.metadata.name,PODS:.status.allocatable.pods',
            })
          : step(
              `Lower the ${resource} request of ${claim.subject.name} to what it needs${largest === '' ? '' : ` (below ${largest})`}.`,
              'The pod is scheduled and its Pending condition is gone.',
              {
                command: `kubectl set resources ${target(claim.subject)} --requests=${resource}=<smaller>`,
                risk: 'medium',
              },
            ),
        step(
          impossible === 1 ? `Or add a node with more ${resource} than the request.` : 'Or add a node, or scale down what is not needed.',
          'The new node is Ready and takes the pod.',
          { risk: 'medium' },
        ),
      ],
    };
  },
} satisfies Rule;
