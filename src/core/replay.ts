import { type Analysis, analyze, finishAnalysis, peekAnalysis, takeSizing } from './analysis/analyze.ts';
import { noPatience } from './analysis/peek.ts';
import { emptyCaptureError } from './capture/errors.ts';
import { openManifest, openPicker, readBatches } from './capture/index.ts';
import type { RecordPicker } from './capture/pick.ts';
import { analysisOf, judge, type LabellingOptions, problemTexts, provenanceOf, refuseUnknownRules } from './labelling.ts';
import { optimizationLabel } from './labels/optimization.ts';
import type { Provenance } from './labels/provenance.ts';
import { troubleshootingLabel } from './labels/troubleshooting.ts';
import { livePatience } from './live-labels.ts';
import type { LabelChange } from './live-rows.ts';
import type { CaptureManifest, CaptureRecord } from './model/capture.ts';
import type { Clock } from './model/clock.ts';
import type { AnalyzedEvent } from './model/event.ts';
import type { Label } from './model/label.ts';
import { formatRef } from './model/resource.ts';
import { isoTime, momentOf, refuseOutside } from './replay/moment.ts';
import { statusText } from './replay/status-text.ts';
import { entriesOf, newTelling, type RecordEntry, toldExisting } from './replay-entries.ts';
import { listObjects } from './state/lookups.ts';

/** `speed` N: N times as fast as it happened; undefined: without waiting. */
export type ReplayOptions = LabellingOptions & { speed?: number; clock: Clock; signal?: AbortSignal };

/**
 * What happened, in order: what records tell, what the analysis makes of them by then (`incident`), and the labels as they become certain,
 * equal to those of `generate`. `problems`: the label was rejected, because the capture does not hold what it says.
 */
export type ReplayEntry =
  | RecordEntry
  | { type: 'incident'; at: string; cluster: string; change: LabelChange; over: boolean }
  | { type: 'label'; at: string; cluster: string; label: Label; problems: string[] };

type Replay = {
  options: ReplayOptions;
  manifest: CaptureManifest;
  analysis: Analysis;
  provenance: Provenance;
  picker: RecordPicker;
  /** Incidents that were told, by key. */
  standing: Map<string, { event: AnalyzedEvent; label: Label }>;
};

/** How much capture time passes between two looks at the open incidents. */
const lookMs = 5_000;

/** The main flow: a capture as it unfolded. Errors of `readBatches` (exit code 3) and RULE_UNKNOWN (2). */
export async function* replayCapture(dir: string, options: ReplayOptions): AsyncGenerator<ReplayEntry> {
  const replay = await openReplay(dir, options);
  const telling = newTelling();
  const wait = pacer(options);
  let looked = Number.NEGATIVE_INFINITY;
  let at = '';
  try {
    for await (const batch of readBatches(dir, { signal: options.signal })) {
      for (const record of batch) {
        ({ at } = record);
        await wait(Date.parse(at));
        const settled = analyze(replay.analysis, record);
        yield* entriesOf(telling, record, changeOf(replay.analysis, record));
        yield* certain(replay, settled, at);
        if (Date.parse(at) - looked < lookMs) continue;
        looked = Date.parse(at);
        yield* look(replay, at);
      }
    }
    if (at === '') throw emptyCaptureError(dir);
    yield* toldExisting(telling);
    yield* look(replay, at);
    yield* certain(replay, finishAnalysis(replay.analysis), at);
  } finally {
    await replay.picker.close();
  }
}

/** How the recorded clusters stood at one moment: what is not well, what was known of its causes, and the Events before. */
export type ReplayMoment = {
  at: string;
  clusters: { alias: string; name: string; objects: { resource: string; status: string }[] }[];
  labels: Label[];
  events: RecordEntry[];
};

const lastEvents = 10;

/** Everything up to a moment (RFC 3339, or a time since the beginning). Throws REPLAY_BAD_TIME and REPLAY_OUTSIDE (exit code 2). */
export async function replayMoment(dir: string, text: string, options: LabellingOptions & { signal?: AbortSignal }): Promise<ReplayMoment> {
  const momentIn = momentOf(text);
  const manifest = await openManifest(dir);
  refuseUnknownRules(options);
  const analysis = analysisOf(manifest, options);
  const telling = newTelling();
  const events: RecordEntry[] = [];
  let [first, last, at, beyond] = [Number.NaN, 0, Number.POSITIVE_INFINITY, false];
  for await (const record of recordsOf(dir, options.signal)) {
    const time = Date.parse(record.at);
    if (Number.isNaN(first)) {
      first = time;
      at = momentIn(first);
      refuseOutside(dir, at, first);
    }
    beyond = time > Math.max(at, first);
    if (beyond) break;
    last = time;
    analyze(analysis, record);
    events.push(...entriesOf(telling, record, undefined).filter(({ type }) => type === 'event'));
    events.splice(0, events.length - lastEvents);
  }
  if (Number.isNaN(first)) throw emptyCaptureError(dir);
  if (!beyond) refuseOutside(dir, at, first, last);
  const provenance = provenanceOf(manifest, options);
  return {
    at: isoTime(beyond ? Math.max(at, first) : last),
    clusters: manifest.clusters.map(({ alias, name }) => ({ alias, name, objects: unwellObjects(analysis, alias) })),
    labels: peekAnalysis(analysis, noPatience).map((event) => troubleshootingLabel(event, provenance)),
    events,
  };
}

async function openReplay(dir: string, options: ReplayOptions): Promise<Replay> {
  refuseUnknownRules(options);
  const manifest = await openManifest(dir);
  const [analysis, provenance] = [analysisOf(manifest, options), provenanceOf(manifest, options)];
  return { options, manifest, analysis, provenance, picker: await openPicker(dir), standing: new Map() };
}

async function* recordsOf(dir: string, signal: AbortSignal | undefined): AsyncGenerator<CaptureRecord> {
  for await (const batch of readBatches(dir, { signal })) yield* batch;
}

/** Waits until a moment of the recording is due. */
function pacer({ speed, clock, signal }: ReplayOptions): (time: number) => Promise<void> {
  let origin: { time: number; now: number } | undefined;
  return async (time) => {
    if (speed === undefined) return;
    origin ??= { time, now: clock.now() };
    const due = origin.now + (time - origin.time) / speed;
    if (due > clock.now()) await clock.sleep(due - clock.now(), signal);
  };
}

/** What the record asked for differently, as the state noted it. */
function changeOf({ clusters }: Analysis, { seq, cluster }: CaptureRecord) {
  const change = clusters.get(cluster)?.aggregator.state.changes.at(-1);
  return change?.seq === seq ? change : undefined;
}

/** What the open incidents amount to by now, as far as it is new. */
function look(replay: Replay, at: string): ReplayEntry[] {
  const { analysis, provenance, standing } = replay;
  const open = peekAnalysis(analysis, livePatience);
  const keys = new Set(open.map(({ event }) => event.key));
  const entries: ReplayEntry[] = [];
  for (const [key, { event, label }] of standing) {
    if (keys.has(key)) continue;
    standing.delete(key);
    entries.push({ type: 'incident', at, cluster: event.event.cluster, change: { type: 'removed', label }, over: false });
  }
  for (const event of open) {
    const { key, cluster } = event.event;
    const before = standing.get(key);
    if (before?.event === event) continue;
    const label = troubleshootingLabel(event, provenance);
    standing.set(key, { event, label });
    const change: LabelChange = before === undefined ? { type: 'new', label } : { type: 'updated', label, before: before.label };
    if (before === undefined || differs(before.label, label)) entries.push({ type: 'incident', at, cluster, change, over: false });
  }
  return entries;
}

function differs(a: Label, b: Label): boolean {
  return a.reason !== b.reason || a.severity !== b.severity || a.resource.name !== b.resource.name || a.resource.kind !== b.resource.kind;
}

/** What has become certain: the end of incidents, and the labels, judged as `generate` judges them. */
async function* certain(replay: Replay, settled: AnalyzedEvent[], at: string): AsyncGenerator<ReplayEntry> {
  const { analysis, provenance, picker, standing, options } = replay;
  const made: { cluster: string; label: Label }[] = [];
  for (const event of settled) {
    const { key, cluster, status } = event.event;
    const label = troubleshootingLabel(event, provenance);
    const before = standing.get(key)?.label;
    standing.delete(key);
    const change: LabelChange = before === undefined ? { type: 'new', label } : { type: 'updated', label, before };
    const over = status !== 'ongoing';
    if (over || before === undefined || differs(before, label)) yield { type: 'incident', at, cluster, change, over };
    made.push({ cluster, label });
  }
  const { findings } = takeSizing(analysis);
  made.push(...findings.map((finding) => ({ cluster: finding.cluster, label: optimizationLabel(finding, provenance) })));
  if (made.length === 0) return;
  const records = await picker.pick(made.flatMap(({ label }) => label.evidence.map(({ seq }) => seq)));
  for (const { cluster, label } of made) {
    const judgement = judge(label, records, options);
    if (judgement.type === 'kept') yield { type: 'label', at, cluster, label: judgement.label, problems: [] };
    if (judgement.type === 'rejected') yield { type: 'label', at, cluster, label, problems: problemTexts(judgement.problems) };
  }
}

const shownKinds = ['Node', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'PersistentVolumeClaim', 'Pod'];
const well =
  /^ready (\d+)\/\1(?:, status Running|, up-to-date|$)|^desired (\d+), ready \2\b|status (?:Completed|Complete|Succeeded|Bound|Ready)(?:,|$)/i;

/** Workloads, pods, nodes and claims that do not stand as they should. */
function unwellObjects({ clusters }: Analysis, alias: string): { resource: string; status: string }[] {
  const state = clusters.get(alias)?.aggregator.state;
  if (state === undefined) return [];
  return shownKinds
    .flatMap((kind) => listObjects(state, kind))
    .map(({ ref, object }) => ({ resource: formatRef(ref), status: statusText({ ...object, kind: ref.kind }) }))
    .filter(({ status }) => status !== '' && !well.test(status));
}
