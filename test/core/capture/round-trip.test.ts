import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPicker, pickRecords } from '../../../src/core/capture/pick.ts';
import { readBatches, readCapture } from '../../../src/core/capture/read.ts';
import { verifyCapture } from '../../../src/core/capture/verify.ts';
import { openCapture } from '../../../src/core/capture/write.ts';
import type { CaptureRecord, RecordDraft } from '../../../src/core/model/capture.ts';
import { anyDraft, collect, logDraft, mixedDrafts, newPath, options, writeAll } from './drafts.ts';

async function readAll(dir: string): Promise<CaptureRecord[]> {
  return collect(readCapture(dir));
}

const numbered = (drafts: RecordDraft[]) => drafts.map((draft, index) => ({ seq: index + 1, ...draft }));
const small = { memberBytes: 300, segmentBytes: 500 };

describe('a capture', () => {
  it('gives back any record sequence exactly, and verifies', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyDraft, { maxLength: 30 }), fc.constantFrom({}, small), async (drafts, sizes) => {
        const dir = await newPath();
        await writeAll(dir, drafts, sizes);
        expect(await readAll(dir)).toStrictEqual(numbered(drafts));
        expect((await verifyCapture(dir)).problems).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same without its indexes', async () => {
    const dir = await newPath();
    const drafts = mixedDrafts(200);
    await writeAll(dir, drafts, small);
    const indexes = (await readdir(join(dir, 'c01'))).filter((name) => name.endsWith('.idx.json'));
    expect(indexes.length).toBeGreaterThan(4);
    for (const name of indexes) await rm(join(dir, 'c01', name));
    expect(await readAll(dir)).toStrictEqual(numbered(drafts));
    expect(await pickRecords(dir, [5, 77])).toStrictEqual(
      new Map(
        numbered(drafts)
          .filter(({ seq }) => seq === 5 || seq === 77)
          .map((record) => [record.seq, record]),
      ),
    );
  });

  it('has the same bytes and the same id for the same input', async () => {
    const dirs = [await newPath(), await newPath()];
    const manifests = [];
    for (const dir of dirs) manifests.push(await writeAll(dir, mixedDrafts(300), small));
    expect(manifests[1]).toStrictEqual(manifests[0]);
    for (const { file } of manifests[0]!.segments) {
      expect((await readFile(join(dirs[1]!, file))).equals(await readFile(join(dirs[0]!, file)))).toBe(true);
    }
  });

  it('has an id that depends on its records and cluster names, not on how they are split', async () => {
    const idOf = async (drafts: RecordDraft[], more = {}) => (await writeAll(await newPath(), drafts, more)).id;
    const id = await idOf(mixedDrafts(50));
    expect(await idOf(mixedDrafts(50), small)).toBe(id);
    expect(await idOf(mixedDrafts(51))).not.toBe(id);
    expect(await idOf(mixedDrafts(50), { clusters: [{ alias: 'c01', name: 'other' }] })).not.toBe(id);
  });

  it('keeps an id that its writer was given', async () => {
    const id = '11111111-2222-4333-8444-555555555555';
    expect((await writeAll(await newPath(), [], { id })).id).toBe(id);
  });

  it('keeps lines that begin with seq in gzip members that gunzip reads', async () => {
    const dir = await newPath();
    await writeAll(dir, mixedDrafts(20), { memberBytes: 200 });
    const lines = gunzipSync(await readFile(join(dir, 'c01/000001.logs.ndjson.gz')))
      .toString()
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => line.slice(0, line.indexOf(',')))).toEqual(['{"seq":3', '{"seq":8', '{"seq":13', '{"seq":18']);
  });

  it('passes a kind and fields of a newer writer through', async () => {
    const dir = await newPath();
    const draft = { ...logDraft('x', 0), kind: 'trace', span: { id: 2n ** 60n } } as unknown as RecordDraft;
    await writeAll(dir, [draft]);
    expect(await readAll(dir)).toStrictEqual(numbered([draft]));
  });

  it('reads only the wanted classes', async () => {
    const dir = await newPath();
    await writeAll(dir, mixedDrafts(50));
    const kinds = (await collect(readCapture(dir, { classes: ['logs', 'metrics'] }))).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['log', 'metrics']));
    expect(kinds).toHaveLength(20);
  });

  it('reads in batches of the wanted size', async () => {
    const dir = await newPath();
    await writeAll(dir, mixedDrafts(25));
    const sizes = (await collect(readBatches(dir, { batchSize: 10 }))).map((batch) => batch.length);
    expect(sizes).toEqual([10, 10, 5]);
  });

  it('stops reading when it is told to', async () => {
    const dir = await newPath();
    await writeAll(dir, mixedDrafts(25));
    await expect(collect(readBatches(dir, { signal: AbortSignal.abort(new Error('enough')) }))).rejects.toThrow('enough');
  });

  it('can be left in the middle', async () => {
    const dir = await newPath();
    await writeAll(dir, mixedDrafts(500), small);
    for await (const record of readCapture(dir)) if (record.seq === 7) break;
    expect((await readAll(dir)).length).toBe(500);
  });

  it('takes a line of 20 MB between small ones', async () => {
    const dir = await newPath();
    const drafts = [logDraft('before', 0), logDraft('ä'.repeat(10_000_000), 1), logDraft('after', 2)];
    await writeAll(dir, drafts);
    expect(await readAll(dir)).toStrictEqual(numbered(drafts));
  });

  it('counts gaps and drops, and ends with the reason it was closed for', async () => {
    const dir = await newPath();
    const writer = await openCapture(dir, options);
    const head = { at: '2026-01-01T00:00:07Z', atSource: 'received', cluster: 'c01', stream: '' } as const;
    expect(await writer.write({ ...head, kind: 'gap', from: head.at, to: head.at, reason: 'expired' })).toBe(1);
    await writer.write({ ...head, kind: 'drop', count: 3, reason: 'slow' });
    writer.setManifest({ strippedFields: ['metadata.managedFields'] });
    const manifest = await writer.close('stopped');
    expect(manifest).toMatchObject({ gaps: 1, drops: 3, status: 'closed', strippedFields: ['metadata.managedFields'] });
    expect((await readAll(dir)).at(-1)).toStrictEqual({ ...head, seq: 3, atSource: 'derived', kind: 'end', reason: 'stopped' });
  });

  it('refuses a record that readers would refuse, and a cluster that is no folder name', async () => {
    const writer = await openCapture(await newPath(), options);
    expect(() => writer.write({ ...logDraft('x', 0), at: 'yesterday' })).toThrow(
      /record 1 \(log\): field at: found "yesterday", expected an RFC 3339 time/,
    );
    expect(() => writer.write({ ...logDraft('x', 0), cluster: '../x' })).toThrow(/field cluster: found "..\/x"/);
    await writer.abort();
  });
});

describe('picking records', () => {
  it('finds what a scan finds, for any seqs', async () => {
    const dir = await newPath();
    await writeAll(dir, mixedDrafts(400), small);
    const records = new Map((await readAll(dir)).map((record) => [record.seq, record]));
    const picker = await openPicker(dir);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -3, max: 420 }), { maxLength: 50 }), async (seqs) => {
        const expected = seqs.filter((seq) => records.has(seq)).map((seq) => [seq, records.get(seq)] as const);
        const picked = await picker.pick(seqs);
        expect(new Map([...picked].sort(([a], [b]) => a - b))).toStrictEqual(new Map(expected.sort(([a], [b]) => a - b)));
      }),
      { numRuns: 50 },
    );
    await picker.close();
  });

  it('is not led astray by a message that looks like a line', async () => {
    const dir = await newPath();
    const drafts = [logDraft('\n{"seq":2,"kind":"forged"}', 0), logDraft('real', 1)];
    await writeAll(dir, drafts);
    expect((await pickRecords(dir, [2])).get(2)).toStrictEqual({ seq: 2, ...drafts[1] });
  });

  it('reads an index that does not fit its segment as no index', async () => {
    const dir = await newPath();
    await writeAll(dir, mixedDrafts(10));
    await writeFile(join(dir, 'c01/000001.logs.idx.json'), '[{"offset":0,"length":99999,"firstSeq":1,"lastSeq":9,"firstAt":"","count":1}]');
    expect((await pickRecords(dir, [3])).get(3)?.kind).toBe('log');
    expect(await readAll(dir)).toHaveLength(10);
  });
});
