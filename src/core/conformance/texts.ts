import { type Problem, problem } from './finding.ts';
import { type Path, pointerTo } from './path.ts';

const marks = ['{{', '{%', '[object Object]'];
/** Words that a template leaves behind; inside a sentence they are English or code, so only a text or line that is nothing else counts. */
const bareMark = /(?:^|[\n:=] ?)(undefined|NaN|None)(?=$|\n)/;

/** What any of the problems below needs: most texts have nothing of it, and are looked at once. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const suspect = /[\u0000\u001b\u009b\ud800-\udfff]|\{[{%]|\[object|undefined|NaN|None/;

/** What no text of a row should hold, each kind once per text: lone surrogates, NUL, terminal escapes, marks of unfilled templates. */
export function textProblems(row: unknown): Problem[] {
  const found: Problem[] = [];
  visit(row, undefined, found);
  return found;
}

function visit(value: unknown, path: Path, found: Problem[]): void {
  if (typeof value === 'string') {
    if (suspect.test(value)) found.push(...oneText(value, pointerTo(path)));
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) visit(value[index], { parent: path, key: index }, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      const inside = { parent: path, key };
      if (!key.isWellFormed()) found.push(loneSurrogate(pointerTo(inside), 'the key'));
      visit((value as Record<string, unknown>)[key], inside, found);
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
