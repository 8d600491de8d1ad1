import { closeSync, createReadStream, createWriteStream, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { captureError, LabelerError, systemCode } from '../errors.ts';
import { type ImportReport, ignore } from './importer.ts';
import { readSpan } from './scan.ts';

/** What an archive may hold before it is refused. `ratio` counts once more than `ratioFromBytes` have come out. */
export type ArchiveLimits = { entries: number; bytes: number; ratio: number; ratioFromBytes: number; pathBytes: number; nameBytes: number };

/**
 * A must-gather of a large cluster has some 100,000 files and a few GiB. Logs and YAML shrink to a tenth or, where they repeat themselves, to a
 * hundredth; gzip cannot pass 1,032. 255 bytes is the longest name file systems take, and 1,024 leave room for the temporary folder before it.
 */
export const archiveLimits: ArchiveLimits = {
  entries: 500_000,
  bytes: 16 * 1024 ** 3,
  ratio: 200,
  ratioFromBytes: 128 * 1024 ** 2,
  pathBytes: 1024,
  nameBytes: 255,
};

type Unpacking = { archive: string; into: string; entries: number; limits: ArchiveLimits; report: ImportReport };

const tarNames = /\.(?:tar|tgz|tar\.gz)$/i;

/** Whether a file is a tar, packed with gzip or not, or any other gzip file: by its first bytes, or because its name says so. */
export function isArchive(path: string): boolean {
  return tarNames.test(path) || packing(path) !== undefined;
}

/**
 * Unpacks a tar, a tar.gz or a single file packed with gzip (a rotated log) into an existing folder: regular files and folders only, nothing
 * outside that folder, whatever the archive says. Links inside the archive are skipped and counted. Throws IMPORT_ARCHIVE; what was written
 * until then stays for the caller to remove.
 */
export async function unpackArchive(
  path: string,
  into: string,
  report: ImportReport,
  { limits = archiveLimits, signal }: { limits?: ArchiveLimits; signal?: AbortSignal } = {},
): Promise<void> {
  const archive = basename(path);
  const kind = packing(path);
  if (kind === undefined) throw refused(archive, 'neither gzip data nor a tar header', 'a .tar, .tgz or .tar.gz file');
  const unpacking: Unpacking = { archive, into, entries: 0, limits, report };
  if (kind === 'gzip' && holdsOneFile(path)) return unpackFile(path, unpacking, signal);
  const unpack = extract();
  let writing: Promise<void> = Promise.resolve();
  unpack.on('entry', (header, stream, next) => {
    // An entry that breaks before its reading begins: the error reaches the pipeline, which reports it.
    stream.on('error', () => undefined);
    writing = takeEntry(header, stream, unpacking);
    writing.then(() => next(), next);
  });
  const input = createReadStream(path);
  const output = kind === 'gzip' ? input.pipe(failTogether(input, createGunzip())) : input;
  try {
    await pipeline(output, (chunks) => gauged(chunks, () => input.bytesRead, unpacking), unpack, { signal });
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : explained(archive, error);
  } finally {
    input.destroy();
    await writing.catch(() => undefined);
  }
}

async function unpackFile(path: string, unpacking: Unpacking, signal: AbortSignal | undefined): Promise<void> {
  const { archive, into } = unpacking;
  const input = createReadStream(path);
  const file = createWriteStream(join(into, archive.replace(/\.gz$/i, '') || archive), { mode: 0o600 });
  try {
    await pipeline(input.pipe(failTogether(input, createGunzip())), (chunks) => gauged(chunks, () => input.bytesRead, unpacking), file, {
      signal,
    });
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : explained(archive, error);
  } finally {
    input.destroy();
  }
}

/** A gzip whose name promises no tar and whose content does not begin with a tar header. */
function holdsOneFile(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const head = gunzipSync(readSpan(fd, 0, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
    return !tarNames.test(path) && head.toString('latin1', 257, 262) !== 'ustar';
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}

function failTogether<T extends NodeJS.WritableStream & { destroy: (error?: Error) => unknown }>(input: Readable, output: T): T {
  input.on('error', (error) => output.destroy(error));
  return output;
}

function packing(path: string): 'gzip' | 'tar' | undefined {
  const fd = openSync(path, 'r');
  try {
    const head = readSpan(fd, 0, 512);
    if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
    return head.toString('latin1', 257, 262) === 'ustar' ? 'tar' : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Passes the unpacked bytes on while they stay within the limits. */
async function* gauged(chunks: AsyncIterable<Buffer>, read: () => number, { archive, limits }: Unpacking): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limits.bytes) throw refused(archive, `more than ${limits.bytes} bytes unpacked`, `at most ${limits.bytes}`);
    if (bytes > limits.ratioFromBytes && bytes > read() * limits.ratio) {
      throw refused(archive, `data that unpacks to more than ${limits.ratio} times its size`, 'the ratio of logs and objects');
    }
    yield chunk;
  }
}

async function takeEntry(header: Header, stream: AsyncIterable<unknown> & { resume: () => unknown }, unpacking: Unpacking): Promise<void> {
  const { archive, into, limits, report } = unpacking;
  unpacking.entries += 1;
  if (unpacking.entries > limits.entries) throw refused(archive, `more than ${limits.entries} entries`, `at most ${limits.entries}`);
  const parts = safeParts(header.name, unpacking);
  const { type } = header;
  if (type === 'file' || type === 'contiguous-file') {
    if (parts.length === 0) throw refused(archive, 'a file without a name', 'files below the archive');
    const target = join(into, ...parts);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await writeFile(target, stream as AsyncIterable<Buffer>, { mode: 0o600 });
    return;
  }
  if (type === 'symlink' || type === 'link') refuseLeaving(header, parts, archive);
  else if (type === 'character-device' || type === 'block-device' || type === 'fifo') {
    throw refused(archive, `a ${type}: ${header.name}`, 'files and folders');
  }
  if (type === 'directory') await mkdir(join(into, ...parts), { recursive: true, mode: 0o700 });
  else ignore(report, type === 'symlink' || type === 'link' ? 'link in an archive' : 'archive entry that is no file');
  stream.resume();
}

/** The segments of an entry's path, which lead to a place below the archive's folder on every system. */
function safeParts(name: string, { archive, limits }: Unpacking): string[] {
  const expected = 'relative paths below the archive';
  if (/^[/\\]|^[A-Za-z]:/.test(name)) throw refused(archive, `the absolute path ${name}`, expected);
  if (name.split(/[/\\]/).includes('..')) throw refused(archive, `the path ${name}`, expected);
  if (name.includes('\0')) throw refused(archive, 'a path with a NUL byte', expected);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  const tooLong = Buffer.byteLength(name) > limits.pathBytes || parts.some((part) => Buffer.byteLength(part) > limits.nameBytes);
  if (!tooLong) return parts;
  throw refused(archive, `a path of ${Buffer.byteLength(name)} bytes`, `at most ${limits.pathBytes}, and ${limits.nameBytes} per name`);
}

/** A symbolic link starts from its own folder, a hard link from the top of the archive. */
function refuseLeaving({ linkname, name, type }: Header, parts: string[], archive: string): void {
  const target = linkname ?? '';
  const from = type === 'symlink' ? parts.slice(0, -1) : [];
  const lands = posix.normalize([...from, target.replaceAll('\\', '/')].join('/'));
  if (!/^[/\\]|^[A-Za-z]:/.test(target) && lands !== '..' && !lands.startsWith('../')) return;
  throw refused(archive, `${name}, a link to ${target}`, 'links that stay below the archive');
}

function explained(archive: string, error: unknown): Error {
  if (error instanceof LabelerError) return error;
  const code = systemCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC') return refused(archive, 'no room for its files in the temporary folder', 'more room, or TMPDIR elsewhere', error);
  const torn = code === 'Z_BUF_ERROR' || message === 'Unexpected end of data';
  return refused(
    archive,
    torn ? 'the end of the data inside an entry' : message,
    torn ? 'a complete archive' : 'a sound tar archive',
    error,
  );
}

function refused(archive: string, found: string, expected: string, cause?: unknown): LabelerError {
  return captureError('IMPORT_ARCHIVE', `cannot unpack ${archive}: found ${found}, expected ${expected}`, {
    cause,
    suggestions: ['if you trust the archive, unpack it yourself and import the folder'],
  });
}
