import { isUtf8 } from 'node:buffer';
import { parseJson } from '../model/json.ts';
import { oneLine } from '../model/text.ts';
import { problem } from './finding.ts';
import type { Read } from './rows.ts';

const longBytes = 1_000_000;

/** The bytes of one JSON value as a row, after what is wrong with them. A value that does not parse gives problems only. */
export function* readValue(bytes: Buffer, line: number): Generator<Read> {
  if (bytes.length > longBytes) {
    const message = `the row has ${bytes.length} bytes, more than ${longBytes}`;
    yield { kind: 'problem', line, problem: problem('LINE_LONG', '', message) };
  }
  if (!isUtf8(bytes)) {
    const message = 'the bytes are not UTF-8: found a sequence that no character has';
    yield { kind: 'problem', line, problem: problem('INVALID_UTF8', '', message) };
  }
  const text = bytes.toString('utf8');
  const parsed = parsedOf(text);
  if ('error' in parsed) yield { kind: 'problem', line, problem: problem('JSON_INVALID', '', parsed.error) };
  else yield { kind: 'row', line, value: parsed.value, wholeFloats: wholeFloat.test(text) };
}

const wholeFloat = /\d\.0+\s*[,\]}]|\d[eE][+-]?\d+\s*[,\]}]/;

function parsedOf(text: string): { value: unknown } | { error: string } {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { error: `the row is no JSON: ${oneLine(reason, 120)}` };
  }
}
