import { type Analysis, analyze, finishAnalysis, newAnalysis, ruleFailures, takeSizing } from './analysis/analyze.ts';
import type { RuleFailure } from './analysis/explain.ts';
import { type CaptureProblem, emptyCaptureError } from './capture/errors.ts';
import { openManifest, openPicker, readBatches } from './capture/index.ts';
import { usageError } from './errors.ts';
import { storedEvents } from './labels/events.ts';
import { optimizationLabel } from './labels/optimization.ts';
import type { Provenance } from './labels/provenance.ts';
import { relationshipsOf, type StoredLabels } from './labels/relationships.ts';
import { troubleshootingLabel } from './labels/troubleshooting.ts';
import type { CaptureManifest, CaptureRecord } from './model/capture.ts';
import type { Config } from './model/config.ts';
import type { AnalyzedEvent, SizingFinding, Unsized } from './model/event.ts';
import type { EventCorrelation, Label, LabelRelationship, LabelType, StoredEvent } from './model/label.ts';
import { nearest } from './model/nearest.ts';
import { qualityVersion, scoreLabel } from './quality/score.ts';
import type { Rule } from './rules/rule.ts';
import { newSpool, type Spool } from './spool.ts';
import type { LabelStore, ReplaceResult } from './store/store.ts';
import { toolVersion } from './version.ts';

export type GenerateOptions = {
  store: LabelStore;
  config: Config;
  rules: readonly Rule[];
  rulesVersion: string;
  createdAt: string;
  minQuality?: number;
  type?: LabelType;
  signal?: AbortSignal;
  onProgress?: (progress: { capture: string; records: number; labels: number }) => void;
};

/** What became of one capture. `rejected` labels had evidence that the capture does not hold; `below` scored under the minimum. */
export type CaptureResult = {
  dir: string;
  captureId: string;
  cluster: string;
  records: number;
  incidents: number;
  stored: ReplaceResult;
  rejected: { id: string; problems: string[] }[];
  below: number;
  ruleFailures: RuleFailure[];
  /** Containers about which sizing says nothing, by what they lack. */
  unsized: { missing: string; containers: number }[];
  /** Torn tails of a capture that was not closed: what was lost there is not in the labels. */
  torn: CaptureProblem[];
  gaps: number;
};

const incidentBatch = 64;

/**
 * The main flow: captures → incidents → labels → store. Everything streams; a capture's labels replace its earlier ones in one
 * transaction. Errors of the capture (exit code 3) and the store (5) pass through.
 */
export async function generate(dirs: string[], options: GenerateOptions): Promise<CaptureResult[]> {
  const known = options.rules.map(({ id }) => id);
  for (const id of options.config.rules.disabled) {
    if (known.includes(id)) continue;
    const meant = nearest(id, known);
    throw usageError('RULE_UNKNOWN', `rules.disabled names ${id}, which is no rule`, {
      suggestions: [meant === undefined ? 'k8s-labeler rules list shows all' : `did you mean ${meant}?`],
    });
  }
  const results: CaptureResult[] = [];
  for (const dir of dirs) results.push(await generateCapture(dir, options));
  return results;
}

async function generateCapture(dir: string, options: GenerateOptions): Promise<CaptureResult> {
  const manifest = await openManifest(dir);
  const { config, rules } = options;
  const active = rules.filter((rule) => !config.rules.disabled.includes(rule.id));
  const analysis = newAnalysis({
    rules: active,
    settings: config.rules,
    clusters: manifest.clusters,
    coverage: manifest.coverage,
    aggregator: config.aggregator,
    abstain: config.abstain,
  });
  const result: Omit<CaptureResult, 'stored'> = {
    dir,
    captureId: manifest.id,
    cluster: manifest.clusters.map(({ name }) => name).join(', '),
    records: 0,
    incidents: 0,
    rejected: [],
    below: 0,
    ruleFailures: [],
    unsized: [],
    torn: [],
    gaps: manifest.gaps,
  }; // prettier-ignore
  const spool = await newSpool();
  try {
    const stored = await options.store.replaceCapture(
      manifest.id,
      {
        labels: judgedLabels(dir, manifest, analysis, options, result, spool),
        only: options.type,
        relationships: spool.read<LabelRelationship>('relationships'),
        events: spool.read<StoredEvent>('events'),
        correlations: spool.read<EventCorrelation>('correlations'),
      },
      options.createdAt,
    );
    return { ...result, ruleFailures: ruleFailures(analysis), stored };
  } finally {
    await spool.close();
  }
}

/** Labels that were re-checked against the capture and scored. What is rejected or too poor is counted in the result. */
async function* judgedLabels(
  dir: string,
  manifest: CaptureManifest,
  analysis: Analysis,
  options: GenerateOptions,
  result: Omit<CaptureResult, 'stored'>,
  spool: Spool,
): AsyncGenerator<Label> {
  const provenance: Provenance = {
    captureId: manifest.id,
    toolVersion,
    rulesVersion: options.rulesVersion,
    qualityVersion,
    clusterNames: new Map(manifest.clusters.map(({ alias, name }) => [alias, name])),
  };
  const minimum = options.minQuality ?? options.config.quality.minScore;
  const picker = await openPicker(dir);
  const stored: StoredLabels = new Map();
  try {
    for await (const { events, findings } of analyzedBatches(dir, analysis, options, result)) {
      const made: Label[] = [
        ...events.map((event) => troubleshootingLabel(event, provenance)),
        ...findings.map((finding) => optimizationLabel(finding, provenance)),
      ];
      const labels = made.filter((label) => options.type === undefined || label.type === options.type);
      const records = await picker.pick(labels.flatMap((label) => label.evidence.map(({ seq }) => seq)));
      const kept = labels.flatMap((label) => judged(label, records, minimum, options.config, result) ?? []);
      await spool.append({ relationships: kept.flatMap((label) => relationshipsOf(label, stored)) });
      yield* kept;
      for (const event of events) await spool.append(storedEvents(event, provenance));
    }
  } finally {
    await picker.close();
  }
}

/** The label with its scores, or nothing: rejected because the capture does not hold what it cites, or below the minimum. */
function judged(
  label: Label,
  records: Map<number, CaptureRecord>,
  minimum: number,
  config: Config,
  result: Omit<CaptureResult, 'stored'>,
): Label | undefined {
  const { problems, quality } = scoreLabel(label, records, config.quality.weights);
  if (problems.length > 0) {
    result.rejected.push({ id: label.id, problems: problems.map(({ code, pointer, message }) => `${code} ${pointer}: ${message}`) });
    return undefined;
  }
  if (quality.overall_score >= minimum) return { ...label, quality };
  result.below += 1;
  return undefined;
}

type Batch = { events: AnalyzedEvent[]; findings: SizingFinding[] };

async function* analyzedBatches(
  dir: string,
  analysis: Analysis,
  options: GenerateOptions,
  result: Omit<CaptureResult, 'stored'>,
): AsyncGenerator<Batch> {
  const unsized = new Map<string, number>();
  let events: AnalyzedEvent[] = [];
  let findings: SizingFinding[] = [];
  const gatherSizing = () => {
    const sizing = takeSizing(analysis);
    count(unsized, sizing.unsized);
    findings.push(...sizing.findings);
  };
  const take = (): Batch => {
    result.incidents += events.length;
    const batch = { events, findings };
    events = [];
    findings = [];
    return batch;
  };
  for await (const batch of readBatches(dir, { signal: options.signal, onProblem: (problem) => result.torn.push(problem) })) {
    for (const record of batch) {
      const certain = analyze(analysis, record);
      if (certain.length > 0) events.push(...certain);
    }
    result.records += batch.length;
    options.onProgress?.({ capture: dir, records: result.records, labels: result.incidents });
    gatherSizing();
    if (events.length + findings.length >= incidentBatch) yield take();
  }
  if (result.records === 0) throw emptyCaptureError(dir);
  const last = finishAnalysis(analysis);
  gatherSizing();
  for (let from = 0; from < last.length; from += incidentBatch) {
    events.push(...last.slice(from, from + incidentBatch));
    yield take();
  }
  yield take();
  result.unsized = [...unsized].map(([missing, containers]) => ({ missing, containers }));
}

/** Containers by what they lack, with the numbers of each taken out of the words. */
function count(reasons: Map<string, number>, unsized: Unsized[]): void {
  for (const { missing } of unsized) {
    for (const text of missing) {
      const kind = text.replace(/^\d+ samples/, 'too few samples').replace(/only [\d.]+ (\w+)/g, 'too little $1');
      reasons.set(kind, (reasons.get(kind) ?? 0) + 1);
    }
  }
}
