import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeTarget } from './export/target.ts';
import { type LabelEvents, withEvents } from './label-events.ts';
import type { Label } from './model/label.ts';
import { splitNames } from './model/training.ts';
import { loadAssets } from './report/assets.ts';
import { datasetSplits } from './report/dataset-proof.ts';
import type { Figures } from './report/figures.ts';
import { labelBlocks, pageEnd, pageStart } from './report/page.ts';
import { gatherReviews, type Reviewed, reviewRows, reviewWords } from './report/reviews.ts';
import { detailOf, rowOf } from './report/rows.ts';
import { exportFilter, type ReportSelection, selected } from './report/selection.ts';
import { computedSplits, type SplitDefaults, type SplitProof, type Splits } from './report/splits.ts';
import { surveyOf } from './report/survey.ts';
import type { LabelStore } from './store/store.ts';
import { timelineOf } from './timeline.ts';
import { toolVersion } from './version.ts';

export type ReportSource = Pick<LabelStore, 'select' | 'allEvents' | 'reviews'>;

/**
 * Where a report goes, and the rules that could have claimed something. `selection` says of which labels it is (times resolved), `dataset`
 * names a folder of `export --to` whose proof is shown; without it labels are split by `defaults`, if there are any.
 */
export type ReportOptions = {
  out: string;
  rules: readonly { id: string; title: string }[];
  defaults?: SplitDefaults | undefined;
  selection?: ReportSelection;
  dataset?: string | undefined;
  onProgress?: (step: string) => void;
};

/** What was written: the file and its size, what it is about, the proof of splits that it shows, and how many of its labels are in a split. */
export type ReportSummary = Omit<Figures, 'distributions'> & {
  file: string;
  bytes: number;
  sha256: string;
  selection: Record<string, string>;
  splits: SplitProof | null;
  placed: number;
};

/**
 * Writes labels of a store as one HTML file that needs nothing else. The same labels give the same bytes. Labels are read three times, events
 * once, however many captures there are; memory follows the number of labels, not their size. Throws EXPORT_WRITE_FAILED, what
 * `datasetSplits` throws, and what the store throws (exit code 5).
 */
export async function writeReport(store: ReportSource, options: ReportOptions): Promise<ReportSummary> {
  const { rules, onProgress } = options;
  const { labels, terms } = selected(store, options.selection ?? {});
  const assets = await loadAssets();
  const splits = await splitsOf(store, options);
  onProgress?.('counting labels');
  const reviewed = await gatherReviews(store.reviews());
  const survey = await surveyOf(labels(), reviewed, rules);
  const { distributions, ...figures } = survey.figures;
  const placed = survey.index.ids.filter((id) => splits?.placeOf(id) !== undefined).length;
  const shown = {
    ...figures,
    distributions,
    rules: survey.rules,
    splits: splits?.proof ?? null,
    placed,
    selection: terms,
    writtenBy: toolVersion,
  };
  const text = async function* (source: AsyncIterable<Label>) {
    yield pageStart(assets, shown);
    yield* labelBlocks(shownLabels(withEvents(source, store.allEvents(), survey.index), reviewed, splits));
    yield pageEnd(assets);
  };
  const file = resolve(options.out);
  onProgress?.(`writing ${figures.labels} labels`);
  const sha256 = await writeTarget({ kind: 'text', text }, labels(), { path: file });
  return { file, bytes: (await stat(file)).size, sha256, ...figures, selection: Object.fromEntries(terms), splits: shown.splits, placed };
}

async function splitsOf(store: ReportSource, { dataset, defaults, selection, onProgress }: ReportOptions): Promise<Splits | undefined> {
  if (dataset !== undefined) return datasetSplits(dataset);
  if (defaults === undefined) return undefined;
  onProgress?.('splitting labels');
  return computedSplits(store, exportFilter(selection ?? {}), defaults);
}

/** What a page shows of labels, in the list and opened. */
async function* shownLabels(labels: AsyncIterable<LabelEvents>, reviewed: Reviewed, splits: Splits | undefined) {
  for await (const { label, events } of labels) {
    const place = splits?.placeOf(label.id);
    const split = place === undefined ? 'in none' : `${place.split}, group ${place.group}`;
    const said = { reviews: reviewRows(reviewed.byLabel.get(label.id) ?? []), split: splits === undefined ? '' : split };
    yield {
      row: rowOf(label, reviewWords.indexOf(reviewed.wordOf(label.id)), place === undefined ? -1 : splitNames.indexOf(place.split)),
      detail: detailOf(label, await timelineOf(label, events), said),
    };
  }
}
