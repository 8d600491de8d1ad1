import { open } from 'node:fs/promises';
import { readCsv } from './csv.ts';
import { isFields, problem } from './finding.ts';
import { readJsonArray } from './json-array.ts';
import { readJsonl } from './jsonl.ts';
import { readParquet } from './parquet.ts';
import type { DataFile, Read } from './rows.ts';

/**
 * The rows of a data file and what is wrong with its bytes, streamed. JSON files are read by what is in them: an array, or one object per
 * line, whatever their name says. `needsLines`: the consumer takes JSON Lines only.
 */
export async function* readRows(file: DataFile, needsLines: boolean): AsyncGenerator<Read> {
  if (file.format === 'parquet') yield* readParquet(file.path);
  else if (file.format === 'csv') yield* readCsv(file.path);
  else if ((await firstByte(file.path)) === '[') {
    if (needsLines) {
      const message = 'the file is a JSON array, expected one JSON object per line';
      yield { kind: 'problem', line: 1, problem: problem('NOT_JSONL', '', message) };
    }
    yield* readJsonArray(file.path);
  } else if (file.format === 'json') yield* readObjects(file.path);
  else yield* readJsonl(file.path);
}

/** A .json file that starts with an object: JSON Lines, or a wrapper around the rows. */
async function* readObjects(path: string): AsyncGenerator<Read> {
  for await (const item of readJsonl(path)) {
    if (item.kind === 'problem' && item.line === 1 && item.problem.code === 'JSON_INVALID') {
      yield {
        kind: 'problem',
        line: 1,
        problem: problem('JSON_WRAPPER', '', 'the file is one JSON object over several lines, expected an array'),
      };
      return;
    }
    const wrapped = item.kind === 'row' && item.line === 1 && wrappedRows(item.value);
    if (wrapped) {
      const message = `the file is one object with the rows under ${wrapped}: it loads as a single row`;
      yield { kind: 'problem', line: 1, problem: problem('JSON_WRAPPER', `/${wrapped}`, message) };
      return;
    }
    yield item;
  }
}

const wrappers = ['data', 'rows', 'examples', 'train', 'items', 'dataset'];

function wrappedRows(value: unknown): string | undefined {
  return isFields(value) ? wrappers.find((name) => Array.isArray(value[name]) && isFields((value[name] as unknown[])[0])) : undefined;
}

/** The first character that is no white space and no byte order mark, '' if there is none in the first 64 KiB. */
async function firstByte(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
    return buffer
      .subarray(0, bytesRead)
      .toString('latin1')
      .replace(/^\u00ef\u00bb\u00bf/, '')
      .trimStart()
      .slice(0, 1);
  } finally {
    await file.close();
  }
}
