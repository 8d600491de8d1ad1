import { createReadStream } from 'node:fs';
import { problem } from './finding.ts';
import { readValue } from './json-bytes.ts';
import type { Read } from './rows.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const mark = Buffer.from([0xef, 0xbb, 0xbf]);

/** JSON Lines from a file, one line in memory at a time, whatever its length. */
export async function* readJsonl(path: string): AsyncGenerator<Read> {
  let line = 0;
  let returns = 0;
  for await (const raw of lines(path)) {
    line += 1;
    let bytes = raw;
    if (line === 1 && bytes.subarray(0, 3).equals(mark)) {
      yield { kind: 'problem', line, problem: problem('BOM', '', 'the file starts with a byte order mark, expected {') };
      bytes = bytes.subarray(3);
    }
    if (bytes.at(-1) === carriageReturn) {
      returns += 1;
      if (returns === 1) yield { kind: 'problem', line, problem: problem('CRLF', '', 'the line ends in CR LF, expected LF') };
      bytes = bytes.subarray(0, -1);
    }
    if (isBlank(bytes)) {
      yield { kind: 'problem', line, problem: problem('BLANK_LINE', '', 'the line is empty, expected a JSON object') };
    } else yield* readValue(bytes, line);
  }
}

/** The lines of a file as bytes, without LF. A last line that is empty is none. */
async function* lines(path: string): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      const piece = chunk.subarray(from, end);
      yield waiting.length === 0 ? piece : Buffer.concat([...waiting, piece]);
      waiting = [];
      from = end + 1;
    }
    if (from < chunk.length) waiting.push(chunk.subarray(from));
  }
  if (waiting.length > 0) yield Buffer.concat(waiting);
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === carriageReturn);
}
