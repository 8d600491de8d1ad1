import type { z } from 'zod';
import { captureError } from './errors.ts';
import type { SkippedInput } from './importers/importer.ts';
import { type LabelFile, labelReader } from './importers/labels/files.ts';
import { labelSchema } from './labels/schema.ts';
import { stringifyJson, wellFormed } from './model/json.ts';
import { type Label, labelFields, orderedLabel } from './model/label.ts';
import { datasetColumns } from './model/label-columns.ts';
import { nearest } from './model/nearest.ts';
import { pointerOf } from './model/pointer.ts';
import { oneLine } from './model/text.ts';

/** A checked row of a label file: the label with what its dataset says about it (`split`, `group_id`), or what is wrong. */
export type CheckedRow = { line: number; label: Label; dataset: Record<string, unknown> } | { problem: SkippedInput };

/**
 * The rows of a label file, each checked with the label schema. Nested fields come in the order in which every output shows them.
 * Throws LABELS_FOREIGN if the first row has hardly a field of a label, and what the readers throw (exit code 3).
 */
export async function* checkedLabels(file: LabelFile): AsyncGenerator<CheckedRow> {
  const read = await labelReader(file);
  let first = true;
  for await (const row of read(file.path, file.name)) {
    if ('problem' in row) {
      yield row;
      continue;
    }
    if (first) refuseForeign(file.name, row.value);
    first = false;
    const { fields, dataset } = parted(row.value);
    const problem = problemOf(fields);
    if (problem === undefined) yield { line: row.line, label: ordered(fields as Label), dataset };
    else yield { problem: { file: file.name, line: row.line, ...problem } };
  }
}

function refuseForeign(file: string, value: unknown): void {
  const names = isObject(value) ? Object.keys(value) : [];
  if (names.filter((name) => (labelFields as readonly string[]).includes(name)).length >= 3) return;
  const found = isObject(value) ? `the fields ${names.slice(0, 8).join(', ') || '(none)'}` : kindOf(value);
  throw captureError('LABELS_FOREIGN', `${file} holds no labels: its first row has ${oneLine(found, 200)}`, {
    suggestions: [
      'expected one label per row with id, type, question, answer, evidence, …, as k8s-labeler export --format writes them',
      'examples made for a trainer (export --to) are no labels: import the flat export they came from',
    ],
  });
}

function parted(value: unknown): { fields: unknown; dataset: Record<string, unknown> } {
  if (!isObject(value) || !datasetColumns.some((name) => name in value)) return { fields: value, dataset: {} };
  const entries = Object.entries(value);
  const [own, dataset] = [false, true].map((wanted) => entries.filter(([name]) => datasetColumns.includes(name) === wanted));
  return { fields: Object.fromEntries(own ?? []), dataset: Object.fromEntries(dataset ?? []) };
}

type Problem = Pick<SkippedInput, 'pointer' | 'found' | 'expected'>;

function problemOf(value: unknown): Problem | undefined {
  const checked = labelSchema.safeParse(value);
  if (!checked.success) return issueProblem(value, checked.error.issues);
  return wellFormed(value) === value ? unstorable(checked.data) : surrogateProblem(value);
}

/** The first issue, at the place it is about, and how many more there are. */
function issueProblem(value: unknown, issues: z.core.$ZodIssue[]): Problem {
  const [issue] = issues as [z.core.$ZodIssue];
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  if (issue.code === 'unrecognized_keys') {
    const name = String(issue.keys[0]);
    const meant = nearest(name, issue.path.length === 0 ? labelFields : []);
    const pointer = pointerOf(...path(issue), name);
    return {
      pointer,
      found: `the field ${name}`,
      expected: `no such field${meant === undefined ? '' : `; did you mean ${meant}?`}${more}`,
    };
  }
  const found = path(issue).reduce<unknown>((at, key) => (isObject(at) || Array.isArray(at) ? (at as never)[key] : undefined), value);
  return { pointer: pointerOf(...path(issue)), found: foundText(found), expected: `${expectedText(issue)}${more}` };
}

function path({ path }: z.core.$ZodIssue): (string | number)[] {
  return path.map((key) => (typeof key === 'number' ? key : String(key)));
}

function expectedText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return issue.expected;
  if (issue.code === 'invalid_union') return 'troubleshooting or resource_optimization';
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    return values.length > 8 ? `one of ${values.length} known values, such as ${values.slice(0, 3).join(', ')}` : values.join(' or ');
  }
  if (issue.code === 'invalid_format' && issue.format === 'datetime') return 'an RFC 3339 time with seconds';
  return issue.message.replace(/^Invalid /, 'a valid ').replace(/^Too (?:small|big): expected /, '');
}

/** Stores hold ids in lower case, although a UUID may have any. */
function unstorable({ id }: Label): Problem | undefined {
  return id === id.toLowerCase() ? undefined : { pointer: '/id', found: id, expected: 'a UUID in lower case' };
}

function surrogateProblem(value: unknown, ...at: (string | number)[]): Problem | undefined {
  const expected = 'well-formed Unicode';
  if (typeof value === 'string') {
    return value.isWellFormed()
      ? undefined
      : { pointer: pointerOf(...at), found: `a lone surrogate in ${JSON.stringify(value)}`, expected };
  }
  for (const [key, item] of typeof value === 'object' && value !== null ? Object.entries(value) : []) {
    if (!key.isWellFormed()) return { pointer: pointerOf(...at), found: `a lone surrogate in the name ${JSON.stringify(key)}`, expected };
    const problem = surrogateProblem(item, ...at, key);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Parquet has one order of the fields inside its structs: with this one, every format gives equal bytes for equal labels. */
function ordered(label: Label): Label {
  const { resource, resolution, quality, segments, evidence } = label as Label & { resolution?: { steps: object[] } };
  const fields = {
    ...label,
    resource: picked(resource, ['kind', 'namespace', 'name', 'uid', 'spec']),
    quality: picked(quality, ['completeness', 'consistency', 'relevance', 'evidence_quality', 'overall_score']),
    segments: segments.map((segment) => picked(segment, ['text', 'kind', 'evidence_ids'])),
    evidence: evidence.map((item) =>
      picked(item, ['id', 'type', 'seq', 'pointer', 'value', 'ref', 'note', 'role', 'observed_at', 'ablation']),
    ),
    ...(resolution === undefined ? {} : { resolution: orderedResolution(resolution) }),
  };
  return orderedLabel(fields as Label);
}

function orderedResolution({ steps, ...rest }: { steps: object[] }): object {
  return { ...rest, steps: steps.map((step) => picked(step, ['step', 'action', 'command', 'verify', 'risk', 'evidence_ids'])) };
}

function picked(value: object, names: readonly string[]): object {
  const fields = value as Record<string, unknown>;
  return Object.fromEntries(names.filter((name) => Object.hasOwn(fields, name)).map((name) => [name, fields[name]]));
}

function foundText(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'object' && value !== null ? kindOf(value) : oneLine(stringifyJson(value), 60);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value === null || typeof value !== 'object' ? `the value ${oneLine(stringifyJson(value), 60)}` : 'an object';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
