import { access, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openManifest } from './capture/index.ts';
import { systemCode, usageError } from './errors.ts';
import { portableName } from './model/path.ts';

const recordings = fileURLToPath(new URL('../../recordings', import.meta.url));

/**
 * The capture directories meant by paths: a capture itself, or the captures directly below a folder (`captures/a`, or `recordings/a/capture`),
 * sorted. A path that is neither is kept, so that opening it says what is wrong with it.
 */
export async function captureDirs(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (await isCapture(path)) found.push(path);
    else {
      const below = await capturesBelow(path);
      found.push(...(below.length === 0 ? [path] : below));
    }
  }
  return [...new Map(found.map((dir) => [resolve(dir), dir])).values()];
}

/** All captures of a folder. Throws NO_CAPTURES (exit code 2) with what to do instead. */
export async function defaultCaptures(dir: string): Promise<string[]> {
  const found = await capturesBelow(dir);
  if (found.length > 0) return found;
  throw usageError('NO_CAPTURES', `there is no capture in ${dir}, so there is nothing to label`, {
    suggestions: [
      'see it work first, on bundled recordings of real faults: k8s-labeler generate --demo',
      `make a capture from a dump of your cluster: kubectl cluster-info dump -A --output-directory=dump && k8s-labeler import dump --out ${join(dir, 'mine')}`,
      'or name a capture directory: k8s-labeler generate CAPTURE',
    ],
  });
}

/**
 * The captures that labels may have come from: those that are meant by paths, or without any all below `dir`, and with `demo` the bundled
 * recordings too. There may be none. Throws NO_RECORDINGS (exit code 2) if the recordings were removed.
 */
export async function sourceCaptures(paths: readonly string[], demo: boolean, dir: string): Promise<string[]> {
  const own = paths.length > 0 ? await captureDirs(paths) : await capturesBelow(dir);
  return [...own, ...(demo ? await bundledCaptures() : [])];
}

/** The recordings of real faults that come with this package. Throws NO_RECORDINGS (exit code 2) if they were removed. */
export async function bundledCaptures(dir = recordings): Promise<string[]> {
  const found = await capturesBelow(dir);
  if (found.length > 0) return found;
  throw usageError('NO_RECORDINGS', `the bundled recordings are missing: no capture in ${dir}`, {
    suggestions: ['install the package again'],
  });
}

/**
 * Opens the manifest of each capture, so that a wrong path is told before anything is written. Returns the directories as they are.
 * Errors of `openManifest` (exit code 3).
 */
export async function checkedCaptures(dirs: string[]): Promise<string[]> {
  for (const dir of dirs) await openManifest(dir);
  return dirs;
}

async function capturesBelow(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await namesIn(dir)).sort()) {
    for (const candidate of [join(dir, name), join(dir, name, 'capture')]) {
      if (await isCapture(candidate)) {
        found.push(candidate);
        break;
      }
    }
  }
  return found;
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return [];
    throw usageError('CAPTURES_UNREADABLE', `cannot read the directory ${dir} (${systemCode(error)})`, { cause: error });
  }
}

async function isCapture(dir: string): Promise<boolean> {
  return access(join(dir, 'manifest.json')).then(
    () => true,
    () => false,
  );
}

/**
 * The directory of a new capture, `prod-20260131T120000Z`. Cluster names may hold anything (`arn:aws:eks:…/prod`) and be long; a folder's
 * name may not, on any system.
 */
export function captureDirName(cluster: string, at: string): string {
  const name =
    cluster
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[.-]+/, '')
      .slice(0, 100) || 'cluster';
  return portableName(`${name}-${at.replace(/\.\d+/, '').replace(/[-:]/g, '')}`);
}
