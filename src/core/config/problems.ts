import { type Document, isCollection, isMap, isNode, isScalar, type LineCounter } from 'yaml';
import type { z } from 'zod';
import { nearest } from '../model/nearest.ts';
import { oneLine } from '../model/text.ts';
import { configJsonSchema } from './schema.ts';

type JsonSchema = { properties?: Record<string, JsonSchema> };
type Path = readonly PropertyKey[];

/** Syntax errors of a YAML document, one line each: `file:line:column: what`. */
export function syntaxProblems(file: string, document: Document, lines: LineCounter): string[] {
  return document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return `${file}:${line}:${col}: ${oneLine(error.message.split('\n')[0] ?? error.message)}`;
  });
}

/** Schema problems, one line each: `file:line:column: field: expected …, found …`, in the order of the file. */
export function schemaProblems(file: string, document: Document, lines: LineCounter, issues: z.core.$ZodIssue[]): string[] {
  const found = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ offset: keyOffset(document, issue.path, key), text: unknownKey(issue.path, key) }))
      : [{ offset: valueOffset(document, issue.path), text: wrongValue(document, issue) }],
  );
  found.sort((a, b) => a.offset - b.offset);
  return found.map(({ offset, text }) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}: ${text}`;
  });
}

function unknownKey(path: Path, key: string): string {
  const known = knownKeys(path);
  const meant = nearest(key, known);
  const hint = meant === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${meant}?`;
  return `${fieldName([...path, oneLine(key, 60)])}: unknown field, ${hint}`;
}

function wrongValue(document: Document, issue: z.core.$ZodIssue): string {
  const expected = issue.message
    .replace(/^(?:Invalid input|Too (?:big|small)): /, '')
    .replace(/, received .*$/, '')
    .replace(/expected object$/, 'expected a mapping')
    .replace(/expected array$/, 'expected a list')
    .replace(/expected string/, 'expected text')
    .replace(/expected int$/, 'expected a whole number');
  const field = issue.path.length === 0 ? 'the file' : fieldName(issue.path);
  return `${field}: ${expected}, found ${describe(document.getIn([...issue.path], true))}`;
}

function describe(node: unknown): string {
  if (isScalar(node)) {
    return typeof node.value === 'string' ? `text ${oneLine(JSON.stringify(node.value), 80)}` : oneLine(String(node.value), 80);
  }
  if (isCollection(node)) return isMap(node) ? 'a mapping' : 'a list';
  return 'nothing';
}

function knownKeys(path: Path): string[] {
  let schema: JsonSchema | undefined = configJsonSchema() as JsonSchema;
  for (const part of path) schema = schema?.properties?.[String(part)];
  return Object.keys(schema?.properties ?? {});
}

function valueOffset(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const part = path.slice(0, length);
    const node = part.length === 0 ? document.contents : document.getIn([...part], true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function keyOffset(document: Document, path: Path, key: string): number {
  const parent = path.length === 0 ? document.contents : document.getIn([...path], true);
  if (isMap(parent)) {
    for (const { key: node } of parent.items) {
      if (isScalar(node) && String(node.value) === key && node.range) return node.range[0];
    }
  }
  return valueOffset(document, path);
}

function fieldName(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');
}
