import { itemsOf } from '../../model/fields.ts';
import { formatSeconds, secondsBetween } from '../../model/time.ts';
import { listObjects } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step } from '../rule.ts';

/** A node's CPUs are used up for long, and pods there are not ready although they run. */
export default {
  id: 'NOD-7',
  version: 1,
  title: 'CPUs of a node are used up',
  reasons: ['NodeCpuSaturation'],
  maturity: 'experimental',
  kinds: ['Node'],
  references: ['metrics.k8s.io NodeMetrics.usage.cpu', 'core/v1 NodeStatus.allocatable'],
  falsePositives: ['batch work that is meant to use all CPU: nobody suffers', 'a pod that is not ready for a reason of its own'],
  knownGaps: ['which pod takes the CPU is not named', 'CPU pressure (PSI) is not recorded'],
  match(incident, state) {
    return signalsOf(incident, 'state', { field: 'saturation' }).flatMap((signal) => {
      const node = state.byUid.get(signal.ref.uid);
      const suffering = listObjects(state, 'Pod').find(
        ({ object }) =>
          object.spec?.nodeName === signal.ref.name &&
          object.status?.phase === 'Running' &&
          itemsOf(object.status?.containerStatuses).every(({ state: now }) => now?.running !== undefined) &&
          itemsOf(object.status?.conditions).some(({ type, status }) => type === 'Ready' && status === 'False'),
      );
      if (node === undefined || suffering === undefined || !signal.active) return [];
      const ready = itemsOf(suffering.object.status?.conditions).findIndex(({ type }) => type === 'Ready');
      return [
        {
          reason: 'NodeCpuSaturation' as const,
          subject: signal.ref,
          confidence: 0.65,
          evidence: present(
            { ...citeSignal(signal, 'use at the beginning of the stretch'), type: 'metric' as const },
            citeField(node, '/status/allocatable/cpu', 'what pods may use there'),
            citeField(suffering, `/status/conditions/${ready}`, 'a pod there that runs and is not ready'),
          ),
          facts: {
            node: signal.ref.name,
            share: `${Math.round(Number(signal.detail.share) * 100)} %`,
            during: formatSeconds(secondsBetween(signal.at, signal.lastAt)),
            pod: `${suffering.ref.namespace}/${suffering.ref.name}`,
          },
        },
      ];
    });
  },
  describe(claim) {
    const { node, share, during, pod } = claim.facts;
    return {
      rootCause: [
        observation(`Node ${node} used ${share} of its CPUs over ${during}; pod ${pod} runs there and is not ready.`, idsOf(claim)),
        inference('Whoever has requested little there waits for CPU, and answers its probes too late.', idsOf(claim)),
      ],
      steps: [
        step(`Find the pods that use the most CPU on node ${node}.`, 'You know whom to limit or move.', {
          command: `kubectl top pods -A --sort-by=cpu; kubectl describe node ${node}`,
          risk: 'none',
        }),
        step('Give pods CPU requests that match their use, or add a node.', `The use of node ${node} falls below 90 %.`),
      ],
    };
  },
} satisfies Rule;
