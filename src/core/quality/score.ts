import type { QualityWeights } from '../model/config.ts';
import type { Label, QualityCheck, QualityMetrics } from '../model/label.ts';
import { checksOf, meanOf, rounded } from './check.ts';
import { completenessChecks } from './completeness.ts';
import { consistencyChecks } from './consistency.ts';
import type { RecordsBySeq } from './evidence.ts';
import { groundingChecks } from './grounding.ts';
import { gates, type LabelProblem } from './problem.ts';
import { relevanceChecks } from './relevance.ts';
import { validateLabel } from './validate.ts';

/** Version of the formulas in docs/quality.md; changes whenever a score of an unchanged label can change. */
export const qualityVersion = '2';

/** The weights that apply when none are configured. */
export const defaultQualityWeights: QualityWeights = { evidenceQuality: 0.35, consistency: 0.25, completeness: 0.2, relevance: 0.2 };

/**
 * Scores a label by itself and the records it cites, never by other labels; each score is 0 to 1 with four decimals.
 * A label that `validateLabel` rejects has `overall_score` 0. `checks` is the full trace, `problems` what
 * `validateLabel` found.
 */
export function scoreLabel(
  label: Label,
  records: RecordsBySeq,
  weights: QualityWeights = defaultQualityWeights,
): { quality: QualityMetrics; checks: QualityCheck[]; problems: LabelProblem[] } {
  const { problems } = validateLabel(label, records);
  const gate = gateChecks(problems);
  const completeness = completenessChecks(label, records);
  const consistency = consistencyChecks(label, records);
  const relevance = relevanceChecks(label, records);
  const grounding = groundingChecks(label, records);
  const scores = {
    completeness: meanOf(completeness),
    consistency: meanOf(consistency),
    relevance: meanOf(relevance),
    evidence_quality: meanOf(grounding),
  };
  return {
    quality: { ...scores, overall_score: problems.length === 0 ? overallScore(scores, weights) : 0 },
    checks: [...gate, ...completeness, ...consistency, ...relevance, ...grounding],
    problems,
  };
}

/** One check per gate; `detail` names what kept the label back. */
function gateChecks(problems: readonly LabelProblem[]): QualityCheck[] {
  return checksOf(
    'gate',
    Object.entries(gates).map(([id, codes]) => {
      const found = problems.filter(({ code }) => (codes as readonly string[]).includes(code));
      const detail = found.map(({ code, pointer }) => `${code} ${pointer}`).join(', ');
      return { id, score: found.length === 0, ...(detail === '' ? {} : { detail }) };
    }),
  );
}

/** Geometric mean by weight: one bad dimension cannot be bought back by the others. */
export function overallScore(scores: Omit<QualityMetrics, 'overall_score'>, weights: QualityWeights): number {
  const parts: [number, number][] = [
    [scores.evidence_quality, weights.evidenceQuality],
    [scores.consistency, weights.consistency],
    [scores.completeness, weights.completeness],
    [scores.relevance, weights.relevance],
  ];
  const total = parts.reduce((sum, [, weight]) => sum + weight, 0);
  return rounded(parts.reduce((product, [score, weight]) => product * score ** (weight / total), 1));
}
