import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutCapture } from '../../../src/core/capture/cut.ts';
import { readCapture } from '../../../src/core/capture/read.ts';
import { verifyCapture } from '../../../src/core/capture/verify.ts';
import { openCapture } from '../../../src/core/capture/write.ts';
import type { CaptureRecord, RecordDraft } from '../../../src/core/model/capture.ts';
import { at, collect, eventDraft, logDraft, metricsDraft, newPath, options, podDraft, writeAll } from './drafts.ts';

function stateOf(records: CaptureRecord[]): Map<string, unknown> {
  const state = new Map<string, unknown>();
  for (const record of records) {
    if (record.kind !== 'resource' || record.event.ref.kind === 'Event') continue;
    if (record.event.type === 'DELETED') state.delete(record.event.ref.uid);
    else state.set(record.event.ref.uid, record.event.object);
  }
  return state;
}

async function cut(drafts: RecordDraft[], more: Parameters<typeof cutCapture>[2]): Promise<CaptureRecord[]> {
  const [dir, out] = [await newPath(), await newPath()];
  await writeAll(dir, drafts);
  await cutCapture(dir, out, more);
  expect((await verifyCapture(out)).problems).toEqual([]);
  return collect(readCapture(out));
}

const auditDraft = (namespace: string): RecordDraft => ({
  at: at(2),
  atSource: 'received',
  cluster: 'c01',
  stream: '',
  kind: 'note',
  message: 'audit',
  audit: { user: 'alice', verb: 'patch', ref: { kind: 'ConfigMap', namespace, name: 'settings', uid: '' }, auditID: '' },
});

describe('a cut', () => {
  it('has the same state at its start and end as the whole capture at these moments', async () => {
    const change = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      type: fc.constantFrom('ADDED', 'MODIFIED', 'DELETED'),
      wait: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 25 }), fc.nat(20), fc.nat(20), async (changes, from, length) => {
        let minutes = 0;
        const drafts = changes.map(({ name, type, wait }) => {
          minutes += wait;
          return podDraft(name, minutes, type);
        });
        const to = from + length;
        const records = await cut(drafts, { from: at(from), to: at(to) });
        const whole = drafts.map((draft, index) => ({ seq: index + 1, ...draft }) as CaptureRecord);
        const carried = records.filter((record) => record.kind === 'resource' && record.event.synthetic === 'snapshot');
        expect(stateOf(carried)).toEqual(stateOf(whole.filter((record) => record.at < at(from))));
        expect(stateOf(records)).toEqual(stateOf(whole.filter((record) => record.at <= at(to))));
        expect(records.every((record) => record.at >= at(from) && record.at <= at(to))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('numbers its records from 1 and carries no Events, logs or metrics from before', async () => {
    const drafts = [podDraft('a', 0), eventDraft('e', 1), logDraft('old', 2), metricsDraft(3), logDraft('new', 10)];
    const records = await cut(drafts, { from: at(5) });
    expect(records.map(({ seq, kind, at: time }) => [seq, kind, time])).toEqual([
      [1, 'resource', at(5)],
      [2, 'log', at(10)],
    ]);
    expect(records[0]).toMatchObject({ atSource: 'derived', event: { type: 'ADDED', synthetic: 'snapshot' } });
  });

  it('keeps the wanted namespaces and what belongs to no namespace', async () => {
    const node: RecordDraft = {
      ...podDraft('n', 0),
      kind: 'resource',
      event: { type: 'ADDED', ref: { kind: 'Node', namespace: '', name: 'n1', uid: 'n1' }, resourceVersion: '1', object: {} },
    };
    const tick = { at: at(1), atSource: 'received', cluster: 'c01', stream: '', kind: 'tick' } as const;
    const elsewhere = [
      podDraft('x', 0, 'ADDED', 'other'),
      eventDraft('y', 0, 'other'),
      logDraft('z', 0, 'other'),
      metricsDraft(0, 'other'),
      auditDraft('other'),
    ];
    const wanted = [node, podDraft('a', 0), eventDraft('b', 0), logDraft('c', 0), metricsDraft(0), tick, auditDraft('shop')];
    const records = await cut([...elsewhere, ...wanted], { namespaces: ['shop'] });
    expect(records).toStrictEqual(wanted.map((draft, index) => ({ seq: index + 1, ...draft })));
  });

  it('keeps the wanted classes', async () => {
    const records = await cut([podDraft('a', 0), eventDraft('b', 0), logDraft('c', 0)], { classes: ['events'] });
    expect(records.map((record) => record.kind === 'resource' && record.event.ref.kind)).toEqual(['Event']);
  });

  it('narrows the coverage to what it still covers', async () => {
    const [dir, out] = [await newPath(), await newPath()];
    const writer = await openCapture(dir, options);
    const covered = { cluster: 'c01', from: at(0), to: at(100) };
    writer.setManifest({
      coverage: [
        { ...covered, resource: 'pods', kind: 'Pod', namespaces: ['*'] },
        { ...covered, resource: 'nodes', kind: 'Node', namespaces: ['*'] },
        { ...covered, resource: 'services', kind: 'Service', namespaces: ['other'] },
        { ...covered, resource: 'events', kind: 'Event', namespaces: ['*'], to: at(5) },
      ],
    });
    await writer.close();
    const { manifest } = await cutCapture(dir, out, { from: at(10), to: at(20), namespaces: ['shop'] });
    const narrowed = { cluster: 'c01', from: at(10), to: at(20) };
    expect(manifest.coverage).toEqual([
      { ...narrowed, resource: 'pods', kind: 'Pod', namespaces: ['shop'] },
      { ...narrowed, resource: 'nodes', kind: 'Node', namespaces: ['*'] },
    ]);
    expect(manifest.source).toMatchObject({ type: 'cut' });
  });

  it('has an id that says which capture was cut and where', async () => {
    const dir = await newPath();
    await writeAll(dir, [podDraft('a', 0)]);
    const idOf = async (more: Parameters<typeof cutCapture>[2]) => (await cutCapture(dir, await newPath(), more)).manifest.id;
    expect(await idOf({ to: at(5) })).toBe(await idOf({ to: at(5) }));
    expect(await idOf({ to: at(5) })).not.toBe(await idOf({ to: at(6) }));
  });

  it.each([{ from: 'noon' }, { to: '5' }, { from: at(2), to: at(1) }])('refuses the range %j before anything is written', async (range) => {
    const [dir, out] = [await newPath(), await newPath()];
    await writeAll(dir, []);
    await expect(cutCapture(dir, out, range)).rejects.toMatchObject({ code: 'CAPTURE_BAD_RANGE', exitCode: 2 });
    await expect(readdir(out)).rejects.toThrow('ENOENT');
  });
});
