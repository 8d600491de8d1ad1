import type { ContainerUsage, NetworkCounters, ResourceMetrics } from '../../model/capture.ts';
import { fieldsOf, itemsOf, text } from '../../model/fields.ts';
import { sumOf } from '../../model/metrics.ts';
import type { KubernetesObject } from '../../model/resource.ts';

/**
 * The node and its pods in a kubelet's stats/summary (k8s.io/kubelet stats/v1alpha1 Summary). Nodes have no uid there. What lacks CPU or
 * memory, such as a pod that has just started, is left out: a zero would be a lie. `now` counts where a sample has no time.
 */
export function samplesOfSummary(answer: unknown, now: string): ResourceMetrics[] {
  const { node, pods } = fieldsOf(answer);
  return [...nodeSample(fieldsOf(node), now), ...itemsOf(pods).flatMap((pod) => podSample(pod, now))];
}

function nodeSample(node: KubernetesObject, now: string): ResourceMetrics[] {
  const usage = usageOf(node);
  if (usage === undefined) return [];
  return [sample({ kind: 'Node', namespace: '', name: text(node.nodeName), uid: '', apiVersion: 'v1' }, node, now, usage)];
}

function podSample(pod: KubernetesObject, now: string): ResourceMetrics[] {
  const { name, namespace, uid } = fieldsOf(pod.podRef);
  const containers = itemsOf(pod.containers).flatMap((container): ContainerUsage[] => {
    const usage = usageOf(container);
    return usage === undefined ? [] : [{ name: text(container.name), ...usage }];
  });
  if (containers.length === 0) return [];
  const ref = { kind: 'Pod', namespace: text(namespace), name: text(name), uid: text(uid), apiVersion: 'v1' };
  return [sample(ref, pod, now, { ...sumOf(containers), containers })];
}

type Usage = Pick<ResourceMetrics, 'cpuMillicores' | 'memoryBytes' | 'containers'>;

/** The window over which a kubelet averages is not told. */
function sample(ref: ResourceMetrics['ref'], of: KubernetesObject, now: string, usage: Usage): ResourceMetrics {
  const { network, cpu, memory } = of;
  const times = [network, cpu, memory, itemsOf(of.containers)[0]?.cpu].map((part) => text(fieldsOf(part).time));
  const timestamp = times.find((time) => time !== '') ?? now;
  const counters = networkOf(fieldsOf(network));
  return { ref, timestamp, windowSeconds: 0, ...usage, ...(counters === undefined ? {} : { network: counters }) };
}

function usageOf({ cpu, memory }: KubernetesObject): Pick<ResourceMetrics, 'cpuMillicores' | 'memoryBytes'> | undefined {
  const nanoCores = numberOf(fieldsOf(cpu).usageNanoCores);
  const memoryBytes = numberOf(fieldsOf(memory).workingSetBytes);
  return nanoCores === undefined || memoryBytes === undefined ? undefined : { cpuMillicores: nanoCores / 1e6, memoryBytes };
}

/** The default interface, or all that are listed. */
function networkOf(network: KubernetesObject): NetworkCounters | undefined {
  const own = countersOf(network);
  if (own !== undefined) return own;
  const each = itemsOf(network.interfaces).flatMap((one) => countersOf(one) ?? []);
  if (each.length === 0) return undefined;
  const sum = (field: keyof NetworkCounters) => each.reduce((total, one) => total + one[field], 0);
  return { rxBytes: sum('rxBytes'), txBytes: sum('txBytes') };
}

function countersOf(one: KubernetesObject): NetworkCounters | undefined {
  const rxBytes = numberOf(one.rxBytes);
  const txBytes = numberOf(one.txBytes);
  return rxBytes === undefined || txBytes === undefined ? undefined : { rxBytes, txBytes };
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : undefined;
}
