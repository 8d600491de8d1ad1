import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exitCodes, LabelerError, systemCode, usageError } from '../errors.ts';
import type { Exporter } from './exporters.ts';

/** Where the bytes go: a file that appears whole or not at all, or an open stream such as standard output. */
export type Target = { path: string } | { stream: NodeJS.WritableStream };

const batchCharacters = 256 * 1024;

/**
 * Writes labels in a format and returns the sha256 of the bytes (hex). Throws EXPORT_WRITE_FAILED (exit code 5) and leaves nothing behind.
 * A DuckDB database is never replaced, be it the store that is read or another one: OUT_IS_STORE (exit code 2).
 */
export function writeTarget<T>(exporter: Exporter<T>, labels: AsyncIterable<T>, target: Target): Promise<string> {
  return 'path' in target ? writeFile(exporter, labels, target.path) : writeStream(exporter, labels, target.stream);
}

async function writeFile<T>(exporter: Exporter<T>, labels: AsyncIterable<T>, named: string): Promise<string> {
  const found = await stat(named).catch(() => undefined);
  // A device or a pipe is written to, never replaced.
  if (found !== undefined && !found.isFile() && !found.isDirectory()) {
    const device = createWriteStream(named);
    return writeStream(exporter, labels, device, named).finally(() => device.end());
  }
  const path = found === undefined ? named : await realpath(named);
  if (found?.isFile() && (await isDatabase(path))) {
    throw usageError('OUT_IS_STORE', `${named} is a DuckDB database, such as a label store, and is not replaced by what is written`, {
      suggestions: ['name another file to write'],
    });
  }
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const sha256 =
      exporter.kind === 'text' ? await writeText(exporter.text(labels), partial) : await writeBinary(exporter, labels, partial);
    await rename(partial, path);
    return sha256;
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw writeFault(error, path);
  }
}

/** Whether a file begins as DuckDB's do; one that cannot be read is none that can be told. */
async function isDatabase(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined);
  try {
    const { buffer } = (await file?.read(Buffer.alloc(12), 0, 12, 0)) ?? { buffer: Buffer.alloc(0) };
    return buffer.toString('latin1', 8, 12) === 'DUCK';
  } finally {
    await file?.close();
  }
}

async function writeText(pieces: AsyncIterable<string>, partial: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(partial, 'w');
  try {
    for await (const batch of batches(pieces)) {
      hash.update(batch);
      await file.appendFile(batch);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function writeBinary<T>(exporter: Exporter<T> & { kind: 'file' }, labels: AsyncIterable<T>, partial: string): Promise<string> {
  await exporter.write(labels, partial);
  const hash = createHash('sha256');
  for await (const piece of createReadStream(partial)) hash.update(piece);
  return hash.digest('hex');
}

async function writeStream<T>(
  exporter: Exporter<T>,
  labels: AsyncIterable<T>,
  stream: NodeJS.WritableStream,
  name = 'standard output',
): Promise<string> {
  const hash = createHash('sha256');
  const scratch = exporter.kind === 'file' ? await mkdtemp(join(tmpdir(), 'k8s-labeler-')) : undefined;
  try {
    const bytes = exporter.kind === 'text' ? batches(exporter.text(labels)) : fileBytes(exporter, labels, join(scratch ?? '', 'dataset'));
    await pipeline(Readable.from(hashed(bytes, hash)), stream, { end: false });
    await flushed(stream);
  } catch (error) {
    // A reader that has seen enough (`| head`) closes the pipe: that is no failure.
    if (systemCode(error) !== 'EPIPE') throw writeFault(error, name);
  } finally {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  }
  return hash.digest('hex');
}

/** Resolves when everything written so far is out. */
function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write('', (error) => (error ? reject(error) : resolve()));
  });
}

async function* fileBytes<T>(exporter: Exporter<T> & { kind: 'file' }, labels: AsyncIterable<T>, path: string): AsyncGenerator<Buffer> {
  await exporter.write(labels, path);
  yield* createReadStream(path);
}

async function* hashed(pieces: AsyncIterable<Buffer>, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

async function* batches(pieces: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let batch = '';
  for await (const piece of pieces) {
    batch += piece;
    if (batch.length < batchCharacters) continue;
    yield Buffer.from(batch);
    batch = '';
  }
  if (batch !== '') yield Buffer.from(batch);
}

function writeFault(error: unknown, where: string): unknown {
  if (error instanceof LabelerError || !(error instanceof Error)) return error;
  // Parquet is written by DuckDB, whose errors carry no system code.
  if (systemCode(error) === '' && !/^(?:IO|Permission|Out of Memory|FATAL|INTERNAL) Error/i.test(error.message)) return error;
  return new LabelerError('EXPORT_WRITE_FAILED', `cannot write the dataset to ${where}: ${error.message.split('\n', 1)[0]}`, {
    exitCode: exitCodes.store,
    suggestions: ['nothing was left behind; free disk space or name another place with --out'],
    cause: error,
  });
}
