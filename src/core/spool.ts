import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { storeError, systemCode } from './errors.ts';
import { parseJson, stringifyJson } from './model/json.ts';

/** Rows that are made during one pass and read after it: kept in files, so that memory does not follow their number. */
export type Spool = {
  append(rows: Record<string, unknown[]>): Promise<void>;
  /** Whether anything was appended under a name. */
  has(name: string): boolean;
  /** The rows of a name in the order in which they were appended. Reading ends the appending. */
  read<T>(name: string): AsyncIterable<T>;
  close(): Promise<void>;
};

/**
 * A spool in a directory of its own under the system's temporary directory; `close` removes it. Its methods throw SPOOL_FAILED (exit code 5)
 * when that cannot be written.
 */
export async function newSpool(): Promise<Spool> {
  const dir = await mkdtemp(join(tmpdir(), 'k8s-labeler-'));
  const files = new Map<string, WriteStream>();
  const ended = new Map<string, Promise<void>>();
  const path = (name: string) => join(dir, `${name}.ndjson`);
  let failure: Error | undefined;
  const opened = (name: string): WriteStream => {
    const known = files.get(name);
    if (known !== undefined) return known;
    const file = createWriteStream(path(name));
    file.on('error', (error) => {
      failure ??= error;
    });
    files.set(name, file);
    return file;
  };
  const sound = <T>(work: Promise<T>): Promise<T> => work.catch((error: unknown) => Promise.reject(spoolError(dir, failure ?? error)));
  return {
    async append(rows) {
      for (const [name, items] of Object.entries(rows)) {
        if (items.length === 0) continue;
        if (failure !== undefined) throw spoolError(dir, failure);
        const file = opened(name);
        if (!file.write(`${items.map((item) => stringifyJson(item)).join('\n')}\n`)) await sound(once(file, 'drain'));
      }
    },
    has: (name) => files.has(name),
    async *read<T>(name: string) {
      const file = files.get(name);
      if (file === undefined) return;
      // Reading a second time must not wait for the end of the same file again.
      const end = ended.get(name) ?? finished(file.end());
      ended.set(name, end);
      await sound(end);
      for await (const line of linesIn(path(name))) yield parseJson(line) as T;
    },
    async close() {
      for (const file of files.values()) file.destroy();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The lines of a UTF-8 file. Not readline: it would also split at U+2028, which JSON leaves as it is. */
export async function* linesIn(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function spoolError(dir: string, cause: unknown): unknown {
  const code = systemCode(cause);
  if (code === '') return cause;
  return storeError('SPOOL_FAILED', `cannot write to the temporary directory ${dir} (${code})`, {
    suggestions: ['free disk space, or name another temporary directory with TMPDIR'],
    cause,
  });
}
