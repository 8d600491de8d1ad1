import { listObjects, matchesSelector } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';

/** A live pod of a PodDisruptionBudget on a cordoned node, which somebody wants to empty. */
export function heldPod(state: ClusterState, budget: ObservedObject): { pod: ObservedObject; node: ObservedObject } | undefined {
  const cordoned = new Map(
    listObjects(state, 'Node')
      .filter(({ object }) => object.spec?.unschedulable === true)
      .map((node) => [node.ref.name, node]),
  );
  if (cordoned.size === 0) return undefined;
  for (const pod of listObjects(state, 'Pod', budget.ref.namespace)) {
    const node = cordoned.get(String(pod.object.spec?.nodeName));
    if (node !== undefined && matchesSelector(pod.object.metadata?.labels, budget.object.spec?.selector ?? {})) return { pod, node };
  }
  return undefined;
}
