/** A line without its line feed, or what is known of one that was too long to keep: its size and its first bytes. */
export type Line = { bytes: Buffer } | { oversizeBytes: number; head: Buffer };

const headBytes = 4096;
const lineFeed = 0x0a;

/**
 * Splits a body at the byte 0x0A and nothing else (logs hold lone `\r` and U+2028), one array per chunk. A line of more than `maxBytes` is
 * skipped without being held. A last piece without a line feed is torn: it is never yielded, its size in bytes is the return value.
 */
export async function* readLines(body: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line[], number> {
  const rest = newRest();
  for await (const chunk of body) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      const piece = chunk.subarray(start, end);
      lines.push(rest.bytes === 0 && piece.length <= maxBytes ? { bytes: piece } : finish(rest, piece, maxBytes));
      start = end + 1;
    }
    if (start < chunk.length) hold(rest, chunk.subarray(start), maxBytes);
    if (lines.length > 0) yield lines;
  }
  return rest.bytes;
}

/** The beginning of a line that is not complete; of one that is too long already only the head is held. */
type Rest = { pieces: Buffer[]; bytes: number };

function newRest(): Rest {
  return { pieces: [], bytes: 0 };
}

function hold(rest: Rest, piece: Buffer, maxBytes: number): void {
  rest.bytes += piece.length;
  rest.pieces.push(piece);
  if (rest.bytes > maxBytes) rest.pieces = [headOf(rest.pieces)];
}

function finish(rest: Rest, piece: Buffer, maxBytes: number): Line {
  hold(rest, piece, maxBytes);
  const { pieces, bytes } = rest;
  Object.assign(rest, newRest());
  return bytes > maxBytes ? { oversizeBytes: bytes, head: headOf(pieces) } : { bytes: Buffer.concat(pieces, bytes) };
}

function headOf(pieces: Buffer[]): Buffer {
  const kept: Buffer[] = [];
  let size = 0;
  for (const piece of pieces) {
    kept.push(piece.subarray(0, headBytes - size));
    size += piece.length;
    if (size >= headBytes) break;
  }
  return Buffer.concat(kept);
}
