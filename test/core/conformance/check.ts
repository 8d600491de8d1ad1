import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { ConsumerName } from '../../../src/core/conformance/consumers/consumers.ts';
import { placeOf, type ValidateOptions, validate } from '../../../src/core/validate.ts';

const made: string[] = [];

/** A new temporary folder with these files; objects are written as JSON, lists of rows as JSON Lines. Removed after the tests of the file. */
export async function folder(files: Record<string, unknown>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'conformance-'));
  made.push(dir);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), bytesOf(name, content));
  }
  return dir;
}

function bytesOf(name: string, content: unknown): string | Buffer {
  if (typeof content === 'string' || Buffer.isBuffer(content)) return content;
  return name.endsWith('.jsonl') ? jsonl(content as unknown[]) : JSON.stringify(content, null, 1);
}

afterAll(async () => {
  for (const dir of made.splice(0)) await rm(dir, { recursive: true, force: true });
});

export function jsonl(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** Findings as `severity CODE place`, in their order; `-W` marks warnings. */
export async function found(path: string, consumer: ConsumerName, options: ValidateOptions = {}): Promise<string[]> {
  const report = await validate(path, { ...options, consumer });
  return report.findings.map((one) => `${one.code}${one.severity === 'warning' ? '-W' : ''} ${placeOf(one)}`);
}

/** Findings of rows in one file called rows.jsonl (or .json). */
export async function foundInRows(rows: readonly unknown[] | string, consumer: ConsumerName, name = 'rows.jsonl'): Promise<string[]> {
  const dir = await folder({ [name]: rows });
  return found(join(dir, name), consumer);
}
