import type { CaptureRecord } from './capture.ts';

/** An RFC 6901 pointer from its parts: `pointerOf('status', 'containerStatuses', 0)` is `/status/containerStatuses/0`. */
export function pointerOf(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The parts of an RFC 6901 pointer, unescaped; undefined if it is not one. The empty pointer has no parts. */
export function pointerParts(pointer: string): string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value an RFC 6901 pointer leads to, by own members and plain array indices only; undefined if it leads nowhere. */
export function resolvePointer(value: unknown, pointer: string): unknown {
  const parts = pointerParts(pointer);
  if (parts === undefined) return undefined;
  let current = value;
  for (const part of parts) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    if (Array.isArray(current) && !/^(?:0|[1-9]\d*)$/.test(part)) return undefined;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
}

/** What evidence pointers lead into: the Kubernetes object, log line or sample of a record; the record itself for all other kinds. */
export function payloadOf(record: CaptureRecord): unknown {
  if (record.kind === 'resource') return record.event.object;
  if (record.kind === 'metrics') return record.sample;
  if (record.kind === 'log') return record.line;
  return record;
}
