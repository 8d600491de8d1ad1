import type { QualityCheck } from '../model/label.ts';

export type Dimension = 'gate' | 'completeness' | 'consistency' | 'relevance' | 'evidence_quality';

/** A check of a dimension. `score` is 0 to 1, a boolean is 1 or 0, and undefined means "does not apply": no check then. */
export type Finding = { id: string; weight?: number; score: number | boolean | undefined; detail?: string };

/** The trace of a dimension from what was found; checks that do not apply are left out. */
export function checksOf(dimension: Dimension, findings: readonly Finding[]): QualityCheck[] {
  return findings.flatMap(({ id, weight = 1, score, detail }) =>
    score === undefined ? [] : [{ id, dimension, weight, score: rounded(Number(score)), ...(detail === undefined ? {} : { detail }) }],
  );
}

/** Weighted mean of the checks, 0 to 1; 0 without any. */
export function meanOf(checks: readonly QualityCheck[]): number {
  const total = sum(checks.map(({ weight = 1 }) => weight));
  return total === 0 ? 0 : rounded(sum(checks.map(({ weight = 1, score }) => weight * score)) / total);
}

/** Share of items that satisfy the test; undefined without items. */
export function shareOf<T>(items: readonly T[], holds: (item: T) => boolean): number | undefined {
  return items.length === 0 ? undefined : items.filter(holds).length / items.length;
}

/** Mean; undefined without values. */
export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : sum(values) / values.length;
}

/** Four decimals, inside 0 to 1: the same on every platform. */
export function rounded(score: number): number {
  return Math.round(Math.min(1, Math.max(0, score)) * 10_000) / 10_000;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
