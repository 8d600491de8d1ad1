import { createReadStream } from 'node:fs';
import { type Problem, problem } from './finding.ts';
import { readValue } from './json-bytes.ts';
import type { Read } from './rows.ts';

const [quote, backslash, lineFeed, comma] = [0x22, 0x5c, 0x0a, 0x2c];
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);
const space = new Set([0x20, 0x09, 0x0a, 0x0d]);
const mark = [0xef, 0xbb, 0xbf];

/** `wants`: what may come next at the top level. `depth` 1 is inside the array. An element is what lies between two commas of depth 1. */
type Scan = {
  wants: 'array' | 'first' | 'element' | 'comma' | 'end';
  depth: number;
  inString: boolean;
  escaped: boolean;
  line: number;
  startLine: number;
};

/**
 * The elements of a JSON array from a file, one in memory at a time, each with the line it starts on. Only brackets, quotes and commas are
 * looked at here: they are single bytes in UTF-8. What stands between elements and does not belong there is a problem, and ends the reading.
 */
export async function* readJsonArray(path: string): AsyncGenerator<Read> {
  const scan: Scan = { wants: 'array', depth: 0, inString: false, escaped: false, line: 1, startLine: 1 };
  let waiting: Buffer[] = [];
  let first = true;
  for await (const bytes of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    let from = 0;
    let at = 0;
    if (first && mark.every((byte, index) => bytes[index] === byte)) {
      yield { kind: 'problem', line: 1, problem: problem('BOM', '', 'the file starts with a byte order mark, expected [') };
      at = 3;
    }
    first = false;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      const wanted = scan.wants;
      const event = step(scan, byte);
      if (event === 'start') {
        from = at;
        waiting = [];
      } else if (event === 'end') {
        yield* readValue(Buffer.concat([...waiting, bytes.subarray(from, at)]), scan.startLine);
        waiting = [];
      } else if (event === 'wrong') {
        yield { kind: 'problem', line: scan.line, problem: misplaced(byte, wanted) };
        return;
      }
      if (byte === lineFeed) scan.line += 1;
    }
    if (scan.depth > 0 && inElement(scan)) waiting.push(bytes.subarray(from));
  }
  if (scan.wants !== 'end') {
    yield { kind: 'problem', line: scan.line, problem: problem('JSON_INVALID', '', 'the file ends inside the array, expected ]') };
  }
}

function inElement({ wants }: Scan): boolean {
  return wants === 'comma';
}

/** Takes one byte; says whether an element starts or ended at it, or whether it may not stand there. */
function step(scan: Scan, byte: number): 'start' | 'end' | 'wrong' | undefined {
  if (scan.inString) {
    if (scan.escaped) scan.escaped = false;
    else if (byte === backslash) scan.escaped = true;
    else if (byte === quote) scan.inString = false;
    return undefined;
  }
  if (scan.wants === 'comma') return insideElement(scan, byte);
  if (space.has(byte)) return undefined;
  if (scan.wants === 'array') {
    if (byte !== 0x5b) return 'wrong';
    scan.wants = 'first';
    scan.depth = 1;
    return undefined;
  }
  if (scan.wants === 'end' || byte === comma) return 'wrong';
  if (closing.has(byte)) {
    if (byte !== 0x5d || scan.wants !== 'first') return 'wrong';
    scan.wants = 'end';
    scan.depth = 0;
    return undefined;
  }
  scan.startLine = scan.line;
  scan.wants = 'comma';
  insideElement(scan, byte);
  return 'start';
}

function insideElement(scan: Scan, byte: number): 'end' | undefined {
  if (byte === quote) scan.inString = true;
  else if (opening.has(byte)) scan.depth += 1;
  else if (byte === comma && scan.depth === 1) {
    scan.wants = 'element';
    return 'end';
  } else if (closing.has(byte)) {
    scan.depth -= 1;
    if (scan.depth > 0) return undefined;
    scan.wants = 'end';
    return 'end';
  }
  return undefined;
}

function misplaced(byte: number, wanted: Scan['wants']): Problem {
  const found = byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `byte 0x${byte.toString(16)}`;
  const expected = { array: '[', first: 'a value or ]', element: 'a value', comma: ', or ]', end: 'the end of the file' }[wanted];
  return problem('JSON_INVALID', '', `found ${found}, expected ${expected}`);
}
