import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureProblem } from '../../../src/core/capture/errors.ts';
import { openManifest } from '../../../src/core/capture/manifest.ts';
import { pickRecords } from '../../../src/core/capture/pick.ts';
import { readCapture } from '../../../src/core/capture/read.ts';
import { repairCapture } from '../../../src/core/capture/repair.ts';
import { resumeCapture } from '../../../src/core/capture/resume.ts';
import { verifyCapture } from '../../../src/core/capture/verify.ts';
import { openCapture } from '../../../src/core/capture/write.ts';
import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import { collect, logDraft, mixedDrafts, newPath, options, writeAll } from './drafts.ts';

const writingChild = fileURLToPath(new URL('./writing-child.ts', import.meta.url));
const drafts = mixedDrafts(120);
const written = drafts.map((draft, index) => ({ seq: index + 1, ...draft }));

/** What a kill leaves: flushed every few records, never closed. */
async function killedCapture(): Promise<string> {
  const dir = await newPath();
  const writer = await openCapture(dir, { ...options, memberBytes: 2000, segmentBytes: 1000 });
  for (const [index, draft] of drafts.entries()) {
    await writer.write(draft);
    if (index % 7 === 0) await writer.flush();
  }
  await writer.flush();
  const copy = await newPath();
  await cp(dir, copy, { recursive: true });
  await writer.abort();
  return copy;
}

async function segmentFiles(dir: string): Promise<string[]> {
  return (await readdir(join(dir, 'c01'))).filter((name) => /\.gz(\.open)?$/.test(name)).map((name) => join(dir, 'c01', name));
}

describe('a capture whose writer was killed', () => {
  it('still holds every record that was flushed', async () => {
    const dir = await killedCapture();
    expect((await segmentFiles(dir)).some((file) => file.endsWith('.open'))).toBe(true);
    expect((await segmentFiles(dir)).some((file) => file.endsWith('.gz'))).toBe(true);
    const problems: CaptureProblem[] = [];
    expect(await collect(readCapture(dir, { onProblem: (problem) => problems.push(problem) }))).toStrictEqual(written);
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['CAPTURE_TORN']));
    expect((await pickRecords(dir, [118, 3])).get(118)).toStrictEqual(written[117]);
  });

  it('loses only the tail of a file that is truncated anywhere, and never yields a bad record', async () => {
    const original = await killedCapture();
    const files = await segmentFiles(original);
    await fc.assert(
      fc.asyncProperty(fc.nat(files.length - 1), fc.double({ min: 0, max: 1, noNaN: true }), async (chosen, share) => {
        const dir = await newPath();
        await cp(original, dir, { recursive: true });
        const file = (await segmentFiles(dir))[chosen]!;
        const whole = await readSeqs(dir, file);
        const { length } = await readFile(file);
        await truncate(file, Math.floor(length * share));
        const records = await collect(readCapture(dir));
        expect(records).toStrictEqual(records.map(({ seq }) => written[seq - 1]));
        const left = new Set(records.map(({ seq }) => seq));
        const kept = whole.filter((seq) => left.has(seq));
        expect(kept).toEqual(whole.slice(0, kept.length));
        expect(records.length).toBe(written.length - whole.length + kept.length);
        const repaired = await repairCapture(dir);
        expect(repaired.kept).toBe(records.length);
        expect((await verifyCapture(dir)).problems).toEqual([]);
        expect((await collect(readCapture(dir))).filter(({ kind }) => kind !== 'gap')).toStrictEqual(records);
      }),
      { numRuns: 60 },
    );
  });

  it('reads past zeros that a power loss left at the end of a file', async () => {
    const dir = await killedCapture();
    const file = (await segmentFiles(dir)).find((name) => name.endsWith('.open'))!;
    await writeFile(file, Buffer.concat([await readFile(file), Buffer.alloc(5000)]));
    expect(await collect(readCapture(dir))).toStrictEqual(written);
  });

  it('keeps all flushed records through kill -9 of a process that writes at speed', async () => {
    const dir = await newPath();
    const child = spawn(process.execPath, ['--import', 'tsx', writingChild, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let flushed = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      flushed = Number(line);
      if (flushed >= 20_000) child.kill('SIGKILL');
    }
    const records = await collect(readCapture(dir));
    expect(records.length).toBeGreaterThanOrEqual(flushed);
    expect(flushed).toBeGreaterThanOrEqual(20_000);
    expect(records.slice(0, flushed).map(({ seq }) => seq)).toEqual(Array.from({ length: flushed }, (_, index) => index + 1));
    const { status, kept } = await repairCapture(dir);
    expect([status, kept]).toEqual(['recovered', records.length]);
    expect((await verifyCapture(dir)).ok).toBe(true);
  });

  it('flushes by itself while little is written', async () => {
    const dir = await newPath();
    const writer = await openCapture(dir, { ...options, source: { type: 'record' }, flushMilliseconds: 1 });
    await writer.write(logDraft('lonely', 0));
    let records: CaptureRecord[] = [];
    while (records.length === 0) {
      await setTimeout(5);
      records = await collect(readCapture(dir));
    }
    expect(records).toStrictEqual([{ seq: 1, ...logDraft('lonely', 0) }]);
    await writer.close();
  });

  it('keeps what was said about a recording', async () => {
    const dir = await newPath();
    const writer = await openCapture(dir, { ...options, source: { type: 'record' } });
    writer.setManifest({ streams: [{ id: 's1', cluster: 'c01', resource: 'pods', source: 'watch' }] });
    await writer.flush();
    expect(JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')).streams).toHaveLength(1);
    await writer.abort();
  });
});

describe('a writer that cannot write', () => {
  it('fails with CAPTURE_WRITE_FAILED when files may not grow, and leaves nothing', async () => {
    const dir = await newPath();
    const script = `ulimit -f 64; exec "${process.execPath}" --import tsx "${writingChild}" "${dir}"`;
    const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.stdout.resume();
    const [exitCode] = await once(child, 'close');
    expect(errors).toContain('CAPTURE_WRITE_FAILED');
    expect(errors).toContain('the file-size limit was reached');
    expect(exitCode).toBe(3);
    await expect(readdir(dir)).rejects.toThrow('ENOENT');
  });

  it('leaves what was written readable, and a manifest that says it is truncated', async () => {
    const dir = await newPath();
    const script = `ulimit -f 64; exec "${process.execPath}" --import tsx "${writingChild}" "${dir}" keep`;
    const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    let flushed = 0;
    for await (const line of createInterface({ input: child.stdout })) flushed = Number(line);
    const manifest = await openManifest(dir);
    expect(manifest).toMatchObject({ status: 'open', truncated: { reason: expect.stringContaining('file-size limit') } });
    const records = await collect(readCapture(dir));
    expect(flushed).toBeGreaterThanOrEqual(1000);
    expect(records.slice(0, flushed).map(({ seq }) => seq)).toEqual(Array.from({ length: flushed }, (_, index) => index + 1));
    const { writer } = await resumeCapture(dir, {});
    expect((await writer.close()).truncated).toBeUndefined();
    expect((await verifyCapture(dir)).problems).toEqual([]);
  });

  it('refuses a directory that holds something, and a file', async () => {
    const dir = await newPath();
    await mkdir(dir);
    await writeFile(join(dir, 'keep.txt'), 'mine');
    await expect(openCapture(dir, options)).rejects.toMatchObject({ code: 'CAPTURE_EXISTS', exitCode: 3 });
    await expect(openCapture(join(dir, 'keep.txt'), options)).rejects.toMatchObject({ code: 'CAPTURE_EXISTS' });
    expect(await readdir(dir)).toEqual(['keep.txt']);
  });

  it('removes on abort what it wrote, but keeps a directory that was there before', async () => {
    const dir = await newPath();
    await mkdir(dir);
    const writer = await openCapture(dir, { ...options, memberBytes: 10 });
    for (const draft of drafts) await writer.write(draft);
    await writer.flush();
    await writer.abort();
    expect(await readdir(dir)).toEqual([]);
  });

  it('says so on every later call once writing failed', async () => {
    const dir = await newPath();
    const writer = await openCapture(dir, options);
    await rename(dir, `${dir}.moved`);
    await writer.write(logDraft('x', 0));
    await writeFile(dir, 'a file in the way');
    await expect(writer.flush()).rejects.toMatchObject({ code: 'CAPTURE_WRITE_FAILED', exitCode: 3 });
    await expect(writer.close()).rejects.toMatchObject({ code: 'CAPTURE_WRITE_FAILED' });
    expect(() => writer.write(logDraft('y', 0))).toThrow(expect.objectContaining({ code: 'CAPTURE_WRITE_FAILED' }));
    await rm(dir);
  });

  it('takes over the same path after an abort', async () => {
    const dir = await newPath();
    await (await openCapture(dir, options)).abort();
    expect((await writeAll(dir, drafts)).status).toBe('closed');
  });
});

async function readSeqs(dir: string, file: string): Promise<number[]> {
  const { scanSegment } = await import('../../../src/core/capture/scan.ts');
  const { findSegments } = await import('../../../src/core/capture/segment-files.ts');
  const segment = (await findSegments(dir)).find(({ path }) => path === file)!;
  return [...(await scanSegment(segment)).findings()].flatMap((finding) => (finding.type === 'record' ? [finding.record.seq] : []));
}
