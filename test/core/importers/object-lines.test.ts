import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOf } from '../../../src/core/importers/formats.ts';
import { fixtures, folder, of, pod, read, timeline } from './folder.ts';

const lines = (path: string) => readFileSync(join(fixtures, path), 'utf8').trimEnd().split('\n');
const notes = (records: Awaited<ReturnType<typeof read>>['records']) =>
  of(records, 'note').map(({ at, message }) => `${at.slice(11, 19)} ${message}`);

it.each([
  ['event-exporter', 'event-exporter/events.jsonl'],
  ['otel', 'otel/objects.jsonl'],
  ['audit', 'audit/audit.log'],
])('%s is recognised by its first line, as a file and in a folder', async (format, file) => {
  expect([await formatOf(join(fixtures, file)), await formatOf(join(fixtures, format))]).toEqual([format, format]);
});

it.each([
  ['event-exporter', 'event-exporter/events.jsonl'],
  ['otel', 'otel/objects.jsonl'],
  ['audit', 'audit/audit.log'],
])('%s: a torn line and a line of something else cost only themselves, and are named', async (format, file) => {
  const [first = '', ...rest] = lines(file);
  const broken = [first, '{"torn": ', '{"some": "other line"}', ...rest].join('\n');
  const whole = await read(format, join(fixtures, file));
  const { records, report } = await read(format, folder({ 'a.jsonl': broken }));
  expect(records).toEqual(whole.records);
  expect(report.skipped).toEqual([
    expect.objectContaining({ file: 'a.jsonl', line: 2, found: expect.any(String), expected: expect.stringContaining('JSON') }),
    expect.objectContaining({ file: 'a.jsonl', line: 3, found: expect.any(String), expected: expect.any(String) }),
  ]);
});

const damage = (sound: string[]) =>
  fc
    .tuple(fc.constantFrom(...sound), fc.nat(120), fc.constantFrom(null, [], {}, 'x', 7, [null]))
    .map(([line, place, value]) => damaged(line, place, value));

/** The text with the value at one of its places replaced. */
function damaged(text: string, place: number, value: unknown): string {
  let count = 0;
  return JSON.stringify(JSON.parse(text, (_, old) => (count++ === place ? value : old)));
}

it.each(['event-exporter', 'otel', 'audit'])('%s survives any JSON, and its times never go back', async (format) => {
  const sound = lines(`${format}/${{ 'event-exporter': 'events.jsonl', otel: 'objects.jsonl', audit: 'audit.log' }[format]}`);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.json(), fc.constantFrom(...sound), damage(sound)), { maxLength: 12 }), async (all) => {
      const { records } = await read(format, folder({ 'a.jsonl': ['{}', ...all].join('\n') }));
      const times = records.map(({ at }) => at);
      expect(times).toEqual([...times].sort());
    }),
    { numRuns: 60 },
  );
});

it('passes over files that are no lines of JSON', async () => {
  const root = folder({ 'events.jsonl': lines('event-exporter/events.jsonl').join('\n'), 'README.txt': 'notes\n', empty: '' });
  expect((await read('event-exporter', root)).report.ignored).toMatchObject({ 'file that does not begin with a line of JSON': 2 });
});

it('takes a folder of objects printed over many lines for a dump, whatever else lies in it', async () => {
  const objects = JSON.stringify(pod('cart', 1, '2026-03-01T10:00:00Z'), null, 2);
  expect(await formatOf(folder({ 'a.json': objects, 'audit.log': lines('audit/audit.log').join('\n') }))).toBe('dump');
});

describe('kubernetes-event-exporter', () => {
  it('gives each Event at its own time, ADDED at first and MODIFIED after, without what was copied from its object', async () => {
    const { records, report } = await read('event-exporter', join(fixtures, 'event-exporter'));
    expect(timeline(records)).toEqual([
      'ADDED Event/cart-1.17f 09:59:00',
      'ADDED Event/cart-1.18a 10:00:00',
      'MODIFIED Event/cart-1.18a 10:03:00',
    ]);
    expect(of(records, 'resource')[1]?.event.object).toMatchObject({ apiVersion: 'v1', kind: 'Event', count: 1 });
    expect(of(records, 'resource')[1]?.event.object.involvedObject).toEqual({
      kind: 'Pod',
      namespace: 'shop',
      name: 'cart-1',
      uid: 'b1111111-1111-4111-8111-111111111111',
      apiVersion: 'v1',
      resourceVersion: '90',
      fieldPath: 'spec.containers{app}',
    });
    expect(report.ignored).toEqual({ 'object seen before, unchanged': 1 });
  });
});

describe('OTLP of the k8sobjects receiver', () => {
  it('gives objects when they were seen, what changed only, and Events at their own time', async () => {
    const { records, report } = await read('otel', join(fixtures, 'otel'));
    expect(timeline(records)).toEqual([
      'ADDED Event/cart-1.19a 09:59:00',
      'ADDED Pod/cart-1 10:00:00',
      'MODIFIED Pod/cart-1 10:02:00',
      'DELETED Pod/cart-1 10:03:00',
    ]);
    expect(records.map(({ atSource }) => atSource)).toEqual(['derived', 'received', 'received', 'received']);
    expect(of(records, 'resource')[1]?.event.object.spec).toEqual({
      priority: 0,
      containers: [{ name: 'app', image: 'registry.example/cart:2', tty: true }],
    });
    expect(report.ignored).toEqual({ 'object seen before, unchanged': 1, 'log record without a Kubernetes object': 2 });
  });

  it('reads a body that is JSON text, and integers beyond 2^53 exactly', async () => {
    const object = JSON.stringify({ ...pod('cart', 1, '2026-03-01T10:00:00Z') });
    const big = { kvlistValue: { values: [{ key: 'object', value: { kvlistValue: { values: [] } } }] } };
    const spec = { key: 'generation', value: { intValue: '9007199254740993' } };
    const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    const node = {
      kvlistValue: {
        values: [
          text('apiVersion', 'v1'),
          text('kind', 'Node'),
          { key: 'metadata', value: { kvlistValue: { values: [text('name', 'n1'), spec] } } },
        ],
      },
    };
    const logRecords = [object].map((stringValue) => ({ body: { stringValue } }));
    const request = {
      resourceLogs: [
        { scopeLogs: [{ logRecords: [...logRecords, { observedTimeUnixNano: '1772359200000000000', body: node }, { body: big }] }] },
      ],
    };
    const { records } = await read('otel', folder({ 'a.jsonl': JSON.stringify(request) }));
    expect(timeline(records)).toEqual(['ADDED Pod/cart 10:00:00', 'ADDED Node/n1 10:00:00']);
    expect(of(records, 'resource')[1]?.event.object.metadata?.generation).toBe(9007199254740993n);
  });
});

describe('audit logs', () => {
  const path = join(fixtures, 'audit');

  it('give what each change left behind at the time of its answer; a grace period is no deletion yet', async () => {
    const { records } = await read('audit', path);
    expect(timeline(records)).toEqual([
      'ADDED Deployment/cart 10:00:00',
      'ADDED Secret/cart-db 10:02:00',
      'MODIFIED Deployment/cart 10:04:00',
      'MODIFIED Deployment/cart 10:04:01',
      'MODIFIED Pod/cart-1 10:05:00',
      'DELETED Pod/cart-1 10:05:30',
      'DELETED Deployment/cart 10:06:00',
    ]);
    expect(records.every(({ atSource }) => atSource === 'received')).toBe(true);
  });

  it('say who made a change, except for the control plane itself', async () => {
    expect(notes((await read('audit', path)).records)).toEqual([
      '10:00:00 audit: alice@example.com sent create for Deployment shop/cart',
      '10:01:40 audit: alice@example.com sent patch for Deployment shop/cart',
      '10:02:00 audit: bob@example.com sent create for Secret shop/cart-db',
      '10:04:00 audit: system:serviceaccount:ci:deployer sent patch for Deployment shop/cart',
      '10:05:00 audit: alice@example.com sent delete for Pod shop/cart-1',
      '10:06:00 audit: alice@example.com sent delete for Deployment shop/cart',
    ]);
  });

  it('count what shows no object, with the reason', async () => {
    expect((await read('audit', path)).report.ignored).toEqual({
      'audit event of a verb that changes nothing': 1,
      'audit event of a refused request': 1,
      'audit event of a dry run': 1,
      'audit event of a subresource without the whole object': 1,
      'audit event without the answered object (level below RequestResponse): only who asked is taken': 1,
      'audit stage other than ResponseComplete': 1,
    });
  });

  it('never give the values of a Secret or a token away, masked or not', async () => {
    const { records } = await read('audit', path);
    expect(JSON.stringify(records)).not.toMatch(/Q2FuYXJ5|Canary/);
    const secret = of(records, 'resource').find(({ event }) => event.ref.kind === 'Secret');
    expect(secret?.event.object.data).toEqual({ password: '***' });
  });

  it('are read from EventLists too, as a webhook gets them', async () => {
    const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items: lines('audit/audit.log').map((line) => JSON.parse(line)) };
    const { records } = await read('audit', folder({ 'a.json': JSON.stringify(list) }));
    expect(records).toEqual((await read('audit', path)).records);
  });

  it('of an unknown version are refused', async () => {
    const root = folder({ 'audit.log': '{"kind":"Event","apiVersion":"audit.k8s.io/v1beta1"}\n' });
    expect(await formatOf(root)).toBe('audit');
    await expect(read('audit', root)).rejects.toMatchObject({
      code: 'IMPORT_VERSION',
      exitCode: 3,
      message: 'audit.log: found audit.k8s.io/v1beta1, expected audit.k8s.io/v1',
    });
  });
});
