import { readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unpackArchive } from './archive.ts';
import { type ImportReport, ignore } from './importer.ts';
import { namesTar, packingOf } from './packing.ts';

/** A path as the user gave it, and where its files are: the same place, or the folder an archive was unpacked into. */
export type OpenedPath = { given: string; path: string };

const layoutFolders = ['streams', 'resources', 'logs', 'metrics', 'namespaces', 'cluster-scoped-resources', 'cluster-resources'];

/** Whether a path is a file that `openPaths` unpacks. */
export function isPacked(path: string): boolean {
  try {
    return statSync(path).isFile() && (namesTar(path) || packingOf(path) !== undefined);
  } catch {
    // What cannot be read is told where its format is asked for.
    return false;
  }
}

/**
 * Unpacks the archives among the paths into one private temporary folder, which `close` removes. Throws IMPORT_ARCHIVE, and the reason of the
 * signal; nothing is left behind then.
 */
export async function openPaths(
  given: string[],
  report: ImportReport,
  signal?: AbortSignal,
): Promise<{ paths: OpenedPath[]; close: () => Promise<void> }> {
  const paths = given.filter((path, index) => given.findIndex((other) => resolve(other) === resolve(path)) === index);
  ignore(report, 'path given twice', given.length - paths.length);
  if (!paths.some(isPacked)) return { paths: paths.map((path) => ({ given: path, path })), close: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'k8s-labeler-'));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const opened: OpenedPath[] = [];
    for (const [index, path] of paths.entries()) {
      if (!isPacked(path)) {
        opened.push({ given: path, path });
        continue;
      }
      const into = join(folder, String(index));
      await mkdir(into);
      await unpackArchive(path, into, report, { signal });
      opened.push({ given: path, path: contentOf(into) });
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
