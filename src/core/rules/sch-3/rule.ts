import type { Evidence } from '../../model/event.ts';
import { nearest } from '../../model/nearest.ts';
import { pointerOf } from '../../model/pointer.ts';
import type { ObservedObject } from '../../state/state.ts';
import { affinityTerms, nodesOf } from '../node-fit.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { schedulingFindings } from '../scheduling.ts';

type Wish = { text: string; key: string; values: string[]; pointer: string };

/** The labels a pod asks for, as text, with the place in its spec: nodeSelector entries, then the terms of its required affinity. */
function wishesOf(pod: ObservedObject | undefined, affinity: boolean): Wish[] {
  const spec = pod?.object.spec ?? {};
  if (!affinity) {
    return Object.entries((spec.nodeSelector ?? {}) as Record<string, string>).map(([key, value]) => ({
      text: `${key}=${value}`,
      key,
      values: [value],
      pointer: pointerOf('spec', 'nodeSelector', key),
    })); // prettier-ignore
  }
  const base = '/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms';
  return affinityTerms(spec).flatMap(({ matchExpressions }, term) =>
    matchExpressions.map(({ key, operator, values }, index) => ({
      text: `${key} ${operator} ${[values ?? []].join(',')}`.trim(),
      key,
      values: [values ?? []].flat(),
      pointer: `${base}/${term}/matchExpressions/${index}`,
    })),
  ); // prettier-ignore
}

/** The pod's nodeSelector or required node affinity accepts none of the nodes. */
export default {
  id: 'SCH-3',
  version: 1,
  title: 'No node has the labels that the pod asks for',
  reasons: ['NodeSelectorMismatch', 'NodeAffinityMismatch'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/',
  ],
  falsePositives: ['a node that an autoscaler adds', 'nodes excluded on purpose while the one that fits is full, tainted or out of order'],
  knownGaps: ['node groups that scale from zero are not known'],
  match(incident, state) {
    return schedulingFindings(incident, state, ['NodeSelectorMismatch', 'NodeAffinityMismatch']).map(
      ({ reason, confidence, evidence, subject, pod, obstacle, message }) => {
        const { nodes } = nodesOf(state);
        const wishes = wishesOf(pod, reason === 'NodeAffinityMismatch');
        const labelled = (wish: Wish) => nodes.filter(({ object }) => object.metadata?.labels?.[wish.key] !== undefined);
        const unmet =
          wishes.find((wish) => !nodes.some(({ object }) => wish.values.includes(String(object.metadata?.labels?.[wish.key] ?? '')))) ??
          wishes[0];
        const seen = unmet === undefined ? [] : labelled(unmet);
        const near =
          unmet === undefined || seen.length > 0
            ? undefined
            : nearest(
                unmet.key,
                nodes.flatMap(({ object }) => Object.keys(object.metadata?.labels ?? {})),
              );
        const proof: Evidence | undefined =
          seen[0] && unmet && citeField(seen[0], pointerOf('metadata', 'labels', unmet.key), `the label of node ${seen[0].ref.name}`);
        const there = seen
          .map(({ object }) => String(object.metadata?.labels?.[unmet?.key ?? '']))
          .filter((value, index, all) => all.indexOf(value) === index);
        return {
          reason,
          subject,
          confidence: pod === undefined ? Math.min(confidence, 0.8) : confidence,
          evidence: present(evidence, pod && unmet && citeField(pod, unmet.pointer, 'what the pod asks of a node'), proof),
          facts: {
            wish: unmet?.text ?? '',
            key: unmet?.key ?? '',
            value: unmet?.values[0] ?? '',
            near: near ?? '',
            values: there.slice(0, 5).join(', '),
            obstacle: obstacle.text,
            count: obstacle.count,
            total: message.total,
            nodes: nodes.length,
          },
          needs: nodes.length === 0 ? ['the labels of the nodes'] : [],
        }; // prettier-ignore
      },
    );
  },
  describe(claim) {
    const { wish, key, value, near, values, obstacle, count, total, nodes } = claim.facts;
    const where = claim.reason === 'NodeSelectorMismatch' ? 'nodeSelector' : 'required node affinity';
    const known = values !== '' ? ` Nodes have ${key} = ${values}.` : near !== '' ? ` Nodes do have a label "${near}".` : '';
    const proof = wish === '' ? 'accepts none of them' : nodes === 0 ? `asks for ${wish}` : `asks for ${wish}, which no recorded node has`;
    return {
      rootCause: [
        observation(`The scheduler reports "${obstacle}" for ${count} of ${total} nodes.`, idsOf(claim, 0)),
        inference(`The pod's ${where} ${proof}.${known}`, idsOf(claim)),
      ],
      steps: [
        step(
          `Correct the ${where} of ${claim.subject.name}${values !== '' ? ` (${key} = ${values} exists)` : near !== '' ? ` (did it mean "${near}"?)` : ''}.`,
          'The pod is scheduled.',
          {
            command: `kubectl edit ${target(claim.subject)}`,
            risk: 'medium',
          },
        ),
        step('Or label a node that is meant for it.', 'The node is listed and the pod is scheduled on it.', {
          command: `kubectl label node <node> ${key || '<key>'}=${value || '<value>'}`,
        }),
      ],
    };
  },
} satisfies Rule;
