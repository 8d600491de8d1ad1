import { parseAllDocuments } from 'yaml';
import { oneLine } from '../model/text.ts';
import type { SkippedInput } from './importer.ts';

/**
 * The documents of a YAML text as plain JSON values (empty ones left out), or the first thing wrong with it.
 * Integers beyond 2^53 become bigint; alias bombs are refused.
 */
export function parseYaml(text: string, file: string): { values: unknown[] } | { problem: SkippedInput } {
  const exact = /\d{16}/.test(text);
  const documents = parseAllDocuments(text, { intAsBigInt: exact, logLevel: 'silent', prettyErrors: true });
  const values: unknown[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error !== undefined) return { problem: yamlProblem(text, error, file) };
    try {
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      if (value !== null && value !== undefined) values.push(exact ? smallIntegers(value) : value);
    } catch (error) {
      return { problem: { file, line: 1, found: oneLine(String(error), 80), expected: 'YAML without excessive aliases' } };
    }
  }
  return { values };
}

function yamlProblem(text: string, error: { message: string; linePos?: [{ line: number }, ...unknown[]] }, file: string): SkippedInput {
  const line = error.linePos?.[0].line ?? 1;
  const found = oneLine(text.split('\n')[line - 1] ?? '', 60);
  return {
    file,
    line,
    found: found === '' ? 'the end of the text' : found,
    expected: `valid YAML (${oneLine(error.message.split('\n')[0] ?? '', 120)})`,
  };
}

function smallIntegers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(smallIntegers);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, smallIntegers(item)]));
}
