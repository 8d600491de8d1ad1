import { createWriteStream, fstatSync } from 'node:fs';

/**
 * Standard output for bytes that are written for other programs. A file or device behind it is written by its descriptor: oclif ends the
 * process on an error of process.stdout.
 */
export function standardOutput(): NodeJS.WritableStream {
  const { fd, isTTY } = process.stdout;
  const out = fstatSync(fd);
  return out.isFile() || (out.isCharacterDevice() && !isTTY) ? createWriteStream('', { fd, autoClose: false }) : process.stdout;
}
