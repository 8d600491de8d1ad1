import { stringifyJson, wellFormed } from '../model/json.ts';
import { type Label, orderedLabel } from '../model/label.ts';

/** One label per line: UTF-8, LF, no BOM, integers exact. */
export function toJsonl(labels: AsyncIterable<Label>): AsyncGenerator<string> {
  return jsonLines(labels, orderedLabel);
}

/** One array, one label per line; metadata would make loaders see a single row. */
export function toJson(labels: AsyncIterable<Label>): AsyncGenerator<string> {
  return jsonArray(labels, orderedLabel);
}

/** JSON Lines of anything. */
export async function* jsonLines<T>(rows: AsyncIterable<T>, shown: (row: T) => unknown = (row) => row): AsyncGenerator<string> {
  for await (const row of rows) yield `${jsonText(shown(row))}\n`;
}

/** One JSON array, one row per line. */
export async function* jsonArray<T>(rows: AsyncIterable<T>, shown: (row: T) => unknown = (row) => row): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const row of rows) {
    yield `${separator}${jsonText(shown(row))}`;
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

/** JSON.stringify escapes lone surrogates (\ud800 to \udfff), so that a text without such an escape needs no second look. */
function jsonText(value: unknown): string {
  const text = stringifyJson(value);
  return text.includes('\\ud') ? stringifyJson(wellFormed(value)) : text;
}
