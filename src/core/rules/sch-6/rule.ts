import { objectOf } from '../../state/lookups.ts';
import { nodesOf } from '../node-fit.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { schedulingFindings } from '../scheduling.ts';

/** Required pod (anti-)affinity leaves no node: more replicas than places, or no pod to be near. */
export default {
  id: 'SCH-6',
  version: 1,
  title: 'Required pod affinity or anti-affinity leaves no node',
  reasons: ['PodAntiAffinityConflict', 'PodAffinityUnsatisfied'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'pkg/scheduler/framework/plugins/interpodaffinity/filtering.go',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity',
  ],
  falsePositives: ['a rolling update that needs one node more than there are, until an old pod goes'],
  knownGaps: ['which pod stands in the way is not named'],
  match(incident, state) {
    return schedulingFindings(incident, state, ['PodAntiAffinityConflict', 'PodAffinityUnsatisfied']).map(
      ({ reason, confidence, evidence, subject, pod, obstacle, message }) => {
        const field = reason === 'PodAntiAffinityConflict' ? 'podAntiAffinity' : 'podAffinity';
        const pointer = `/spec/affinity/${field}/requiredDuringSchedulingIgnoredDuringExecution/0/topologyKey`;
        const workload = objectOf(state, subject);
        const key = pod === undefined ? undefined : citeField(pod, pointer, 'the pods are spread, or held together, by this label');
        const replicas =
          workload === undefined || reason === 'PodAffinityUnsatisfied'
            ? undefined
            : citeField(workload, '/spec/replicas', 'how many pods are wanted');
        return {
          reason,
          subject,
          confidence,
          evidence: present(evidence, key, replicas),
          facts: {
            topologyKey: String(key?.value ?? ''),
            replicas: Number(replicas?.value ?? 0),
            nodes: nodesOf(state).nodes.length || message.total,
            existing: obstacle.text.includes('existing pods') ? 1 : 0,
            count: obstacle.count,
            total: message.total,
            obstacle: obstacle.text,
          },
          needs: pod === undefined ? ['the spec of the pod'] : [],
        }; // prettier-ignore
      },
    );
  },
  describe(claim) {
    const { topologyKey, replicas, nodes, existing, count, total, obstacle } = claim.facts;
    const by = topologyKey === '' ? '' : ` per ${topologyKey}`;
    const anti =
      existing === 1
        ? 'Pods that already run demand not to share their place with a pod like this one.'
        : `Required pod anti-affinity allows one pod${by}${Number(replicas) > 0 ? `; ${replicas} replicas are wanted and there are ${nodes} nodes` : ''}.`;
    const text =
      claim.reason === 'PodAffinityUnsatisfied' ? `Required pod affinity wants a pod to be near${by}, and no node has such a pod.` : anti;
    return {
      rootCause: [
        observation(`The scheduler reports "${obstacle}" for ${count} of ${total} nodes.`, idsOf(claim, 0)),
        inference(text, idsOf(claim)),
      ],
      steps: [
        claim.reason === 'PodAffinityUnsatisfied'
          ? step('Run the pods that it wants to be near, or correct the label selector of the affinity.', 'The pod is scheduled.', {
              command: `kubectl edit ${target(claim.subject)}`,
              risk: 'medium',
            })
          : step('Make the anti-affinity preferred instead of required, or ask for fewer replicas.', 'All replicas are scheduled.', {
              command: `kubectl edit ${target(claim.subject)}`,
              risk: 'medium',
            }),
        step('Or add nodes.', 'The new nodes take the pending pods.', { risk: 'medium' }),
      ],
    };
  },
} satisfies Rule;
