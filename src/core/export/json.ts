import { stringifyJson, wellFormed } from '../model/json.ts';
import { type Label, orderedLabel } from '../model/label.ts';

/** One label per line: UTF-8, LF, no BOM, integers exact. */
export async function* toJsonl(labels: AsyncIterable<Label>): AsyncGenerator<string> {
  for await (const label of labels) yield `${labelJson(label)}\n`;
}

/** One array, one label per line; metadata would make loaders see a single row. */
export async function* toJson(labels: AsyncIterable<Label>): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const label of labels) {
    yield `${separator}${labelJson(label)}`;
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

function labelJson(label: Label): string {
  return stringifyJson(wellFormed(orderedLabel(label)));
}
