import { closeSync, openSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { readSpan } from './scan.ts';

/** How a file is packed: `tar`, `tar.gz`, `gz` (a single file), or in a way that is not read here, by its usual name. */
export type Packing = { kind: 'tar' | 'tar.gz' | 'gz' } | { kind: 'foreign'; name: string };

const headBytes = 512;
const peekedBytes = 64 * 1024;

/** First bytes in hexadecimal. */
const foreign: [name: string, signatures: string[]][] = [
  ['zip', ['504b0304', '504b0506']],
  ['bzip2', ['425a6839314159265359']],
  ['xz', ['fd377a585a00']],
  ['zstd', ['28b52ffd']],
  ['7z', ['377abcaf271c']],
  ['lz4', ['04224d18']],
];

/** By the first bytes, then by the name for a tar so old that it has no mark; undefined for what is not packed. */
export function packingOf(path: string): Packing | undefined {
  const fd = openSync(path, 'r');
  try {
    const head = readSpan(fd, 0, headBytes);
    if (head[0] === 0x1f && head[1] === 0x8b)
      return { kind: namesTar(path) || isTar(firstBytes(readSpan(fd, 0, peekedBytes))) ? 'tar.gz' : 'gz' };
    if (isTar(head)) return { kind: 'tar' };
    const hex = head.toString('hex', 0, 16);
    const name = foreign.find(([, signatures]) => signatures.some((signature) => hex.startsWith(signature)))?.[0];
    return name === undefined ? undefined : { kind: 'foreign', name };
  } finally {
    closeSync(fd);
  }
}

/** Whether the name says tar. */
export function namesTar(path: string): boolean {
  return /\.(?:tar|tgz|tar\.gz)$/i.test(path);
}

function isTar(bytes: Buffer): boolean {
  return bytes.toString('latin1', 257, 262) === 'ustar';
}

/** What the beginning of gzip data unpacks to; nothing if it is damaged. */
function firstBytes(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}
