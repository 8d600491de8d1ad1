import { memoryBytes } from '../model/quantity.ts';
import type { KubernetesObject } from '../model/resource.ts';
import type { Reason } from '../model/taxonomy.ts';
import { covered, listObjects, matchesSelector } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';

/** A PersistentVolume of the claim's class that does not fit, and the first thing that does not. */
export type Misfit = { volume: ObservedObject; reason: Reason; pointer: string };

/** Why no recorded PersistentVolume of the claim's class fits it; `complete` when all volumes were recorded. */
export function misfitsOf(state: ClusterState, claim: KubernetesObject): { misfits: Misfit[]; complete: boolean } {
  const spec = claim.spec ?? {};
  const volumes = listObjects(state, 'PersistentVolume').filter(
    ({ ref, object }) => ref.name === spec.volumeName || (object.spec?.storageClassName ?? '') === (spec.storageClassName ?? ''),
  );
  return { misfits: volumes.flatMap((volume) => misfit(claim, volume) ?? []), complete: covered(state, 'PersistentVolume', '') };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function misfit(claim: KubernetesObject, volume: ObservedObject): Misfit | undefined {
  const wanted = claim.spec ?? {};
  const { metadata = {} } = volume.object;
  const spec = volume.object.spec ?? {};
  const status = volume.object.status ?? {};
  const holder = spec.claimRef as { name?: string; namespace?: string } | undefined;
  if (holder !== undefined && (holder.name !== claim.metadata?.name || holder.namespace !== claim.metadata?.namespace)) {
    return wanted.volumeName === volume.ref.name ? { volume, reason: 'PvAlreadyBound', pointer: '/spec/claimRef/name' } : undefined;
  }
  if (status.phase !== undefined && status.phase !== 'Available' && holder === undefined) return undefined;
  if ((memoryBytes(spec.capacity?.storage) ?? 0) < (memoryBytes(wanted.resources?.requests?.storage) ?? 0)) {
    return { volume, reason: 'PvcCapacityMismatch', pointer: '/spec/capacity/storage' };
  }
  if (!texts(wanted.accessModes).every((mode) => texts(spec.accessModes).includes(mode))) {
    return { volume, reason: 'PvcAccessModeMismatch', pointer: '/spec/accessModes' };
  }
  if (wanted.selector !== undefined && !matchesSelector(metadata.labels, wanted.selector)) {
    return { volume, reason: 'PvcSelectorMismatch', pointer: metadata.labels === undefined ? '/metadata/name' : '/metadata/labels' };
  }
  return undefined;
}
