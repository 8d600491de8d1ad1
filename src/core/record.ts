import { setMaxListeners } from 'node:events';
import { openCapture } from './capture/index.ts';
import { resumeCapture } from './capture/resume.ts';
import type { ResumePoint } from './capture/resume-point.ts';
import type { CaptureWriter } from './capture/write.ts';
import type { ApiClient } from './cluster/api.ts';
import { type Contact, makeContact } from './cluster/contact.ts';
import { type ClusterOptions, type ClusterRecording, type ClusterStatus, recordCluster } from './cluster/record-cluster.ts';
import { settleDigestKey } from './digest-key.ts';
import { captureError, LabelerError } from './errors.ts';
import { type MaskCounts, maskingRuleset, maskRecord } from './masking/mask.ts';
import type { CaptureManifest, CaptureRecord, RecordDraft } from './model/capture.ts';
import { type Clock, stamp } from './model/clock.ts';
import { coverageOf, newTally, noteDraft, type Tally } from './record-tally.ts';
import { ticks } from './record-ticks.ts';
import { toolVersion } from './version.ts';

/** What to record of which clusters, and where to. `captureId` is a random UUID, `clock` the machine's. */
export type RecordRequest = Omit<ClusterOptions, 'signal' | 'resume'> & {
  clients: ApiClient[];
  out: string;
  resume: boolean;
  captureId: string;
  clock: Clock;
  durationMs?: number;
  rotateSeconds?: number;
  /** The oldest part of the capture is pruned above this size. */
  maxBytes?: number;
  /** Where `digestKey` is kept for a later resume; default nowhere. */
  keyDir?: string;
  signal: AbortSignal;
  /** About once per second. */
  onStatus?: (status: RecordStatus) => void;
  /** Every record as it was kept, after the writer took it; recording waits for it. */
  onRecords?: (records: CaptureRecord[]) => void | Promise<void>;
};

/** How a recording stands. `lagMs` is how long the newest batch waited for the writer. */
export type RecordStatus = { seconds: number; clusters: ClusterStatus[]; tally: Tally; bytes: number; lagMs: number };

/** What was recorded. `clusters` name the streams that were denied and the logs that were not followed. */
export type RecordResult = {
  out: string;
  manifest: CaptureManifest;
  tally: Tally;
  clusters: ClusterStatus[];
  resumedFrom?: string;
  reason: string;
  seconds: number;
};

const statusMs = 1_000;
const retryMs = 30_000;
/** Every so many ticks the manifest is brought up to date, so that a killed recording says what it covered. */
const ticksPerManifest = 12;

type Recorder = {
  request: RecordRequest;
  writer: CaptureWriter;
  tally: Tally;
  masked: MaskCounts;
  before?: { manifest: CaptureManifest; point: ResumePoint };
  contacts: Map<string, Contact>;
  running: Map<string, ClusterRecording>;
  startedAt: number;
  lagMs: number;
  digestKey: Buffer;
  /** What every cluster's records begin with. */
  notes: string[];
  /** Aborted with the reason why recording ends: a text, or the error that ended it. */
  stop: AbortController;
};

/**
 * The main flow: clusters → masked records → a capture, until the signal, `durationMs`, or a failure of the disk. Errors: CLUSTER_* (exit
 * code 4) when no cluster answers or nothing may be read there, CAPTURE_* (3). What was recorded before a failure is kept.
 */
export async function recordClusters(request: RecordRequest): Promise<RecordResult> {
  const startedAt = request.clock.now();
  const contacts = await firstContacts(request);
  const recorder = await openRecorder(request, contacts, startedAt);
  const { stop, writer } = recorder;
  // Every stream, follower and timer listens to it.
  setMaxListeners(0, stop.signal);
  const onAbort = () => stop.abort(reasonText(request.signal.reason));
  request.signal.addEventListener('abort', onAbort, { once: true });
  if (request.signal.aborted) onAbort();
  try {
    const work = request.clients.map((client, index) => runCluster(recorder, client, aliasOf(index), contacts[index]));
    const loops = [...work, tick(recorder), report(recorder), endAfter(recorder)];
    await Promise.all(loops.map((loop) => loop.catch((error: unknown) => stop.abort(error))));
    if (typeof stop.signal.reason !== 'string') throw stop.signal.reason;
    describe(recorder);
    const manifest = await writer.close(stop.signal.reason);
    const resumed = recorder.before === undefined ? {} : { resumedFrom: recorder.before.point.lastAt };
    return { ...statusOf(recorder), out: request.out, manifest, reason: stop.signal.reason, ...resumed };
  } catch (error) {
    throw (await keepOrRemove(recorder)) ? keptError(error, request.out) : error;
  } finally {
    request.signal.removeEventListener('abort', onAbort);
    request.onStatus?.(statusOf(recorder));
  }
}

/** The aliases are those of the order in which the contexts were named. */
function aliasOf(index: number): string {
  return `c${String(index + 1).padStart(2, '0')}`;
}

/** One answer per cluster, or undefined where there was none; if there is none at all, the first failure is thrown. */
async function firstContacts({ clients, clock, signal }: RecordRequest): Promise<(Contact | undefined)[]> {
  const tried = await Promise.allSettled(clients.map((client) => makeContact(client, clock, signal)));
  signal.throwIfAborted();
  const failed = tried.find((one) => one.status === 'rejected');
  if (failed !== undefined && tried.every(({ status }) => status === 'rejected')) throw failed.reason;
  return tried.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
}

async function openRecorder(request: RecordRequest, contacts: (Contact | undefined)[], startedAt: number): Promise<Recorder> {
  const { out, clients, captureId, clock } = request;
  const options = { rotateSeconds: request.rotateSeconds, maxBytes: request.maxBytes };
  const clusters = clients.map(({ name }, index) => ({ alias: aliasOf(index), name, ...contacts[index]?.info }));
  const rest = {
    request,
    tally: newTally(),
    masked: {},
    contacts: new Map(),
    running: new Map(),
    startedAt,
    lagMs: 0,
    stop: new AbortController(),
  };
  if (!request.resume) {
    const about = { source: { type: 'record' as const }, tool: `k8s-labeler ${toolVersion}`, createdAt: stamp(clock) };
    const writer = await openCapture(out, { ...options, ...about, id: captureId, clusters });
    return { ...rest, writer, ...(await settleDigestKey(request, captureId, false)) };
  }
  const { writer, manifest, point } = await resumeCapture(out, options);
  try {
    refuseOtherClusters(out, manifest, clusters);
    const masked = { ...manifest.masking.counts };
    return { ...rest, writer, masked, before: { manifest, point }, ...(await settleDigestKey(request, manifest.id, true)) };
  } catch (error) {
    await writer.close();
    throw error;
  }
}

function refuseOtherClusters(out: string, { clusters }: CaptureManifest, now: CaptureManifest['clusters']): void {
  const other = now.find(({ alias, uid, name }) => {
    const before = clusters.find((known) => known.alias === alias);
    return before === undefined || (before.uid !== undefined && uid !== undefined ? before.uid !== uid : before.name !== name);
  });
  if (other === undefined && clusters.length === now.length) return;
  const names = clusters.map(({ name }) => name).join(', ');
  throw captureError('CAPTURE_OTHER_CLUSTER', `${out} is a recording of ${names}, not of ${now.map(({ name }) => name).join(', ')}`, {
    suggestions: ['name the same contexts in the same order, or record into another --out'],
  });
}

/** Records one cluster; one that did not answer is asked again until it does. */
async function runCluster(recorder: Recorder, client: ApiClient, alias: string, first: Contact | undefined): Promise<void> {
  const { request, stop } = recorder;
  let known = first;
  if (known === undefined)
    await write(recorder, [noteOf(recorder, alias, `cluster ${client.name} does not answer; tried again every 30 s`)]);
  while (known === undefined && !stop.signal.aborted) {
    known = await makeContact(client, request.clock, stop.signal).catch(() => undefined);
    if (known === undefined) await request.clock.sleep(retryMs, stop.signal).catch(() => undefined);
  }
  if (known === undefined || stop.signal.aborted) return;
  recorder.contacts.set(alias, known);
  const { point } = recorder.before ?? {};
  const { resume: _, ...scope } = request;
  const options = { ...scope, digestKey: recorder.digestKey, signal: stop.signal, ...(point === undefined ? {} : { resume: point }) };
  const recording = recordCluster(client, alias, known, options);
  recorder.running.set(alias, recording);
  describe(recorder);
  if (point !== undefined) await write(recorder, [outageOf(alias, known.clock, point)]);
  const notes = [...known.problems, ...recorder.notes].map((note) => noteOf(recorder, alias, note));
  if (notes.length > 0) await write(recorder, notes);
  endIfRefused(recorder);
  await Promise.all(recording.sources.map((source) => pump(recorder, recording, source)));
}

async function pump(recorder: Recorder, recording: ClusterRecording, source: AsyncIterable<RecordDraft[]>): Promise<void> {
  for await (const batch of source) {
    recording.observe(batch);
    const received = recorder.request.clock.now();
    await write(recorder, batch, recording);
    recorder.lagMs = recorder.request.clock.now() - received;
    endIfRefused(recorder);
  }
}

/** Ends a recording to which every cluster has refused everything. One that refuses does not stop the others, nor does one that is awaited. */
function endIfRefused({ request, running }: Recorder): void {
  const refusals = [...running.values()].map((recording) => recording.refusal());
  if (refusals.length === request.clients.length && !refusals.includes(undefined)) throw refusals[0];
}

/** Masks, numbers and keeps records; nothing of a record reaches the disk before it is masked. */
async function write({ request, writer, tally, masked }: Recorder, batch: RecordDraft[], recording?: ClusterRecording): Promise<void> {
  const kept: CaptureRecord[] = [];
  for (const draft of batch) {
    const record = maskRecord(draft, masked);
    const written = writer.write(record);
    const seq = typeof written === 'number' ? written : await written;
    noteDraft(tally, record, recording?.streams ?? noStreams);
    if (request.onRecords !== undefined) kept.push({ ...record, seq } as CaptureRecord);
  }
  if (kept.length > 0) await request.onRecords?.(kept);
}

const noStreams = new Map<string, never>();

function noteOf({ contacts, request }: Recorder, cluster: string, message: string): RecordDraft {
  const at = stamp(contacts.get(cluster)?.clock ?? request.clock);
  return { at, atSource: 'received', cluster, stream: '', kind: 'note', message };
}

/** Between two runs of a recorder nothing was seen; what a stream catches up on by its resourceVersion is there all the same. */
function outageOf(cluster: string, clock: Clock, { lastAt }: ResumePoint): RecordDraft {
  const at = stamp(clock);
  return { at, atSource: 'derived', cluster, stream: '', kind: 'gap', from: lastAt, to: at, reason: 'the recorder was not running' };
}

async function tick(recorder: Recorder): Promise<void> {
  const { request, stop, contacts } = recorder;
  const clocks = () => [...contacts].map(([cluster, { clock }]): [string, Clock] => [cluster, clock]);
  let count = 0;
  for await (const batch of ticks(request.clock, clocks, stop.signal)) {
    await write(recorder, batch);
    count += 1;
    if (count % ticksPerManifest === 0) describe(recorder);
  }
}

async function report(recorder: Recorder): Promise<void> {
  const { request, stop } = recorder;
  do request.onStatus?.(statusOf(recorder));
  while (await slept(request.clock, statusMs, stop.signal));
}

async function endAfter({ request, stop }: Recorder): Promise<void> {
  if (request.durationMs === undefined) return;
  if (await slept(request.clock, request.durationMs, stop.signal)) stop.abort('duration reached');
}

async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(ms, signal).then(
    () => !signal.aborted,
    () => false,
  );
}

/** Says in the manifest what is known by now. */
function describe({ writer, request, tally, masked, before, contacts, running }: Recorder): void {
  const streams = [...running.values()].flatMap((recording) => [...recording.infos()]);
  const denied = [...running.values()].flatMap((recording) => recording.status().denied);
  writer.setManifest({
    clusters: request.clients.map(({ name }, index) => ({ alias: aliasOf(index), name, ...contacts.get(aliasOf(index))?.info })),
    streams: [...(before?.manifest.streams.filter(({ id }) => !streams.some((now) => now.id === id)) ?? []), ...streams],
    coverage: coverageOf(tally, before?.manifest.coverage),
    masking: { ruleset: maskingRuleset, counts: masked },
    strippedFields: [...new Set([...running.values()].flatMap((recording) => recording.strippedFields))].sort(),
    denied,
  });
}

function statusOf({ request, startedAt, tally, running, writer, lagMs }: Recorder): RecordStatus {
  const clusters = request.clients.map(
    ({ name }, index) =>
      running.get(aliasOf(index))?.status() ?? { alias: aliasOf(index), name, state: 'unreachable' as const, streams: [], denied: [] },
  );
  return { seconds: (request.clock.now() - startedAt) / 1000, clusters, tally, bytes: writer.bytes(), lagMs };
}

/** After a failure what was recorded stays readable; a recording without a single object leaves nothing behind. True if it was kept. */
async function keepOrRemove({ writer, tally, before }: Recorder): Promise<boolean> {
  const nothing = before === undefined && (tally.records.resource ?? 0) === 0;
  await (nothing ? writer.abort() : writer.close('failed')).catch(() => undefined);
  return !nothing;
}

function keptError(error: unknown, out: string): unknown {
  if (!(error instanceof LabelerError) || error.code !== 'CAPTURE_WRITE_FAILED') return error;
  const { code, message, exitCode, cause } = error;
  const suggestions = [
    `what was recorded is kept: k8s-labeler capture info ${out}`,
    `free some space, then go on: k8s-labeler record --out ${out} --resume`,
  ];
  return new LabelerError(code, message, { exitCode, cause, suggestions });
}

function reasonText(reason: unknown): string {
  return reason instanceof LabelerError || reason instanceof Error ? reason.message : 'stopped';
}
