import { type Analysis, analyze, finishAnalysis, newAnalysis, ruleFailures } from './analysis/analyze.ts';
import type { RuleFailure } from './analysis/explain.ts';
import { openManifest, openPicker, readBatches } from './capture/index.ts';
import { storedEvents } from './labels/events.ts';
import { labelsOf } from './labels/labels.ts';
import type { Provenance } from './labels/provenance.ts';
import type { CaptureManifest } from './model/capture.ts';
import type { Config } from './model/config.ts';
import type { AnalyzedEvent } from './model/event.ts';
import type { EventCorrelation, Label, LabelRelationship, LabelType, StoredEvent } from './model/label.ts';
import { qualityVersion, scoreLabel } from './quality/score.ts';
import { validateLabel } from './quality/validate.ts';
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
  unsized: string[];
  gaps: number;
};

const incidentBatch = 64;

/**
 * The main flow: captures → incidents → labels → store. Everything streams; a capture's labels replace its earlier ones in one
 * transaction. Errors of the capture (exit code 3) and the store (5) pass through.
 */
export async function generate(dirs: string[], options: GenerateOptions): Promise<CaptureResult[]> {
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
    dir, captureId: manifest.id, cluster: manifest.clusters.map(({ name }) => name).join(', '), records: 0, incidents: 0,
    rejected: [], below: 0, ruleFailures: [], unsized: [], gaps: manifest.gaps,
  }; // prettier-ignore
  const spool = await newSpool();
  try {
    const stored = await options.store.replaceCapture(
      manifest.id,
      {
        labels: judgedLabels(dir, manifest, analysis, options, result, spool),
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
  try {
    for await (const events of analyzedBatches(dir, analysis, options, result)) {
      const labels = events.flatMap((event) => labelsOf(event, provenance)).filter((label) => options.type === undefined || label.type === options.type);
      const records = await picker.pick(labels.flatMap((label) => label.evidence.map(({ seq }) => seq)));
      for (const label of labels) {
        const { problems } = validateLabel(label, records);
        if (problems.length > 0) {
          result.rejected.push({ id: label.id, problems: problems.map(({ code, pointer, message }) => `${code} ${pointer}: ${message}`) });
          continue;
        }
        const scored: Label = { ...label, quality: scoreLabel(label, records, options.config.quality.weights).quality };
        if (scored.quality.overall_score < minimum) result.below += 1;
        else yield scored;
      }
      for (const event of events) await spool.append(storedEvents(event, provenance));
    }
  } finally {
    await picker.close();
  }
}

async function* analyzedBatches(
  dir: string,
  analysis: Analysis,
  options: GenerateOptions,
  result: Omit<CaptureResult, 'stored'>,
): AsyncGenerator<AnalyzedEvent[]> {
  let pending: AnalyzedEvent[] = [];
  for await (const batch of readBatches(dir, { signal: options.signal })) {
    for (const record of batch) {
      const certain = analyze(analysis, record);
      if (certain.length > 0) pending.push(...certain);
    }
    result.records += batch.length;
    options.onProgress?.({ capture: dir, records: result.records, labels: result.incidents });
    if (pending.length >= incidentBatch) {
      result.incidents += pending.length;
      yield pending;
      pending = [];
    }
  }
  pending.push(...finishAnalysis(analysis));
  result.incidents += pending.length;
  for (let from = 0; from < pending.length; from += incidentBatch) yield pending.slice(from, from + incidentBatch);
}
