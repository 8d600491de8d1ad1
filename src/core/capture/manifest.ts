import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { captureError, type LabelerError, systemCode } from '../errors.ts';
import type { CaptureManifest } from '../model/capture.ts';
import { unknownId } from './id.ts';
import { manifestFile, parseSegmentPath } from './layout.ts';
import { describe, type ShapeProblem } from './record-shape.ts';
import { syncDirectory } from './segment-writer.ts';

/** The format's name and the newest version this tool reads. */
export const captureFormat = 'k8s-labeler-capture';
export const captureVersion = 1;

/**
 * The manifest of a capture; fields this version does not know are kept but mean nothing.
 * CAPTURE_NOT_FOUND: no directory or no manifest.json. CAPTURE_NEWER: written by a newer major. CAPTURE_BAD_MANIFEST: names field, found, expected.
 */
export async function openManifest(dir: string): Promise<CaptureManifest> {
  const manifest = parseManifest(dir, await readManifestText(dir));
  refuseNewer(dir, manifest);
  const problem = manifestProblem(manifest);
  if (problem !== undefined) {
    throw badManifest(dir, `field ${problem.field}: found ${problem.found}, expected ${problem.expected}`);
  }
  return manifest as CaptureManifest;
}

/** Replaces the manifest in one step: temporary file, fsync, rename, fsync of the directory. */
export async function writeManifest(dir: string, manifest: CaptureManifest): Promise<void> {
  await writeDurably(join(dir, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
  await syncDirectory(join(dir, manifestFile));
}

/** Writes a whole file under a temporary name in the same directory, then renames it. */
export async function writeDurably(path: string, content: string, mode?: number): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const handle = await open(temporary, 'w', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function readManifestText(dir: string): Promise<string> {
  try {
    return await readFile(join(dir, manifestFile), 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw captureError('CAPTURE_UNREADABLE', `cannot read ${join(dir, manifestFile)}: ${String(error)}`, { cause: error });
    }
    throw await notFound(dir, error);
  }
}

async function notFound(dir: string, cause: unknown): Promise<LabelerError> {
  const found = await stat(dir).catch(() => undefined);
  if (found === undefined) {
    return captureError('CAPTURE_NOT_FOUND', `there is no directory ${dir}`, {
      cause,
      suggestions: ['k8s-labeler import PATH --out DIR makes a capture', 'k8s-labeler generate --demo uses the bundled recordings'],
    });
  }
  const wrong = found.isDirectory() ? `no ${manifestFile}` : 'it is not a directory';
  const repair = 'k8s-labeler capture repair DIR if the folder holds segments (*.ndjson.gz) of a damaged capture';
  return captureError('CAPTURE_NOT_FOUND', `${dir} is no capture: ${wrong}`, {
    cause,
    suggestions: [
      `k8s-labeler import ${dir} makes a capture of dumps and recordings of other tools`,
      ...(found.isDirectory() ? [repair] : []),
    ],
  });
}

function parseManifest(dir: string, text: string): { [field: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw badManifest(dir, `found ${describe(value)}, expected an object`);
    }
    return value as { [field: string]: unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badManifest(dir, text.trim() === '' ? 'found an empty file, expected JSON' : `not JSON: ${error.message}`, error);
  }
}

function refuseNewer(dir: string, { format, version }: { format?: unknown; version?: unknown }): void {
  if (format !== captureFormat || typeof version !== 'number' || version <= captureVersion) return;
  throw captureError('CAPTURE_NEWER', `${dir} has capture format version ${version}; this tool reads up to ${captureVersion}`, {
    suggestions: ['install a newer k8s-labeler'],
  });
}

function badManifest(dir: string, what: string, cause?: unknown) {
  return captureError('CAPTURE_BAD_MANIFEST', `${join(dir, manifestFile)}: ${what}`, {
    cause,
    suggestions: [`k8s-labeler capture repair ${dir} --out DIR rebuilds the manifest from the segments`],
  });
}

type Check = (value: unknown) => boolean;
const isString: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isStrings: Check = (value) => Array.isArray(value) && value.every(isString);
const isObjects: Check = (value) => Array.isArray(value) && value.every(isObject);

const fields: [field: string, check: Check, expected: string][] = [
  ['format', (value) => value === captureFormat, `"${captureFormat}"`],
  ['version', (value) => value === captureVersion, String(captureVersion)],
  ['id', isString, 'a string'],
  ['tool', isString, 'a string'],
  ['createdAt', isString, 'a string'],
  ['status', (value) => ['open', 'closed', 'recovered'].includes(value as string), '"open", "closed" or "recovered"'],
  ['source', isObject, 'an object'],
  ['clusters', isObjects, 'an array of objects'],
  ['streams', isObjects, 'an array of objects'],
  ['coverage', isObjects, 'an array of objects'],
  ['masking', isObject, 'an object'],
  ['strippedFields', isStrings, 'an array of strings'],
  ['segments', isObjects, 'an array of objects'],
  ['gaps', isCount, 'a count'],
  ['drops', isCount, 'a count'],
];

/** Fields that came later, and that only recordings have. */
const optionalFields: typeof fields = [
  ['denied', isObjects, 'an array of objects'],
  ['pruned', isObjects, 'an array of objects'],
  ['truncated', isObject, 'an object'],
];

const coverageFields: typeof fields = [
  ['cluster', isString, 'a string'],
  ['resource', isString, 'a string'],
  ['kind', isString, 'a string'],
  ['namespaces', isStrings, 'an array of strings'],
  ['from', isString, 'a string'],
  ['to', isString, 'a string'],
];

const segmentFields: typeof fields = [
  // The path comes from a file somebody may have edited: only a path of the layout is ever opened.
  ['file', (value) => isString(value) && parseSegmentPath(value as string)?.open === false, 'a path like c01/000001.objects.ndjson.gz'],
  ['class', (value) => ['objects', 'events', 'metrics', 'logs'].includes(value as string), 'a segment class'],
  ['firstSeq', isCount, 'a count'],
  ['lastSeq', isCount, 'a count'],
  ['firstAt', isString, 'a string'],
  ['lastAt', isString, 'a string'],
  ['records', isCount, 'a count'],
  ['bytes', isCount, 'a count'],
  ['sha256', isString, 'a string'],
  ['prevSha256', isString, 'a string'],
];

const prunedFields: typeof fields = [
  ...segmentFields.filter(([field]) => ['file', 'class', 'firstAt', 'lastAt', 'records'].includes(field)),
  ...['segments', 'gaps', 'drops'].map((field): (typeof fields)[number] => [field, isCount, 'a count']),
];

function manifestProblem(manifest: { [field: string]: unknown }): ShapeProblem | undefined {
  return (
    problemIn(manifest, fields, '') ??
    problemIn(
      manifest,
      optionalFields.filter(([field]) => manifest[field] !== undefined),
      '',
    ) ??
    problemInEach(manifest, 'coverage', coverageFields) ??
    problemInEach(manifest, 'segments', segmentFields) ??
    problemInEach(manifest, 'pruned', prunedFields)
  );
}

function problemInEach(manifest: { [field: string]: unknown }, list: string, checks: typeof fields): ShapeProblem | undefined {
  for (const [index, item] of ((manifest[list] ?? []) as { [field: string]: unknown }[]).entries()) {
    const problem = problemIn(item, checks, `${list}[${index}].`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemIn(value: { [field: string]: unknown }, checks: typeof fields, prefix: string): ShapeProblem | undefined {
  for (const [field, check, expected] of checks) {
    if (!check(value[field])) return { field: prefix + field, found: describe(value[field]), expected };
  }
  return undefined;
}

type ManifestStart = Pick<CaptureManifest, 'tool' | 'createdAt' | 'source' | 'clusters'> & { id?: string };

/** The manifest of a capture that holds nothing yet; without an id it has the nil UUID until its content is known. */
export function newManifest({ id, tool, createdAt, source, clusters }: ManifestStart): CaptureManifest {
  return {
    format: captureFormat,
    version: captureVersion,
    id: id ?? unknownId,
    tool,
    createdAt,
    status: 'open',
    source,
    clusters,
    streams: [],
    coverage: [],
    masking: { ruleset: '', counts: {} },
    strippedFields: [],
    segments: [],
    gaps: 0,
    drops: 0,
  };
}
