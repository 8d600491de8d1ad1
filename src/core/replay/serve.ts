import { basename } from 'node:path';
import { openManifest } from '../capture/index.ts';
import { usageError } from '../errors.ts';
import type { CaptureManifest, ClusterInfo } from '../model/capture.ts';
import type { Clock } from '../model/clock.ts';
import type { Served } from './answer.ts';
import { treeOf } from './collection.ts';
import { listen, type ServedRequest } from './http.ts';
import { isoTime } from './moment.ts';
import { openPlayback } from './playback.ts';
import { applyRecord, newReplayState, type ReplayState } from './replay-state.ts';

export type { ServedRequest } from './http.ts';

/** Which moment of a capture is served: one that stands still (RFC 3339, or its end), or all of them at `speed` times real time. */
export type ServeMoment = { type: 'at'; at: string | 'end' } | { type: 'run'; speed: number };

export type ServeOptions = {
  /** 0: any free port. */
  port: number;
  /** Alias of the cluster; default the capture's first. */
  cluster?: string;
  moment: ServeMoment;
  clock: Clock;
  signal?: AbortSignal;
  onRequest?: (request: ServedRequest) => void;
  /** Between the bookmarks of a watch, in real time; default 60,000. */
  bookmarkMs?: number;
  /** How much of the past a watch may resume in, per resource; default 5,000 changes and 64 MiB. */
  window?: { changes: number; bytes: number };
};

/** A capture that is being served. */
export type ServedCapture = {
  url: string;
  port: number;
  /** Alias of the served cluster. */
  cluster: string;
  /** The replay's time, RFC 3339. */
  now(): string;
  /** A kubeconfig (YAML) whose context `replay` points here. */
  kubeconfig(): string;
  /** Ends everything, open watches included. */
  close(): Promise<void>;
  /** When a running replay has come to its end (the last state is then still served), or rejects if the capture is damaged. */
  done: Promise<void>;
};

const defaultWindow = { changes: 5_000, bytes: 64 * 1_048_576 };

/**
 * Serves one cluster of a capture as a read-only Kubernetes API on 127.0.0.1, from when its moment is reached. Errors: those of a capture
 * (CAPTURE_*), REPLAY_UNKNOWN_CLUSTER, REPLAY_OUTSIDE, REPLAY_BAD_TIME, REPLAY_BAD_SPEED, REPLAY_PORT_IN_USE (usage).
 */
export async function serveCapture(dir: string, options: ServeOptions): Promise<ServedCapture> {
  const manifest = await openManifest(dir);
  const { alias, version } = clusterOf(dir, manifest, options.cluster);
  const { clock, moment, window = defaultWindow, bookmarkMs = 60_000 } = options;
  const stop = new AbortController();
  const stopNow = () => stop.abort(options.signal?.reason);
  if (options.signal?.aborted === true) stopNow();
  options.signal?.addEventListener('abort', stopNow, { once: true });
  const state = newReplayState(manifest, alias, window);
  const apply = (record: Parameters<typeof applyRecord>[1]) => applyRecord(state, record);
  try {
    const playback = await openPlayback({ dir, cluster: alias, clock, signal: stop.signal, apply }, moment);
    const served: Served = { dir, cluster: alias, version: () => versionOfCluster(version, state), state, playback, clock, bookmarkMs };
    const server = await listen(served, options.port, stop.signal, options.onRequest);
    const url = `http://127.0.0.1:${server.port}`;
    return {
      url,
      port: server.port,
      cluster: alias,
      now: () => isoTime(playback.now()),
      kubeconfig: () => kubeconfigText(url, dir, onlyNamespace(manifest, alias)),
      async close() {
        options.signal?.removeEventListener('abort', stopNow);
        stop.abort();
        await server.closed;
      },
      done: playback.done,
    };
  } catch (error) {
    options.signal?.removeEventListener('abort', stopNow);
    stop.abort();
    throw error;
  }
}

function clusterOf(dir: string, { clusters }: CaptureManifest, alias: string | undefined): ClusterInfo {
  const found = alias === undefined ? clusters[0] : clusters.find((cluster) => cluster.alias === alias || cluster.name === alias);
  if (found !== undefined) return found;
  const known = clusters.map((cluster) => `${cluster.alias} (${cluster.name})`).join(', ');
  throw usageError('REPLAY_UNKNOWN_CLUSTER', `${dir} holds no cluster ${JSON.stringify(alias ?? '')}`, {
    suggestions: known === '' ? [] : [`its clusters: ${known}`],
  });
}

/** Recordings name the version; of imports a node tells it. */
function versionOfCluster(recorded: string | undefined, { collections }: ReplayState): string {
  if (recorded !== undefined) return recorded;
  const nodes = collections.get('nodes');
  const [node] = nodes?.objects.values() ?? [];
  const version: unknown =
    nodes === undefined || node === undefined ? undefined : treeOf(nodes.type, node).status?.nodeInfo?.kubeletVersion;
  return typeof version === 'string' ? version : 'v0.0.0-unknown';
}

/** The namespace of a recording that looked at one only: then kubectl need not be told. */
function onlyNamespace({ coverage }: CaptureManifest, alias: string): string | undefined {
  const namespaces = coverage.filter(({ cluster, kind }) => cluster === alias && kind === 'Pod').flatMap((entry) => entry.namespaces);
  const [only] = namespaces;
  return new Set(namespaces).size === 1 && only !== '*' ? only : undefined;
}

/** Client libraries want `insecure-skip-tls-verify` for http. JSON strings are YAML strings. */
function kubeconfigText(url: string, dir: string, namespace: string | undefined): string {
  return [
    `# ${JSON.stringify(basename(dir))}, served read-only by k8s-labeler replay`,
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    '  - name: replay',
    `    cluster: { server: ${JSON.stringify(url)}, insecure-skip-tls-verify: true }`,
    'users:',
    '  - name: replay',
    '    user: {}',
    'contexts:',
    '  - name: replay',
    `    context: { cluster: replay, user: replay${namespace === undefined ? '' : `, namespace: ${JSON.stringify(namespace)}`} }`,
    'current-context: replay',
    '',
  ].join('\n');
}
