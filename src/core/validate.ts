import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeDurably } from './capture/manifest.ts';
import { infoProblems } from './conformance/card.ts';
import { type ChatTemplate, chatRenderer, loadChatTemplate } from './conformance/chat-template.ts';
import { checkFiles, type FileResult } from './conformance/check-files.ts';
import { type ConsumerName, conformances } from './conformance/consumers/consumers.ts';
import type { Finding } from './conformance/finding.ts';
import { problem } from './conformance/finding.ts';
import { likelyConsumers } from './conformance/infer.ts';
import { type ManifestFile, manifestFiles, manifestFindings, rowCountFindings } from './conformance/manifest.ts';
import { rowRenderer } from './conformance/rendering.ts';
import { type CodeCount, type FindingSink, findingSink } from './conformance/sink.ts';
import { openPath, resolveTarget, type Target } from './conformance/target.ts';
import { type TokenStatistics, tokenCounter } from './conformance/tokens.ts';
import { exitCodes, LabelerError, systemCode, usageError } from './errors.ts';
import { stringifyJson } from './model/json.ts';

/** `consumer` undefined: inferred. `limit`: findings to keep. `tokens`: count them even without a maximum. */
export type ValidateOptions = {
  consumer?: ConsumerName;
  chatTemplate?: string;
  maxTokens?: number;
  tokens?: boolean;
  strict?: boolean;
  limit?: number;
  onRow?: (rows: number, file: string) => void;
};

/**
 * What was found. `counts` are exact, `findings` the first ones (`findingsLeftOut` more were found). `splits` counts rows. `template` counts
 * rendered rows; rows are skipped when a template has used up its limits three times.
 */
export type ValidationReport = {
  path: string;
  for: ConsumerName;
  passed: boolean;
  rows: number;
  files: FileResult[];
  splits: Record<string, number>;
  errors: number;
  warnings: number;
  counts: CodeCount[];
  findings: Finding[];
  findingsLeftOut: number;
  tokens?: TokenStatistics;
  template?: { rendered: number; skipped: number };
};

/**
 * Checks a dataset file or folder against the rules of a consumer, streamed: what is kept per row is two hashes of 16 bytes with their
 * places. Throws PATH_UNREADABLE, FORMAT_UNKNOWN, CONSUMER_UNCLEAR, NOTHING_TO_VALIDATE, TEMPLATE_UNREADABLE, TEMPLATE_INVALID and
 * MISSING_PEER (exit code 2).
 */
export async function validate(path: string, options: ValidateOptions = {}): Promise<ValidationReport> {
  const consumer = options.consumer ?? (await inferred(path));
  const target = await resolveTarget(path, consumer);
  const sink = findingSink(options.limit ?? 1000);
  if (target.files.length === 0 && target.findings.length === 0) throw await nothingFor(path, consumer, target);
  const template = options.chatTemplate === undefined ? undefined : await loadChatTemplate(options.chatTemplate);
  const count = options.tokens || options.maxTokens !== undefined ? await tokenCounter() : undefined;
  return withRenderer(template, async (renderer) => {
    for (const finding of target.findings) sink.add(finding);
    const manifests = await checkManifests(target, sink);
    const checks = { add: sink.add, renderer, count, maxTokens: options.maxTokens, onRow: options.onRow };
    const { results, tokens } = await checkFiles(target.files, conformances[consumer], checks).catch((error: unknown) => {
      throw systemCode(error) === '' ? error : usageError('PATH_UNREADABLE', `cannot read ${path}: ${String(error)}`, { cause: error });
    });
    lateFindings(target, results, manifests, sink);
    return reportOf(path, consumer, options, { sink, results, tokens, template: renderer?.counts() });
  });
}

/** Writes a report as JSON, whole or not at all. Throws REPORT_WRITE_FAILED (exit code 5). */
export async function writeReport(report: ValidationReport, path: string): Promise<void> {
  await writeDurably(resolve(path), `${stringifyJson(report, 2)}\n`).catch((error: unknown) => {
    const message = `cannot write the report to ${path} (${systemCode(error)})`;
    throw new LabelerError('REPORT_WRITE_FAILED', message, { exitCode: exitCodes.store, cause: error });
  });
}

async function withRenderer<T>(
  template: ChatTemplate | undefined,
  work: (renderer?: ReturnType<typeof rowRenderer>) => Promise<T>,
): Promise<T> {
  if (template === undefined) return work();
  const renderer = await chatRenderer(template);
  try {
    return await work(rowRenderer(renderer));
  } finally {
    await renderer.close();
  }
}

async function inferred(path: string): Promise<ConsumerName> {
  const { root, names } = await openPath(path);
  const likely = await likelyConsumers(root, names);
  const [only] = likely;
  if (only !== undefined && likely.length === 1) return only;
  const why = likely.length === 0 ? 'no consumer reads columns like these' : `${likely.join(', ')} read columns like these`;
  const offered = likely.length === 0 ? (Object.keys(conformances) as ConsumerName[]) : likely;
  throw usageError('CONSUMER_UNCLEAR', `cannot tell for whom ${path} is meant: ${why}`, {
    suggestions: offered.map((name) => `--for ${name}`),
  });
}

async function nothingFor(path: string, consumer: ConsumerName, { root, names }: Target): Promise<LabelerError> {
  const shown =
    names.length === 0 ? 'nothing' : `${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`;
  const likely = (await likelyConsumers(root, names)).filter((name) => name !== consumer);
  const { formats, linesOnly } = conformances[consumer];
  const expected = linesOnly ? '.jsonl files' : `${formats.join(', ')} files`;
  return usageError('NOTHING_TO_VALIDATE', `${path} holds nothing for ${consumer}: found ${shown}, expected ${expected}`, {
    suggestions: likely.map((name) => `k8s-labeler validate ${path} --for ${name}`),
  });
}

type Manifest = { file: string; entries: ManifestFile[] };

/** The manifest of the folder, and of the part of it that is for the consumer. Entries of other parts are not looked at. */
async function checkManifests(target: Target, sink: FindingSink): Promise<Manifest[]> {
  const { root, base, names, files } = target;
  const all = new Set(names);
  const read = new Set(files.map(({ name }) => name));
  const found: Manifest[] = [];
  for (const below of new Set(['', base])) {
    const file = below === '' ? 'manifest.json' : `${below}/manifest.json`;
    if (!all.has(file)) continue;
    const listed = manifestFiles(await jsonFile(join(root, file), file, sink), below);
    if (listed === undefined) continue;
    const entries = below === base ? listed : listed.filter(({ name }) => name.startsWith(`${base}/`) || read.has(name));
    for await (const finding of manifestFindings(root, file, entries, all)) sink.add(finding);
    found.push({ file, entries });
  }
  return found;
}

async function jsonFile(path: string, file: string, sink: FindingSink): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const message = `the manifest is no JSON: ${error instanceof Error ? error.message : String(error)}`;
    sink.add({ file, line: 0, ...problem('MANIFEST_INVALID', '', message) });
    return undefined;
  }
}

function lateFindings({ info }: Target, results: FileResult[], manifests: Manifest[], sink: FindingSink): void {
  const rowsOf = (config: string, split: string) => {
    const parts = results.filter((one) => one.config === config && one.split === split);
    return parts.length === 0 ? undefined : parts.reduce((sum, { rows }) => sum + rows, 0);
  };
  for (const one of infoProblems(info, rowsOf)) sink.add({ file: 'README.md', line: 1, ...one });
  for (const { file, entries } of manifests) {
    for (const finding of rowCountFindings(file, entries, (name) => results.find((one) => one.file === name)?.rows)) sink.add(finding);
  }
}

type Outcome = { sink: FindingSink; results: FileResult[]; tokens?: TokenStatistics; template?: ValidationReport['template'] };

function reportOf(
  path: string,
  consumer: ConsumerName,
  { strict }: ValidateOptions,
  { sink, results, tokens, template }: Outcome,
): ValidationReport {
  const counts = sink.counts();
  const total = (severity: string) => counts.filter((one) => one.severity === severity).reduce((sum, { count }) => sum + count, 0);
  const [errors, warnings] = [total('error'), total('warning')];
  const splits: Record<string, number> = {};
  for (const { split, rows } of results) if (split !== undefined) splits[split] = (splits[split] ?? 0) + rows;
  const findings = sink.findings();
  return {
    path,
    for: consumer,
    passed: errors === 0 && !(strict === true && warnings > 0),
    rows: results.reduce((sum, { rows }) => sum + rows, 0),
    files: results,
    splits,
    errors,
    warnings,
    counts,
    findings,
    findingsLeftOut: errors + warnings - findings.length,
    ...(tokens === undefined ? {} : { tokens }),
    ...(template === undefined ? {} : { template }),
  };
}

/** Where a finding is, for people: `train.jsonl:12 /messages/3/role`. */
export function placeOf({ file, line, pointer }: Pick<Finding, 'file' | 'line' | 'pointer'>): string {
  return `${file}${line === 0 ? '' : `:${line}`}${pointer === '' ? '' : ` ${pointer}`}`;
}
