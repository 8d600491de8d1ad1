import { parse } from 'lossless-json';

const integer = /^-?\d+$/;

/**
 * True if the text may hold an integer beyond 2^53: 16 digits in a row where a number can stand. A digit run inside a string matches rarely.
 * Looks at every 16th character only, because this runs over every byte of a capture.
 */
export function mayHoldBigInteger(text: string): boolean {
  for (let at = 15; at < text.length; at += 16) {
    if (!isDigit(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && isDigit(text.charCodeAt(start - 1))) start -= 1;
    let end = at + 1;
    while (isDigit(text.charCodeAt(end))) end += 1;
    if (end - start >= 16 && startsNumber(text, start)) return true;
    at = end - 1;
  }
  return false;
}

/** JSON.parse, but integers beyond 2^53 become bigint instead of losing digits. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  return mayHoldBigInteger(text) ? parseExact(text) : JSON.parse(text);
}

/** JSON.stringify for plain JSON values that may contain bigint, written as an integer literal (then without `space`). `undefined` becomes null. */
export function stringifyJson(value: unknown, space?: number): string {
  try {
    return JSON.stringify(value, undefined, space) ?? 'null';
  } catch (error) {
    // JSON.stringify has no other way to say "bigint"; a cyclic value fails again below.
    if (!(error instanceof TypeError)) throw error;
    return stringifyExact(value) ?? 'null';
  }
}

/**
 * The value with every string and key well-formed: lone UTF-16 surrogates, which no UTF-8 file can hold, become U+FFFD.
 * Returns the same value if nothing had to change.
 */
export function wellFormed<T>(value: T): T {
  return isWellFormed(value) ? value : (replaced(value) as T);
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  for (const key of Object.keys(value)) {
    if (!key.isWellFormed() || !isWellFormed((value as Record<string, unknown>)[key])) return false;
  }
  return true;
}

function replaced(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(replaced);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toWellFormed(), replaced(item)]));
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function startsNumber(text: string, start: number): boolean {
  const before = text[text[start - 1] === '-' ? start - 2 : start - 1];
  return before === undefined || ':,[ \t\r\n'.includes(before);
}

function parseExact(text: string): unknown {
  return parse(text, undefined, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
}

function parseNumber(literal: string): number | bigint {
  const value = Number(literal);
  return Number.isSafeInteger(value) || !integer.test(literal) ? value : BigInt(literal);
}

function stringifyExact(value: unknown): string | undefined {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => stringifyExact(item) ?? 'null').join(',')}]`;
  const fields: string[] = [];
  for (const [key, field] of Object.entries(value)) {
    const text = stringifyExact(field);
    if (text !== undefined) fields.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${fields.join(',')}}`;
}
