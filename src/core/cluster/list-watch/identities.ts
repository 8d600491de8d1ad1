import type { ResourceEvent } from '../../model/capture.ts';

/** What an item of a list amounts to: nothing new, or a change; `replaced` is an object of the same name that must be gone. */
export type Sighting = { type: Extract<ResourceEvent['type'], 'ADDED' | 'MODIFIED'> | undefined; replaced?: Gone };

/** An object that a list has shown to be gone: the last that is known of it. */
export type Gone = { uid: string; name: string; version: string };

/**
 * The objects that a stream knows to exist: uid → resourceVersion and name (`namespace/name`). Grows with the cluster, not with the recording.
 * A list is compared with it by uid, because an object that was created anew under the same name is another one.
 */
export type Identities = {
  objects: Map<string, { version: string; name: string; list: number }>;
  names: Map<string, string>;
  /** Counts lists; objects that the newest whole list did not show are gone. */
  list: number;
};

/** An index of what an earlier run of the recorder knew, or of nothing. */
export function newIdentities(known: Iterable<[uid: string, version: string, name: string]> = []): Identities {
  const identities: Identities = { objects: new Map(), names: new Map(), list: 0 };
  for (const [uid, version, name] of known) keep(identities, uid, version, name);
  return identities;
}

/** A list begins; one that was broken off has changed nothing but what it showed. */
export function beginList(identities: Identities): void {
  identities.list += 1;
}

/** An item of a list. */
export function noteListed(identities: Identities, uid: string, version: string, name: string): Sighting {
  const known = identities.objects.get(uid);
  if (known === undefined) {
    const former = identities.names.get(name);
    const replaced = former === undefined ? undefined : { uid: former, name, version: identities.objects.get(former)?.version ?? '' };
    if (replaced !== undefined) forget(identities, replaced.uid);
    keep(identities, uid, version, name);
    return { type: 'ADDED', ...(replaced === undefined ? {} : { replaced }) };
  }
  const changed = known.version !== version;
  known.version = version;
  known.list = identities.list;
  return { type: changed ? 'MODIFIED' : undefined };
}

/** The list is complete: the objects it did not show, which are forgotten. */
export function endList(identities: Identities): Gone[] {
  const gone: Gone[] = [];
  for (const [uid, { list, name, version }] of identities.objects) if (list !== identities.list) gone.push({ uid, name, version });
  for (const { uid } of gone) forget(identities, uid);
  return gone;
}

/** A watch event; false if it says what is known already (a watch that was resumed may repeat itself). */
export function noteEvent(identities: Identities, type: ResourceEvent['type'], uid: string, version: string, name: string): boolean {
  if (type === 'DELETED') {
    forget(identities, uid);
    return true;
  }
  const known = identities.objects.get(uid);
  if (known === undefined) keep(identities, uid, version, name);
  else if (known.version === version) return false;
  else known.version = version;
  return true;
}

function keep({ objects, names, list }: Identities, uid: string, version: string, name: string): void {
  objects.set(uid, { version, name, list });
  names.set(name, uid);
}

function forget({ objects, names }: Identities, uid: string): void {
  const name = objects.get(uid)?.name;
  objects.delete(uid);
  if (name !== undefined && names.get(name) === uid) names.delete(name);
}
