import type { Signal } from '../model/event.ts';
import { itemsOf } from '../model/fields.ts';
import { pointerOf, resolvePointer } from '../model/pointer.ts';
import type { KubernetesObject, ObjectRef } from '../model/resource.ts';
import { objectOf, topOwner } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';

/** The object to change for what a pod asks: the workload that its template comes from, or the pod itself. */
export function ownerSubject(state: ClusterState, ref: ObjectRef): ObjectRef {
  return topOwner(state, ref);
}

/** Where a container stands in the spec of its pod, and the pod as recorded. Undefined when the pod was not recorded. */
export function containerOf(
  state: ClusterState,
  signal: Pick<Signal, 'ref' | 'container' | 'init'>,
): { version: ObservedObject; pointer: string; spec: KubernetesObject } | undefined {
  const version = objectOf(state, signal.ref);
  if (version === undefined) return undefined;
  for (const list of signal.init === true ? ['initContainers', 'containers'] : ['containers', 'initContainers', 'ephemeralContainers']) {
    const containers = itemsOf(version.object.spec?.[list]);
    const position = containers.findIndex((container) => container.name === signal.container);
    if (position >= 0) return { version, pointer: pointerOf('spec', list, position), spec: containers[position] as KubernetesObject };
  }
  return undefined;
}

/** A field of the container's spec (`/resources/limits/memory`) with the record and pointer to cite it by. */
export function containerField(
  state: ClusterState,
  signal: Pick<Signal, 'ref' | 'container' | 'init'>,
  field: string,
): { version: ObservedObject; pointer: string; value: unknown } | undefined {
  const container = containerOf(state, signal);
  if (container === undefined) return undefined;
  const value = resolvePointer(container.spec, field);
  return value === undefined ? undefined : { version: container.version, pointer: `${container.pointer}${field}`, value };
}
