import type { Signal } from '../model/event.ts';
import { fieldsOf, itemsOf } from '../model/fields.ts';
import { pointerOf } from '../model/pointer.ts';
import type { KubernetesObject, ObjectRef } from '../model/resource.ts';
import { findObject } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';
import { containerOf } from './subject.ts';

/** What stands behind a path in a container: the volumeMount and, for files from the API, the ConfigMap or Secret. */
export type Mount = {
  pod: ObservedObject;
  path: string;
  readOnly: boolean;
  /** Pointers into the pod: the mount, and the volume it names. */
  mount: string;
  volume: string;
  source: KubernetesObject;
  object?: ObjectRef;
};

/** The volume mounts of the container that a signal speaks of, the longest path first. */
export function mountsOf(state: ClusterState, signal: Pick<Signal, 'ref' | 'container' | 'init'>): Mount[] {
  const container = containerOf(state, signal);
  if (container === undefined) return [];
  const volumes = itemsOf(container.version.object.spec?.volumes);
  const mounts = itemsOf(container.spec.volumeMounts).flatMap((mount, index) => {
    const position = volumes.findIndex((volume) => volume.name === mount.name);
    const source = volumes[position];
    if (source === undefined) return [];
    const object = sourceOf(state, source, signal.ref.namespace);
    return [
      {
        pod: container.version,
        path: String(mount.mountPath).replace(/\/+$/, '') || '/',
        readOnly: mount.readOnly === true,
        mount: `${container.pointer}/volumeMounts/${index}`,
        volume: pointerOf('spec', 'volumes', position),
        source,
        ...(object === undefined ? {} : { object }),
      },
    ];
  });
  return mounts.sort((a, b) => b.path.length - a.path.length);
}

/** The mount that a file lies in, if any. */
export function mountAt(state: ClusterState, signal: Pick<Signal, 'ref' | 'container' | 'init'>, file: string): Mount | undefined {
  return mountsOf(state, signal).find(({ path }) => file === path || file.startsWith(path === '/' ? '/' : `${path}/`));
}

function sourceOf(state: ClusterState, volume: KubernetesObject, namespace: string): ObjectRef | undefined {
  const projected = itemsOf(volume.projected?.sources).find(({ configMap }) => {
    const { name } = fieldsOf(configMap);
    return name !== undefined && name !== 'kube-root-ca.crt';
  });
  const map = volume.configMap?.name ?? projected?.configMap?.name;
  const secret = volume.secret?.secretName;
  const [kind, name] = map === undefined ? ['Secret', secret] : ['ConfigMap', map];
  if (typeof name !== 'string' || name === '') return undefined;
  return findObject(state, kind as string, namespace, name)?.ref ?? { kind: kind as string, namespace, name, uid: '' };
}
