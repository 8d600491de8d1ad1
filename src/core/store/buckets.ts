import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeError, systemCode } from '../errors.ts';

/** A row on its way to being ordered by id, then `part`. */
export type PartRow = { id: string; part: number; texts: string[] };

const chunkBytes = 128 * 1024;

/**
 * The rows ordered by id and part. `bounds` are ids in order, each the last one of a share of the rows that fits into memory: rows are spread
 * over these shares in a temporary file, then each share is sorted. With one share there is no file. DuckDB would hold wide rows in memory
 * while it sorts them, and fail. Throws STORE_FULL if there is no room for the file.
 */
export async function* orderedRows(rows: AsyncIterable<PartRow>, bounds: readonly string[]): AsyncGenerator<PartRow> {
  if (bounds.length <= 1) {
    const all: PartRow[] = [];
    for await (const row of rows) all.push(row);
    yield* all.sort(byIdAndPart);
    return;
  }
  const dir = await mkdtemp(join(tmpdir(), 'k8s-labeler-'));
  const fd = openSync(join(dir, 'rows'), 'w+');
  try {
    const buckets = bounds.map(() => newBucket());
    let written = 0;
    for await (const row of rows) written += put(fd, buckets[shareOf(row.id, bounds)] as Bucket, row, written);
    let whole = Buffer.alloc(0);
    for (const bucket of buckets) {
      whole = wholeOf(fd, bucket, whole);
      yield* sortedRows(whole, bucket.bytes);
    }
  } catch (error) {
    throw full(error, dir);
  } finally {
    closeSync(fd);
    await rm(dir, { recursive: true, force: true });
  }
}

/** What a share has in the file, and what waits to go there: `used` bytes of a buffer. `bytes` counts both. */
type Bucket = { chunks: Chunk[]; buffer: Buffer; used: number; bytes: number };
type Chunk = { offset: number; bytes: number };

function newBucket(): Bucket {
  return { chunks: [], buffer: Buffer.alloc(0), used: 0, bytes: 0 };
}

/** The first share whose bound is not before the id. */
function shareOf(id: string, bounds: readonly string[]): number {
  let [low, high] = [0, bounds.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (id <= (bounds[middle] as string)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const idBytes = 36;
const frameHead = 8 + idBytes;

/** Puts a row as one frame: its length, the part, the id, then each text after its length. Returns how many bytes went to the file. */
function put(fd: number, bucket: Bucket, { id, part, texts }: PartRow, offset: number): number {
  const length = texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), frameHead);
  let flushed = 0;
  if (bucket.used + length > bucket.buffer.length) {
    flushed = flush(fd, bucket, offset);
    if (bucket.buffer.length < length) bucket.buffer = Buffer.allocUnsafe(Math.max(chunkBytes, length));
  }
  const { buffer } = bucket;
  let at = bucket.used;
  buffer.writeUInt32LE(length, at);
  buffer.writeUInt32LE(part, at + 4);
  buffer.write(id, at + 8, 'latin1');
  at += frameHead;
  for (const text of texts) {
    const bytes = buffer.write(text, at + 4);
    buffer.writeUInt32LE(bytes, at);
    at += 4 + bytes;
  }
  bucket.used = at;
  bucket.bytes += length;
  return flushed;
}

function flush(fd: number, bucket: Bucket, offset: number): number {
  const { buffer, used } = bucket;
  if (used === 0) return 0;
  for (let done = 0; done < used; ) done += writeSync(fd, buffer, done, used - done, offset + done);
  bucket.chunks.push({ offset, bytes: used });
  bucket.used = 0;
  return used;
}

function full(error: unknown, dir: string): unknown {
  if (!['ENOSPC', 'EFBIG', 'EDQUOT'].includes(systemCode(error))) return error;
  return storeError('STORE_FULL', `no room for a temporary file in ${dir}`, {
    suggestions: ['free disk space, or name another directory with TMPDIR'],
    cause: error,
  });
}

/** All frames of a share, in `room` if it is large enough. */
function wholeOf(fd: number, { chunks, buffer, used, bytes }: Bucket, room: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const whole = room.length >= bytes ? room : Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const chunk of chunks) {
    for (let done = 0; done < chunk.bytes; ) done += readSync(fd, whole, at + done, chunk.bytes - done, chunk.offset + done);
    at += chunk.bytes;
  }
  buffer.copy(whole, at, 0, used);
  return whole;
}

function* sortedRows(bytes: Buffer, end: number): Generator<PartRow> {
  const frames: { id: string; part: number; at: number }[] = [];
  for (let at = 0; at < end; at += bytes.readUInt32LE(at)) {
    frames.push({ id: bytes.toString('latin1', at + 8, at + frameHead), part: bytes.readUInt32LE(at + 4), at });
  }
  for (const { id, part, at } of frames.sort(byIdAndPart)) yield { id, part, texts: textsOf(bytes, at) };
}

function textsOf(bytes: Buffer, start: number): string[] {
  const texts: string[] = [];
  const end = start + bytes.readUInt32LE(start);
  for (let at = start + frameHead; at < end; ) {
    const length = bytes.readUInt32LE(at);
    texts.push(bytes.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return texts;
}

function byIdAndPart(a: { id: string; part: number }, b: { id: string; part: number }): number {
  return a.id === b.id ? a.part - b.part : a.id < b.id ? -1 : 1;
}
