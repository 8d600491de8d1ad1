import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { splitsFile } from './dataset/base.ts';
import { type DiffRow, merged, rising } from './diff/rows.ts';
import { captureError } from './errors.ts';
import { parseDocument } from './importers/json.ts';
import { holdsLabels, type LabelFile, labelFiles } from './importers/labels/files.ts';
import { readLines, readSpan } from './importers/scan.ts';
import { checkedLabels } from './label-input.ts';
import { stringifyJson } from './model/json.ts';
import { openStore } from './store/open.ts';

/** One side of a comparison, its rows ordered by id; `close` when they were read. */
export type DiffInput = { path: string; kind: string; rows: AsyncIterable<DiffRow>; close(): Promise<void> };

type Assignment = { split?: string; group?: string; contentHash?: string };
type Assignments = ReadonlyMap<string, Assignment>;

/**
 * Opens a label store, a flat dataset file, a dataset folder with `labels/*.parquet`, or a folder of examples with `splits.jsonl`.
 * Throws DIFF_INPUT (exit code 3) for anything else; reading throws DIFF_ROW, DIFF_UNORDERED, DIFF_TWICE, and what readers and stores throw.
 */
export async function diffInput(path: string): Promise<DiffInput> {
  if (!existsSync(path)) throw unfit(path, 'there is no such file or folder');
  const close = async () => undefined;
  if (statSync(path).isDirectory()) {
    const assigned = assignments(path);
    const files = labelFiles(path);
    const rows = files.length > 0 ? merged(files.map((file) => labelRows(file, assigned))) : assignedRows(assigned);
    if (files.length === 0 && assigned === undefined) throw unfit(path, `it holds neither labels/*.parquet nor ${splitsFile}`);
    return { path, kind: files.length > 0 ? 'dataset' : 'examples', rows: rising(rows, path), close };
  }
  if (isStore(path)) {
    const store = await openStore(path, { readOnly: true });
    return { path, kind: 'store', rows: storeRows(store.select()), close: () => store.close() };
  }
  const [file] = labelFiles(path);
  if (file === undefined || (!holdsLabels(path) && statSync(path).size > 3)) throw unfit(path, 'it is another kind of file');
  return { path, kind: file.format, rows: rising(labelRows(file, undefined), path), close };
}

function isStore(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    return readSpan(fd, 8, 12).toString('latin1') === 'DUCK';
  } finally {
    closeSync(fd);
  }
}

async function* storeRows(labels: AsyncIterable<NonNullable<DiffRow['label']>>): AsyncGenerator<DiffRow> {
  for await (const label of labels) yield { id: label.id, label };
}

/** Rows of one file. The split is told by a column, by `splits.jsonl`, or by a file name such as train-00000-of-00001.parquet. */
async function* labelRows(file: LabelFile, assigned: Assignments | undefined): AsyncGenerator<DiffRow> {
  const named = /^(.+)-\d+-of-\d+\.parquet$/.exec(basename(file.path))?.[1];
  for await (const row of checkedLabels(file)) {
    if ('problem' in row) {
      const { file: name, line, pointer, found, expected } = row.problem;
      const place = `${name}${line === undefined ? '' : `:${line}`}${pointer === undefined ? '' : `: ${pointer}`}`;
      throw captureError('DIFF_ROW', `${place}: found ${found}, expected ${expected}`, {
        suggestions: ['a comparison needs every row; `k8s-labeler import` skips malformed ones and lists them all'],
      });
    }
    const { label, dataset } = row;
    const told = assigned?.get(label.id);
    const split = textOf(dataset.split) ?? told?.split ?? named;
    const group = textOf(dataset.group_id) ?? told?.group;
    const contentHash = told?.contentHash;
    yield {
      id: label.id,
      label,
      ...(split === undefined ? {} : { split }),
      ...(group === undefined ? {} : { group }),
      ...(contentHash === undefined ? {} : { contentHash }),
      ...('split' in dataset ? { edits: stringifyJson(dataset.edits ?? null) } : {}),
    };
  }
}

/** What `splits.jsonl` of a folder says, by label id; its lines may be in any order. */
function assignments(folder: string): Assignments | undefined {
  const path = join(folder, splitsFile);
  if (!existsSync(path)) return undefined;
  const found = new Map<string, Assignment>();
  for (const { bytes, line } of readLines(path)) {
    if (bytes.toString('latin1').trim() === '') continue;
    const parsed = parseDocument(bytes, splitsFile, line);
    const row = ('value' in parsed ? parsed.value : undefined) as Record<string, unknown> | null | undefined;
    const id = textOf(row?.label_id);
    if (id === undefined) throw unfit(path, `line ${line} names no label_id`);
    const [split, group, contentHash] = [textOf(row?.split), textOf(row?.group_id), textOf(row?.content_hash)];
    found.set(id, {
      ...(split === undefined ? {} : { split }),
      ...(group === undefined ? {} : { group }),
      ...(contentHash === undefined ? {} : { contentHash }),
    });
  }
  return found;
}

async function* assignedRows(assigned: Assignments = new Map()): AsyncGenerator<DiffRow> {
  for (const id of [...assigned.keys()].sort()) yield { id, ...assigned.get(id) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function unfit(path: string, why: string) {
  return captureError('DIFF_INPUT', `cannot compare ${path}: ${why}`, {
    suggestions: [
      'give a label store, a file of `export --format`, a dataset folder with labels/*.parquet, or a folder of `export --to` with splits.jsonl',
    ],
  });
}
