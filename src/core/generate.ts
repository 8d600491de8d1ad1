import { createHash } from 'node:crypto';
import { type Analysis, analyze, finishAnalysis, ruleFailures, takeSizing } from './analysis/analyze.ts';
import type { RuleFailure } from './analysis/explain.ts';
import { type CaptureProblem, emptyCaptureError } from './capture/errors.ts';
import { openManifest, openPicker, readBatches } from './capture/index.ts';
import { analysisOf, judge, type LabellingOptions, problemTexts, provenanceOf, refuseUnknownRules } from './labelling.ts';
import { storedEvents } from './labels/events.ts';
import { optimizationLabel } from './labels/optimization.ts';
import { relationshipsOf, type StoredLabels } from './labels/relationships.ts';
import { troubleshootingLabel } from './labels/troubleshooting.ts';
import type { CaptureManifest, CaptureRecord } from './model/capture.ts';
import type { AnalyzedEvent, SizingFinding, Unsized } from './model/event.ts';
import { stringifyJson } from './model/json.ts';
import type { EventCorrelation, Label, LabelRelationship, LabelType, StoredEvent } from './model/label.ts';
import { newSpool, type Spool } from './spool.ts';
import type { CaptureSource, LabelStore, ReplaceResult, TracedLabel } from './store/store.ts';
import { storedRecords } from './track-records.ts';

export type GenerateOptions = LabellingOptions & {
  store: LabelStore;
  createdAt: string;
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
 * transaction. What people said of labels in that store weighs the rules' votes. Errors of the capture (exit code 3) and the store (5)
 * pass through.
 */
export async function generate(dirs: string[], options: GenerateOptions): Promise<CaptureResult[]> {
  refuseUnknownRules(options);
  const results: CaptureResult[] = [];
  const known = options.trackRecords ?? (await storedRecords(options.store));
  for (const dir of dirs) results.push(await generateCapture(dir, { ...options, trackRecords: known }));
  return results;
}

async function generateCapture(dir: string, options: GenerateOptions): Promise<CaptureResult> {
  const manifest = await openManifest(dir);
  const analysis = analysisOf(manifest, options);
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
        source: sourceOf(manifest),
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
): AsyncGenerator<TracedLabel> {
  const provenance = provenanceOf(manifest, options);
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
      const good = labels.flatMap((label) => kept(label, records, options, result));
      await spool.append({ relationships: good.flatMap((label) => relationshipsOf(label, stored)) });
      yield* good;
      for (const event of events) await spool.append(storedEvents(event, provenance));
    }
  } finally {
    await picker.close();
  }
}

/** The label with its trace if it is kept; otherwise the result says why not. */
function kept(
  label: Label,
  records: Map<number, CaptureRecord>,
  options: GenerateOptions,
  result: Pick<CaptureResult, 'rejected' | 'below'>,
): TracedLabel[] {
  const judgement = judge(label, records, options);
  if (judgement.type === 'kept') return [{ ...judgement.label, quality_checks: judgement.checks }];
  if (judgement.type === 'below') result.below += 1;
  else result.rejected.push({ id: label.id, problems: problemTexts(judgement.problems) });
  return [];
}

/** What a dataset says of the capture that its labels come from. */
function sourceOf(manifest: CaptureManifest): CaptureSource {
  const sha256 = createHash('sha256').update(stringifyJson(manifest)).digest('hex');
  const { type, format } = manifest.source;
  const origin = format === undefined ? type : `${type} ${format}`;
  return { manifest_sha256: sha256, masked: manifest.masking.counts, origin };
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
