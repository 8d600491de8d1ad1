import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { captureError, systemCode } from '../errors.ts';

/** The file that says which process records into a capture; no part of the format. */
export const lockFile = 'recorder.lock';

type Holder = { pid: number; host: string };

/**
 * Makes this process the only recorder of a directory; the result gives it up. CAPTURE_LOCKED if another process records into it. The lock of
 * a process that is gone is taken over.
 */
export async function lockCapture(dir: string): Promise<() => Promise<void>> {
  const path = join(dir, lockFile);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const handle = await open(path, 'wx');
      await handle.writeFile(`${JSON.stringify({ pid: process.pid, host: hostname() })}\n`);
      await handle.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    const holder = await readHolder(path);
    if (attempt > 3 || (holder !== undefined && isAlive(holder))) throw lockedError(dir, holder);
    await rm(path, { force: true });
  }
}

/** Undefined if the file is gone, or was torn by a crash. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Of a process on another machine nobody knows here. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function lockedError(dir: string, holder: Holder | undefined) {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return captureError('CAPTURE_LOCKED', `${who} is recording into ${dir}`, {
    suggestions: ['record into another --out', `stop that process first; if it is gone, remove ${join(dir, lockFile)}`],
  });
}
