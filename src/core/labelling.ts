import { type Analysis, newAnalysis } from './analysis/analyze.ts';
import type { Extra } from './analysis/signals/extra.ts';
import type { TrackRecords } from './analysis/vote.ts';
import { usageError } from './errors.ts';
import type { Provenance } from './labels/provenance.ts';
import type { CaptureManifest, CaptureRecord } from './model/capture.ts';
import type { Config } from './model/config.ts';
import type { Label, QualityCheck } from './model/label.ts';
import { nearest } from './model/nearest.ts';
import type { LabelProblem } from './quality/problem.ts';
import { qualityVersion, scoreLabel } from './quality/score.ts';
import type { Rule } from './rules/rule.ts';
import { toolVersion } from './version.ts';

/** How labels are made, whether of a whole capture or while it is recorded. */
export type LabellingOptions = {
  config: Config;
  rules: readonly Rule[];
  rulesVersion: string;
  extra?: Extra;
  minQuality?: number;
  /** What people found of the rules' answers. */
  trackRecords?: TrackRecords;
};

/** Throws RULE_UNKNOWN (exit code 2) if the configuration disables a rule that there is not. */
export function refuseUnknownRules({ config, rules }: Pick<LabellingOptions, 'config' | 'rules'>): void {
  const known = rules.map(({ id }) => id);
  for (const id of config.rules.disabled) {
    if (known.includes(id)) continue;
    const meant = nearest(id, known);
    throw usageError('RULE_UNKNOWN', `rules.disabled names ${id}, which is no rule`, {
      suggestions: [meant === undefined ? 'k8s-labeler rules list shows all' : `did you mean ${meant}?`],
    });
  }
}

/** The analysis of a capture that has seen none of its records. */
export function analysisOf(
  manifest: Pick<CaptureManifest, 'clusters' | 'coverage'>,
  { config, rules, extra, trackRecords }: LabellingOptions,
): Analysis {
  return newAnalysis({
    rules: rules.filter((rule) => !config.rules.disabled.includes(rule.id)),
    settings: config.rules,
    clusters: manifest.clusters,
    coverage: manifest.coverage,
    aggregator: config.aggregator,
    abstain: config.abstain,
    ...(extra === undefined ? {} : { extra }),
    ...(trackRecords === undefined ? {} : { records: trackRecords }),
  });
}

/** Where the labels of a capture come from. */
export function provenanceOf({ id, clusters }: Pick<CaptureManifest, 'id' | 'clusters'>, { rulesVersion }: LabellingOptions): Provenance {
  const clusterNames = new Map(clusters.map(({ alias, name }) => [alias, name]));
  return { captureId: id, toolVersion, rulesVersion, qualityVersion, clusterNames };
}

/** What became of a label: kept with its scores and their trace, below the minimum, or rejected because the capture does not hold what it says. */
export type Judgement =
  | { type: 'kept'; label: Label; checks: QualityCheck[] }
  | { type: 'below' }
  | { type: 'rejected'; problems: LabelProblem[] };

/** Checks a label again against the records it cites, and scores it. */
export function judge(label: Label, records: ReadonlyMap<number, CaptureRecord>, { config, minQuality }: LabellingOptions): Judgement {
  const { problems, quality, checks } = scoreLabel(label, records, config.quality.weights);
  if (problems.length > 0) return { type: 'rejected', problems };
  return quality.overall_score < (minQuality ?? config.quality.minScore)
    ? { type: 'below' }
    : { type: 'kept', label: { ...label, quality }, checks };
}

/** Problems in words, for people. */
export function problemTexts(problems: readonly LabelProblem[]): string[] {
  return problems.map(({ code, pointer, message }) => `${code} ${pointer}: ${message}`);
}
