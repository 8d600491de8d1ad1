import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { captureError, LabelerError, systemCode } from '../errors.ts';
import { portableName } from '../model/path.ts';
import { type ImportReport, ignore } from './importer.ts';
import { packingOf } from './packing.ts';

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

const unpackIt = 'if you trust the archive, unpack it yourself and import the folder';

type Unpacking = {
  archive: string;
  into: string;
  entries: number;
  bytes: number;
  limits: ArchiveLimits;
  report: ImportReport;
  signal: AbortSignal | undefined;
};

/**
 * Unpacks a tar, tar.gz or a single file packed with gzip into an existing folder: regular files and folders only, nothing outside that
 * folder, whatever the archive says. Files in it that are packed with gzip (rotated logs) are unpacked too. Links inside the archive are
 * skipped and counted. Throws IMPORT_ARCHIVE; what was written until then stays for the caller to remove.
 */
export async function unpackArchive(
  path: string,
  into: string,
  report: ImportReport,
  { limits = archiveLimits, signal }: { limits?: ArchiveLimits; signal?: AbortSignal } = {},
): Promise<void> {
  const archive = basename(path);
  const packing = packingOf(path);
  if (packing === undefined) throw refused(archive, 'neither gzip data nor a tar header', 'a .tar, .tgz or .tar.gz file');
  if (packing.kind === 'foreign')
    throw refused(archive, `data packed with ${packing.name}`, 'tar, tar.gz, a file packed with gzip, or a folder');
  const unpacking: Unpacking = { archive, into, entries: 0, bytes: 0, limits, report, signal };
  try {
    if (packing.kind === 'gz') await inflate(path, join(into, portableName(withoutGz(archive))), unpacking);
    else await unpackTar(path, packing.kind === 'tar.gz', unpacking);
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : explained(archive, error);
  }
}

async function unpackTar(path: string, zipped: boolean, unpacking: Unpacking): Promise<void> {
  const unpack = extract();
  let writing: Promise<void> = Promise.resolve();
  unpack.on('entry', (header, stream, next) => {
    // An entry that breaks before its reading begins: the error reaches the pipeline, which reports it.
    stream.on('error', () => undefined);
    writing = takeEntry(header, stream, unpacking);
    writing.then(() => next(), next);
  });
  const input = createReadStream(path);
  const output = zipped ? input.pipe(failTogether(input, createGunzip())) : input;
  try {
    await pipeline(output, (chunks) => gauged(chunks, () => input.bytesRead, unpacking), unpack, { signal: unpacking.signal });
  } finally {
    input.destroy();
    await writing.catch(() => undefined);
  }
}

/** Unpacks one file that is packed with gzip, within the same limits. */
async function inflate(path: string, target: string, unpacking: Unpacking): Promise<void> {
  const input = createReadStream(path);
  const output = createWriteStream(target, { flags: 'wx', mode: 0o600 });
  const gauge = (chunks: AsyncIterable<Buffer>) => gauged(chunks, () => input.bytesRead, unpacking);
  await pipeline(input, createGunzip(), gauge, output, { signal: unpacking.signal });
}

function withoutGz(name: string): string {
  return name.replace(/\.gz$/i, '') || 'file';
}

function failTogether<T extends NodeJS.WritableStream & { destroy: (error?: Error) => unknown }>(input: Readable, output: T): T {
  input.on('error', (error) => output.destroy(error));
  return output;
}

/** Passes the unpacked bytes on while they stay within the limits. */
async function* gauged(chunks: AsyncIterable<Buffer>, read: () => number, unpacking: Unpacking): AsyncGenerator<Buffer> {
  const { archive, limits } = unpacking;
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    unpacking.bytes += chunk.length;
    if (unpacking.bytes > limits.bytes) throw refused(archive, `more than ${limits.bytes} bytes unpacked`, `at most ${limits.bytes}`);
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
    if (/[^/]\.gz$/i.test(header.name)) await inflateEntry(target, header.name, unpacking);
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

/** A rotated log in a bundle: unpacked beside itself. What is damaged, or has a name that is taken, is told and left out. */
async function inflateEntry(path: string, name: string, unpacking: Unpacking): Promise<void> {
  const packing = packingOf(path);
  if (packing?.kind !== 'gz') return ignore(unpacking.report, 'archive in an archive');
  try {
    await inflate(path, withoutGz(path), unpacking);
    await rm(path);
  } catch (error) {
    if (error instanceof LabelerError || unpacking.signal?.aborted === true || systemCode(error) === 'ENOSPC') throw error;
    if (systemCode(error) === 'EEXIST') return ignore(unpacking.report, 'packed copy of a file in an archive');
    await rm(withoutGz(path), { force: true });
    unpacking.report.skipped.push({ file: name, found: 'damaged or incomplete gzip data', expected: 'a file packed with gzip' });
  }
}

/** The segments of an entry's path, which lead to a place below the archive's folder on every system. */
function safeParts(name: string, { archive, limits }: Unpacking): string[] {
  const expected = 'relative paths below the archive';
  if (/^[/\\]|^[A-Za-z]:/.test(name)) throw refused(archive, `the absolute path ${name}`, expected);
  if (name.split(/[/\\]/).includes('..')) throw refused(archive, `the path ${name}`, expected);
  if (name.includes('\0')) throw refused(archive, 'a path with a NUL byte', expected);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  const tooLong = Buffer.byteLength(name) > limits.pathBytes || parts.some((part) => Buffer.byteLength(part) > limits.nameBytes);
  if (!tooLong) return parts.map(portableName);
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
  if (code === 'EISDIR' || code === 'EEXIST' || code === 'ENOTDIR')
    return refused(archive, 'one name for a file and a folder', 'one entry per name', error);
  const again = 'fetch or pack it again: it is damaged, or was not copied to its end';
  const torn = code === 'Z_BUF_ERROR' || message === 'Unexpected end of data';
  if (torn) return refused(archive, 'the end of the data inside an entry', 'a complete archive', error, again);
  return refused(archive, message, 'a sound tar or gzip file', error, again);
}

function refused(archive: string, found: string, expected: string, cause?: unknown, advice = unpackIt): LabelerError {
  return captureError('IMPORT_ARCHIVE', `cannot unpack ${archive}: found ${found}, expected ${expected}`, {
    cause,
    suggestions: [advice],
  });
}
