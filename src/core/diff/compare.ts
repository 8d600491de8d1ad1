import { stringifyJson } from '../model/json.ts';
import { type Label, labelFields } from '../model/label.ts';

/** A field of a label that differs. Short values are shown; lists as their length (`3 items`); long texts and objects are only named. */
export type FieldChange = { field: string; before?: string | number | null; after?: string | number | null };

const shownCharacters = 120;

/** Fields that a new version of the tool changes in every label. */
export const versionFields: readonly string[] = ['tool_version', 'rules_version', 'quality_version'];

/** Which fields of a label differ, in the order in which outputs show them; the scores of `quality` one by one. Key order is no difference. */
export function changesOf(before: Label, after: Label): FieldChange[] {
  if (stringifyJson(before) === stringifyJson(after)) return [];
  return labelFields.flatMap((field) => {
    const [was, is] = [fieldOf(before, field), fieldOf(after, field)];
    return field === 'quality' ? scoreChanges(before, after) : same(was, is) ? [] : [{ field, ...shown(was, is) }];
  });
}

function scoreChanges({ quality: before }: Label, { quality: after }: Label): FieldChange[] {
  const names = ['overall_score', 'completeness', 'consistency', 'relevance', 'evidence_quality'] as const;
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => ({ field: `quality.${name}`, before: before[name], after: after[name] }));
}

function shown(before: unknown, after: unknown): Omit<FieldChange, 'field'> {
  const [was, is] = [scalar(before), scalar(after)];
  return was === undefined || is === undefined ? {} : { before: was, after: is };
}

function scalar(value: unknown): string | number | null | undefined {
  if (value === undefined) return null;
  if (Array.isArray(value)) return `${value.length} items`;
  if (typeof value === 'string') return value.length > shownCharacters ? undefined : value;
  return typeof value === 'number' ? value : undefined;
}

function same(before: unknown, after: unknown): boolean {
  return stringifyJson(before) === stringifyJson(after) || stringifyJson(sorted(before)) === stringifyJson(sorted(after));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

function fieldOf(label: Label, field: string): unknown {
  return (label as Record<string, unknown>)[field];
}
