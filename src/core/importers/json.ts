import { parse } from 'lossless-json';
import { parseJson } from '../model/json.ts';
import { oneLine } from '../model/text.ts';
import type { SkippedInput } from './importer.ts';

/** A parsed JSON document, or what is wrong with it. */
export type Parsed = { value: unknown } | { problem: SkippedInput };

/** Parses one JSON document of a file; `line` is where it begins. Integers beyond 2^53 become bigint. */
export function parseDocument(bytes: Buffer, file: string, line: number): Parsed {
  let text = '';
  try {
    text = bytes.toString('utf8');
    return { value: parseJson(text) };
  } catch (error) {
    return { problem: jsonProblem(text, error, file, line) };
  }
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
