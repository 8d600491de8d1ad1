import { wellFormed } from '../model/json.ts';
import { type Label, orderedLabel } from '../model/label.ts';

/**
 * One document per label. Texts are JSON strings, which every YAML version reads alike (`yes`, `012`, `1:30` stay texts), or literal
 * blocks where lines are plain; no anchors, no folding. Written here because a general emitter takes minutes for 500,000 labels.
 */
export async function* toYaml(labels: AsyncIterable<Label>): AsyncGenerator<string> {
  for await (const label of labels) yield `---\n${mappingLines(wellFormed(orderedLabel(label)), 0)}`;
}

function mappingLines(value: object, depth: number): string {
  const indent = '  '.repeat(depth);
  let lines = '';
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) lines += `${indent}${keyText(key, indent)}:${nodeText(item, depth + 1)}`;
  }
  return lines;
}

function sequenceLines(items: unknown[], depth: number): string {
  const indent = '  '.repeat(depth);
  let lines = '';
  for (const item of items) {
    lines += `${indent}-${isMapping(item) ? ` ${mappingLines(item, depth + 1).trimStart()}` : nodeText(item, depth + 1)}`;
  }
  return lines;
}

/** What follows `key:` or `-`, with its line end. */
function nodeText(value: unknown, depth: number): string {
  if (Array.isArray(value)) return value.length === 0 ? ' []\n' : `\n${sequenceLines(value, depth)}`;
  if (isMapping(value)) return `\n${mappingLines(value, depth)}`;
  if (typeof value === 'object' && value !== null) return ' {}\n';
  if (typeof value === 'string') return isPlainBlock(value) ? blockText(value, depth) : ` ${quoted(value)}\n`;
  return ` ${scalarText(value)}\n`;
}

function isMapping(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const key of Object.keys(value)) if ((value as Record<string, unknown>)[key] !== undefined) return true;
  return false;
}

function scalarText(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return typeof value === 'number' && Number.isFinite(value) ? numberText(value) : 'null';
}

// YAML 1.1 reads 1e21 as a text: it wants a dot.
function numberText(value: number): string {
  return String(value).replace(/^(-?\d+)e/, '$1.0e');
}

// Readers of YAML 1.1 take E0 for a number, and a key of more than 1024 characters must be announced.
function keyText(key: string, indent: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,999}$/.test(key) && !/^(?:y|n|yes|no|on|off|true|false|null|e\d+)$/i.test(key)) return key;
  const text = quoted(key);
  return text.length > 1000 ? `? ${text}\n${indent}` : text;
}

// Characters that some YAML parser refuses or takes for a line end, even between quotes.
const unsafe = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

const plainAscii = /^[ -~]*$/;

function quoted(text: string): string {
  const json = JSON.stringify(text);
  // Texts of ASCII alone need no second look, and most are.
  if (plainAscii.test(json)) return json;
  return json.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Several lines of printable text that neither start with a blank nor end in a line break: a literal block shows them as they are. */
function isPlainBlock(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a block may hold no control character but the line feed
  return text.includes('\n') && !/^[\s]|[\s]$|[\u0000-\u0009\u000b-\u001f]/.test(text) && text.search(unsafe) === -1;
}

function blockText(text: string, depth: number): string {
  const indent = '  '.repeat(depth);
  const lines = text.split('\n').map((line) => (line === '' ? '' : `${indent}${line}`));
  return ` |-\n${lines.join('\n')}\n`;
}
