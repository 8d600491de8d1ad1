import { stat } from 'node:fs/promises';
import { type ColumnTypes, columnTypes } from './column-types.ts';
import type { Conformance } from './conformance.ts';
import { type Dialogue, dialogueHashes } from './dialogue.ts';
import { described, type Finding, isFields, named, type Problem, problem } from './finding.ts';
import { parquetColumns } from './parquet.ts';
import { type Places, placesTable } from './places.ts';
import { readRows } from './read.ts';
import type { RowRenderer } from './rendering.ts';
import type { DataFile, DataFormat, Read } from './rows.ts';
import { textProblems } from './texts.ts';
import { rowTokens, type TokenCounter, tokenStatistics } from './tokens.ts';

export type FileResult = { file: string; format: DataFormat; split?: string; config?: string; rows: number };

/** `renderer`: of a chat template; `count`: of tokens; rows above `maxTokens` are findings; `onRow` hears how many rows of a file were read. */
export type CheckOptions = {
  add: (finding: Finding) => void;
  renderer?: RowRenderer;
  count?: TokenCounter;
  maxTokens?: number;
  onRow?: (rows: number, file: string) => void;
};

/** What the checks of all files share. `prompts` finds equal prompts across splits. */
type Shared = CheckOptions & {
  rules: Conformance;
  files: readonly DataFile[];
  prompts: Places;
  tokens: ReturnType<typeof tokenStatistics>;
};

/** Checks the rows of files in their order. */
export async function checkFiles(files: readonly DataFile[], rules: Conformance, options: CheckOptions) {
  const shared: Shared = { ...options, rules, files, prompts: placesTable(), tokens: tokenStatistics() };
  const results: FileResult[] = [];
  const types = new Map<string, ColumnTypes>();
  const small = await smallFiles(files);
  for (const [index, file] of files.entries()) {
    // Files of one config are one table, those of a folder without a card too; entries of a dataset_info.json are loaded apart.
    const table = file.config ?? (file.layout === undefined ? '' : file.name);
    const follow = types.get(table) ?? columnTypes((name) => small.has(name));
    types.set(table, follow);
    const rows = await checkFile(file, index, shared, follow);
    results.push({ file: file.name, format: file.format, split: file.split, config: file.config, rows });
  }
  return { results, tokens: options.count === undefined ? undefined : shared.tokens.result() };
}

/** Below a mebibyte a JSON file is read at once, so that its column types come from all of its rows. */
async function smallFiles(files: readonly DataFile[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { path, name } of files) if ((await stat(path)).size <= 1024 * 1024) found.add(name);
  return found;
}

async function checkFile(file: DataFile, index: number, shared: Shared, types: ColumnTypes): Promise<number> {
  const { rules, add } = shared;
  const at = (line: number) => (one: Problem) =>
    add({ file: file.name, line, ...(rules.forgives.includes(one.code) ? { ...one, severity: 'warning' } : one) });
  const checks = rules.open(file);
  const wholes = placesTable();
  let rows = 0;
  let broken = 0;
  if (file.format === 'parquet') (await columnProblems(file.path)).forEach(at(0));
  for await (const item of readRows(file, rules.linesOnly)) {
    if (item.kind === 'problem') {
      at(item.line)(item.problem);
      if (item.problem.severity === 'error') broken += 1;
      continue;
    }
    rows += 1;
    shared.onRow?.(rows, file.name);
    const { line, value } = item;
    if (!isFields(value)) {
      at(line)(problem('ROW_NOT_OBJECT', '', `the row is ${described(value)}, expected an object`));
      continue;
    }
    if (isDeep(value)) {
      at(line)(problem('ROW_DEEP', '', `the row is nested deeper than ${deepest} levels: loaders stop there`));
      continue;
    }
    for (const one of textProblems(value)) at(line)(one);
    for (const one of checks.row(value, line)) at(line)(one);
    if (rules.typed && file.format === 'jsonl') for (const one of types(value, { ...place(item), file: file.name })) at(line)(one);
    const dialogue = rules.dialogue(value, file);
    if (dialogue !== undefined) await checkDialogue(dialogue, { index, line, wholes, report: at(line), shared });
  }
  if (rows === 0 && broken === 0) at(0)(problem('EMPTY', '', emptyText(file)));
  for (const { line, problem: one } of checks.end(rows)) at(line)(one);
  return rows;
}

const deepest = 200;

function isDeep(value: unknown, levels = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels > deepest || Object.values(value).some((item) => isDeep(item, levels + 1));
}

function place({ line, wholeFloats }: Extract<Read, { kind: 'row' }>): { line: number; wholeFloats?: boolean } {
  return { line, wholeFloats };
}

function emptyText({ split }: DataFile): string {
  return `the file has no rows${split === undefined ? '' : `, and so has the split ${split}: load_dataset fails as a whole`}`;
}

type DialogueContext = { index: number; line: number; wholes: Places; report: (one: Problem) => void; shared: Shared };

async function checkDialogue(dialogue: Dialogue, context: DialogueContext): Promise<void> {
  const { report, shared } = context;
  repeats(dialogue, context);
  const { renderer, count, maxTokens } = shared;
  const rendered = renderer === undefined || !dialogue.conversational ? undefined : await renderer.row(dialogue);
  for (const one of rendered?.problems ?? []) report(one);
  if (count === undefined) return;
  const tokens = rowTokens(dialogue, rendered?.texts ?? [], count);
  shared.tokens.add(tokens);
  if (maxTokens !== undefined && tokens > maxTokens) {
    report(
      problem('TOKENS', '', `the row has ${tokens} tokens (o200k_base), expected at most ${maxTokens}: trainers cut off or drop the rest`),
    );
  }
}

/** Equal rows of one file, and equal prompts in two splits. */
function repeats(dialogue: Dialogue, { index, line, wholes, report, shared }: DialogueContext): void {
  const hashes = dialogueHashes(dialogue);
  const here = { file: index, line };
  const twin = wholes.remember(hashes.whole, here);
  if (twin !== undefined) report(problem('DUPLICATE_ROW', '', `the row says the same as line ${twin.line}`));
  const { files, prompts } = shared;
  const split = files[index]?.split;
  if (split === undefined || dialogue.prompt.length === 0) return;
  const first = prompts.remember(hashes.prompt, here);
  const other = first === undefined ? undefined : files[first.file];
  if (first === undefined || other === undefined || other.split === split) return;
  const message = `the prompt is that of ${other.name}:${first.line} (${other.split}), and this row is in ${split}: the test would measure memory`;
  report(problem('SPLIT_LEAK', '', message));
}

const refusedType = /\b(?:MAP\(|UUID\b|INTERVAL\b|U?HUGEINT\b|VARIANT\b)/;

/** Columns whose Parquet type `load_dataset` refuses or changes. */
async function columnProblems(path: string): Promise<Problem[]> {
  const columns = await parquetColumns(path).catch(() => []);
  return columns
    .filter(({ type }) => refusedType.test(type.replace(/"(?:[^"]|"")*"/g, '')))
    .map(({ name, type }) =>
      problem('PARQUET_TYPE', '', `the column ${named(name)} has the type ${type.slice(0, 80)}: load_dataset fails or changes it`),
    );
}
