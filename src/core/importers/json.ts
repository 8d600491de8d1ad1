import { parse } from 'lossless-json';
import { parseJson } from '../model/json.ts';
import { oneLine } from '../model/text.ts';
import type { SkippedInput } from './importer.ts';

/** A parsed JSON document, or what is wrong with it. */
export type Parsed = { value: unknown } | { problem: SkippedInput };

/** Deeper values are refused: objects of Kubernetes have some 20 levels, and what walks through a value must come to its end. */
const maxDepth = 500;

/**
 * Parses one JSON document of a file; `line` is where it begins. A byte order mark before it is passed over. Integers beyond 2^53 become bigint.
 */
export function parseDocument(bytes: Buffer, file: string, line: number): Parsed {
  const utf16 = utf16Problem(bytes, file, line);
  if (utf16 !== undefined) return { problem: utf16 };
  let text = '';
  try {
    text = bytes.toString('utf8').replace(/^\uFEFF/, '');
    if (isDeep(bytes)) return { problem: { file, line, found: `more than ${maxDepth} levels`, expected: 'an object of Kubernetes' } };
    return { value: parseJson(text) };
  } catch (error) {
    return { problem: jsonProblem(text, error, file, line) };
  }
}

/** What Windows PowerShell writes with `>`. */
export function utf16Problem(bytes: Buffer, file: string, line = 1): SkippedInput | undefined {
  const mark = bytes.toString('hex', 0, 2);
  return mark === 'fffe' || mark === 'feff' ? { file, line, found: 'UTF-16 text', expected: 'UTF-8' } : undefined;
}

/** Whether brackets outside of strings stand more than `maxDepth` deep. */
function isDeep(bytes: Buffer): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x5c) at += 1;
    else if (byte === 0x22) inString = !inString;
    else if (inString) continue;
    else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}

function jsonProblem(text: string, error: unknown, file: string, line: number): SkippedInput {
  const { message, offset } = locate(text, error);
  const rest = oneLine(text.slice(offset, offset + 80), 40);
  return {
    file,
    line: line + text.slice(0, offset).split('\n').length - 1,
    found: rest === '' ? 'the end of the text' : rest,
    expected: `a complete JSON document (${oneLine(message, 120)})`,
  };
}

/** V8 does not always say where a text is broken; this parser does. */
function locate(text: string, error: unknown): { message: string; offset: number } {
  try {
    parse(text);
  } catch (located) {
    const { message } = located as Error;
    const position = / at position (\d+)/.exec(message);
    if (position !== null) return { message: message.replace(position[0], ''), offset: Number(position[1]) };
  }
  return { message: error instanceof Error ? error.message : String(error), offset: 0 };
}
