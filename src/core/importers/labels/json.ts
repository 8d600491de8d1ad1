import { isUtf8 } from 'node:buffer';
import { closeSync, openSync } from 'node:fs';
import { parseDocument } from '../json.ts';
import { documentSpans, readLines, readSpan, type Span } from '../scan.ts';
import { type LabelRow, maxRowBytes, notUtf8, tooLong } from './reader.ts';

const byteOrderMark = Buffer.from('\ufeff');

/** JSON Lines: one label per line, so that a broken line costs only itself. */
export async function* readJsonl(path: string, name: string): AsyncGenerator<LabelRow> {
  for (const { bytes, line } of readLines(path, startOf(path), undefined, undefined, maxRowBytes + 1)) {
    if (bytes.every(isBlank)) continue;
    yield documentRow(bytes, name, line);
  }
}

/** One array of labels, or labels that follow each other, printed over any number of lines. */
export async function* readJson(path: string, name: string): AsyncGenerator<LabelRow> {
  const fd = openSync(path, 'r');
  try {
    const start = startOf(path);
    const array = await opensArray(fd, start);
    let closed = false;
    let line = 1;
    for (const span of documentSpans(path, array ?? start)) {
      line = span.line;
      if (span.end - span.start > maxRowBytes) {
        yield tooLong(name, line);
        continue;
      }
      const { bytes, line: first } = withoutCommas(readSpan(fd, span.start, span.end), span);
      if (bytes.length === 0) continue;
      if (array !== undefined && !closed && bytes.toString('latin1').trim() === ']') closed = true;
      else yield documentRow(bytes, name, first);
    }
    if (array !== undefined && !closed) {
      yield { problem: { file: name, line, found: 'the end of the file', expected: '] after the last label: the file is truncated' } };
    }
  } finally {
    closeSync(fd);
  }
}

function documentRow(bytes: Buffer, name: string, line: number): LabelRow {
  if (bytes.length > maxRowBytes) return tooLong(name, line);
  if (!isUtf8(bytes)) return notUtf8(name, line);
  const parsed = parseDocument(bytes, name, line);
  return 'problem' in parsed ? parsed : { line, value: parsed.value };
}

/** Where the text begins: after a byte order mark, if there is one. */
function startOf(path: string): number {
  const fd = openSync(path, 'r');
  try {
    return readSpan(fd, 0, byteOrderMark.length).equals(byteOrderMark) ? byteOrderMark.length : 0;
  } finally {
    closeSync(fd);
  }
}

/** The offset after the `[` that a file begins with; undefined if it begins with anything else. */
async function opensArray(fd: number, start: number): Promise<number | undefined> {
  const head = readSpan(fd, start, start + 65_536);
  const at = head.findIndex((byte) => !isBlank(byte));
  return head[at] === 0x5b ? start + at + 1 : undefined;
}

/** Between two elements of an array stands a comma, which the scan takes for the beginning of the next. */
function withoutCommas(bytes: Buffer, { line }: Span): { bytes: Buffer; line: number } {
  const at = bytes.findIndex((byte) => byte !== 0x2c && !isBlank(byte));
  const skipped = at === -1 ? bytes : bytes.subarray(0, at);
  return { bytes: at === -1 ? bytes.subarray(0, 0) : bytes.subarray(at), line: line + skipped.filter((byte) => byte === 0x0a).length };
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
