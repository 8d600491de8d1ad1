import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPicker } from '../../../src/core/capture/pick.ts';
import { openCapture } from '../../../src/core/capture/write.ts';
import { mixedDrafts, newPath, options } from './drafts.ts';

const recording = { ...options, source: { type: 'record' as const }, flushMilliseconds: 1 };

describe('picking records of a capture that is being written', () => {
  it('finds every record that was flushed, whatever was sealed since the last time', async () => {
    const sizes = fc.constantFrom({ memberBytes: 300, segmentBytes: 500 }, { memberBytes: 900, segmentBytes: 1e6 }, {});
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }), sizes, async (steps, more) => {
        const dir = await newPath();
        const writer = await openCapture(dir, { ...recording, ...more });
        const picker = await openPicker(dir);
        const drafts = mixedDrafts(steps.reduce((sum, step) => sum + step, 0));
        let written = 0;
        for (const step of steps) {
          for (const draft of drafts.slice(written, written + step)) await writer.write(draft);
          written += step;
          await writer.flush();
          const wanted = [1, written, Math.ceil(written / 2), written + 1];
          const found = await picker.pick(wanted);
          expect(found).toStrictEqual(new Map(wanted.filter((seq) => seq <= written).map((seq) => [seq, { ...drafts[seq - 1], seq }])));
        }
        await writer.close();
        const all = await picker.pick(drafts.map((_, index) => index + 1));
        expect(all.size).toBe(drafts.length);
        await picker.close();
      }),
      { numRuns: 25 },
    );
  });

  it('does not find what was removed since, and finds the rest', async () => {
    const dir = await newPath();
    const writer = await openCapture(dir, { ...recording, memberBytes: 300, segmentBytes: 500 });
    const drafts = mixedDrafts(120);
    for (const draft of drafts) await writer.write(draft);
    await writer.flush();
    const picker = await openPicker(dir);
    const seqs = drafts.map((_, index) => index + 1);
    expect((await picker.pick([120])).size).toBe(1);
    const sealed = (await readdir(join(dir, 'c01'))).filter((name) => name.startsWith('000001.') && name.endsWith('.gz'));
    const away = await newPath();
    await mkdir(away);
    for (const name of sealed) await rename(join(dir, 'c01', name), join(away, name));
    await rm(join(dir, 'c01', '000001.objects.idx.json'), { force: true });
    const left = await picker.pick(seqs);
    expect(left.size).toBeGreaterThan(0);
    expect(left.size).toBeLessThan(120);
    await picker.close();
    await writer.abort();
  });
});
