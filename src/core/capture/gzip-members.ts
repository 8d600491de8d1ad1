import { constants, crc32, inflateRawSync, type Zlib, type ZlibOptions } from 'node:zlib';

/** No member may unpack to more: a hostile file must not fill the memory. */
export const maxMemberBytes = 500 * 1024 * 1024;

/**
 * A piece of a segment file. `member`: a whole, checked gzip member. `torn`: the file ends inside it; `raw` is what could be unpacked.
 * `damaged`: its bytes are not what was written; `end` is where the next piece begins, `why` says what is wrong.
 */
export type Piece =
  | { type: 'member'; offset: number; end: number; raw: Buffer }
  | { type: 'torn'; offset: number; end: number; raw: Buffer }
  | { type: 'damaged'; offset: number; end: number; why: string };

/** Walks the gzip members of a segment file that was read whole, checking CRC-32 and length of each; never throws. */
export function* walkMembers(file: Buffer): Generator<Piece> {
  for (let offset = 0; offset < file.length; ) {
    const piece = pieceAt(file, offset);
    yield piece;
    offset = piece.end;
  }
}

/** The size that a gzip member claims to unpack to (ISIZE, RFC 1952), as a buffer size for zlib. */
export function unpackedSize(member: Buffer): number {
  const claimed = member.length < 18 ? 0 : member.readUInt32LE(member.length - 4);
  return Math.min(Math.max(claimed + 1, 1024), 64 * 1024 * 1024);
}

/** Undamaged bytes at the end of which a crash of the machine may have left zeros. */
export function withoutTrailingZeros(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

function pieceAt(file: Buffer, offset: number): Piece {
  const header = headerLength(file, offset);
  if (header === 'torn') return { type: 'torn', offset, end: file.length, raw: Buffer.alloc(0) };
  if (header === 'damaged') return tornOrDamaged(file, offset, offset, 'no gzip header');
  const body = file.subarray(offset + header);
  try {
    const { buffer: raw, engine } = inflate(body, {});
    const trailer = offset + header + engine.bytesWritten;
    if (trailer + 8 > file.length) return { type: 'torn', offset, end: file.length, raw };
    const end = trailer + 8;
    const sound = file.readUInt32LE(trailer) === crc32(raw) && file.readUInt32LE(trailer + 4) === raw.length % 2 ** 32;
    return sound ? { type: 'member', offset, end, raw } : { type: 'damaged', offset, end, why: 'wrong CRC-32 or length' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'Z_BUF_ERROR') return { type: 'torn', offset, end: file.length, raw: inflateTorn(body) };
    if (code === 'ERR_BUFFER_TOO_LARGE') return { type: 'damaged', offset, end: file.length, why: 'a member of more than 500 MiB' };
    return tornOrDamaged(file, offset, offset + header, error instanceof Error ? error.message : 'unreadable');
  }
}

/** After a power loss a file may end in zeros: what precedes them is a torn tail, not damage. */
function tornOrDamaged(file: Buffer, offset: number, bodyStart: number, why: string): Piece {
  const end = nextMember(file, offset + 1);
  const body = file.subarray(bodyStart);
  const kept = withoutTrailingZeros(body);
  if (end === file.length && kept.length < body.length) {
    if (bodyStart === offset && kept.length === 0) return { type: 'torn', offset, end, raw: Buffer.alloc(0) };
    try {
      return { type: 'torn', offset, end, raw: inflateTorn(kept) };
    } catch {
      return { type: 'damaged', offset, end, why };
    }
  }
  return { type: 'damaged', offset, end, why };
}

/** Start of the next sound gzip member after damage, or the end of the file. */
function nextMember(file: Buffer, from: number): number {
  const magic = Buffer.from([0x1f, 0x8b, 0x08]);
  for (let at = file.indexOf(magic, from); at !== -1; at = file.indexOf(magic, at + 1)) {
    const header = headerLength(file, at);
    if (typeof header === 'string') continue;
    try {
      inflate(file.subarray(at + header), { finishFlush: constants.Z_SYNC_FLUSH });
      return at;
    } catch {
      // Three bytes of compressed data that only look like a header.
    }
  }
  return file.length;
}

function inflateTorn(body: Buffer): Buffer {
  return inflate(body, { finishFlush: constants.Z_SYNC_FLUSH }).buffer;
}

function inflate(body: Buffer, options: ZlibOptions): { buffer: Buffer; engine: Zlib } {
  const result: unknown = inflateRawSync(body, { chunkSize: 512 * 1024, maxOutputLength: maxMemberBytes, info: true, ...options });
  return result as { buffer: Buffer; engine: Zlib };
}

/** Length of the gzip header at `offset` (RFC 1952 §2.3). */
function headerLength(file: Buffer, offset: number): number | 'torn' | 'damaged' {
  const magic = [0x1f, 0x8b, 0x08];
  for (const [index, byte] of magic.entries()) {
    if (offset + index < file.length && file[offset + index] !== byte) return 'damaged';
  }
  if (offset + 10 > file.length) return 'torn';
  const flags = file[offset + 3] ?? 0;
  let end = offset + 10;
  if (flags & 0x04) end += 2 + (end + 2 <= file.length ? file.readUInt16LE(end) : file.length);
  for (const flag of [0x08, 0x10]) {
    if ((flags & flag) === 0) continue;
    const zero = file.indexOf(0, end);
    end = zero === -1 ? file.length + 1 : zero + 1;
  }
  if (flags & 0x02) end += 2;
  return end > file.length ? 'torn' : end - offset;
}
