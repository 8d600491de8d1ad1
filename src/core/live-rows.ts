import { judge, problemTexts } from './labelling.ts';
import { storedEvents } from './labels/events.ts';
import { optimizationLabel } from './labels/optimization.ts';
import { type RelatedLabel, relationshipsOf } from './labels/relationships.ts';
import { troubleshootingLabel } from './labels/troubleshooting.ts';
import type { LiveLabels } from './live-labels.ts';
import { arrivedAt, recordsOf } from './live-records.ts';
import type { CaptureRecord } from './model/capture.ts';
import type { AnalyzedEvent, SizingFinding } from './model/event.ts';
import { stringifyJson } from './model/json.ts';
import type { EventCorrelation, Label, LabelRelationship, StoredEvent } from './model/label.ts';
import type { TracedLabel } from './store/store.ts';

/** An incident that is not settled, as it stands in the store. `label` is undefined when none is good enough. */
export type Standing = { event: AnalyzedEvent; label: TracedLabel | undefined; relations: string; events: string[]; newestSeq: number };

/** A label that came, changed, or went. */
export type LabelChange = { type: 'new' | 'updated' | 'removed'; label: Label; before?: Label };

/** The rows that a refresh stores, and how incidents stand after it. */
export type Plan = {
  labels: TracedLabel[];
  sized: TracedLabel[];
  relationships: LabelRelationship[];
  events: StoredEvent[];
  correlations: EventCorrelation[];
  remove: string[];
  rejected: { id: string; problems: string[] }[];
  next: Map<string, Standing>;
};

/** The rows of incidents that are new or look different now, with their labels checked against the records they cite. */
export async function planOf(live: LiveLabels, fresh: AnalyzedEvent[], findings: SizingFinding[]): Promise<Plan> {
  const { options, provenance, standing } = live;
  const plan: Plan = { labels: [], sized: [], relationships: [], events: [], correlations: [], remove: [], rejected: [], next: new Map() };
  const made = fresh.map((event) => ({ event, label: troubleshootingLabel(event, provenance) }));
  const sized = findings.map((finding) => optimizationLabel(finding, provenance));
  const cited = [...made.map(({ label }) => label), ...sized].flatMap(({ evidence }) => evidence.map(({ seq }) => seq));
  const records = await recordsOf(options.records, cited);
  for (const { event, label } of made) {
    const before = standing.get(event.event.key);
    const good = goodLabel(live, label, records, plan, before?.label);
    const rows = storedEvents(event, provenance);
    const ids = rows.events.map(({ id }) => id);
    plan.events.push(...rows.events);
    plan.correlations.push(...rows.correlations);
    plan.remove.push(...(before?.events.filter((id) => !ids.includes(id)) ?? []));
    if (good === undefined && before?.label !== undefined) plan.remove.push(before.label.id);
    const newestSeq = Math.max(0, ...(good?.evidence.map(({ seq }) => seq) ?? []));
    plan.next.set(event.event.key, { event, label: good, relations: '', events: ids, newestSeq });
  }
  for (const label of sized) {
    const good = goodLabel(live, label, records, plan, undefined);
    if (good !== undefined) plan.sized.push(good);
  }
  return plan;
}

/**
 * The label with its scores; undefined if it is not to be stored. One whose records are gone (pruned to keep the capture small) stays
 * as it was when they were there.
 */
function goodLabel(
  { options }: LiveLabels,
  label: Label,
  records: ReadonlyMap<number, CaptureRecord>,
  { rejected }: Plan,
  before: TracedLabel | undefined,
): TracedLabel | undefined {
  const judgement = judge(label, records, options);
  if (judgement.type === 'kept') return { ...judgement.label, quality_checks: judgement.checks };
  if (judgement.type === 'below') return undefined;
  const { problems } = judgement;
  if (before !== undefined && problems.every(({ code }) => code === 'EVIDENCE_RECORD_MISSING')) return before;
  rejected.push({ id: label.id, problems: problemTexts(problems) });
  return undefined;
}

/**
 * Adds the labels and how each relates to the one before it about the same object, in the order in which `generate` stores them. Labels of
 * open incidents come last, so that what they relate to can change: then they are written again. Returns what settled labels leave behind.
 */
export function relate(live: LiveLabels, plan: Plan, settled: AnalyzedEvent[], open: AnalyzedEvent[]): Map<string, RelatedLabel> {
  const own = new Map<string, RelatedLabel>();
  const seen = {
    get: (key: string) => own.get(key) ?? live.related.get(key),
    set: (key: string, label: RelatedLabel) => own.set(key, label),
  };
  const add = (label: TracedLabel) => {
    plan.labels.push(label);
    plan.relationships.push(...relationshipsOf(label, seen));
  };
  for (const { event } of settled) {
    const label = plan.next.get(event.key)?.label;
    if (label !== undefined) add(label);
  }
  plan.sized.forEach(add);
  const left = new Map(own);
  for (const { event } of open) {
    const known = plan.next.get(event.key) ?? live.standing.get(event.key);
    if (known?.label === undefined) continue;
    const relationships = relationshipsOf(known.label, seen);
    const relations = stringifyJson(relationships);
    if (!plan.next.has(event.key) && relations === known.relations) continue;
    plan.next.set(event.key, { ...known, relations });
    plan.labels.push(known.label);
    plan.relationships.push(...relationships);
  }
  return left;
}

/** What the plan changes for those who read labels. */
export function changesOf(standing: ReadonlyMap<string, Standing>, next: ReadonlyMap<string, Standing>): LabelChange[] {
  return [...next].flatMap(([key, { label }]): LabelChange[] => {
    const before = standing.get(key)?.label;
    if (label === undefined) return before === undefined ? [] : [removed(before)];
    if (before === undefined) return [{ type: 'new', label }];
    return before === label ? [] : [{ type: 'updated', label, before }];
  });
}

/** A label that went. */
export function removed(label: Label): LabelChange {
  return { type: 'removed', label };
}

/** From the receipt of the newest cited record until now, in ms, of labels that cite something later than they did before. */
export function latenciesOf({ options, standing }: LiveLabels, next: ReadonlyMap<string, Standing>): number[] {
  const now = options.now();
  return [...next].flatMap(([key, { label, newestSeq }]) => {
    if (label === undefined || newestSeq <= (standing.get(key)?.newestSeq ?? 0)) return [];
    const arrived = arrivedAt(options.records, newestSeq);
    return arrived === undefined ? [] : [now - arrived];
  });
}
