import type { RecordBody, RecordDraft, ResourceMetrics } from '../../model/capture.ts';
import { type Clock, stamp } from '../../model/clock.ts';
import { fieldsOf, itemsOf } from '../../model/fields.ts';
import { sampleOf } from '../../model/metrics.ts';
import { type ApiClient, ApiFailure } from '../api.ts';
import { ask, readJson } from '../ask.ts';
import { type Trouble, troubleOf, troubleOfFailure } from '../list-watch/trouble.ts';
import { readStatus } from '../status.ts';
import type { PodNames } from './names.ts';
import { samplesOfSummary } from './summary.ts';

/** How usage is polled. `namespaces` is empty for all; `uidOf` joins the names of samples to uids. */
export type MetricsOptions = {
  /** Alias of the cluster, `c01`. */
  cluster: string;
  clock: Clock;
  signal: AbortSignal;
  random: () => number;
  namespaces: string[];
  intervalMs: number;
  uidOf: PodNames['uidOf'];
};

/** Something to ask for again and again. `right` names what one must be allowed to; `samples` reads the answer. */
type Target = { path: string; right: string; stream: string; samples(answer: unknown, now: string): ResourceMetrics[] };

type Poller = {
  client: ApiClient;
  options: MetricsOptions;
  /** When a target, or what needs a right, may be asked for again (epoch ms); there while the last answer was none. */
  obstacles: Map<string, number>;
  /** The newest samples by target and name: several replicas of metrics-server may answer in turn. */
  seen: Map<string, { samples: string[]; atMs: number }>;
};

const api = '/apis/metrics.k8s.io/v1beta1';
const startJitterMs = 2_000;
const minPauseMs = 800;
const answerMs = 15_000;
/** Without a metrics API, and without the right to use it. */
const missingRetryMs = 60_000;
const forbiddenRetryMs = 300_000;
const rememberedSamples = 3;

/** The usage of pods and nodes as metrics.k8s.io tells it, each sample once. Ends with the signal. */
export function pollMetrics(client: ApiClient, options: MetricsOptions): AsyncGenerator<RecordDraft[]> {
  const { cluster, namespaces, uidOf } = options;
  const target = (path: string, kind: 'Pod' | 'Node'): Target => ({
    path,
    right: path,
    stream: `${cluster}/${kind === 'Pod' ? 'pods' : 'nodes'}.metrics`,
    samples: (answer, now) => itemsOf(fieldsOf(answer).items).flatMap((item) => joined(sampleOf(item, kind, '', now), uidOf)),
  });
  const podPaths =
    namespaces.length === 0 ? [`${api}/pods`] : namespaces.map((name) => `${api}/namespaces/${encodeURIComponent(name)}/pods`);
  const targets = [...podPaths.map((path) => target(path, 'Pod')), target(`${api}/nodes`, 'Node')];
  return poll(client, options, () => targets);
}

/**
 * The usage and the network counters of nodes and their pods from the kubelets' stats/summary, through the API server. That needs
 * `get nodes/proxy`, which lets its owner do far more than read: only for those who ask for it. `nodes` are the names of the nodes.
 */
export function pollSummary(client: ApiClient, options: MetricsOptions & { nodes: () => string[] }): AsyncGenerator<RecordDraft[]> {
  const { cluster, namespaces, nodes, uidOf } = options;
  const samples: Target['samples'] = (answer, now) =>
    samplesOfSummary(answer, now)
      .filter(({ ref }) => ref.kind === 'Node' || namespaces.length === 0 || namespaces.includes(ref.namespace))
      .flatMap((sample) => joined(sample, uidOf));
  return poll(client, options, () =>
    nodes().map((name) => ({
      path: `/api/v1/nodes/${encodeURIComponent(name)}/proxy/stats/summary`,
      right: 'nodes/proxy',
      stream: `${cluster}/summary`,
      samples,
    })),
  );
}

/** The sample with the uid of the object that had its name when it was taken. */
function joined(sample: ResourceMetrics | undefined, uidOf: PodNames['uidOf']): ResourceMetrics[] {
  if (sample === undefined) return [];
  const { ref, timestamp } = sample;
  if (ref.uid !== '') return [sample];
  const uid = uidOf(ref.kind === 'Pod' ? 'Pod' : 'Node', ref.namespace, ref.name, Date.parse(timestamp));
  return [{ ...sample, ref: { ...ref, uid } }];
}

async function* poll(client: ApiClient, options: MetricsOptions, targets: () => Target[]): AsyncGenerator<RecordDraft[]> {
  const { clock, signal, random, intervalMs } = options;
  const poller: Poller = { client, options, obstacles: new Map(), seen: new Map() };
  const isOver = (ms: number) =>
    clock.sleep(ms, signal).then(
      () => signal.aborted,
      () => true,
    );
  if (await isOver(random() * Math.min(intervalMs, startJitterMs))) return;
  let pauseMs: number;
  do {
    const startedMs = clock.now();
    for (const target of targets()) {
      if (isBarred(poller, target)) continue;
      const drafts = await askOnce(poller, target);
      if (signal.aborted) return;
      if (drafts.length > 0) yield drafts;
    }
    forgetOld(poller);
    pauseMs = Math.max(minPauseMs, startedMs + intervalMs - clock.now());
  } while (!(await isOver(pauseMs)));
}

function isBarred({ obstacles, options }: Poller, { path, right }: Target): boolean {
  return [path, right].some((key) => (obstacles.get(key) ?? 0) > options.clock.now());
}

async function askOnce(poller: Poller, target: Target): Promise<RecordDraft[]> {
  const { client, options } = poller;
  const { signal, clock } = options;
  try {
    const response = await ask(client, { path: target.path, signal, headersTimeoutMs: answerMs, idleTimeoutMs: answerMs });
    if (response.status !== 200) return hindered(poller, target, troubleOf(await readStatus(response, clock.now())));
    const answer = await readJson(response);
    const samples = target.samples(answer, stamp(clock)).filter((sample) => isNew(poller, target, sample));
    return [...recovered(poller, target), ...samples.map((sample) => draftOf(options, target, { kind: 'metrics', sample }))];
  } catch (error) {
    const failure = error instanceof ApiFailure ? error : new ApiFailure('reset', `no usable answer: ${String(error)}`);
    return signal.aborted ? [] : hindered(poller, target, troubleOfFailure(failure));
  }
}

/** What to record of a refusal: the first of several in a row. */
function hindered({ obstacles, options }: Poller, target: Target, trouble: Trouble): RecordDraft[] {
  const { stream, path, right } = target;
  const key = trouble.kind === 'forbidden' ? right : path;
  const isMissing = trouble.code === 404 || trouble.code === 503;
  const retryMs =
    trouble.kind === 'forbidden' ? forbiddenRetryMs : isMissing ? missingRetryMs : trouble.kind === 'retry' ? trouble.retryAfterMs : 0;
  const isReported = obstacles.has(key);
  obstacles.set(key, options.clock.now() + retryMs);
  if (isReported) return [];
  const code = trouble.code === undefined ? {} : { code: trouble.code };
  const message = `${stream} is not recorded: ${trouble.reason}`;
  const error = draftOf(options, target, { kind: 'sync', phase: 'error', ...code, reason: `${path}: ${trouble.reason}` });
  return trouble.kind === 'forbidden' || isMissing ? [error, draftOf(options, target, { kind: 'note', message })] : [error];
}

/** Says that what was in the way is no more. */
function recovered({ obstacles, options }: Poller, target: Target): RecordDraft[] {
  const was = [target.path, target.right].map((key) => obstacles.delete(key));
  return was.includes(true) ? [draftOf(options, target, { kind: 'sync', phase: 'open' })] : [];
}

/** The same timestamp and window are the same sample. */
function isNew({ seen, options }: Poller, { path }: Target, { ref, timestamp, windowSeconds }: ResourceMetrics): boolean {
  const key = `${path} ${ref.namespace}/${ref.name}`;
  const sample = `${ref.uid} ${timestamp} ${windowSeconds}`;
  const before = seen.get(key)?.samples ?? [];
  const isRepeated = before.includes(sample);
  seen.set(key, { samples: isRepeated ? before : [...before, sample].slice(-rememberedSamples), atMs: options.clock.now() });
  return !isRepeated;
}

function forgetOld({ seen, options }: Poller): void {
  const oldest = options.clock.now() - 10 * Math.max(options.intervalMs, missingRetryMs);
  for (const [key, { atMs }] of seen) if (atMs < oldest) seen.delete(key);
}

function draftOf({ clock, cluster }: MetricsOptions, { stream }: Target, body: RecordBody): RecordDraft {
  return { at: stamp(clock), atSource: 'received', cluster, stream, ...body };
}
