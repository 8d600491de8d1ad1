import { homedir } from 'node:os';
import { join } from 'node:path';
import { Flags } from '@oclif/core';
import { usageError } from './core/errors.ts';
import type { Config } from './core/model/config.ts';
import { parseDuration } from './core/model/duration.ts';
import { memoryBytes } from './core/model/quantity.ts';
import type { RecordRequest } from './core/record.ts';

/** Flags that name clusters: `record`, `watch` and `doctor` have them. */
export const clusterFlags = {
  context: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'NAME',
    summary: 'Context of the kubeconfig; several clusters become one capture (default: the current one)',
  }),
  kubeconfig: Flags.string({
    helpValue: 'FILE',
    summary: 'Kubeconfig (default: $KUBECONFIG, ~/.kube/config, or the service account of the pod)',
  }),
  namespace: Flags.string({
    char: 'n',
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'NAME',
    summary: 'Only this namespace (repeatable; default: all)',
  }),
  resource: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'NAME',
    summary: 'Resource to watch, as kubectl names it, or all (repeatable; default: what diagnosis needs)',
  }),
};

/** Flags of everything that records. */
export const recordFlags = {
  ...clusterFlags,
  out: Flags.string({ char: 'o', helpValue: 'DIR', summary: 'Directory of the capture (default: ./captures/<cluster>-<time>)' }),
  selector: Flags.string({
    char: 'l',
    helpValue: 'LABELS',
    summary: 'Only objects with these labels; nothing can be said about what does not exist then',
  }),
  logs: Flags.option({ options: ['failing', 'all', 'none'] as const, default: 'failing', summary: 'Which containers to follow' })(),
  'max-log-streams': Flags.integer({ min: 1, max: 1000, default: 50, helpValue: 'N', summary: 'Containers followed at the same time' }),
  'metrics-interval': Flags.string({ default: '15s', helpValue: 'DURATION', summary: 'How often metrics.k8s.io is asked; 0 for never' }),
  network: Flags.boolean({ summary: 'Network figures from the kubelet through nodes/proxy, which is more than a right to read' }),
  'configmap-data': Flags.option({
    options: ['keys', 'digests', 'full'] as const,
    default: 'digests',
    summary: 'What is kept of the values in ConfigMaps',
  })(),
  duration: Flags.string({ helpValue: 'DURATION', summary: 'Stop after this time (default: until Ctrl-C)' }),
  'max-size': Flags.string({
    helpValue: 'SIZE',
    summary: 'Keep the capture below this size (500MB, 2GiB): the oldest part goes, the last state of every object stays',
  }),
  rotate: Flags.string({ default: '10m', helpValue: 'DURATION', summary: 'Seal a segment at least this often' }),
  resume: Flags.boolean({
    dependsOn: ['out'],
    summary: 'Go on with the recording in --out, without loss where the cluster still remembers',
  }),
  'watch-list': Flags.option({ options: ['auto', 'on', 'off'] as const, default: 'auto', summary: 'Streaming initial lists' })(),
  strict: Flags.boolean({ summary: 'Exit code 6 if there were gaps' }),
};

type RecordFlags = {
  context?: string[];
  kubeconfig?: string;
  namespace?: string[];
  resource?: string[];
  out?: string;
  selector?: string;
  logs: 'failing' | 'all' | 'none';
  'max-log-streams': number;
  'metrics-interval': string;
  network: boolean;
  'configmap-data': 'keys' | 'digests' | 'full';
  duration?: string;
  'max-size'?: string;
  rotate: string;
  resume: boolean;
  'watch-list': 'auto' | 'on' | 'off';
};

/**
 * What the flags ask for, with the clusters opened. Errors: FLAG_INVALID (exit code 2), those of `openClusters` (CLUSTER_*, exit code 4).
 */
export async function recordRequest(flags: RecordFlags, captures: Config['captures']): Promise<Omit<RecordRequest, 'signal'>> {
  const durationMs = flags.duration === undefined ? undefined : milliseconds('--duration', flags.duration);
  const rotateSeconds = milliseconds('--rotate', flags.rotate) / 1000;
  const maxBytes = flags['max-size'] === undefined ? undefined : sizeLimit(flags['max-size']);
  const interval = flags['metrics-interval'];
  const metricsIntervalMs = interval === '0' ? 0 : milliseconds('--metrics-interval', interval);
  const { openClusters } = await import('./core/cluster/connect.ts');
  const { systemClock } = await import('./core/cluster/clock.ts');
  const { newCaptureId, newDigestKey } = await import('./core/cluster/identity.ts');
  const { captureDirName } = await import('./core/captures.ts');
  const clients = await openClusters({ kubeconfig: flags.kubeconfig, contexts: flags.context ?? [] });
  const clock = systemClock();
  await keepHeapSmall();
  return {
    clients,
    clock,
    captureId: newCaptureId(),
    digestKey: newDigestKey(),
    random: Math.random,
    out: flags.out ?? join(captures.dir, captureDirName(clients.map(({ name }) => name).join('+'), new Date(clock.now()).toISOString())),
    resume: flags.resume,
    namespaces: flags.namespace ?? [],
    resources: (flags.resource ?? []).flatMap((names) => names.split(',')),
    logs: { mode: flags.logs, maxStreams: flags['max-log-streams'] },
    metricsIntervalMs,
    network: flags.network,
    configMapData: flags['configmap-data'],
    watchList: flags['watch-list'],
    rotateSeconds,
    keyDir: join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'k8s-labeler'),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(flags.selector === undefined ? {} : { labelSelector: flags.selector }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

/** A recorder runs beside other things: V8 collects garbage when its heap has grown by 40 %, instead of letting it double or more. */
async function keepHeapSmall(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--heap-growing-percent=40');
}

/** Below it there is no room for the state of even a small cluster beside what happens in it. */
const leastBytes = 10_000_000;

function sizeLimit(text: string): number {
  const bytes = memoryBytes(text.replace(/(?<=[kKMGTi])B$/, '').replace(/K$/, 'k'));
  if (bytes !== undefined && bytes >= leastBytes) return bytes;
  throw usageError('FLAG_INVALID', `--max-size: found "${text}", expected a size of 10MB or more`, {
    suggestions: ['--max-size 500MB, 2GiB'],
  });
}

function milliseconds(flag: string, text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds >= 1) return seconds * 1000;
  throw usageError('FLAG_INVALID', `${flag}: found "${text}", expected a duration of a second or more`, {
    suggestions: [`${flag} 30s, 10m, 1h30m`],
  });
}
