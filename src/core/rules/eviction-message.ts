/** Why the kubelet evicted or rejected a pod, from `status.message` or the Evicted Event (pkg/kubelet/eviction/helpers.go). */
export type Eviction =
  | { kind: 'node low'; resource: string; threshold: string; available: string; container: string; used: string; request: string }
  | { kind: 'node condition'; condition: string }
  | { kind: 'emptyDir limit'; volume: string; limit: string }
  | { kind: 'container limit'; container: string; limit: string }
  | { kind: 'pod limit'; limit: string };

const low = /node was low on resource: \[?([A-Za-z-]+)\]?/i;
const threshold = /threshold quantity: ([^,\s]+), available: ([^\s,]+?)\.?(?:\s|$)/i;
const consumer = /container (\S+) was using ([^,\s]+), (?:which exceeds its request of|request is) ([^,\s]+?)[.,]?(?:\s|$)/i;
const emptyDir = /usage of emptydir volume "([^"]+)" exceeds the limit "([^"]+)"/i;
const container = /container (\S+) exceeded its local ephemeral storage limit "([^"]+)"/i;
const pod = /pod ephemeral local storage usage exceeds the total limit of containers ([^\s]+?)\.?(?:\s|$)/i;
const condition = /node had condition: \[([A-Za-z]+)/i;

/** Parses the message of an eviction, in the wordings since 1.10. Undefined for other texts. */
export function parseEviction(message: string): Eviction | undefined {
  let match = emptyDir.exec(message);
  if (match !== null) return { kind: 'emptyDir limit', volume: match[1] as string, limit: match[2] as string };
  match = container.exec(message);
  if (match !== null) return { kind: 'container limit', container: match[1] as string, limit: match[2] as string };
  match = pod.exec(message);
  if (match !== null) return { kind: 'pod limit', limit: match[1] as string };
  match = condition.exec(message);
  if (match !== null) return { kind: 'node condition', condition: match[1] as string };
  match = low.exec(message);
  if (match === null) return undefined;
  const [, quantity = '', available = ''] = threshold.exec(message) ?? [];
  const [, name = '', used = '', request = ''] = consumer.exec(message) ?? [];
  return { kind: 'node low', resource: match[1] as string, threshold: quantity, available, container: name, used, request };
}
