import type { Signal } from '../model/event.ts';
import { textsOf } from '../model/fields.ts';
import type { ObjectRef } from '../model/resource.ts';
import type { ClusterState } from '../state/state.ts';
import { type Mount, mountAt, mountsOf } from './mounts.ts';
import { containerOf } from './subject.ts';

/** The file a complaint is about, and the mount that it comes from. `guessed`: the only ConfigMap of the container, the line names no file. */
export type ConfigFile = { file: string; mount: Mount & { object: ObjectRef }; guessed: boolean };

const path = /(?:^|[\s='"(])(\/[\w@~+./-]+)/g;

/** The ConfigMap or Secret behind the file that a line names, else behind a path in the container's command, else its only one. */
export function configFileOf(state: ClusterState, signal: Signal, file: string | undefined): ConfigFile | undefined {
  if (file?.startsWith('/')) {
    const mount = mountAt(state, signal, file);
    if (mount !== undefined) return fromApi(file, mount, false);
  }
  const spec = containerOf(state, signal)?.spec ?? {};
  const told = [...textsOf(spec.command), ...textsOf(spec.args)].flatMap((text) =>
    [...text.matchAll(path)].map((match) => match[1] as string),
  );
  for (const one of told) {
    const mount = mountAt(state, signal, one);
    const found = mount === undefined || mount.path === '/' ? undefined : fromApi(one, mount, false);
    if (found !== undefined && (file === undefined || one.endsWith(file) || file.startsWith('/'))) return found;
  }
  // A file inside of the image, named by the line, is not one of the API's.
  if (file?.startsWith('/')) return undefined;
  const all = mountsOf(state, signal).filter(({ object }) => object?.kind === 'ConfigMap');
  return all.length === 1 ? fromApi((all[0] as Mount).path, all[0] as Mount, true) : undefined;
}

function fromApi(file: string, mount: Mount, guessed: boolean): ConfigFile | undefined {
  return mount.object === undefined ? undefined : { file, mount: { ...mount, object: mount.object }, guessed };
}
