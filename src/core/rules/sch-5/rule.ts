import { untolerated } from '../node-fit.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step } from '../rule.ts';
import { schedulingFindings } from '../scheduling.ts';

/** The node that would run the pod is cordoned or carries a taint of the node controller: the node is the cause. */
export default {
  id: 'SCH-5',
  version: 1,
  title: 'Node cordoned or out of order',
  reasons: ['NodeUnschedulable'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-not-ready',
    'pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go',
  ],
  falsePositives: ['a drain in progress: the pod finds a place when the node comes back'],
  knownGaps: ['of several such nodes only one is named'],
  match(incident, state) {
    return schedulingFindings(incident, state, ['NodeUnschedulable']).map(
      ({ confidence, evidence, subject, pod, node, obstacle, message }) => {
        const cordoned = node?.object.spec?.unschedulable === true;
        const found =
          node === undefined
            ? undefined
            : untolerated(pod?.object.spec ?? {}, node.object).find(({ taint }) => taint.key === obstacle.taint?.key);
        return {
          reason: 'NodeUnschedulable' as const,
          subject: node?.ref ?? subject,
          confidence: node === undefined ? Math.min(confidence, 0.8) : confidence,
          evidence: present(
            evidence,
            node && found && citeField(node, `/spec/taints/${found.position}`, `a taint of node ${node.ref.name}`),
            node && cordoned ? citeField(node, '/spec/unschedulable', `node ${node.ref.name} is cordoned`) : undefined,
          ),
          facts: {
            taint: obstacle.taint?.key ?? '',
            cordoned: cordoned ? 1 : 0,
            node: node?.ref.name ?? '',
            count: obstacle.count,
            total: message.total,
            obstacle: obstacle.text,
          },
          needs: node === undefined ? ['the nodes with their taints'] : [],
          ...(node === undefined ? {} : { dependsOn: node.ref }),
        };
      },
    );
  },
  describe(claim) {
    const { taint, cordoned, node, count, total, obstacle } = claim.facts;
    const name = node === '' ? 'A node that could run the pod' : `Node ${node}`;
    const why =
      cordoned === 1
        ? 'is cordoned (spec.unschedulable), so that no new pod is placed on it'
        : taint === ''
          ? 'does not take new pods'
          : `carries the taint ${taint}, which the node controller sets when the node is out of order`;
    return {
      rootCause: [
        observation(`The scheduler reports "${obstacle}" for ${count} of ${total} nodes.`, idsOf(claim, 0)),
        inference(`${name} ${why}.`, idsOf(claim)),
      ],
      steps: [
        cordoned === 1
          ? step(`When the maintenance is over, uncordon node ${node}.`, 'The node is schedulable and takes the pod.', {
              command: `kubectl uncordon ${node}`,
              risk: 'medium',
            })
          : step(`Bring ${node === '' ? 'the node' : `node ${node}`} back to order.`, 'The taint disappears and the pod is scheduled.', {
              command: `kubectl describe node ${node || '<node>'}`,
              risk: 'none',
            }),
        step('Until then, let the pod run elsewhere: add a node, or relax what binds it to this one.', 'The pod is scheduled.', {
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
