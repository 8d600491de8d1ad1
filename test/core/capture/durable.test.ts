import { execFile } from 'node:child_process';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openManifest } from '../../../src/core/capture/manifest.ts';
import { readCapture } from '../../../src/core/capture/read.ts';
import { resumeCapture } from '../../../src/core/capture/resume.ts';
import { verifyCapture } from '../../../src/core/capture/verify.ts';
import { openCapture } from '../../../src/core/capture/write.ts';
import { collect, eventDraft, logDraft, newPath, options } from './drafts.ts';

const run = promisify(execFile);
const recording = { ...options, source: { type: 'record' as const } };
const noise = Array.from({ length: 997 }, (_, index) => ((index * 2_654_435_761) % 4_294_967_296).toString(36)).join('');

/** Small disks of their own; only root may have them. */
const mounts: string[] = [];
const mayMount = await smallDisk().then(
  () => true,
  () => false,
);

async function smallDisk(): Promise<string> {
  const path = await newPath();
  await mkdir(path);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'none', path]);
  mounts.push(path);
  return path;
}

afterEach(async () => {
  for (const path of mounts.splice(0)) await run('umount', [path]);
});

/** Counts real calls of FileHandle.datasync. */
async function countSyncs(): Promise<() => number> {
  const file = join(dirname(await newPath()), 'probe');
  const handle = await open(file, 'w');
  await handle.close();
  await rm(file);
  const spy = vi.spyOn(Object.getPrototypeOf(handle), 'datasync');
  return () => spy.mock.calls.length;
}

describe('a recording', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is synced to the disk while little happens, every open segment of it, and when a segment is sealed', async () => {
    const syncs = await countSyncs();
    const writer = await openCapture(await newPath(), { ...recording, flushMilliseconds: 1, syncMilliseconds: 20 });
    await writer.write(logDraft('lonely', 0));
    await writer.write(eventDraft('too', 0));
    await expect.poll(syncs).toBe(2);
    await writer.write(logDraft('again', 0));
    await expect.poll(syncs).toBe(4);
    await writer.close();
    expect(syncs()).toBe(6);
  });

  it('waits with syncing no longer than 5 s, with flushing no longer than 500 ms', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const writer = await openCapture(await newPath(), recording);
      await writer.write(logDraft('first', 0));
      const waits = vi.getTimerCount();
      vi.advanceTimersByTime(500);
      const afterFlush = vi.getTimerCount();
      vi.advanceTimersByTime(4500);
      expect([waits, afterFlush, vi.getTimerCount()]).toEqual([2, 1, 0]);
      await writer.close();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe.skipIf(!mayMount)('a recording on a disk that is full (needs the right to mount one)', () => {
  it('ends with a clear error, says truncated, and keeps what was written before', async () => {
    const disk = await smallDisk();
    const dir = join(disk, 'capture');
    const writer = await openCapture(dir, { ...recording, memberBytes: 20_000, segmentBytes: 60_000 });
    let flushed = 0;
    const fill = async () => {
      for (let count = 0; ; count += 1) {
        const seq = await writer.write(logDraft(noise.slice(count % 997, (count % 997) + 900), count));
        if (count % 50 !== 0) continue;
        await writer.flush();
        flushed = seq;
      }
    };
    const full = { code: 'CAPTURE_WRITE_FAILED', exitCode: 3, message: `cannot write ${dir}: no space left on the device` };
    await expect(fill()).rejects.toMatchObject(full);
    await expect(writer.close('failed')).rejects.toMatchObject(full);
    const manifest = await openManifest(dir);
    expect(manifest.truncated).toEqual({ at: expect.stringMatching(/^2026-/), reason: full.message });
    const records = await collect(readCapture(dir));
    expect(records.length).toBeGreaterThanOrEqual(flushed);
    expect(flushed).toBeGreaterThan(100);
    expect(records.map(({ seq }) => seq)).toEqual(Array.from(records, (_, index) => index + 1));

    await run('mount', ['-o', 'remount,size=2m', disk]);
    const { writer: next } = await resumeCapture(dir, {});
    await next.write(logDraft('room again', 1));
    await next.close('stopped');
    expect((await verifyCapture(dir)).problems).toEqual([]);
    expect(await collect(readCapture(dir))).toHaveLength(records.length + 2);
    expect(JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'))).not.toHaveProperty('truncated');
  });
});
