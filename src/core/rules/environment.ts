import { isDigest } from '../model/digest.ts';
import type { Change, Evidence } from '../model/event.ts';
import { itemsOf } from '../model/fields.ts';
import { pointerOf } from '../model/pointer.ts';
import type { KubernetesObject, ObjectRef } from '../model/resource.ts';
import { sameRef } from '../model/resource.ts';
import { covered, findObject, objectOf, podSpecOf } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';

/** A container in the spec of a recorded pod, as `containerOf` finds it. */
export type ContainerSpec = { version: ObservedObject; pointer: string; spec: KubernetesObject };

/**
 * What a container's spec says of one environment variable. `set` without a value: it comes from where values are not recorded.
 * `absent` from all sources that were recorded; `unseen` names those that were not. `at` is where the value, or what is wrong, stands.
 */
export type Variable = {
  status: 'set' | 'empty' | 'absent';
  value?: string;
  at?: { version: ObservedObject; pointer: string };
  unseen: string[];
};

type EnvItem = { name?: string; value?: string; valueFrom?: KubernetesObject };

/** Looks a variable up in `env` (the last entry of a name counts) and then in `envFrom` (core/v1 Container). */
export function variableOf(state: ClusterState, container: ContainerSpec, name: string): Variable {
  const items = itemsOf(container.spec.env) as EnvItem[];
  const position = items.findLastIndex((item) => item.name === name);
  const item = items[position];
  const { namespace } = container.version.ref;
  if (item === undefined) return fromSources(state, container, namespace, name);
  const at = { version: container.version, pointer: `${container.pointer}/env/${position}` };
  if (item.valueFrom === undefined) return literal(String(item.value ?? ''), at);
  const reference = item.valueFrom.configMapKeyRef;
  if (reference === undefined) return { status: 'set', at, unseen: [] };
  const source = findObject(state, 'ConfigMap', namespace, String(reference.name));
  if (source === undefined) return { status: 'set', at, unseen: [`ConfigMap ${reference.name}`] };
  const value = source.object.data?.[reference.key];
  if (value === undefined) return { status: 'absent', at, unseen: [] };
  return literal(String(value), { version: source, pointer: pointerOf('data', String(reference.key)) });
}

/** Every variable with a value that the records show, in `env` or in a ConfigMap of `envFrom`. */
export function valuesOf(state: ClusterState, container: ContainerSpec): { name: string; value: string }[] {
  const { namespace } = container.version.ref;
  const names = (itemsOf(container.spec.env) as EnvItem[]).map((item) => String(item.name));
  for (const source of itemsOf(container.spec.envFrom)) {
    const object = findObject(state, 'ConfigMap', namespace, String(source.configMapRef?.name))?.object;
    names.push(...Object.keys(object?.data ?? {}).map((key) => `${source.prefix ?? ''}${key}`));
  }
  return [...new Set(names)].flatMap((name) => {
    const { value } = variableOf(state, container, name);
    return value === undefined ? [] : [{ name, value }];
  });
}

function literal(value: string, at: Variable['at']): Variable {
  if (isDigest(value)) return { status: 'set', at: at as NonNullable<Variable['at']>, unseen: [] };
  return { status: value === '' ? 'empty' : 'set', value, at: at as NonNullable<Variable['at']>, unseen: [] };
}

function fromSources(state: ClusterState, container: ContainerSpec, namespace: string, name: string): Variable {
  const unseen: string[] = [];
  for (const source of itemsOf(container.spec.envFrom).toReversed()) {
    const kind = source.secretRef === undefined ? 'ConfigMap' : 'Secret';
    const from = String((source.secretRef ?? source.configMapRef)?.name);
    const prefix = String(source.prefix ?? '');
    if (!name.startsWith(prefix)) continue;
    const object = findObject(state, kind, namespace, from);
    if (object === undefined) {
      if (!covered(state, kind, namespace)) unseen.push(`${kind} ${from}`);
      continue;
    }
    // A recorder sees names of Secrets only; which keys they have is unknown then.
    if (kind === 'Secret' && object.object.data === undefined) {
      unseen.push(`keys of Secret ${from}`);
      continue;
    }
    const value = object.object.data?.[name.slice(prefix.length)];
    const at = { version: object, pointer: pointerOf('data', name.slice(prefix.length)) };
    if (value !== undefined) return kind === 'Secret' ? { status: 'set', at, unseen: [] } : literal(String(value), at);
  }
  return { status: 'absent', unseen };
}

/** The names of variables that the source lines in a log block read (a stack trace or code frame quotes them). */
export function variablesInSource(block: string): string[] {
  const pattern =
    /process\.env(?:\.|\[["'])([A-Za-z_]\w*)|environ(?:\.get\(|\[|\.fetch\()["']([A-Za-z_]\w*)|\b(?:os\.|System\.|std::|C\.)?[gG]et_?[eE]nv(?:ironmentVariable)?\(["']([A-Za-z_]\w*)|\bENV(?:\.fetch\(|\[)["']([A-Za-z_]\w*)|env::var(?:_os)?\("([A-Za-z_]\w*)/g;
  return [...new Set([...block.matchAll(pattern)].map((found) => found.slice(1).find((name) => name !== undefined) as string))];
}

/** A variable that a recorded change took from a container of this workload, with the record that still had it as evidence. */
export function removedVariable(
  state: ClusterState,
  workload: ObjectRef,
  container: string,
  accepts: (name: string) => boolean,
): { name: string; change: Change; evidence: Evidence } | undefined {
  const known = objectOf(state, workload);
  for (const change of state.changes.toReversed()) {
    if (!sameRef(change.ref, workload)) continue;
    for (const { path, before, after } of change.fields) {
      const name = after === null && /\/env(?:\/-)?$/.test(path) ? namesOf(before).find(accepts) : undefined;
      if (name === undefined) continue;
      for (const version of known?.versions.toReversed() ?? []) {
        const at = version.seq < change.seq ? pointerTo(version.object, container, name) : undefined;
        if (at === undefined) continue;
        const note = `until record ${change.seq} the container had ${name}`;
        return {
          name,
          change,
          evidence: {
            id: '',
            type: 'change',
            seq: version.seq,
            pointer: at.pointer,
            value: at.value,
            ref: workload,
            at: version.at,
            note,
            role: 'supports',
          },
        }; // prettier-ignore
      }
    }
  }
  return undefined;
}

function namesOf(before: unknown): string[] {
  const items = Array.isArray(before) ? before : [before];
  return items.flatMap((item: EnvItem | null) => (typeof item?.name === 'string' ? [item.name] : []));
}

function pointerTo(object: KubernetesObject, container: string, name: string): { pointer: string; value: unknown } | undefined {
  const pod = podSpecOf(object);
  for (const list of ['containers', 'initContainers']) {
    const containers = itemsOf(pod?.spec[list]);
    const position = containers.findIndex((item) => item.name === container);
    const env = itemsOf(containers[position]?.env) as EnvItem[];
    const index = env.findIndex((item) => item.name === name);
    if (pod !== undefined && index >= 0) return { pointer: `${pod.pointer}${pointerOf(list, position, 'env', index)}`, value: env[index] };
  }
  return undefined;
}
