import { isDigest, sameDigestKey } from '../model/digest.ts';
import { sameValue } from '../model/fields.ts';
import { pointerOf } from '../model/pointer.ts';
import type { KubernetesObject } from '../model/resource.ts';

export type FieldChange = { path: string; before: unknown; after: unknown };

/** The top-level fields in which somebody asks for something. */
export const comparedFields = ['spec', 'data', 'binaryData', 'rules', 'subjects', 'roleRef', 'webhooks'];

const maxFields = 20;

/**
 * What was asked for differently: leaf paths (RFC 6901) below spec, data, rules, labels. Lists of named items (containers, env,
 * volumes, ports) are compared by name, so that an inserted item does not shift all the others; their path uses the index in `after`.
 */
export function diffObjects(before: KubernetesObject, after: KubernetesObject): FieldChange[] {
  const fields: FieldChange[] = [];
  for (const field of comparedFields) walk(`/${field}`, before[field], after[field], fields);
  walk('/metadata/labels', before.metadata?.labels, after.metadata?.labels, fields);
  return fields.slice(0, maxFields);
}

function walk(path: string, before: unknown, after: unknown, fields: FieldChange[]): void {
  if (fields.length > maxFields || before === after) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      walk(path + pointerOf(key), own(before, key), own(after, key), fields);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    walkArray(path, before, after, fields);
    return;
  }
  // Digests of two keys differ whatever is behind them.
  if (isDigest(before) && isDigest(after) && !sameDigestKey(before, after)) return;
  if (!sameValue(before, after)) fields.push({ path, before: before ?? null, after: after ?? null });
}

function walkArray(path: string, before: unknown[], after: unknown[], fields: FieldChange[]): void {
  const named = [...before, ...after].every((item) => isRecord(item) && typeof item.name === 'string');
  if (!named) {
    if (!sameValue(before, after)) fields.push({ path, before, after });
    return;
  }
  const old = new Map((before as { name: string }[]).map((item) => [item.name, item]));
  (after as { name: string }[]).forEach((item, position) => {
    walk(`${path}/${position}`, old.get(item.name), item, fields);
    old.delete(item.name);
  });
  for (const item of old.values()) fields.push({ path: `${path}/-`, before: item, after: null });
}

/** A key such as `toString` is inherited by every object. */
function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
