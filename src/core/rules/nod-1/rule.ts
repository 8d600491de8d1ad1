import type { Reason } from '../../model/taxonomy.ts';
import { listObjects, objectOf } from '../../state/lookups.ts';
import { readyReason } from '../node-ready.ts';
import { citeSignal, idsOf, inference, observation, type Rule, signalsOf, step } from '../rule.ts';
import { sentence } from '../wording.ts';

/** A node is not Ready: the kubelet is silent, or says itself what is wrong. */
export default {
  id: 'NOD-1',
  version: 1,
  title: 'Node is not Ready',
  reasons: ['NodeNotReady', 'NodeUnreachable', 'KubeletUnhealthy', 'ContainerRuntimeDown', 'NetworkUnavailable'],
  maturity: 'stable',
  kinds: ['Node'],
  references: [
    'https://kubernetes.io/docs/reference/node/node-status/#condition',
    'pkg/controller/nodelifecycle/node_lifecycle_controller.go',
  ],
  falsePositives: ['a node that joins is not Ready for its first seconds', 'a node that is deleted on purpose'],
  knownGaps: ['why the kubelet is silent cannot be seen through the API'],
  match(incident, state) {
    return signalsOf(incident, 'condition', { type: 'Ready' })
      .filter(({ ref }) => ref.kind === 'Node')
      .map((signal) => {
        const status = String(signal.detail.status);
        const message = String(signal.detail.message);
        const gone = objectOf(state, signal.ref)?.deleted !== undefined;
        const pods = listObjects(state, 'Pod').filter(({ object }) => object.spec?.nodeName === signal.ref.name);
        return {
          reason: readyReason(status, message),
          subject: signal.ref,
          confidence: gone || !signal.active ? 0.6 : status === 'Unknown' || readyReason(status, message) !== 'NodeNotReady' ? 0.95 : 0.9,
          evidence: [citeSignal(signal, 'the Ready condition of the node')],
          facts: { node: signal.ref.name, status, message, pods: pods.length },
        };
      });
  },
  describe(claim) {
    const { node, status, message, pods } = claim.facts;
    const silent =
      'The node controller has not heard from the kubelet within its grace period: the kubelet stopped, the machine is off, or it is cut off from the API server.';
    const why: Partial<Record<Reason, string>> = {
      ContainerRuntimeDown: 'The container runtime on the node does not answer, so no container can be started or watched there.',
      NetworkUnavailable: 'The network plugin of the node is not ready, so no pod can get an address there.',
      KubeletUnhealthy: 'The kubelet runs, but reports itself unable to work.',
      NodeNotReady: 'The kubelet reports itself not ready.',
    };
    const affected = Number(pods) > 0 ? ` ${pods} recorded pods are bound to it.` : '';
    return {
      rootCause: [
        observation(sentence(`Node ${node} has Ready=${status}${message === '' ? '' : `: ${message}`}`), idsOf(claim, 0)),
        inference(`${status === 'Unknown' ? silent : (why[claim.reason] ?? '')}${affected}`, idsOf(claim)),
      ],
      steps: [
        step(`Look at the kubelet and the container runtime on node ${node}.`, 'You see whether they run and what they log.', {
          command: 'systemctl status kubelet containerd; journalctl -u kubelet -n 200',
          risk: 'none',
        }),
        step('Restart what has stopped, or repair the connection to the API server.', `Node ${node} is Ready again.`, {
          command: 'systemctl restart kubelet',
          risk: 'medium',
        }),
        step('If it does not come back, drain and replace the node.', 'Its pods run elsewhere.', {
          command: `kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data`,
          risk: 'high',
        }),
      ],
    };
  },
} satisfies Rule;
