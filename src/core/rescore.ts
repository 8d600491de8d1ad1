import { openManifest, openPicker } from './capture/index.ts';
import type { RecordPicker } from './capture/pick.ts';
import { problemTexts } from './labelling.ts';
import type { CaptureManifest } from './model/capture.ts';
import type { QualityWeights } from './model/config.ts';
import type { Label, LabelRelationship } from './model/label.ts';
import { type Band, bandOf } from './quality/bands.ts';
import { qualityVersion, scoreLabel } from './quality/score.ts';
import type { LabelStore, TracedLabel } from './store/store.ts';

export type RescoreOptions = {
  store: LabelStore;
  weights: QualityWeights;
  /** Only say what would change. */
  dryRun: boolean;
  /** Whether labels of captures that were not given count as missing. */
  all: boolean;
  createdAt: string;
  signal?: AbortSignal;
  onProgress?: (progress: { capture: string; labels: number }) => void;
};

/** A label that a gate rejects now, and what it scored before. It stays, with an overall score of 0. */
export type Fallen = { id: string; reason: string; before: number; problems: string[] };

/**
 * What scoring again did. `changed` are labels with other scores or of another version; means are of `overall_score`, null without labels.
 * `missing` are labels that were left as they are, by capture: it was not found, or their records were pruned from it.
 */
export type RescoreReport = {
  qualityVersion: string;
  dryRun: boolean;
  labels: number;
  changed: number;
  mean: { before: number; after: number } | null;
  moves: { from: Band; to: Band; labels: number }[];
  fallen: Fallen[];
  captures: { dir: string; captureId: string; labels: number; changed: number }[];
  missing: { captureId: string; cluster: string; labels: number; why: 'not-found' | 'pruned' }[];
};

type Tally = Pick<RescoreReport, 'labels' | 'changed' | 'fallen' | 'missing'> & {
  before: number;
  after: number;
  moves: Map<string, number>;
};

const batchSize = 64;

/**
 * Scores stored labels again with the present formulas, against the records of the captures in `dirs`; each capture's labels are written in
 * one transaction, everything but their quality unchanged. Errors of the captures (exit code 3) and the store (5) pass through.
 */
export async function rescore(dirs: readonly string[], options: RescoreOptions): Promise<RescoreReport> {
  const { store, dryRun } = options;
  const tally: Tally = { labels: 0, changed: 0, fallen: [], missing: [], before: 0, after: 0, moves: new Map() };
  const captures: RescoreReport['captures'] = [];
  const seen = new Set<string>();
  for (const dir of dirs) {
    const manifest = await openManifest(dir);
    const { id } = manifest;
    if (seen.has(id) || (await store.count({ captureId: id })) === 0) continue;
    seen.add(id);
    const [labels, changed] = [tally.labels, tally.changed];
    await rescoreCapture(dir, manifest, options, tally);
    captures.push({ dir, captureId: id, labels: tally.labels - labels, changed: tally.changed - changed });
  }
  const stored = options.all ? (await store.info()).captures : [];
  return {
    qualityVersion,
    dryRun,
    labels: tally.labels,
    changed: tally.changed,
    mean: tally.labels === 0 ? null : { before: rounded(tally.before / tally.labels), after: rounded(tally.after / tally.labels) },
    moves: movesOf(tally.moves),
    fallen: tally.fallen,
    captures,
    missing: [
      ...tally.missing,
      ...stored
        .filter(({ captureId }) => !seen.has(captureId))
        .map(({ captureId, cluster, labels }) => ({ captureId, cluster, labels, why: 'not-found' as const })),
    ],
  };
}

async function rescoreCapture(dir: string, manifest: CaptureManifest, options: RescoreOptions, tally: Tally): Promise<void> {
  const { store, dryRun, createdAt } = options;
  const picker = await openPicker(dir);
  const ids: string[] = [];
  try {
    const labels = rescored(manifest, picker, options, tally, ids, dir);
    if (dryRun) for await (const label of labels) ids.push(label.id);
    // A label that is written brings its relationships along, else they would go.
    else await store.mergeCapture(manifest.id, { labels, relationships: relationshipsFrom(store, ids) }, createdAt);
  } finally {
    await picker.close();
  }
}

async function* rescored(
  { id: captureId, pruned = [] }: CaptureManifest,
  picker: RecordPicker,
  { store, weights, signal, onProgress }: RescoreOptions,
  tally: Tally,
  ids: string[],
  capture: string,
): AsyncGenerator<TracedLabel> {
  for await (const labels of batchesOf(store.select({ captureId }))) {
    signal?.throwIfAborted();
    const records = await picker.pick(labels.flatMap(({ evidence }) => evidence.map(({ seq }) => seq)));
    for (const label of labels) {
      const { quality, checks, problems } = scoreLabel(label, records, weights);
      if (pruned.length > 0 && problems.length > 0 && problems.every(({ code }) => code === 'EVIDENCE_RECORD_MISSING')) {
        leave(tally, label);
        continue;
      }
      const next: Label = { ...label, quality, quality_version: qualityVersion };
      note(tally, label, next, problemTexts(problems));
      ids.push(label.id);
      yield { ...next, quality_checks: checks };
    }
    onProgress?.({ capture, labels: tally.labels });
  }
}

async function* batchesOf(labels: AsyncIterable<Label>): AsyncGenerator<Label[]> {
  let batch: Label[] = [];
  for await (const label of labels) {
    batch.push(label);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* relationshipsFrom(store: LabelStore, ids: readonly string[]): AsyncGenerator<LabelRelationship> {
  for (const id of ids) yield* (await store.relationships(id)).filter(({ source_label_id }) => source_label_id === id);
}

function note(tally: Tally, label: Label, next: Label, problems: string[]): void {
  const [before, after] = [label.quality.overall_score, next.quality.overall_score];
  const names = Object.keys(next.quality) as (keyof Label['quality'])[];
  tally.labels += 1;
  tally.before += before;
  tally.after += after;
  if (label.quality_version !== next.quality_version || names.some((name) => label.quality[name] !== next.quality[name]))
    tally.changed += 1;
  const [from, to] = [bandOf(before), bandOf(after)];
  if (from !== to) tally.moves.set(`${from} ${to}`, (tally.moves.get(`${from} ${to}`) ?? 0) + 1);
  if (problems.length > 0) tally.fallen.push({ id: label.id, reason: label.reason, before, problems });
}

/** What a size limit took from the capture cannot be judged any more: the label was right when its records were there. */
function leave({ missing }: Tally, { capture_id, cluster_id }: Label): void {
  const known = missing.find(({ captureId, cluster }) => captureId === capture_id && cluster === cluster_id);
  if (known === undefined) missing.push({ captureId: capture_id, cluster: cluster_id, labels: 1, why: 'pruned' });
  else known.labels += 1;
}

function movesOf(moves: ReadonlyMap<string, number>): RescoreReport['moves'] {
  return [...moves].sort().map(([move, labels]) => {
    const [from, to] = move.split(' ') as [Band, Band];
    return { from, to, labels };
  });
}

function rounded(score: number): number {
  return Math.round(score * 1e4) / 1e4;
}
