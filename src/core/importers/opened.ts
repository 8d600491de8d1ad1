import { readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackArchive } from './archive.ts';
import type { ImportReport } from './importer.ts';
import { namesTar, packingOf } from './packing.ts';

/** A path as the user gave it, and where its files are: the same place, or the folder an archive was unpacked into. */
export type OpenedPath = { given: string; path: string };

const layoutFolders = ['streams', 'resources', 'logs', 'metrics', 'namespaces', 'cluster-scoped-resources', 'cluster-resources'];

/** Whether a path is a file that `openPaths` unpacks. */
export function isPacked(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true && (namesTar(path) || packingOf(path) !== undefined);
}

/**
 * Unpacks the archives among the paths into one private temporary folder, which `close` removes. Throws IMPORT_ARCHIVE, and the reason of the
 * signal; nothing is left behind then.
 */
export async function openPaths(
  paths: string[],
  report: ImportReport,
  signal?: AbortSignal,
): Promise<{ paths: OpenedPath[]; close: () => Promise<void> }> {
  if (!paths.some(isPacked)) return { paths: paths.map((path) => ({ given: path, path })), close: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'k8s-labeler-'));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const opened: OpenedPath[] = [];
    for (const [index, given] of paths.entries()) {
      if (!isPacked(given)) {
        opened.push({ given, path: given });
        continue;
      }
      const into = join(folder, String(index));
      await mkdir(into);
      await unpackArchive(given, into, report, { signal });
      opened.push({ given, path: contentOf(into) });
    }
    return { paths: opened, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Below the folders that only wrap the content, as `tar -c bundle` makes one. */
function contentOf(folder: string): string {
  const [first, second] = readdirSync(folder, { withFileTypes: true });
  if (first === undefined || second !== undefined || !first.isDirectory() || layoutFolders.includes(first.name)) return folder;
  return contentOf(join(folder, first.name));
}
