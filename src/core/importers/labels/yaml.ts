import { isUtf8 } from 'node:buffer';
import { readLines } from '../scan.ts';
import { parseYaml } from '../yaml.ts';
import { type LabelRow, maxRowBytes, notUtf8, tooLong } from './reader.ts';

type Document = { line: number; lines: Buffer[]; bytes: number };

/** One label per document, or lists of labels. A broken document costs only itself; one document is in memory at a time. */
export async function* readYaml(path: string, name: string): AsyncGenerator<LabelRow> {
  let open: Document = { line: 1, lines: [], bytes: 0 };
  for (const { bytes, line } of readLines(path, 0, undefined, undefined, maxRowBytes + 1)) {
    const start = documentStart(bytes);
    if (start === undefined) {
      open.bytes += bytes.length;
      if (open.bytes <= maxRowBytes) open.lines.push(bytes);
      continue;
    }
    yield* documentRows(open, name);
    open = { line, lines: [bytes.subarray(start)], bytes: bytes.length };
  }
  yield* documentRows(open, name);
}

/** Where the content of a document begins in the line that separates it from the former one; undefined in any other line. */
function documentStart(line: Buffer): number | undefined {
  const mark = line.toString('latin1', 0, 4);
  return /^(?:---|\.\.\.)(?:\s|$)/.test(mark) ? 3 : undefined;
}

function* documentRows({ line, lines, bytes }: Document, name: string): Generator<LabelRow> {
  if (bytes > maxRowBytes) return yield tooLong(name, line);
  const text = Buffer.concat(lines.flatMap((piece) => [piece, newline]));
  if (!isUtf8(text)) return yield notUtf8(name, line);
  const read = parseYaml(text.toString('utf8'), name);
  if ('problem' in read) return yield { problem: { ...read.problem, line: line - 1 + (read.problem.line ?? 1) } };
  for (const value of read.values.flatMap((item) => (Array.isArray(item) ? item : [item]))) yield { line, value };
}

const newline = Buffer.from('\n');
