import type { Reason } from '../model/taxonomy.ts';

const byMessage: [Reason, RegExp][] = [
  [
    'ContainerRuntimeDown',
    /container runtime is (?:down|not ready)|container runtime status check|containerd\.sock|crio\.sock|RuntimeReady=false|runtime not ready/i,
  ],
  ['NetworkUnavailable', /network ?plugin|NetworkReady=false|NetworkPluginNotReady|cni (?:config|plugin)/i],
  ['KubeletUnhealthy', /PLEG is not healthy|kubelet is (?:not )?(?:un)?healthy|node is shutting down/i],
];

/** The reason for a Ready condition that is not True: Unknown is set by the node controller, False by the kubelet with its own message. */
export function readyReason(status: string, message: string): Reason {
  if (status === 'Unknown') return /stopped posting/i.test(message) ? 'NodeNotReady' : 'NodeUnreachable';
  // The kubelet tells of runtime and network in one message; "container runtime network" is the network.
  const own = message.replace(/container runtime network not ready:?/gi, '');
  return byMessage.find(([, pattern]) => pattern.test(own))?.[0] ?? 'NodeNotReady';
}
