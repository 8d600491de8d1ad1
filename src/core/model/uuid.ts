import { createHash } from 'node:crypto';

/** Namespace of every id this project derives: uuid5('k8s-labeler', DNS namespace of RFC 9562). */
export const labelerNamespace = '4d7f5a11-d7e1-5f2a-9d92-e2ab15b8293a';

/** Name-based UUID, version 5 (RFC 9562 §5.5, SHA-1): the same name and namespace give the same id, always. */
export function uuid5(name: string, namespace: string): string {
  const namespaceBytes = Buffer.from(namespace.replaceAll('-', ''), 'hex');
  if (namespaceBytes.length !== 16) throw new RangeError(`not a UUID: ${namespace}`);
  const bytes = createHash('sha1').update(namespaceBytes).update(name, 'utf8').digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A number from 0 up to `size` that only a name decides about; 0 where there is nothing to choose from. */
export function hashIndex(name: string, size: number): number {
  return Number.parseInt(uuid5(name, labelerNamespace).slice(0, 8), 16) % Math.max(1, size);
}

/** The first 12 hexadecimal digits of the SHA-256 of a text: a short name for it. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 12);
}
