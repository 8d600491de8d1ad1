import { closeSync, openSync } from 'node:fs';
import type { KubernetesObject } from '../model/resource.ts';
import type { InputFile } from './files.ts';
import type { SkippedInput } from './importer.ts';
import { parseDocument, utf16Problem } from './json.ts';
import { hasLogMarker } from './logs.ts';
import { documentSpans, readSpan } from './scan.ts';
import { parseTime } from './times.ts';
import { parseYaml } from './yaml.ts';

/** A value found in a file, Lists opened. `receivedAtMs` where a recorder's envelope around the list says so. */
export type DumpItem = { value: unknown; receivedAtMs?: number };

/** A real list answer of the API server (its metadata has a resourceVersion): whatever of this kind exists there is in it. */
export type FullList = { kind: string; namespaces: string[] };

/** Everything one file holds. With a problem the file counts as skipped and the rest is empty. */
export type DumpFile = { items: DumpItem[]; lists: FullList[]; problem?: SkippedInput };

export type FileType = 'json' | 'yaml' | 'log' | 'other';

/** What a file of a dump is: logs by folder, extension or first line; the rest by extension, else by the first character. */
export function fileTypeOf(file: InputFile): FileType {
  const extension = /\.([^.]+)$/.exec(file.parts.at(-1) ?? '')?.[1]?.toLowerCase() ?? '';
  if (file.parts[0] === 'logs' || extension === 'log') return 'log';
  if (['json', 'ndjson', 'jsonl'].includes(extension)) return 'json';
  if (['yaml', 'yml'].includes(extension)) return 'yaml';
  const start = headOf(file);
  if (/^\s*\{/.test(start)) return 'json';
  return hasLogMarker(start) || extension === 'txt' ? 'log' : 'other';
}

/** The first 512 bytes of a file as text. */
export function headOf(file: InputFile): string {
  return textOf(file, 0, Math.min(file.size, 512)).toString('utf8');
}

/** Reads a JSON file (documents may follow each other; `spans` limits reading to parts of it) or a YAML file. */
export function readDumpFile(file: InputFile, type: 'json' | 'yaml', spans = [{ start: 0, end: file.size }]): DumpFile {
  const result: DumpFile = { items: [], lists: [] };
  for (const { start, end } of spans) {
    const problem = utf16Problem(textOf(file, start, Math.min(end, start + 2)), file.name);
    if (problem !== undefined) return { items: [], lists: [], problem };
    const read = type === 'json' ? jsonValues(file, start, end) : parseYaml(textOf(file, start, end).toString('utf8'), file.name);
    if ('problem' in read) return { items: [], lists: [], problem: read.problem };
    for (const value of read.values) addValue(result, value);
  }
  return result;
}

function jsonValues(file: InputFile, start: number, end: number): { values: unknown[] } | { problem: SkippedInput } {
  const values: unknown[] = [];
  for (const span of documentSpans(file.path, start, end)) {
    const parsed = parseDocument(textOf(file, span.start, span.end), file.name, span.line);
    if ('problem' in parsed) return parsed;
    values.push(parsed.value);
  }
  return { values };
}

function textOf(file: InputFile, start: number, end: number): Buffer {
  const fd = openSync(file.path, 'r');
  try {
    return readSpan(fd, start, end);
  } finally {
    closeSync(fd);
  }
}

/** Adds a value; Lists are opened, and their items get the kind and apiVersion that typed lists leave out. */
function addValue(result: DumpFile, value: unknown, receivedAtMs?: number): void {
  if (!isObject(value)) {
    for (const item of Array.isArray(value) ? value : []) addValue(result, item, receivedAtMs);
    return;
  }
  const { receivedAt, list } = value;
  if (receivedAt !== undefined && isObject(list)) {
    addValue(result, list, typeof receivedAt === 'number' ? receivedAt : parseTime(receivedAt));
    return;
  }
  const { kind, apiVersion, items } = value as KubernetesObject;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !(Array.isArray(items) || items === null)) {
    result.items.push({ value, receivedAtMs });
    return;
  }
  const itemKind = kind.slice(0, -'List'.length);
  const filled = (items ?? []).map((item: unknown) => (itemKind !== '' && isObject(item) ? { kind: itemKind, apiVersion, ...item } : item));
  if (itemKind === '') for (const item of filled) addValue(result, item, receivedAtMs);
  else for (const item of filled) result.items.push({ value: item, receivedAtMs });
  noteFullList(result, value as KubernetesObject, itemKind, filled);
}

function noteFullList(result: DumpFile, list: KubernetesObject, kind: string, items: unknown[]): void {
  if (kind === '' || kind.endsWith('Metrics') || !list.metadata?.resourceVersion || list.metadata.continue) return;
  const namespaces = new Set(items.map((item) => (item as KubernetesObject).metadata?.namespace ?? ''));
  if (namespaces.size > 0) result.lists.push({ kind, namespaces: [...namespaces] });
}

/** A JSON object, not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
