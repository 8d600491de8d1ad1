import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseJson, stringifyJson } from './model/json.ts';

/** Rows that are made during one pass and read after it: kept in files, so that memory does not follow their number. */
export type Spool = {
  append(rows: Record<string, unknown[]>): Promise<void>;
  /** The rows of a name in the order in which they were appended. Reading ends the appending. */
  read<T>(name: string): AsyncIterable<T>;
  close(): Promise<void>;
};

/** A spool in a directory of its own under the system's temporary directory; `close` removes it. */
export async function newSpool(): Promise<Spool> {
  const dir = await mkdtemp(join(tmpdir(), 'k8s-labeler-'));
  const files = new Map<string, WriteStream>();
  const ended = new Map<string, Promise<void>>();
  const path = (name: string) => join(dir, `${name}.ndjson`);
  return {
    async append(rows) {
      for (const [name, items] of Object.entries(rows)) {
        if (items.length === 0) continue;
        const file = files.get(name) ?? createWriteStream(path(name));
        files.set(name, file);
        if (!file.write(`${items.map((item) => stringifyJson(item)).join('\n')}\n`)) await once(file, 'drain');
      }
    },
    async *read<T>(name: string) {
      const file = files.get(name);
      if (file === undefined) return;
      // Reading a second time must not wait for the end of the same file again.
      const end = ended.get(name) ?? finished(file.end());
      ended.set(name, end);
      await end;
      // Not readline: it would also split at U+2028, which JSON leaves as it is.
      let rest = '';
      for await (const chunk of createReadStream(path(name), 'utf8')) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield parseJson(line) as T;
      }
    },
    async close() {
      for (const file of files.values()) file.destroy();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
