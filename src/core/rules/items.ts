import type { KubernetesObject } from '../model/resource.ts';

/** The items of a list in an object, positions kept: what is no list is empty, what is no object is an empty one. */
export function itemsOf(value: unknown): KubernetesObject[] {
  return Array.isArray(value) ? value.map((item) => (typeof item === 'object' && item !== null ? item : {})) : [];
}
