import { itemsOf } from '../../model/fields.ts';
import type { Reason } from '../../model/taxonomy.ts';
import { objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step } from '../rule.ts';
import { sentence } from '../wording.ts';

const pressures: Record<string, { reason: Reason; what: string; taint: string; free: string }> = {
  MemoryPressure: {
    reason: 'MemoryPressure',
    what: 'memory',
    taint: 'memory-pressure',
    free: 'Find the pods that use more memory than they request, and give them limits or move them.',
  },
  DiskPressure: {
    reason: 'DiskPressure',
    what: 'disk space or inodes',
    taint: 'disk-pressure',
    free: 'Free disk on the node: unused images, logs, what pods wrote into emptyDir and hostPath volumes.',
  },
  PIDPressure: {
    reason: 'PidPressure',
    what: 'process ids',
    taint: 'pid-pressure',
    free: 'Find the pods that leave processes behind, and set the podPidsLimit of the kubelet.',
  },
};

/** The kubelet reports pressure: below an eviction threshold it evicts pods and takes no new ones. */
export default {
  id: 'NOD-2',
  version: 1,
  title: 'Node under pressure',
  reasons: ['MemoryPressure', 'DiskPressure', 'PidPressure'],
  maturity: 'stable',
  kinds: ['Node'],
  references: ['https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-conditions'],
  falsePositives: ['a silent kubelet: all conditions are Unknown then, which is no pressure'],
  knownGaps: ['who uses up the resource is not told'],
  match(incident, state) {
    return signalsOf(incident, 'condition').flatMap((signal) => {
      const pressure = signal.ref.kind === 'Node' ? pressures[String(signal.detail.type)] : undefined;
      if (pressure === undefined) return [];
      const node = objectOf(state, signal.ref);
      const taints = itemsOf(node?.object.spec?.taints);
      const position = taints.findIndex(({ key }) => key === `node.kubernetes.io/${pressure.taint}`);
      return [
        {
          reason: pressure.reason,
          subject: signal.ref,
          confidence: signal.active ? 0.96 : 0.62,
          evidence: present(
            citeSignal(signal, 'the kubelet reports pressure'),
            node && position >= 0 ? citeField(node, `/spec/taints/${position}`, 'the node takes no new pods') : undefined,
          ),
          facts: { node: signal.ref.name, type: String(signal.detail.type), message: String(signal.detail.message) },
        },
      ];
    });
  },
  describe(claim) {
    const { node, type, message } = claim.facts;
    const pressure = pressures[String(type)];
    return {
      rootCause: [
        observation(sentence(`Node ${node} has ${type}=True${message === '' ? '' : `: ${message}`}`), idsOf(claim, 0)),
        inference(
          `It is below its eviction threshold for ${pressure?.what}: the kubelet evicts pods there, and a taint keeps new ones away.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(`See what uses the node's ${pressure?.what}.`, 'You know the largest users.', {
          command: `kubectl describe node ${node}`,
          risk: 'none',
        }),
        step(pressure?.free ?? '', `${type} of node ${node} is False and its taint is gone.`, { risk: 'medium' }),
      ],
    };
  },
} satisfies Rule;
