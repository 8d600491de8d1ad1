import { type Life, lifeAt } from '../model/lives.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { newestTime, parseTime } from './times.ts';

type DatedLife = Life & { newestMs: number };

/** Pods and nodes by name, to join logs and metrics (which know names only) to uids. */
export type Names = {
  lives: Map<string, DatedLife[]>;
  namespacesOfPod: Map<string, Set<string>>;
  ends: Map<string, number>;
  /** By `namespace/pod`, for pods with one container only. */
  soleContainers: Map<string, string>;
};

/** Names of which nothing is known yet. */
export function emptyNames(): Names {
  return { lives: new Map(), namespacesOfPod: new Map(), ends: new Map(), soleContainers: new Map() };
}

/** Notes an object if it is a Pod or a Node. */
export function noteName(names: Names, object: KubernetesObject, uid: string): void {
  const { kind, metadata = {} } = object;
  if ((kind !== 'Pod' && kind !== 'Node') || metadata.name === undefined) return;
  const namespace = metadata.namespace ?? '';
  const newestMs = newestTime(object) ?? Number.NEGATIVE_INFINITY;
  const lives = names.lives.get(keyOf(kind, namespace, metadata.name)) ?? [];
  names.lives.set(keyOf(kind, namespace, metadata.name), lives);
  const known = lives.find((life) => life.uid === uid);
  if (known === undefined) lives.push({ uid, createdMs: parseTime(metadata.creationTimestamp) ?? Number.NEGATIVE_INFINITY, newestMs });
  else known.newestMs = Math.max(known.newestMs, newestMs);
  if (kind !== 'Pod') return;
  namespacesOf(names, metadata.name).add(namespace);
  noteEnds(names, object);
  const [first, second] = [object.spec?.containers, object.spec?.initContainers].flat().filter((item) => item?.name !== undefined);
  if (first !== undefined && second === undefined) names.soleContainers.set(`${namespace}/${metadata.name}`, String(first.name));
}

/** The container of a pod that has only one. */
export function soleContainer(names: Names, namespace: string, pod: string): string | undefined {
  return names.soleContainers.get(`${namespace}/${pod}`);
}

/** The uid that had this name at a moment: the newest one created by then, else the first; undefined if none is known. */
export function uidAt(names: Names, kind: 'Pod' | 'Node', namespace: string, name: string, ms: number): string | undefined {
  const lives = names.lives.get(keyOf(kind, namespace, name)) ?? [];
  return (lifeAt(lives, ms) ?? lives[0])?.uid;
}

/** The newest time any object of this pod name speaks of. */
export function lastTimeOfPod(names: Names, namespace: string, name: string): number | undefined {
  const newest = Math.max(...(names.lives.get(keyOf('Pod', namespace, name)) ?? []).map((life) => life.newestMs));
  return Number.isFinite(newest) ? newest : undefined;
}

/** The namespace of a pod that is known by name only; undefined if none or several have it. */
export function namespaceOfPod(names: Names, name: string): string | undefined {
  const namespaces = names.namespacesOfPod.get(name);
  return namespaces?.size === 1 ? [...namespaces][0] : undefined;
}

/** When the last instance of a container (or the one before, `previous`) ended, as the pod's status says. */
export function finishedAt(names: Names, namespace: string, pod: string, container: string, previous: boolean): number | undefined {
  return names.ends.get(`${namespace}/${pod}/${container}/${previous}`);
}

function noteEnds(names: Names, { metadata = {}, status }: KubernetesObject): void {
  for (const container of [status?.containerStatuses, status?.initContainerStatuses].flat()) {
    const key = `${metadata.namespace ?? ''}/${metadata.name}/${container?.name}`;
    const ended = parseTime(container?.state?.terminated?.finishedAt);
    const before = parseTime(container?.lastState?.terminated?.finishedAt);
    if (ended !== undefined) names.ends.set(`${key}/false`, ended);
    if (before !== undefined) names.ends.set(`${key}/true`, before);
  }
}

function namespacesOf(names: Names, pod: string): Set<string> {
  const namespaces = names.namespacesOfPod.get(pod) ?? new Set();
  names.namespacesOfPod.set(pod, namespaces);
  return namespaces;
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
