/** When an incident opens and closes, and how much of it is kept. All times are seconds. */
export type AggregatorConfig = {
  /** How long a workload must stay healthy before its incident is closed as recovered. */
  windowSeconds: number;
  /** How long a young pod may be unready without that being abnormal. */
  startupGraceSeconds: number;
  /** How long a pod that was ready may be unready without that being abnormal. */
  notReadySeconds: number;
  /** An incident that lasts longer is closed and continued as the next one. */
  maxIncidentSeconds: number;
  maxSignals: number;
  maxLogLines: number;
  maxMetricSamples: number;
  /** How long an incident must bring nothing new before its causes are looked at. */
  settleSeconds: number;
};

/** Parameters of rules that have any, and the ids of rules that must not run. */
export type RulesConfig = {
  disabled: string[];
  packs: string[];
  podCrash: { crashThreshold: number; timeWindowSeconds: number };
  resourceUtilization: { cpuThreshold: number; memoryThreshold: number; durationSeconds: number };
};

/** Weights of the four dimensions in `overall_score`; only their proportions count. */
export type QualityWeights = { evidenceQuality: number; consistency: number; completeness: number; relevance: number };

export type QualityConfig = { minScore: number; weights: QualityWeights };

/** Below these the answer is `Inconclusive`. */
export type AbstainConfig = { minConfidence: number; minMargin: number };

/** Everything `k8s-labeler.yaml` can say, with durations as seconds and every default filled in. */
export type Config = {
  aggregator: AggregatorConfig;
  rules: RulesConfig;
  quality: QualityConfig;
  abstain: AbstainConfig;
  store: { path: string };
  captures: { dir: string };
  /** A file with wordings of training examples; the bundled ones without it. */
  templates?: string;
};
