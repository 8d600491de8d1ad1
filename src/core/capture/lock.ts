import { open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { captureError, systemCode } from '../errors.ts';
import { writeError } from './errors.ts';

/** The file that says which process records into a capture; no part of the format. */
export const lockFile = 'recorder.lock';

/** `startedAt` is in clock ticks since the machine's start, where the system tells: process ids are used again, in containers at once. */
type Holder = { pid: number; host: string; startedAt?: number };

/** The lock takes so much room, so that when the disk is full and the lock goes, a last manifest fits. */
const reservedBytes = 64 * 1024;
const beingWrittenMs = 50;

/**
 * Makes this process the only recorder of a directory; the result gives it up. CAPTURE_LOCKED if another process records into it. The lock of
 * a process that is gone is taken over.
 */
export async function lockCapture(dir: string): Promise<() => Promise<void>> {
  const path = join(dir, lockFile);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await writeLock(path);
      return () => rm(path, { force: true });
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw writeError(dir, error);
    }
    const found = await readText(path);
    const holder = parseHolder(found);
    // It may be about to be written.
    if (holder === undefined && attempt === 1) {
      await setTimeout(beingWrittenMs);
      continue;
    }
    if (attempt > 3 || (holder !== undefined && (await isAlive(holder)))) throw lockedError(dir, holder);
    if (found !== undefined) await removeStale(path, found);
  }
}

/** CAPTURE_LOCKED if another process records into a directory; no error if there is none. */
export async function refuseLocked(dir: string): Promise<void> {
  const holder = parseHolder(await readText(join(dir, lockFile)));
  if (holder !== undefined && (await isAlive(holder))) throw lockedError(dir, holder);
}

async function writeLock(path: string): Promise<void> {
  const startedAt = await startTicks(process.pid);
  const holder: Holder = { pid: process.pid, host: hostname(), ...(startedAt === undefined ? {} : { startedAt }) };
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(`${JSON.stringify(holder).padEnd(reservedBytes - 1)}\n`);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Somebody else may have removed the stale lock and taken a new one by now: that one is put back. */
async function removeStale(path: string, found: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readText(aside)) === found) await rm(aside, { force: true });
  else await rename(aside, path);
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** Undefined if there is none, or one that was torn by a crash. */
function parseHolder(text: string | undefined): Holder | undefined {
  try {
    const holder = JSON.parse(text ?? '') as Partial<Holder> | null;
    return typeof holder?.pid === 'number' && typeof holder.host === 'string' ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

/** Of a process on another machine nobody knows here. */
async function isAlive({ pid, host, startedAt }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') return false;
  }
  return startedAt === undefined || startedAt === ((await startTicks(pid)) ?? startedAt);
}

/** Field 22 of /proc/PID/stat (proc(5)); the name in field 2 may hold anything. */
async function startTicks(pid: number): Promise<number | undefined> {
  const text = await readText(`/proc/${pid}/stat`);
  const ticks = Number(text?.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
  return Number.isSafeInteger(ticks) ? ticks : undefined;
}

function lockedError(dir: string, holder: Holder | undefined) {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return captureError('CAPTURE_LOCKED', `${who} is recording into ${dir}`, {
    suggestions: ['record into another --out', `stop that process first; if it is gone, remove ${join(dir, lockFile)}`],
  });
}
