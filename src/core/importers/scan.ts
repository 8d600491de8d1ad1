import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A piece of a file: byte offsets, and the number of its first line (from 1). */
export type Span = { start: number; end: number; line: number };
export type Line = Span & { bytes: Buffer };

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;

/** Reads one piece of an open file. */
export function readSpan(fd: number, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafe(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const read = readSync(fd, bytes, filled, bytes.length - filled, start + filled);
    if (read === 0) return bytes.subarray(0, filled);
    filled += read;
  }
  return bytes;
}

/**
 * The lines of a file between two offsets, split at 0x0A only (a lone `\r` belongs to its line) and without it.
 * The file is open only while a chunk is read, so that thousands of logs can be merged. Of a line longer than `maxBytes` at least so much
 * is kept, and the rest dropped chunk by chunk.
 */
export function* readLines(
  path: string,
  start = 0,
  end = Number.POSITIVE_INFINITY,
  chunkBytes = 65_536,
  maxBytes = Number.POSITIVE_INFINITY,
): Generator<Line> {
  let pieces: Buffer[] = [];
  let line = 1;
  let begin = start;
  let offset = start;
  while (offset < end) {
    const chunk = readChunk(path, offset, Math.min(chunkBytes, end - offset));
    if (chunk.length === 0) break;
    let from = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      pieces.push(chunk.subarray(from, at));
      yield { bytes: pieces.length === 1 ? chunk.subarray(from, at) : Buffer.concat(pieces), start: begin, end: offset + at, line };
      pieces = [];
      from = at + 1;
      begin = offset + from;
      line += 1;
    }
    if (from < chunk.length && offset + from - begin < maxBytes) pieces.push(chunk.subarray(from));
    offset += chunk.length;
  }
  if (pieces.length > 0) yield { bytes: Buffer.concat(pieces), start: begin, end: offset, line };
}

/**
 * The JSON documents that follow each other in a file, as spans: one per line, or printed over many lines.
 * Text between documents is a document of its own (and will not parse); an unfinished last one is yielded as it is.
 */
export function* documentSpans(path: string, start = 0, end = Number.POSITIVE_INFINITY): Generator<Span> {
  const scan = { depth: 0, inString: false, escaped: false };
  let line = 1;
  let begin: Span | undefined;
  let offset = start;
  while (offset < end) {
    const chunk = readChunk(path, offset, Math.min(1_048_576, end - offset));
    if (chunk.length === 0) break;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] as number;
      if (byte === newline) line += 1;
      if (begin === undefined) {
        if (byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09) continue;
        begin = { start: offset + index, end: 0, line };
      } else if (scan.depth === 0 && byte === newline) {
        yield { ...begin, end: offset + index };
        begin = undefined;
        continue;
      }
      if (closes(scan, byte)) {
        yield { ...begin, end: offset + index + 1 };
        begin = undefined;
      }
    }
    offset += chunk.length;
  }
  if (begin !== undefined) yield { ...begin, end: offset };
}

/** Feeds one byte to the bracket counter; true when it closes a document. */
function closes(scan: { depth: number; inString: boolean; escaped: boolean }, byte: number): boolean {
  if (scan.inString) {
    if (scan.escaped) scan.escaped = false;
    else if (byte === backslash) scan.escaped = true;
    else if (byte === quote) scan.inString = false;
    return false;
  }
  if (byte === quote) scan.inString = scan.depth > 0;
  else if (byte === 0x7b || byte === 0x5b) scan.depth += 1;
  else if ((byte === 0x7d || byte === 0x5d) && scan.depth > 0) {
    scan.depth -= 1;
    return scan.depth === 0;
  }
  return false;
}

function readChunk(path: string, offset: number, bytes: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const size = Math.max(0, Math.min(bytes, fstatSync(fd).size - offset));
    return readSpan(fd, offset, offset + size);
  } finally {
    closeSync(fd);
  }
}
