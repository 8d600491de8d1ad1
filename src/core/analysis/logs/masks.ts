import { jsonFields, logfmtFields } from './fields.ts';
import { bareLine } from './level.ts';

/** Whether a word of a template stands for something variable, such as `<time>`; `<*>` is where lines of one template differ. */
export function isPlaceholder(word: string): boolean {
  return word.charCodeAt(0) === 60;
}

// A template is about how a line begins: what follows is arguments, and dumps of them may be long.
const readCharacters = 600;
const keptWords = 40;
const jsonCharacters = 8192;

// Character classes of the scanner: 0 part of a word, 1 digit, 2 ends a word, 3 quote, 4 sign that makes a word worth a closer look.
const classes = new Uint8Array(128);
for (let code = 0; code <= 32; code += 1) classes[code] = 2;
for (const sign of ',;()[]{}<>|=') classes[sign.charCodeAt(0)] = 2;
for (const sign of '0123456789') classes[sign.charCodeAt(0)] = 1;
for (const sign of '"\'`') classes[sign.charCodeAt(0)] = 3;
for (const sign of '/\\@') classes[sign.charCodeAt(0)] = 4;

/**
 * The words of a log line with the variable parts (times, ids, addresses, numbers, paths, quoted values …) replaced by
 * placeholders, at most 40 of the first 600 characters. Of JSON and logfmt lines only the fields that say something are read. A pure
 * function of the line, linear in its length.
 */
export function maskedWords(message: string): string[] {
  const line = bareLine(message);
  return wordsOf(spoken(line) ?? line);
}

const said = [
  'level',
  'severity',
  'lvl',
  'msg',
  'message',
  'short_message',
  '@mt',
  'body',
  'event',
  'log',
  'err',
  'error',
  'exception',
  'reason',
]; // prettier-ignore

/** What a structured line says; undefined for other lines. A line that says nothing is known by its field names. */
function spoken(line: string): string | undefined {
  const isJson = line.charCodeAt(0) === 123 && line.length <= jsonCharacters;
  const fields = isJson ? jsonFields(line) : /\b(?:msg|level|lvl)=/.test(line.slice(0, 200)) ? logfmtFields(line) : undefined;
  if (fields === undefined) return undefined;
  const parts = said.map((name) => textOf(fields[name])).filter((part) => part !== '');
  return parts.length > 0 ? parts.join(' ') : Object.keys(fields).sort().join(' ');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  const { message, type } = value as { message?: unknown; type?: unknown };
  return [type, message].filter((part) => typeof part === 'string').join(' ');
}

function wordsOf(line: string): string[] {
  const text = line.length > readCharacters ? line.slice(0, readCharacters) : line;
  const words: string[] = [];
  const end = text.length;
  let start = 0;
  let digits = false;
  let signs = false;
  for (let index = 0; index <= end; index += 1) {
    const code = index < end ? text.charCodeAt(index) : 32;
    const kind = code < 128 ? (classes[code] as number) : 0;
    if (kind === 0) continue;
    // `10:00:00,123` and `1,024` are one word.
    if (kind === 1 || (code === 44 && isDigit(text, index - 1) && isDigit(text, index + 1))) digits = true;
    else if (kind === 4) {
      signs = true;
      // A query is part of its URL.
      if (code === 47 && text.startsWith('://', index - 2)) index = endOfUrl(text, index);
    } else if (kind === 2 || index === start) {
      if (index > start) push(words, digits || signs ? masked(text.slice(start, index), words.at(-1)) : plain(text.slice(start, index)));
      if (words.length >= keptWords) break;
      const close = kind === 3 ? closing(text, index) : -1;
      if (close >= 0) push(words, '<quoted>');
      if (close >= 0) index = close;
      start = index + 1;
      digits = signs = false;
    }
  }
  return words;
}

function isDigit(text: string, index: number): boolean {
  return classes[text.charCodeAt(index)] === 1;
}

/** The last character of the URL that `index` is in. */
function endOfUrl(text: string, index: number): number {
  let last = index;
  while (last + 1 < text.length && !' \t"\'`<>|)'.includes(text[last + 1] as string)) last += 1;
  return last;
}

/** Repetitions of a placeholder are one: lists of numbers have any length. */
function push(words: string[], word: string): void {
  if (word === '' || words.length >= keptWords || (isPlaceholder(word) && words.at(-1) === word)) return;
  words.push(word);
}

const quotedCharacters = 200;

/** Where a quoted value ends; -1 when it is none: words in quotes are something that a program says, not a value. */
function closing(text: string, open: number): number {
  const quote = text[open] as string;
  const close = text.indexOf(quote, open + 1);
  if (close < 0 || close - open > quotedCharacters) return -1;
  const space = text.indexOf(' ', open);
  return space < 0 || space > close ? close : -1;
}

const calendar = new Set('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun AM PM UTC GMT'.split(' '));

/** A word without digits, slashes or at signs. */
function plain(word: string): string {
  const bare = trimmed(word);
  return calendar.has(bare) ? '<time>' : bare;
}

/** Without punctuation at its ends (quotes end words only where they open one). */
function trimmed(word: string): string {
  let from = 0;
  let to = word.length;
  while (from < to && '-*#:.~'.includes(word[from] as string)) from += 1;
  while (to > from && '.:!?"\'`'.includes(word[to - 1] as string)) to -= 1;
  return from === 0 && to === word.length ? word : word.slice(from, to);
}

const TIME =
  /^(?:\d{4}[-/.]\d{2}[-/.]\d{2}(?:[T_:-]\d{2}:?\d{2}.{0,24})?|\d{1,2}[-/](?:\d{1,2}|[A-Z][a-z]{2})[-/]\d{2,4}(?::\d{2}:\d{2}:\d{2})?|\d{1,2}:\d{2}:\d{2}.{0,16}|[+-]\d{2}:?\d{2})$/;
const NUMBER = /^[+-]?\d[\d.,_:]{0,40}(?:[eE][+-]?\d{1,3})?[a-zA-Zµ%]{0,5}(?:\/s)?$/;
const DURATION = /^-?(?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|µs|ms|h|m|s|d)){1,6}$/;
const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?(?:\/\d{1,2})?(?:->.{0,50})?$/;
const IPV6 = /^(?=[^:]{0,4}:[^:]{0,4}:)[0-9a-fA-F:]{2,39}(?:%\w{1,15})?(?:\/\d{1,3})?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = /^(?:0x[0-9a-f]{1,64}|(?=[a-f]{0,63}\d)[0-9a-f]{7,128})$/i;
const DIGEST = /(?:^|@)sha\d{3}:[0-9a-f]{6,128}$/;
const EMAIL = /^[^@\s]{1,64}@[\w-]{1,63}\.[\w.-]{2,200}$/;
const BASE64 = /^(?=[^A-Z]{0,200}[A-Z])(?=[^a-z]{0,200}[a-z])(?=[^0-9]{0,200}\d)[A-Za-z0-9+/_-]{24,600}={0,2}$/;
// Codes that name the message itself (ORA-00942, E11000, AH00037), and the head of klog, whose letter is the level.
const CODE = /^(?:[A-Z]{1,6}-?\d{3,6})$/;
const KLOG = /^[IWEF]\d{4}$/;
// Names that controllers give to pods (k8s.io/apimachinery/pkg/util/rand: no vowels): `web-7c9d8f6b54-x2k4p`, `agent-x2k4p`.
const POD = /-(?:[bcdfghjklmnpqrstvwxz2456789]{8,10}-)?[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const STATUS_BEFORE = /^(?:HTTP\/[\d.]{1,4}|HTTP|status|statuscode|status_code|code)$/i;

/** The name that pods of one workload have in common: without what their controllers appended. */
export function podStem(pod: string): string {
  const stem = pod.replace(POD, '');
  return stem === pod ? pod.replace(/-\d{1,5}$/, '') : stem.replace(/-\d{8,10}$/, '');
}

/** A word with digits, slashes or an at sign; `before` is the word before it. */
function masked(raw: string, before: string | undefined): string {
  const word = trimmed(raw);
  if (word === '') return '';
  if (word.length > 300) return '<base64>';
  if (word.includes('://')) return '<url>';
  if (DIGEST.test(word)) return '<digest>';
  if (word.includes('@') && EMAIL.test(word)) return '<email>';
  const first = word.charCodeAt(0);
  if (first >= 48 && first <= 57) {
    if (before !== undefined && /^[1-5]\d\d$/.test(word) && STATUS_BEFORE.test(before)) return `${word[0]}xx`;
    if (IPV4.test(word)) return '<ip>';
    if (TIME.test(word)) return '<time>';
    if (NUMBER.test(word) || DURATION.test(word)) return '<num>';
  } else if (first === 47 || word.startsWith('./') || word.startsWith('../') || /^[A-Za-z]:\\/.test(word)) return '<path>';
  if (TIME.test(word)) return '<time>';
  if (UUID.test(word)) return '<uuid>';
  if (HEX.test(word)) return '<hex>';
  if (IPV6.test(word)) return '<ip>';
  if (BASE64.test(word)) return '<base64>';
  if (KLOG.test(word)) return word[0] as string;
  if (CODE.test(word) || /^HTTP\/[\d.]{1,4}$/.test(word)) return word;
  const slashes = word.split('/').length - 1;
  if (slashes > 1 || (slashes === 1 && /\.\w{1,5}(?::\d{1,7})*$/.test(word))) return '<path>';
  return word.replace(POD, '-<pod>').replace(/\d{1,300}/g, '<n>');
}
