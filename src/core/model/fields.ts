import type { KubernetesObject } from './resource.ts';

/** A text field of an object that may lack it or hold something else there: then ''. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A JSON object, or an empty one for anything else. */
export function fieldsOf(value: unknown): KubernetesObject {
  return isFields(value) ? value : {};
}

/** A list of JSON objects; positions stay, what is no object becomes an empty one. Anything but a list is an empty list. */
export function itemsOf(value: unknown): KubernetesObject[] {
  if (!Array.isArray(value)) return [];
  return value.every(isFields) ? value : value.map(fieldsOf);
}

/** The texts of a list, in order, without what is no text. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Deep equality of JSON values; the order of members does not matter. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, position) => sameValue(item, b[position]));
  if (!isFields(a) || !isFields(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]));
}

function isFields(value: unknown): value is KubernetesObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
