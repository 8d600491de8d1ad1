import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach } from 'vitest';
import { type CaptureOptions, openCapture } from '../../../src/core/capture/write.ts';
import type { CaptureManifest, RecordDraft } from '../../../src/core/model/capture.ts';

const directories: string[] = [];

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

/** A path that does not exist yet, in a directory that is removed after the test. */
export async function newPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'capture-'));
  directories.push(directory);
  return join(directory, 'c');
}

export const options: CaptureOptions = {
  source: { type: 'import' },
  clusters: [{ alias: 'c01', name: 'test' }],
  tool: 'k8s-labeler 0.0.0',
  createdAt: '2026-01-01T00:00:00Z',
};

export async function writeAll(dir: string, drafts: RecordDraft[], more: Partial<CaptureOptions> = {}): Promise<CaptureManifest> {
  const writer = await openCapture(dir, { ...options, ...more });
  for (const draft of drafts) await writer.write(draft);
  return writer.close();
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** `minutes` after midnight. */
export function at(minutes: number): string {
  return new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString();
}

const base = { atSource: 'received', cluster: 'c01', stream: 's1' } as const;

export function podDraft(name: string, minutes: number, type: 'ADDED' | 'MODIFIED' | 'DELETED' = 'ADDED', namespace = 'shop'): RecordDraft {
  const ref = { kind: 'Pod', namespace, name, uid: `uid-${name}` };
  const object = { kind: 'Pod', metadata: { name, namespace, uid: ref.uid }, status: { at: minutes } };
  return { ...base, at: at(minutes), kind: 'resource', event: { type, ref, resourceVersion: String(minutes), object } };
}

export function eventDraft(name: string, minutes: number, namespace = 'shop'): RecordDraft {
  const ref = { kind: 'Event', namespace, name, uid: `uid-${name}` };
  const object = {
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: { kind: 'Pod', namespace, name: 'p' },
    message: 'Back-off',
  };
  return { ...base, at: at(minutes), kind: 'resource', event: { type: 'ADDED', ref, resourceVersion: '1', object } };
}

export function logDraft(message: string, minutes: number, namespace = 'shop'): RecordDraft {
  return { ...base, at: at(minutes), kind: 'log', line: { namespace, pod: 'p', container: 'app', message, timestamp: '' } };
}

export function metricsDraft(minutes: number, namespace = 'shop'): RecordDraft {
  const ref = { kind: 'Pod', namespace, name: 'p', uid: '' };
  return {
    ...base,
    at: at(minutes),
    kind: 'metrics',
    sample: { ref, timestamp: at(minutes), windowSeconds: 15, cpuMillicores: 1.5, memoryBytes: 7 },
  };
}

/** Records of all classes in turn, so that each class file has its share. */
export function mixedDrafts(count: number, size = 0): RecordDraft[] {
  const filler = 'x'.repeat(size);
  return Array.from({ length: count }, (_, index) => {
    const makers = [
      () => podDraft(`pod-${index}${filler}`, index),
      () => eventDraft(`event-${index}`, index),
      () => logDraft(`line ${index} ${filler}`, index),
      () => metricsDraft(index),
      (): RecordDraft => ({ ...base, at: at(index), kind: 'tick' }),
    ];
    return makers[index % makers.length]!();
  });
}

// Integers beyond 2^53 are bigint in the model, and JSON has no -0.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => {
  if (Object.is(value, -0)) return 0;
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21 ? BigInt(value) : value;
});
const bigInteger = fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }).chain((value) => fc.constantFrom(value, -value));
const string = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constant('a,1234567890123456789'),
  fc.constant('\u0000\u001b[31m\u2028\n\r'),
);

/** Any JSON value: bigint beyond 2^53, null, unicode, control characters, awkward keys. */
export const jsonValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    string,
    number,
    bigInteger,
    fc.maxSafeInteger(),
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(string, fc.constantFrom('__proto__', 'isLosslessNumber', 'seq', '1')), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value;

const time = fc.integer({ min: 0, max: 100_000 }).map(at);
const plain = { noNullPrototype: true };
const ref = fc.record({ kind: fc.constantFrom('Pod', 'Event', 'Node'), namespace: string, name: string, uid: string }, plain);
const body = fc.oneof(
  fc
    .record(
      { ref, object: fc.dictionary(string, jsonValue, { noNullPrototype: true }), type: fc.constantFrom('ADDED', 'MODIFIED', 'DELETED') },
      plain,
    )
    .map((event) => ({ kind: 'resource', event: { ...event, resourceVersion: '12345678901234567890' } })),
  fc
    .record({ message: string, namespace: string, pod: string, container: string, timestamp: string }, plain)
    .map((line) => ({ kind: 'log', line })),
  fc
    .record({ ref, memoryBytes: fc.nat() }, plain)
    .map((sample) => ({ kind: 'metrics', sample: { ...sample, timestamp: '', windowSeconds: 15, cpuMillicores: 0.5 } })),
  fc.record({ from: time, to: time, reason: string }, plain).map((gap) => ({ kind: 'gap', ...gap })),
  fc.nat().map((count) => ({ kind: 'drop', count, reason: 'slow' })),
  fc.constant({ kind: 'tick' }),
  jsonValue.map((value) => ({ kind: 'from-the-future', value })),
);

/** Any record the format allows, kinds of newer writers included. */
export const anyDraft: fc.Arbitrary<RecordDraft> = fc
  .record(
    { at: time, atSource: fc.constantFrom('received', 'derived'), cluster: fc.constantFrom('c01', 'c02'), stream: string, body },
    plain,
  )
  .map(({ body: fields, ...head }) => ({ ...head, ...fields }) as unknown as RecordDraft);
