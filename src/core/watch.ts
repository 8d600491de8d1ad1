import { setCoverage } from './analysis/analyze.ts';
import type { Patience } from './analysis/peek.ts';
import type { TrackRecords } from './analysis/vote.ts';
import { openManifest, openPicker, readBatches } from './capture/index.ts';
import type { RecordPicker } from './capture/pick.ts';
import { type CaptureResult, generate } from './generate.ts';
import { type LabelTally, newLabelTally, noteRefresh } from './label-tally.ts';
import { type LabellingOptions, refuseUnknownRules } from './labelling.ts';
import { finishRecords, type LiveLabels, livePatience, newLiveLabels, type Refresh, refreshLabels, takeRecords } from './live-labels.ts';
import { newLiveRecords } from './live-records.ts';
import { catchUp, prunedSegments } from './live-resume.ts';
import type { CaptureManifest, CaptureRecord } from './model/capture.ts';
import { type RecordRequest, type RecordResult, type RecordStatus, recordClusters } from './record.ts';
import { coverageOf } from './record-tally.ts';
import { isLocked } from './store/faults.ts';
import type { LabelStore } from './store/store.ts';
import { storedRecords } from './track-records.ts';

export type WatchOptions = LabellingOptions & {
  /** Opens the store. It is closed after every refresh, so that others can read in between. */
  store: () => Promise<LabelStore>;
  /** How often labels are brought up to date at most; default 1,000. */
  refreshMs?: number;
  onRefresh?: (refresh: Refresh, tally: LabelTally) => void;
  onStatus?: (status: RecordStatus, tally: LabelTally) => void;
  /** While the whole capture is gone through: after a restart, and at the end. */
  onProgress?: (progress: { phase: 'catching up' | 'checking'; records: number }) => void;
};

/** `capture` is absent where the oldest records were pruned: labels that rest on them stay as they are. */
export type WatchResult = { recording: RecordResult; labels: LabelTally; capture?: CaptureResult };

const finalTries = 30;
/** Refreshes take at most about a fifth of the time. */
const restShare = 4;

type Watch = {
  request: RecordRequest;
  options: WatchOptions;
  /** What people had said of each rule's answers when the watch began. */
  trackRecords: TrackRecords;
  tally: LabelTally;
  /** What an earlier process left, brought up to date; its manifest. */
  before?: { live: LiveLabels; manifest: CaptureManifest };
  /** From the first record on. */
  live?: Promise<LiveLabels>;
  picker?: RecordPicker;
};

/**
 * The main flow: record and generate in one. Labels are stored within seconds of their evidence and follow it; when recording ends, they
 * are what `generate` makes of the capture, with the verdicts of then. Errors of `recordClusters`, of the capture (exit code 3) and the store (5).
 */
export async function watchClusters(request: RecordRequest, options: WatchOptions): Promise<WatchResult> {
  refuseUnknownRules(options);
  const trackRecords = await recordsAtStart(options);
  const tally = newLabelTally();
  const watch: Watch = { request, options, trackRecords, tally };
  if (request.resume) await resume(watch);
  const failed = new AbortController();
  const ended = new AbortController();
  const refreshing = keepRefreshing(watch, ended.signal).catch((error: unknown) => failed.abort(error));
  try {
    const recording = await recordClusters({
      ...request,
      signal: AbortSignal.any([request.signal, failed.signal]),
      onRecords: (records) => take(watch, records),
      onStatus: (status) => noteStatus(watch, status),
    });
    ended.abort();
    await refreshing;
    failed.signal.throwIfAborted();
    const capture = await conclude(watch);
    return { recording, labels: tally, ...(capture === undefined ? {} : { capture }) };
  } finally {
    ended.abort();
    await refreshing;
    await watch.picker?.close();
  }
}

/** Verdicts weigh the votes as in `generate`. Read once: a label must not move because a review came in while its incident is open. */
async function recordsAtStart({ store, trackRecords: given }: WatchOptions): Promise<TrackRecords> {
  const opened = await store();
  try {
    return given ?? (await storedRecords(opened));
  } finally {
    await opened.close();
  }
}

/** Whoever goes on with a capture first reads what it holds, so that its incidents stay the same ones. */
async function resume(watch: Watch): Promise<void> {
  const { request, options } = watch;
  const manifest = await openManifest(request.out);
  const picker = await openPicker(request.out);
  try {
    const live = newLiveLabels({ ...liveOptions(watch, manifest), records: newLiveRecords(picker.pick) });
    const tell = (records: number) => options.onProgress?.({ phase: 'catching up', records });
    const batches = readBatches(request.out, { signal: request.signal });
    await catchUp(live, counted(batches, tell), await prunedSegments(request.out));
    watch.before = { live, manifest };
  } finally {
    await picker.close();
  }
}

function liveOptions({ request, options, trackRecords }: Watch, capture: CaptureManifest) {
  const { config, rules, rulesVersion, store } = options;
  const minQuality = options.minQuality === undefined ? {} : { minQuality: options.minQuality };
  return { config, rules, rulesVersion, store, trackRecords, capture, now: () => request.clock.now(), ...minQuality };
}

async function* counted(batches: AsyncIterable<CaptureRecord[]>, tell: (records: number) => void): AsyncGenerator<CaptureRecord[]> {
  let records = 0;
  for await (const batch of batches) {
    records += batch.length;
    tell(records);
    yield batch;
  }
}

async function take(watch: Watch, records: CaptureRecord[]): Promise<void> {
  watch.live ??= begin(watch);
  takeRecords(await watch.live, records);
}

/** The first record has been written, so that the manifest is there. */
async function begin(watch: Watch): Promise<LiveLabels> {
  const { request, before } = watch;
  watch.picker = await openPicker(request.out);
  const records = newLiveRecords(watch.picker.pick);
  if (before === undefined) return newLiveLabels({ ...liveOptions(watch, await openManifest(request.out)), records });
  before.live.options.records = records;
  return before.live;
}

function noteStatus({ options, tally, before, live }: Watch, status: RecordStatus): void {
  options.onStatus?.(status, tally);
  const coverage = coverageOf(status.tally, before?.manifest.coverage);
  // A beginning that failed ends the recording where it is awaited.
  live?.then(({ analysis }) => setCoverage(analysis, coverage)).catch(() => undefined);
}

async function keepRefreshing(watch: Watch, ended: AbortSignal): Promise<void> {
  const { clock } = watch.request;
  const { refreshMs = 1000 } = watch.options;
  let pauseMs = refreshMs;
  for (;;) {
    await clock.sleep(pauseMs, ended).catch(() => undefined);
    if (ended.aborted) return;
    if (watch.live === undefined) continue;
    const startedAt = clock.now();
    await refresh(watch, await watch.live, livePatience);
    pauseMs = Math.max(refreshMs, restShare * (clock.now() - startedAt));
  }
}

/** False when somebody else has the store open: what was not stored is stored the next time. */
async function refresh({ options, tally }: Watch, live: LiveLabels, patience?: Patience): Promise<boolean> {
  let refreshed: Refresh | undefined;
  try {
    refreshed = await refreshLabels(live, patience);
  } catch (error) {
    if (!isLocked(error)) throw error;
    tally.locked += 1;
    return false;
  }
  if (refreshed === undefined) return true;
  noteRefresh(tally, refreshed);
  options.onRefresh?.(refreshed, tally);
  return true;
}

/** Nothing more comes: what was open is stored for good, then the closed capture is gone through once, as anybody can who has it. */
async function conclude(watch: Watch): Promise<CaptureResult | undefined> {
  const { request, options } = watch;
  if (watch.live === undefined) return undefined;
  const live = await watch.live;
  finishRecords(live);
  await patiently(watch, () => refresh(watch, live));
  if ((await prunedSegments(request.out)) > 0) return undefined;
  let result: CaptureResult | undefined;
  await patiently(watch, async () => {
    const store = await options.store().catch((error: unknown) => (isLocked(error) ? undefined : Promise.reject(error)));
    if (store === undefined) return false;
    try {
      const createdAt = new Date(request.clock.now()).toISOString();
      const onProgress = ({ records }: { records: number }) => options.onProgress?.({ phase: 'checking', records });
      [result] = await generate([request.out], { ...options, store, createdAt, onProgress });
    } finally {
      await store.close();
    }
    return true;
  });
  return result;
}

/** Tries again for half a minute while somebody else has the store open. */
async function patiently({ request: { clock }, options }: Watch, work: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < finalTries; tries += 1) {
    if (await work()) return;
    await clock.sleep(1000);
  }
  await (await options.store()).close();
}
