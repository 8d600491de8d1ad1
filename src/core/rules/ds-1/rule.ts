import { nearest } from '../../model/nearest.ts';
import { pointerOf } from '../../model/pointer.ts';
import { objectOf } from '../../state/lookups.ts';
import { acceptsByAffinity, acceptsBySelector, affinityTerms, nodesOf } from '../node-fit.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';

/** A DaemonSet that no node is meant for runs nowhere: so it was asked for, with or without a mistake in the label. */
export default {
  id: 'DS-1',
  version: 1,
  title: 'DaemonSet selects no node',
  reasons: ['IntendedState'],
  maturity: 'stable',
  kinds: ['DaemonSet'],
  references: ['apps/v1 DaemonSetStatus.desiredNumberScheduled', 'https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/'],
  falsePositives: ['nodes that were not recorded: nothing is said then'],
  knownGaps: ['whether the label is a typo cannot be known; a near label is named'],
  match(incident, state) {
    const { nodes, complete } = nodesOf(state);
    if (!complete) return [];
    return signalsOf(incident, 'state', { field: 'desiredNumberScheduled' }).flatMap((signal) => {
      const set = objectOf(state, signal.ref);
      const spec = set?.object.spec?.template?.spec ?? {};
      if (set === undefined || nodes.some(({ object }) => acceptsBySelector(spec, object) && acceptsByAffinity(spec, object))) return [];
      const wanted = Object.entries((spec.nodeSelector ?? {}) as Record<string, string>).find(
        ([key, value]) => !nodes.some(({ object }) => object.metadata?.labels?.[key] === value),
      );
      const affinity = affinityTerms(spec)[0]?.matchExpressions?.[0];
      const key = wanted?.[0] ?? affinity?.key ?? '';
      const label =
        wanted === undefined ? `${key} ${affinity?.operator ?? ''} ${[affinity?.values ?? []].join(',')}`.trim() : wanted.join('=');
      const labels = nodes.flatMap(({ object }) => Object.keys(object.metadata?.labels ?? {}));
      const pointer =
        wanted === undefined ? '/spec/template/spec/affinity/nodeAffinity' : pointerOf('spec', 'template', 'spec', 'nodeSelector', key);
      return [
        {
          reason: 'IntendedState' as const,
          subject: signal.ref,
          confidence: 0.86,
          evidence: present(citeSignal(signal, 'no node should run it'), citeField(set, pointer, 'the nodes that it selects')),
          facts: { label, nodes: nodes.length, near: labels.includes(key) ? '' : (nearest(key, labels) ?? '') },
        },
      ];
    });
  },
  describe(claim) {
    const { label, nodes, near } = claim.facts;
    return {
      rootCause: [
        observation(`DaemonSet ${claim.subject.name} has desiredNumberScheduled 0.`, idsOf(claim, 0)),
        inference(
          `It selects nodes with ${label}, and none of the ${nodes} nodes has that label, so it runs nowhere, as its spec says.${near === '' ? '' : ` Nodes do have a label "${near}".`}`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          `If it should run, label the nodes with ${label} or correct the selector; else nothing is to be done.`,
          'desiredNumberScheduled equals the number of nodes meant.',
          { command: `kubectl edit ${target(claim.subject)}` },
        ),
      ],
    };
  },
} satisfies Rule;
