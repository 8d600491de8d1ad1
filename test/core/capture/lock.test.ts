import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockCapture } from '../../../src/core/capture/lock.ts';
import { resumeCapture } from '../../../src/core/capture/resume.ts';
import { openCapture } from '../../../src/core/capture/write.ts';
import { logDraft, newPath, options } from './drafts.ts';

const recording = { ...options, source: { type: 'record' as const } };
const gone = spawnSync(process.execPath, ['--version']).pid;

async function lockedBy(content: string): Promise<string> {
  const dir = await newPath();
  await mkdir(dir);
  await writeFile(join(dir, 'recorder.lock'), content);
  return dir;
}

describe('a directory that is being recorded into', () => {
  it('is refused to a second recorder, new or resumed, which names the process', async () => {
    const dir = await newPath();
    const writer = await openCapture(dir, recording);
    const locked = { code: 'CAPTURE_LOCKED', exitCode: 3, message: expect.stringContaining(`process ${process.pid} on ${hostname()}`) };
    await expect(openCapture(dir, recording)).rejects.toMatchObject(locked);
    await expect(resumeCapture(dir, {})).rejects.toMatchObject(locked);
    await writer.write(logDraft('x', 0));
    await writer.close();
    await expect(openCapture(dir, recording)).rejects.toMatchObject({ code: 'CAPTURE_EXISTS' });
    const { writer: next } = await resumeCapture(dir, {});
    await next.close();
    expect(await readdir(dir)).not.toContain('recorder.lock');
  });

  it.each([
    ['a process that is gone', JSON.stringify({ pid: gone, host: hostname() })],
    [
      'an earlier process with the same id, as in a restarted container',
      JSON.stringify({ pid: process.pid, host: hostname(), startedAt: 1 }),
    ],
    ['a recorder that was killed while it wrote the lock', '{"pid":'],
    ['nobody', 'null'],
  ])('is taken over from %s', async (_, content) => {
    const dir = await lockedBy(content);
    const unlock = await lockCapture(dir);
    expect(JSON.parse(await readFile(join(dir, 'recorder.lock'), 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    await unlock();
    expect(await readdir(dir)).toEqual([]);
  });

  it('is not taken from a recorder on another machine', async () => {
    const dir = await lockedBy(JSON.stringify({ pid: gone, host: 'elsewhere' }));
    await expect(lockCapture(dir)).rejects.toMatchObject({ code: 'CAPTURE_LOCKED', message: expect.stringContaining('elsewhere') });
  });

  it('goes to one only of several that find a stale lock at the same time', async () => {
    const dir = await lockedBy(JSON.stringify({ pid: gone, host: hostname() }));
    const tried = await Promise.allSettled(Array.from({ length: 6 }, () => lockCapture(dir)));
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of tried) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'CAPTURE_LOCKED' });
  });
});
