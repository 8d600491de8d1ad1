import { pointerOf } from '../model/pointer.ts';
import { type Problem, problem } from './finding.ts';

const marks = ['{{', '{%', '[object Object]'];
/** Words that a template leaves behind; inside a sentence they are English or code, so only a text or line that is nothing else counts. */
const bareMark = /(?:^|[\n:=] ?)(undefined|NaN|None)(?=$|\n)/;

/** What no text of a row should hold, each kind once per text: lone surrogates, NUL, terminal escapes, marks of unfilled templates. */
export function* textProblems(value: unknown, path: readonly (string | number)[] = []): Generator<Problem> {
  if (typeof value === 'string') yield* oneText(value, pointerOf(...path));
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* textProblems(item, [...path, index]);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (!key.isWellFormed()) yield loneSurrogate(pointerOf(...path, key), 'the key');
      yield* textProblems(item, [...path, key]);
    }
  }
}

function* oneText(text: string, pointer: string): Generator<Problem> {
  if (!text.isWellFormed()) yield loneSurrogate(pointer, 'the text');
  if (text.includes('\u0000')) {
    yield problem('NUL_CHARACTER', pointer, `the text holds NUL at position ${text.indexOf('\u0000')}, expected text`);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence starts with a control character
  const sequence = /[\u001b\u009b]/.exec(text);
  if (sequence !== null) yield problem('ANSI_ESCAPE', pointer, `the text holds a terminal escape at position ${sequence.index}`);
  const mark = marks.find((one) => text.includes(one)) ?? bareMark.exec(text)?.[1];
  if (mark !== undefined) yield problem('TEMPLATE_MARK', pointer, `the text holds ${mark}, which looks like an unfilled template`);
}

function loneSurrogate(pointer: string, what: string): Problem {
  return problem('LONE_SURROGATE', pointer, `${what} holds half of a surrogate pair, which no UTF-8 file can hold; loaders stop there`);
}
