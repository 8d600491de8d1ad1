import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pointerOf } from '../model/pointer.ts';
import { type Finding, isFields, named, problem } from './finding.ts';

/** An entry of manifest.json: `name` is relative to what is validated, `rows` where the manifest counts them. */
export type ManifestFile = { name: string; pointer: string; sha256?: string; rows?: number };

/** The files that a manifest lists. `below` is the folder of the manifest; undefined if it lists none. */
export function manifestFiles(manifest: unknown, below: string): ManifestFile[] | undefined {
  if (!isFields(manifest) || !Array.isArray(manifest.files)) return undefined;
  return manifest.files.flatMap((entry, index) => {
    if (!isFields(entry) || typeof entry.file !== 'string') return [];
    const { sha256, rows } = entry;
    const name = below === '' ? entry.file : `${below}/${entry.file}`;
    return [
      {
        name,
        pointer: pointerOf('files', index),
        sha256: typeof sha256 === 'string' ? sha256 : undefined,
        rows: typeof rows === 'number' ? rows : undefined,
      },
    ];
  });
}

/** Listed files that are missing, or whose bytes are not those of the checksum. Names that are not in the listing are never opened. */
export async function* manifestFindings(
  root: string,
  manifest: string,
  files: readonly ManifestFile[],
  names: ReadonlySet<string>,
): AsyncGenerator<Finding> {
  for (const { name, pointer, sha256 } of files) {
    const at = { file: manifest, line: 0 };
    if (!names.has(name)) {
      yield { ...at, ...problem('FILE_MISSING', `${pointer}/file`, `the manifest lists ${named(name)}, which is not in the folder`) };
      continue;
    }
    if (sha256 === undefined) continue;
    const found = await sha256Of(join(root, name));
    if (found === sha256.toLowerCase()) continue;
    const message = `${named(name)} has sha256 ${found.slice(0, 12)}…, expected ${sha256.slice(0, 12)}…: the file changed after the export`;
    yield { ...at, ...problem('MANIFEST_MISMATCH', `${pointer}/sha256`, message) };
  }
}

/** Row counts of the manifest that differ from what was read. */
export function rowCountFindings(
  manifest: string,
  files: readonly ManifestFile[],
  rowsOf: (name: string) => number | undefined,
): Finding[] {
  return files.flatMap(({ name, pointer, rows }) => {
    const found = rowsOf(name);
    if (rows === undefined || found === undefined || found === rows) return [];
    const message = `${named(name)} has ${found} rows, expected ${rows}`;
    return [{ file: manifest, line: 0, ...problem('MANIFEST_MISMATCH', `${pointer}/rows`, message) }];
  });
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest('hex');
}
