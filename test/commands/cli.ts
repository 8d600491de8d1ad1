import { join } from 'node:path';
import { captureOutput } from '@oclif/test';
import type { BaseCommand } from '../../src/base-command.ts';
import { openCapture } from '../../src/core/capture/index.ts';

type CaptureWriter = Awaited<ReturnType<typeof openCapture>>;

const root = join(import.meta.dirname, '../..');

type CommandClass = { run(argv: string[], root: string): ReturnType<BaseCommand['run']> };

/** Runs a command in this process as a user would: what it prints (with escapes), and its exit code. */
export async function runCommand(command: CommandClass, ...args: string[]) {
  process.exitCode = undefined;
  const { stdout, stderr, error } = await captureOutput(() => command.run(args, root), { print: false, stripAnsi: false });
  const exitCode = Number(process.exitCode ?? error?.oclif?.exit ?? (error === undefined ? 0 : 1));
  process.exitCode = undefined;
  return { stdout, stderr, exitCode, error };
}

const container = { name: 'app', image: 'shop/cart:1', resources: { limits: { memory: '64Mi' } } };
const owner = (kind: string, name: string) => [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true }];

/** A capture in which a container of Deployment shop/cart is OOM-killed three times; its log line tries to clear the screen. */
export async function writeOomCapture(dir: string): Promise<void> {
  const writer = await openCapture(dir, {
    source: { type: 'import' },
    clusters: [{ alias: 'c01', name: 'staging' }],
    tool: 'test',
    createdAt: '2026-03-01T10:00:00Z',
  });
  await writeObject(writer, 0, { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' }, deployment, {});
  await writeObject(
    writer,
    0,
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'cart-7d' },
    { replicas: 1 },
    {},
    owner('Deployment', 'cart'),
  );
  await writePod(writer, 1, 0);
  for (const restarts of [1, 2, 3]) await writePod(writer, restarts * 30, restarts);
  await writer.write({
    ...base(100),
    kind: 'log',
    line: { namespace: 'shop', pod: 'cart-7d-x', container: 'app', message: 'FATAL \u001b[2J out of memory', timestamp: '' },
  });
  await writer.write({ ...base(400), kind: 'tick' });
  await writer.close();
}

const deployment = {
  replicas: 1,
  selector: { matchLabels: { app: 'cart' } },
  template: { metadata: { labels: { app: 'cart' } }, spec: { containers: [container] } },
};

function base(seconds: number) {
  const at = new Date(Date.UTC(2026, 2, 1, 10) + seconds * 1000).toISOString();
  return { at, atSource: 'received' as const, cluster: 'c01', stream: 's' };
}

async function writeObject(
  writer: CaptureWriter,
  seconds: number,
  id: { apiVersion: string; kind: string; name: string },
  spec: object,
  status: object,
  owners: object[] = [],
) {
  const { apiVersion, kind, name } = id;
  const metadata = { name, namespace: 'shop', uid: `uid-${name}`, labels: { app: 'cart' }, ownerReferences: owners as never };
  const ref = { kind, namespace: 'shop', name, uid: metadata.uid, apiVersion };
  const event = { type: 'ADDED' as const, ref, resourceVersion: String(seconds), object: { apiVersion, kind, metadata, spec, status } };
  await writer.write({ ...base(seconds), kind: 'resource', event });
}

async function writePod(writer: CaptureWriter, seconds: number, restartCount: number) {
  const { at } = base(seconds);
  const terminated = { reason: 'OOMKilled', exitCode: 137, startedAt: at, finishedAt: at, containerID: `c-${restartCount}` };
  const crash = {
    restartCount,
    ready: false,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
    lastState: { terminated },
  };
  const fine = { restartCount, ready: true, state: { running: { startedAt: at } }, lastState: {} };
  const status = { phase: 'Running', containerStatuses: [{ name: 'app', ...(restartCount === 0 ? fine : crash) }] };
  const pod = { apiVersion: 'v1', kind: 'Pod', name: 'cart-7d-x' };
  await writeObject(writer, seconds, pod, { containers: [container] }, status, owner('ReplicaSet', 'cart-7d'));
}
