import { usageError } from './errors.ts';
import { timeBound } from './export/filter.ts';
import { type Severity, severities } from './model/event.ts';
import {
  isFault,
  type Label,
  type LabelEvidence,
  type LabelFilter,
  type QualityMetrics,
  type ResourceOptimizationLabel,
} from './model/label.ts';
import { formatRef } from './model/resource.ts';
import type { Category, Reason } from './model/taxonomy.ts';
import { compareText } from './model/text.ts';
import type { LabelStore } from './store/store.ts';
import { type TimelineEntry, timelineOf } from './timeline.ts';

/** A label in one line. `cause` is its root cause (for sizing: what the suggestion changes), `evidence` the strongest it cites. */
export type Incident = {
  id: string;
  labelId: string;
  type: Label['type'];
  severity: Severity;
  category: Category;
  reason: Reason;
  modifiers: Reason[];
  resource: string;
  namespace: string;
  cluster: string;
  captureId: string;
  timestamp: string;
  confidence: number;
  quality: number;
  cause: string;
  evidence: LabelEvidence | null;
};

/** Labels of a store, also by the namespace of their resource. `since` and `until` may be durations before the newest label. */
export type LabelSelection = LabelFilter & { namespace?: string };

/** Which incidents to list: severity "or worse"; what is no fault (categories none and sizing) only with `all` or when asked for. */
export type IncidentFilter = LabelSelection & { atLeast?: Severity; all?: boolean };

export type DimensionSummary = { mean: number; min: number };

/** Labels counted, with their quality. Bands are over `overall_score`; `quality` is null without labels. */
export type LabelSummary = {
  incidents: Incident[];
  byReason: Record<string, number>;
  bySeverity: Record<string, number>;
  quality: Record<keyof QualityMetrics, DimensionSummary> | null;
  bands: { from: number; labels: number }[];
};

const bandStarts = [0.9, 0.75, 0.5, 0];
const shortIdLength = 8;

/** Enough of an incident id to name it on the command line. */
export function shortId(id: string): string {
  return id.slice(0, shortIdLength);
}

/** A label as an incident. */
export function incidentOf(label: Label): Incident {
  return {
    id: label.incident_id,
    labelId: label.id,
    type: label.type,
    severity: label.severity,
    category: label.category,
    reason: label.reason,
    modifiers: label.modifiers,
    resource: formatRef(label.resource),
    namespace: label.resource.namespace,
    cluster: label.cluster_id,
    captureId: label.capture_id,
    timestamp: label.timestamp,
    confidence: label.confidence,
    quality: label.quality.overall_score,
    cause: label.type === 'troubleshooting' ? label.root_cause : sizingText(label),
    evidence: label.evidence.find(({ role }) => role === 'supports') ?? null,
  };
}

/** `container app: memory limit 64Mi → 164Mi`: only what the suggestion changes. */
function sizingText({ current_state: now, suggestion, impact }: ResourceOptimizationLabel): string {
  const cpu = (value: number | null) => (value === null ? 'unset' : `${value}m`);
  const memory = (value: number | null) => (value === null ? 'unset' : `${Math.round(value / 2 ** 20)}Mi`);
  const changes = [
    ['cpu request', cpu(now.cpu_request_millicores), cpu(suggestion.cpu_request_millicores)],
    ['cpu limit', cpu(now.cpu_limit_millicores), cpu(suggestion.cpu_limit_millicores)],
    ['memory request', memory(now.memory_request_bytes), memory(suggestion.memory_request_bytes)],
    ['memory limit', memory(now.memory_limit_bytes), memory(suggestion.memory_limit_bytes)],
  ].filter(([, before, after]) => before !== after);
  if (changes.length === 0) return impact.summary;
  return `container ${now.container}: ${changes.map(([name, before, after]) => `${name} ${before} → ${after}`).join(', ')}`;
}

/** Worst first, then by time, then by id. */
export function byUrgency(a: Incident, b: Incident): number {
  const order = severities.indexOf(a.severity) - severities.indexOf(b.severity);
  return order || compareText(a.timestamp, b.timestamp) || compareText(a.labelId, b.labelId);
}

/** The labels of a selection, ordered by id. Throws INVALID_TIME (exit code 2) and errors of the store. */
export async function* selectLabels(store: LabelStore, selection: LabelSelection): AsyncGenerator<Label> {
  const { namespace, since, until, ...filter } = selection;
  const newest = since === undefined && until === undefined ? undefined : (await store.timeRange())?.newest;
  const bound = (flag: string, text: string | undefined) => (text === undefined ? undefined : timeBound(flag, text, newest));
  for await (const label of store.select({ ...filter, since: bound('--since', since), until: bound('--until', until) })) {
    if (namespace === undefined || label.resource.namespace === namespace) yield label;
  }
}

/** Incidents of a store, worst first; `hidden` are those without a fault that were left out. */
export async function listIncidents(store: LabelStore, filter: IncidentFilter): Promise<{ incidents: Incident[]; hidden: number }> {
  const { atLeast, all, ...selection } = filter;
  const limit = atLeast === undefined ? severities.length : severities.indexOf(atLeast);
  const showAll = all === true || (selection.category !== undefined && !isFault({ category: selection.category }));
  const incidents: Incident[] = [];
  let hidden = 0;
  for await (const label of selectLabels(store, selection)) {
    if (severities.indexOf(label.severity) > limit) continue;
    if (!isFault(label) && !showAll) hidden += 1;
    else incidents.push(incidentOf(label));
  }
  return { incidents: incidents.sort(byUrgency), hidden };
}

/**
 * The labels of the one incident whose id, or whose label's id, starts with the prefix.
 * Throws INCIDENT_NOT_FOUND or INCIDENT_AMBIGUOUS (exit code 2) with candidates.
 */
export async function findIncident(store: LabelStore, prefix: string): Promise<Label[]> {
  const wanted = prefix.toLowerCase();
  const byIncident: Label[] = [];
  const byLabel: Label[] = [];
  const others: Incident[] = [];
  for await (const label of store.select()) {
    if (label.incident_id.startsWith(wanted)) byIncident.push(label);
    else if (label.id.startsWith(wanted)) byLabel.push(label);
    else if (isFault(label) && others.length < 200) others.push(incidentOf(label));
  }
  const found = byIncident.length > 0 ? byIncident : byLabel;
  const incidents = new Map(found.map((label) => [label.incident_id, label]));
  if (incidents.size === 1) return found;
  if (incidents.size === 0) {
    throw usageError('INCIDENT_NOT_FOUND', `no incident of this store has an id that starts with "${prefix}"`, {
      suggestions: [
        ...others
          .sort(byUrgency)
          .slice(0, 5)
          .map((incident) => candidate(incident)),
        'all of them: k8s-labeler incident list --all',
      ],
    });
  }
  throw usageError('INCIDENT_AMBIGUOUS', `"${prefix}" is the start of ${incidents.size} incident ids, give more of the one you mean`, {
    suggestions: [...incidents.values()].slice(0, 10).map((label) => candidate(incidentOf(label), shortIdLength * 2)),
  });
}

function candidate({ id, severity, reason, resource }: Incident, length = shortIdLength): string {
  return `${id.slice(0, length)}  ${severity} ${reason}, ${resource}`;
}

/** A label with what happened in its incident, in order. */
export type ShownIncident = { label: Label; timeline: TimelineEntry[] };

/** Labels of a store with their timelines. */
export async function* shownIncidents(store: LabelStore, labels: Iterable<Label> | AsyncIterable<Label>): AsyncGenerator<ShownIncident> {
  for await (const label of labels) yield { label, timeline: await timelineOf(label, store.events(label.capture_id)) };
}

/** The stored labels of captures, capture by capture. */
export async function* labelsOfCaptures(store: LabelStore, captures: readonly { captureId: string }[]): AsyncGenerator<Label> {
  for (const captureId of new Set(captures.map((capture) => capture.captureId))) yield* store.select({ captureId });
}

/** What some labels say together. */
export async function summarizeLabels(labels: AsyncIterable<Label>): Promise<LabelSummary> {
  const incidents: Incident[] = [];
  const byReason: Record<string, number> = {};
  const bySeverity: Record<string, number> = {};
  const bands = bandStarts.map((from) => ({ from, labels: 0 }));
  const sums = new Map<keyof QualityMetrics, { sum: number; min: number }>();
  for await (const label of labels) {
    incidents.push(incidentOf(label));
    byReason[label.reason] = (byReason[label.reason] ?? 0) + 1;
    bySeverity[label.severity] = (bySeverity[label.severity] ?? 0) + 1;
    const band = bands.find(({ from }) => label.quality.overall_score >= from);
    if (band !== undefined) band.labels += 1;
    for (const [name, score] of Object.entries(label.quality) as [keyof QualityMetrics, number][]) {
      const { sum, min } = sums.get(name) ?? { sum: 0, min: 1 };
      sums.set(name, { sum: sum + score, min: Math.min(min, score) });
    }
  }
  const mean = (sum: number) => Math.round((sum / incidents.length) * 1e4) / 1e4;
  const quality = [...sums].map(([name, { sum, min }]) => [name, { mean: mean(sum), min }]);
  return {
    incidents: incidents.sort(byUrgency),
    byReason,
    bySeverity,
    quality: quality.length === 0 ? null : Object.fromEntries(quality),
    bands,
  };
}
