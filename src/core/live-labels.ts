import { type Analysis, analyze, finishAnalysis, peekAnalysis, takeSizing } from './analysis/analyze.ts';
import { noPatience, type Patience } from './analysis/peek.ts';
import { analysisOf, type LabellingOptions, provenanceOf } from './labelling.ts';
import type { Provenance } from './labels/provenance.ts';
import type { RelatedLabel } from './labels/relationships.ts';
import { type LiveRecords, noteRecords, turnOver } from './live-records.ts';
import { changesOf, type LabelChange, latenciesOf, planOf, relate, removed, type Standing } from './live-rows.ts';
import type { CaptureManifest, CaptureRecord } from './model/capture.ts';
import type { AnalyzedEvent, SizingFinding } from './model/event.ts';
import type { LabelStore, ReplaceResult } from './store/store.ts';

export type LiveOptions = LabellingOptions & {
  capture: Pick<CaptureManifest, 'id' | 'clusters' | 'coverage'>;
  /** Opens the store; it is closed after every refresh, so that others can read in between. */
  store: () => Promise<LabelStore>;
  records: LiveRecords;
  /** Epoch milliseconds. */
  now: () => number;
};

/** Labels of a capture that is still written: the store always holds what the recording would amount to if it ended now. */
export type LiveLabels = {
  options: LiveOptions;
  analysis: Analysis;
  provenance: Provenance;
  /** What has become certain, and is not stored yet. */
  settled: AnalyzedEvent[];
  findings: SizingFinding[];
  /** By incident key. */
  standing: Map<string, Standing>;
  related: Map<string, RelatedLabel>;
  /** When the first record came that the store does not know of, epoch ms; undefined if there is none. */
  waitingSince: number | undefined;
};

/**
 * What one refresh did to the store. `waitedMs`: from the receipt of the first record that was new in it to the commit; `latenciesMs`: from
 * that of the newest record that a label cites, for each with later evidence than before. A fact may have to stand for a while to count.
 */
export type Refresh = {
  stored: ReplaceResult;
  changes: LabelChange[];
  waitedMs: number;
  latenciesMs: number[];
  rejected: { id: string; problems: string[] }[];
  /** Ids of all labels and events that were written. */
  ids: string[];
};

const keptRelated = 50_000;

/** Repetitions are told within a quarter of a minute, the mere passing of time within five. */
export const livePatience: Patience = { repeatSeconds: 15, idleSeconds: 300 };

/** Nothing is known of the capture yet. */
export function newLiveLabels(options: LiveOptions): LiveLabels {
  const { capture } = options;
  return {
    options,
    analysis: analysisOf(capture, options),
    provenance: provenanceOf(capture, options),
    settled: [],
    findings: [],
    standing: new Map(),
    related: new Map(),
    waitingSince: undefined,
  };
}

/** Takes records in the order of their `seq` as they are received. */
export function takeRecords(live: LiveLabels, records: readonly CaptureRecord[]): void {
  const now = live.options.now();
  live.waitingSince ??= now;
  noteRecords(live.options.records, records, now);
  for (const record of records) live.settled.push(...analyze(live.analysis, record));
  live.findings.push(...takeSizing(live.analysis).findings);
}

/** Everything has been received: what is open is concluded. A refresh then stores it for good. */
export function finishRecords(live: LiveLabels): void {
  live.settled.push(...finishAnalysis(live.analysis));
  live.findings.push(...takeSizing(live.analysis).findings);
  live.waitingSince ??= live.options.now();
}

/**
 * Brings the store up to date; undefined if it was. With `settled` only what is certain is stored. Errors of the store (exit code 5) pass through: nothing is lost then, the next refresh
 * tries again.
 */
export async function refreshLabels(live: LiveLabels, patience: Patience | 'settled' = noPatience): Promise<Refresh | undefined> {
  const since = live.waitingSince;
  if (since === undefined) return undefined;
  live.waitingSince = undefined;
  const settled = live.settled.splice(0);
  const findings = live.findings.splice(0);
  try {
    const open = patience === 'settled' ? [] : peekAnalysis(live.analysis, patience);
    const refresh = await store(live, settled, findings, open, since);
    turnOver(live.options.records);
    if (patience === 'settled') live.waitingSince ??= since;
    return refresh;
  } catch (error) {
    live.settled.unshift(...settled);
    live.findings.unshift(...findings);
    live.waitingSince = since;
    throw error;
  }
}

async function store(
  live: LiveLabels,
  settled: AnalyzedEvent[],
  findings: SizingFinding[],
  open: AnalyzedEvent[],
  since: number,
): Promise<Refresh | undefined> {
  const { options, standing } = live;
  const keys = new Set([...settled, ...open].map(({ event }) => event.key));
  const gone = [...standing].filter(([key]) => !keys.has(key));
  const fresh = [...settled, ...open].filter((event) => standing.get(event.event.key)?.event !== event);
  if (fresh.length + findings.length + gone.length === 0) return undefined;
  const plan = await planOf(live, fresh, findings);
  for (const [, { label, events }] of gone) plan.remove.push(...events, ...(label === undefined ? [] : [label.id]));
  const related = relate(live, plan, settled, open);
  const opened = await options.store();
  let stored: ReplaceResult;
  try {
    stored = await opened.mergeCapture(options.capture.id, plan, new Date(options.now()).toISOString());
  } finally {
    await opened.close();
  }
  for (const [key] of gone) standing.delete(key);
  const changes = [...changesOf(standing, plan.next), ...gone.flatMap(([, { label }]) => (label === undefined ? [] : [removed(label)]))];
  const latenciesMs = latenciesOf(live, plan.next);
  for (const [key, next] of plan.next) standing.set(key, next);
  for (const { event } of settled) standing.delete(event.key);
  remember(live, related);
  const ids = [...plan.labels, ...plan.events].map(({ id }) => id);
  return { stored, changes, waitedMs: options.now() - since, latenciesMs, rejected: plan.rejected, ids };
}

function remember({ related }: LiveLabels, left: Map<string, RelatedLabel>): void {
  for (const [key, label] of left) {
    related.delete(key);
    related.set(key, label);
  }
  for (const oldest of related.keys()) {
    if (related.size <= keptRelated) break;
    related.delete(oldest);
  }
}
