import { untolerated } from '../node-fit.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { schedulingFindings } from '../scheduling.ts';

/** The nodes that could run the pod carry a taint that it does not tolerate. */
export default {
  id: 'SCH-4',
  version: 1,
  title: 'Taint that the pod does not tolerate',
  reasons: ['UntoleratedTaint'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/',
  ],
  falsePositives: [
    'control-plane taints while the workers have another reason',
    'node.kubernetes.io taints: the node is out of order (SCH-5)',
  ],
  knownGaps: ['since 1.35 the message does not name the taint: without recorded nodes it stays unnamed'],
  match(incident, state) {
    return schedulingFindings(incident, state, ['UntoleratedTaint']).map(
      ({ confidence, evidence, subject, pod, node, obstacle, message }) => {
        const spec = pod?.object.spec ?? {};
        const found =
          node === undefined ? undefined : untolerated(spec, node.object).find(({ taint }) => taint.key === obstacle.taint?.key);
        const key = found?.taint.key ?? obstacle.taint?.key ?? '';
        const value = found?.taint.value ?? obstacle.taint?.value ?? '';
        return {
          reason: 'UntoleratedTaint' as const,
          subject,
          confidence: key === '' ? Math.min(confidence, 0.75) : confidence,
          evidence: present(
            evidence,
            node && found && citeField(node, `/spec/taints/${found.position}`, `a taint of node ${node.ref.name}`),
          ),
          facts: {
            key,
            value,
            effect: found?.taint.effect ?? '',
            node: node?.ref.name ?? '',
            count: obstacle.count,
            total: message.total,
            obstacle: obstacle.text,
          },
          needs: key === '' ? ['the taints of the nodes'] : [],
        };
      },
    );
  },
  describe(claim) {
    const { key, value, effect, node, count, total, obstacle } = claim.facts;
    const taint = `${key}${value === '' ? '' : `=${value}`}${effect === '' ? '' : `:${effect}`}`;
    const what =
      key === ''
        ? 'The nodes carry taints that the pod does not tolerate.'
        : `The taint ${taint}${node === '' ? '' : ` on node ${node}`} keeps the pod away: it has no toleration for it.`;
    return {
      rootCause: [
        observation(`The scheduler reports "${obstacle}" for ${count} of ${total} nodes.`, idsOf(claim, 0)),
        inference(what, idsOf(claim)),
      ],
      steps: [
        step(
          `If the pod belongs on these nodes, add a toleration for ${key || 'the taint'} to ${claim.subject.name}.`,
          'The pod is scheduled.',
          {
            command: `kubectl edit ${target(claim.subject)}`,
            risk: 'medium',
          },
        ),
        step('If the taint is a leftover, remove it from the node.', 'The node no longer lists the taint.', {
          command: `kubectl taint nodes ${node || '<node>'} ${key || '<key>'}-`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
