import { exitCodes, LabelerError } from '../errors.ts';
import type { DeniedStream, RecordDraft, StreamInfo } from '../model/capture.ts';
import type { ApiClient, StreamSpec } from './api.ts';
import type { Contact } from './contact.ts';
import { newGate } from './limit.ts';
import { type LogReport, type LogsMode, openLogs } from './logs/logs.ts';
import { podNames } from './metrics/names.ts';
import { pollMetrics, pollSummary } from './metrics/poll.ts';
import { type ConfigMapData, normalizeObject, strippedFields } from './normalize.ts';
import { selectResources, streamsOf } from './resources.ts';
import { type StreamState, type WatchOptions, watchResource } from './watch-resource.ts';

/** Where streams and logs go on after an earlier run of the same recording. */
export type ResumeFrom = {
  lastAt: string;
  streams: ReadonlyMap<string, NonNullable<WatchOptions['resume']>>;
  logs: (podUid: string, container: string) => { timestamp: string; lastLines: string[] } | undefined;
};

/** What to record of a cluster. `resources` are names as kubectl takes them, empty for the default set; `metricsIntervalMs` 0 records none. */
export type ClusterOptions = {
  namespaces: string[];
  labelSelector?: string;
  resources: string[];
  logs: { mode: LogsMode; maxStreams: number };
  metricsIntervalMs: number;
  /** Network figures of the kubelet's summary: needs `get nodes/proxy`, which is no read-only right. */
  network: boolean;
  configMapData: ConfigMapData;
  digestKey: Buffer;
  watchList: 'auto' | 'on' | 'off';
  signal: AbortSignal;
  random: () => number;
  resume?: ResumeFrom;
  /** For tests: how fast streams reopen and give up. */
  timings?: Partial<WatchOptions>;
};

/** How the recording of one cluster stands. */
export type ClusterStatus = {
  alias: string;
  name: string;
  state: 'recording' | 'unreachable';
  streams: (StreamState & { id: string })[];
  denied: DeniedStream[];
  logs?: LogReport;
};

/** The running recording of one cluster: `sources` end when the signal is aborted. */
export type ClusterRecording = {
  streams: ReadonlyMap<string, StreamSpec>;
  sources: AsyncIterable<RecordDraft[]>[];
  strippedFields: string[];
  infos(): StreamInfo[];
  /** Must be told every record before it is masked: logs and metrics follow the pods. */
  observe(batch: RecordDraft[]): void;
  status(): ClusterStatus;
  /** Set while no stream was ever answered and each was refused for lack of rights, or discovery showed nothing to record. */
  refusal(): LabelerError | undefined;
};

/** Initial lists in flight: a recorder must not be felt by the cluster. */
const initialLists = 2;

/** Opens the streams of one cluster. Throws RESOURCE_UNKNOWN (exit code 2) for a resource that the cluster does not serve. */
export function recordCluster(client: ApiClient, alias: string, known: Contact, options: ClusterOptions): ClusterRecording {
  const { clock } = known;
  const { signal, random, resume } = options;
  const specs = streamsOf(typesOf(client, known, options.resources), { ...options, cluster: alias });
  const states = new Map<string, StreamState>();
  let answered = false;
  const names = podNames();
  const logs = openLogs(client, {
    ...options.logs,
    cluster: alias,
    clock,
    signal,
    ...(resume === undefined ? {} : { resume: resume.logs }),
  });
  const listGate = newGate(initialLists);
  const watched = specs.map((spec) =>
    watchResource(client, spec, {
      clock,
      random,
      signal,
      listGate,
      watchList: options.watchList,
      normalize: (object) => normalizeObject(object, spec, options),
      onState: (state) => {
        answered ||= state.phase === 'watching';
        states.set(spec.id, state);
      },
      ...options.timings,
      ...(resume?.streams.has(spec.id) ? { resume: resume.streams.get(spec.id) } : {}),
    }),
  );
  const metrics = {
    cluster: alias,
    clock,
    signal,
    random,
    namespaces: options.namespaces,
    intervalMs: options.metricsIntervalMs,
    uidOf: names.uidOf,
  };
  const polled = [
    ...(options.metricsIntervalMs > 0 ? [pollMetrics(client, metrics)] : []),
    ...(options.metricsIntervalMs > 0 && options.network ? [pollSummary(client, { ...metrics, nodes: names.nodes })] : []),
  ];
  const streams = new Map(specs.map((spec) => [spec.id, spec]));
  const denied = () => deniedOf(alias, streams, states);
  return {
    streams,
    sources: [...watched, logs.records(), ...polled],
    strippedFields: strippedFields(options.configMapData),
    infos: () => infosOf(alias, specs, options),
    observe(batch) {
      for (const draft of batch) {
        if (draft.kind !== 'resource') continue;
        const { kind } = draft.event.ref;
        if (kind !== 'Pod' && kind !== 'Node') continue;
        names.observe(draft);
        if (kind === 'Pod') logs.observe(draft);
      }
    },
    status: () => ({
      alias,
      name: client.name,
      state: 'recording',
      streams: [...states].map(([id, state]) => ({ id, ...state })),
      denied: denied(),
      logs: logs.report(),
    }),
    refusal: () => (answered || denied().length < specs.length ? undefined : refusalOf(client)),
  };
}

function typesOf(client: ApiClient, { types }: Contact, wanted: string[]) {
  // Discovery was refused or failed: which names are right cannot be told.
  if (types.length === 0) return [];
  const selected = selectResources(types, wanted);
  const [first] = selected.unknown;
  if (first === undefined) return selected.types;
  throw new LabelerError('RESOURCE_UNKNOWN', `${client.name} serves no resource "${first.name}"`, {
    exitCode: exitCodes.usage,
    suggestions: [...(first.suggestion === undefined ? [] : [`did you mean ${first.suggestion}?`]), 'kubectl api-resources lists all'],
  });
}

function infosOf(alias: string, specs: StreamSpec[], { logs, metricsIntervalMs, network }: ClusterOptions): StreamInfo[] {
  const others = [
    ...(logs.mode === 'none' ? [] : [{ id: 'pods.log', source: `logs of ${logs.mode} containers` }]),
    ...(metricsIntervalMs === 0
      ? []
      : ['pods.metrics', 'nodes.metrics'].map((id) => ({ id, source: `metrics.k8s.io every ${metricsIntervalMs / 1000} s` }))),
    ...(network ? [{ id: 'summary', source: 'kubelet summary through nodes/proxy' }] : []),
  ];
  return [
    ...specs.map((spec) => ({ id: spec.id, cluster: alias, resource: spec.type.resource, source: sourceOf(spec) })),
    ...others.map(({ id, source }) => ({ id: `${alias}/${id}`, cluster: alias, resource: id, source })),
  ];
}

function sourceOf({ namespace, labelSelector, metadataOnly }: StreamSpec): string {
  return ['list and watch', namespace && `in ${namespace}`, labelSelector && `of ${labelSelector}`, metadataOnly && 'metadata only']
    .filter(Boolean)
    .join(' ');
}

function deniedOf(cluster: string, streams: Map<string, StreamSpec>, states: Map<string, StreamState>): DeniedStream[] {
  return [...states].flatMap(([id, { denied }]) => {
    const spec = streams.get(id);
    if (denied === undefined || spec === undefined) return [];
    const { resource, group } = spec.type;
    return [{ cluster, stream: id, resource: group === '' ? resource : `${resource}.${group}`, message: denied }];
  });
}

function refusalOf({ name }: ApiClient): LabelerError {
  return new LabelerError('CLUSTER_FORBIDDEN', `this user may list and watch nothing of what is to be recorded of ${name}`, {
    exitCode: exitCodes.cluster,
    suggestions: ['k8s-labeler doctor says which rights are missing, and prints the ClusterRole that grants them'],
  });
}
