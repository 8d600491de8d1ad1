import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exitCodes, LabelerError, systemCode, usageError } from '../errors.ts';

/**
 * Fills a new folder beside `out` and puts it in its place when it is complete: a folder is seen whole or not at all. One that is there must be
 * empty or an earlier dataset, which it replaces. Throws OUT_NOT_EMPTY (exit code 2) and EXPORT_WRITE_FAILED (exit code 5).
 */
export async function inNewFolder<T>(out: string, fill: (dir: string) => Promise<T>): Promise<T> {
  await refuseForeign(out);
  const partial = join(dirname(out), `.${basename(out)}.${process.pid}.partial`);
  const former = `${partial}.former`;
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const result = await fill(partial);
    await rename(out, former).catch(ignoreMissing);
    await rename(partial, out);
    await rm(former, { recursive: true, force: true });
    return result;
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    // Put back what was there, if it was moved away already.
    await rename(former, out).catch(() => undefined);
    if (error instanceof LabelerError || systemCode(error) === '') throw error;
    throw new LabelerError('EXPORT_WRITE_FAILED', `cannot write the dataset to ${out} (${systemCode(error)})`, {
      exitCode: exitCodes.store,
      suggestions: ['nothing was left behind; free disk space or name another place with --out'],
      cause: error,
    });
  }
}

async function refuseForeign(out: string): Promise<void> {
  const names = await readdir(out).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw usageError('OUT_NOT_EMPTY', `--out: ${out} is no folder (${systemCode(error)})`, {
      suggestions: ['name a new folder with --out'],
    });
  });
  if (names.length === 0 || (await isDataset(out))) return;
  throw usageError('OUT_NOT_EMPTY', `--out: ${out} holds other files (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''})`, {
    suggestions: ['name a new folder; only an earlier dataset of this tool is replaced'],
  });
}

async function isDataset(dir: string): Promise<boolean> {
  const text = await readFile(join(dir, 'manifest.json'), 'utf8').catch(() => '');
  try {
    return String((JSON.parse(text) as Record<string, unknown>).tool).startsWith('k8s-labeler ');
  } catch {
    return false;
  }
}

function ignoreMissing(error: unknown): void {
  if (systemCode(error) !== 'ENOENT') throw error;
}
