import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeTarget } from './export/target.ts';
import { stableId } from './labels/provenance.ts';
import type { Label, StoredEvent } from './model/label.ts';
import { loadAssets } from './report/assets.ts';
import { type Figures, figuresOf, newTally, tallyLabel } from './report/figures.ts';
import { labelBlocks, pageEnd, pageStart } from './report/page.ts';
import { detailOf, rowOf } from './report/rows.ts';
import { rulesStats } from './rules-stats.ts';
import type { LabelStore } from './store/store.ts';
import { timelineOf } from './timeline.ts';
import { toolVersion } from './version.ts';

type Source = Pick<LabelStore, 'select' | 'events' | 'reviews'>;

/** What a report reads, where it goes, and the rules that could have claimed something. */
export type ReportOptions = { out: string; rules: readonly { id: string; title: string }[] };

/** What was written: the file and its size, and what it is about. */
export type ReportSummary = Omit<Figures, 'distributions'> & { file: string; bytes: number; sha256: string };

/**
 * Writes the labels of a store as one HTML file that needs nothing else. The same labels give the same bytes. Labels are read three times and
 * never held all at once. Throws EXPORT_WRITE_FAILED and what the store throws (exit code 5).
 */
export async function writeReport(store: Source, { out, rules }: ReportOptions): Promise<ReportSummary> {
  const assets = await loadAssets();
  const tally = newTally();
  for await (const label of store.select()) tallyLabel(tally, label);
  const { distributions, ...figures } = figuresOf(tally);
  const stats = await rulesStats(
    store,
    rules.map(({ id }) => id),
  ); // prettier-ignore
  const titles = new Map(rules.map(({ id, title }) => [id, title]));
  const titled = stats.rules.map((rule) => ({ ...rule, title: titles.get(rule.id) ?? '' }));
  const summary = { ...figures, distributions, rules: { ...stats, rules: titled }, writtenBy: toolVersion };
  const text = async function* (labels: AsyncIterable<Label>) {
    yield pageStart(assets, summary);
    yield* labelBlocks(shownLabels(store, labels));
    yield pageEnd(assets);
  };
  const file = resolve(out);
  const sha256 = await writeTarget({ kind: 'text', text }, byCapture(store, [...tally.captures.keys()].sort()), { path: file });
  return { file, bytes: (await stat(file)).size, sha256, ...figures };
}

async function* byCapture(store: Source, captureIds: readonly string[]): AsyncGenerator<Label> {
  for (const captureId of captureIds) yield* store.select({ captureId });
}

/** Labels, capture by capture, with what a page shows of them. The events of one capture are held at a time, by incident. */
async function* shownLabels(store: Source, labels: AsyncIterable<Label>): AsyncGenerator<{ row: unknown; detail: unknown }> {
  let captureId: string | undefined;
  let events = new Map<string, StoredEvent[]>();
  for await (const label of labels) {
    if (label.capture_id !== captureId) {
      captureId = label.capture_id;
      events = await eventsByIncident(store, captureId);
    }
    const timeline = await timelineOf(label, events.get(label.incident_id) ?? []);
    yield { row: rowOf(label), detail: detailOf(label, timeline) };
  }
}

async function eventsByIncident(store: Source, captureId: string): Promise<Map<string, StoredEvent[]>> {
  const byIncident = new Map<string, StoredEvent[]>();
  for await (const event of store.events(captureId)) {
    const id = stableId(captureId, 'incident', String(event.data.incident));
    const known = byIncident.get(id);
    if (known === undefined) byIncident.set(id, [event]);
    else known.push(event);
  }
  return byIncident;
}
