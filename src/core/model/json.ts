import { parse, stringify } from 'lossless-json';

/**
 * `JSON.parse` that keeps every integer: those beyond 2^53 become bigint. Decimals become numbers; the last of duplicate keys wins.
 * Throws a SyntaxError on text that is not JSON.
 */
export function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return parse(text, null, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
}

/** `JSON.stringify` that writes bigint as an exact integer. `undefined` on top becomes null. Lone surrogates stay (see `wellFormed`). */
export function stringifyJson(value: unknown, space?: number): string {
  try {
    return JSON.stringify(value, undefined, space) ?? 'null';
  } catch (error) {
    if (!(error instanceof TypeError && error.message.includes('BigInt'))) throw error;
    return stringify(value, undefined, space) ?? 'null';
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
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && isWellFormed(item));
}

function replaced(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(replaced);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toWellFormed(), replaced(item)]));
}

function parseNumber(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text);
}
