import { itemsOf } from '../model/fields.ts';
import type { ObjectRef } from '../model/resource.ts';
import { findObject } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';

export type UsedClaim = { name: string; volume: string; pointer: string; ref: ObjectRef; claim?: ObservedObject };

/** The PersistentVolumeClaims that a pod mounts: by name (with the pointer to it), or made for an ephemeral volume. */
export function claimsOf(state: ClusterState, pod: ObservedObject): UsedClaim[] {
  const { namespace } = pod.ref;
  return itemsOf(pod.object.spec?.volumes).flatMap((volume, position) => {
    const named = volume.persistentVolumeClaim?.claimName as string | undefined;
    const name = named ?? (volume.ephemeral === undefined ? undefined : `${pod.ref.name}-${volume.name}`);
    if (name === undefined) return [];
    const claim = findObject(state, 'PersistentVolumeClaim', namespace, name);
    const pointer = `/spec/volumes/${position}${named === undefined ? '/name' : '/persistentVolumeClaim/claimName'}`;
    const ref = claim?.ref ?? { kind: 'PersistentVolumeClaim', namespace, name, uid: '' };
    return [{ name, volume: String(volume.name), pointer, ref, ...(claim === undefined ? {} : { claim }) }];
  });
}
