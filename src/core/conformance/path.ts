import { pointerOf } from '../model/pointer.ts';

/** A place in a row as a chain to its root, which costs nothing until somebody asks for the pointer. */
export type Path = { parent: Path; key: string | number } | undefined;

/** The RFC 6901 pointer of a place. */
export function pointerTo(path: Path): string {
  const parts: (string | number)[] = [];
  for (let at = path; at !== undefined; at = at.parent) parts.unshift(at.key);
  return pointerOf(...parts);
}
