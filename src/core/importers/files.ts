import { accessSync, constants, type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ImportReport, ignore } from './importer.ts';

/**
 * One input file. `parts` is its path below the folder that a layout belongs to (`['logs', 'cart-1', 'cart.log']`), `name` the same with
 * the folders above it, for people; never an absolute path unless the user gave that file itself.
 */
export type InputFile = { path: string; name: string; parts: string[]; size: number };

const layouts = { watch: 'streams', dump: 'resources' } as const;

/** Which layout a folder has: `streams/` or `resources/` in it decide. */
export function layoutOf(names: string[]): keyof typeof layouts | undefined {
  if (names.includes(layouts.watch)) return 'watch';
  return names.includes(layouts.dump) ? 'dump' : undefined;
}

/**
 * All files below the paths, sorted by name. Where a folder has `streams/` or `resources/`, only these, `logs/` and `metrics/` are entered.
 * Symbolic links below a path are not followed: a bundle may come from strangers.
 */
export function inputFiles(paths: string[], report: ImportReport): InputFile[] {
  return paths.flatMap((path) => {
    const { size } = statSync(path);
    if (!statSync(path).isDirectory()) return [{ path, name: basename(path), parts: [basename(path)], size }];
    return walk(path, '', [], report);
  });
}

/** The names of the folders right inside a folder, sorted; none for a file, and for a folder that cannot be read. */
export function foldersIn(path: string): string[] {
  return (entriesOf(path) ?? [])
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function entriesOf(path: string): Dirent[] | undefined {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function walk(folder: string, prefix: string, parts: string[], report: ImportReport): InputFile[] {
  const entries = entriesOf(folder)?.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries === undefined) return unreadable(prefix, report);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const layout = layoutOf(folders);
  const wanted = layout === undefined ? undefined : [layouts[layout], 'logs', 'metrics'];
  const base = layout === undefined ? parts : [];
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    const name = `${prefix}${entry.name}`;
    if (wanted !== undefined && !wanted.includes(entry.name)) return [];
    if (entry.isDirectory()) return walk(path, `${name}/`, [...base, entry.name], report);
    if (entry.isFile() && !isReadable(path)) return unreadable(name, report);
    if (entry.isFile()) return [{ path, name, parts: [...base, entry.name], size: statSync(path).size }];
    ignore(report, 'not a regular file (links are not followed)');
    return [];
  });
}

function unreadable(name: string, report: ImportReport): [] {
  report.skipped.push({ file: name, found: 'no permission to read it', expected: 'a file or folder that may be read' });
  return [];
}
