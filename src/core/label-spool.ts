import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseJson, stringifyJson } from './model/json.ts';
import type { Label } from './model/label.ts';

/** Where a label was read. */
export type Place = { file: string; line: number };

/** Labels in a temporary file, to be read capture by capture. Memory holds where each lies (some 40 bytes), not the labels. */
export type LabelSpool = {
  add(label: Label, place: Place): void;
  /** Ids of the captures in order. Ends the adding. */
  captures(): string[];
  /** The labels of a capture, as they were added. A second one with an id is told to `twice` instead: whether it is equal, and where it is. */
  read(captureId: string, twice: (place: Place, equal: boolean) => void): Iterable<Label>;
  close(): Promise<void>;
};

type Piece = { offset: number; bytes: number; file: number; line: number };

const bufferBytes = 1024 * 1024;

/** An empty spool in a directory of its own under the system's temporary directory; `close` removes it. */
export async function newLabelSpool(): Promise<LabelSpool> {
  const dir = await mkdtemp(join(tmpdir(), 'k8s-labeler-'));
  const fd = openSync(join(dir, 'labels.ndjson'), 'w+');
  const files: string[] = [];
  const byCapture = new Map<string, Piece[]>();
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let written = 0;
  const flush = () => {
    for (const bytes of waiting) writeSync(fd, bytes);
    waiting = [];
    waitingBytes = 0;
  };
  const textOf = ({ offset, bytes }: Piece) => read(fd, offset, bytes);
  return {
    add(label, { file, line }) {
      if (files.at(-1) !== file) files.push(file);
      const bytes = Buffer.from(stringifyJson(label));
      const pieces = byCapture.get(label.capture_id) ?? [];
      pieces.push({ offset: written, bytes: bytes.length, file: files.length - 1, line });
      byCapture.set(label.capture_id, pieces);
      written += bytes.length;
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes > bufferBytes) flush();
    },
    captures() {
      flush();
      return [...byCapture.keys()].sort();
    },
    *read(captureId, twice) {
      const seen = new Map<string, Piece>();
      for (const piece of byCapture.get(captureId) ?? []) {
        const text = textOf(piece);
        const label = parseJson(text) as Label;
        const former = seen.get(label.id);
        if (former !== undefined) twice({ file: files[piece.file] ?? '', line: piece.line }, textOf(former) === text);
        else {
          seen.set(label.id, piece);
          yield label;
        }
      }
    },
    async close() {
      closeSync(fd);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function read(fd: number, offset: number, length: number): string {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) filled += readSync(fd, bytes, filled, length - filled, offset + filled);
  return bytes.toString('utf8');
}
