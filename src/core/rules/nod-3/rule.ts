import type { Reason } from '../../model/taxonomy.ts';
import { citeSignal, idsOf, inference, observation, type Rule, signalsOf, step } from '../rule.ts';
import { sentence } from '../wording.ts';

const problems: Record<string, { reason: Reason; why: string }> = {
  KernelDeadlock: { reason: 'KernelProblem', why: 'The kernel of the node hangs in a task; what runs there cannot be trusted.' },
  ReadonlyFilesystem: { reason: 'ReadonlyFilesystem', why: 'A file system of the node became read-only, mostly after disk errors.' },
  NetworkUnavailable: { reason: 'NetworkUnavailable', why: 'The network of the node is not configured: no routes to its pods.' },
};

/** Conditions of the node-problem-detector, and NetworkUnavailable of the route controller. */
export default {
  id: 'NOD-3',
  version: 1,
  title: 'Kernel, file system or network of the node is broken',
  reasons: ['KernelProblem', 'ReadonlyFilesystem', 'NetworkUnavailable'],
  maturity: 'stable',
  kinds: ['Node'],
  references: ['https://github.com/kubernetes/node-problem-detector', 'core/v1 NodeConditionType NetworkUnavailable'],
  falsePositives: ['these conditions are healthy when False; unknown condition types are not judged'],
  knownGaps: ['custom conditions of a node-problem-detector are not known'],
  match(incident) {
    return signalsOf(incident, 'condition').flatMap((signal) => {
      const problem = signal.ref.kind === 'Node' ? problems[String(signal.detail.type)] : undefined;
      if (problem === undefined) return [];
      return [
        {
          reason: problem.reason,
          subject: signal.ref,
          confidence: signal.active ? 0.94 : 0.62,
          evidence: [citeSignal(signal, 'the condition of the node')],
          facts: { node: signal.ref.name, type: String(signal.detail.type), message: String(signal.detail.message) },
        },
      ];
    });
  },
  describe(claim) {
    const { node, type, message } = claim.facts;
    return {
      rootCause: [
        observation(sentence(`Node ${node} has ${type}=True${message === '' ? '' : `: ${message}`}`), idsOf(claim, 0)),
        inference(problems[String(type)]?.why ?? '', idsOf(claim)),
      ],
      steps: [
        step(`Cordon node ${node} so that nothing new lands there.`, 'The node is listed as SchedulingDisabled.', {
          command: `kubectl cordon ${node}`,
          risk: 'medium',
        }),
        step('Read the kernel log, then reboot or replace the node.', `${type} of node ${node} is False.`, {
          command: 'journalctl -k -n 200',
          risk: 'high',
        }),
      ],
    };
  },
} satisfies Rule;
