import { itemsOf, text } from '../model/fields.ts';
import { cpuMillicores, memoryBytes, parseQuantity } from '../model/quantity.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { covered, listObjects, matchesExpression } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';

export type Taint = { key: string; value?: string; effect: string };

/** Taints that the node controller and kubeadm-like installers set on their own (core/v1 well-known taints). */
export const isSystemTaint = (key: string): boolean =>
  key.startsWith('node.kubernetes.io/') || key === 'node.cloudprovider.kubernetes.io/uninitialized';
export const isControlPlaneTaint = (key: string): boolean =>
  /^node-role\.kubernetes\.io\/(?:control-plane|master|etcd|infra|controlplane)$/.test(key);

/** The live nodes; `complete` when every node of the cluster was recorded. */
export function nodesOf(state: ClusterState): { nodes: ObservedObject[]; complete: boolean } {
  const nodes = listObjects(state, 'Node');
  return { nodes, complete: nodes.length > 0 && covered(state, 'Node', '') };
}

/** Taints of a node (with their position) that keep this pod off it: no toleration matches (core/v1 Toleration semantics). */
export function untolerated(spec: KubernetesObject, node: KubernetesObject): { taint: Taint; position: number }[] {
  const tolerations = itemsOf(spec.tolerations) as { key?: string; operator?: string; value?: string; effect?: string }[];
  return itemsOf(node.spec?.taints)
    .map(({ key, value, effect }, position) => ({
      taint: { key: text(key), effect: text(effect), ...(value === undefined ? {} : { value: text(value) }) },
      position,
    }))
    .filter(({ taint }) => taint.effect !== 'PreferNoSchedule')
    .filter(
      ({ taint }) =>
        !tolerations.some(
          ({ key = '', operator = 'Equal', value = '', effect = '' }) =>
            (effect === '' || effect === taint.effect) &&
            (key === '' ? operator === 'Exists' : key === taint.key) &&
            (operator === 'Exists' || value === (taint.value ?? '')),
        ),
    );
}

/** Whether `spec.nodeSelector` of a pod accepts the node. */
export function acceptsBySelector(spec: KubernetesObject, node: KubernetesObject): boolean {
  const labels = node.metadata?.labels ?? {};
  return Object.entries((spec.nodeSelector ?? {}) as Record<string, string>).every(([key, value]) => labels[key] === value);
}

export type NodeRequirement = { key: string; operator: string; values?: string[] };
export type NodeTerm = { matchExpressions: NodeRequirement[]; matchFields: NodeRequirement[] };

/** The terms of the pod's required node affinity; one of them must match. Empty when there is none. */
export function affinityTerms(spec: KubernetesObject): NodeTerm[] {
  return itemsOf(spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms).map(
    ({ matchExpressions, matchFields }) => ({
      matchExpressions: itemsOf(matchExpressions) as NodeRequirement[],
      matchFields: itemsOf(matchFields) as NodeRequirement[],
    }),
  );
}

/** Whether the required node affinity of a pod accepts the node. */
export function acceptsByAffinity(spec: KubernetesObject, node: KubernetesObject): boolean {
  const terms = affinityTerms(spec);
  const labels = node.metadata?.labels ?? {};
  const fields = { 'metadata.name': node.metadata?.name ?? '' };
  return (
    terms.length === 0 ||
    terms.some(
      ({ matchExpressions, matchFields }) =>
        matchExpressions.length + matchFields.length > 0 &&
        matchExpressions.every((one) => matchesExpression(labels, one)) &&
        matchFields.every((one) => matchesExpression(fields, one)),
    )
  );
}

/** What a pod requests of a resource in base units (cores, bytes, pieces): its containers and sidecars, or its largest init container. */
export function requestOf(spec: KubernetesObject, resource: string): number {
  const of = (container: KubernetesObject) =>
    parseQuantity(container.resources?.requests?.[resource] ?? container.resources?.limits?.[resource] ?? 0) ?? 0;
  const inits = itemsOf(spec.initContainers);
  const running = [...itemsOf(spec.containers), ...inits.filter(({ restartPolicy }) => restartPolicy === 'Always')];
  const together = running.reduce((sum, container) => sum + of(container), 0);
  const largestInit = inits.reduce((most, container) => Math.max(most, of(container)), 0);
  return Math.max(together, largestInit) + (parseQuantity(spec.overhead?.[resource] ?? 0) ?? 0);
}

/** The node with the most of a resource, and how much that is in base units. Undefined when no node was recorded. */
export function largestNode(nodes: ObservedObject[], resource: string): { node: ObservedObject; amount: number } | undefined {
  const sizes = nodes.map((node) => ({ node, amount: parseQuantity(node.object.status?.allocatable?.[resource] ?? 0) ?? 0 }));
  return sizes.reduce<(typeof sizes)[number] | undefined>(
    (best, one) => (best === undefined || one.amount > best.amount ? one : best),
    undefined,
  );
}

/** An amount for people: `1500m`, `16` cores, `2048Mi`, pieces. */
export function formatAmount(resource: string, amount: number): string {
  if (resource === 'cpu') return Number.isInteger(amount) ? String(amount) : `${Math.round(cpuMillicores(amount) ?? 0)}m`;
  if (resource !== 'memory' && resource !== 'ephemeral-storage') return String(amount);
  return `${Math.round((memoryBytes(amount) ?? 0) / 2 ** 20)}Mi`;
}
