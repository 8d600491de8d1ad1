/**
 * `npm run bench:record [-- --quick]`: 20,000 pods, then 1,000 watch events per second for 60 s, a burst of 5,000/s for 10 s, and as many as
 * will go through, from an API server in a process of its own; `record` runs as users run it. Beside it the same load through client-node's
 * Watch. Prints what arrived, CPU share (all threads, in percent of one core), and peak memory; nothing is asserted.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readBatches } from '../../src/core/capture/index.ts';

const quick = process.argv.includes('--quick');
const pods = 20_000;
const phases = [
  { name: '1,000/s', rate: 1000, seconds: quick ? 10 : 60 },
  { name: '5,000/s', rate: 5000, seconds: quick ? 3 : 10 },
  { name: 'unlimited', rate: 0, seconds: quick ? 30_000 : 200_000 },
];

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const child = (file: string, args: string[]) =>
  fork(here(file), args, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });

async function answer<T>(from: ChildProcess, field: string): Promise<T> {
  for (;;) {
    const [message] = (await once(from, 'message')) as [Record<string, unknown>];
    if (field in message) return message as T;
  }
}

/** Seconds of CPU and peak memory (MiB) of a process so far (proc(5)); a clock tick is 10 ms. */
async function usage(pid: number): Promise<{ cpu: number; peak: number }> {
  const stat = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return { cpu: (Number(stat[11]) + Number(stat[12])) / 100, peak: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024 };
}

type Row = { phase: string; sent: number; seconds: number; cpuShare: number; peak: number };

async function load(server: ChildProcess, pid: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, rate, seconds } of phases) {
    const before = await usage(pid);
    server.send({ rate, seconds });
    const done = await answer<{ sent: number; seconds: number }>(server, 'sent');
    await settled(pid);
    const after = await usage(pid);
    rows.push({
      phase: name,
      sent: done.sent,
      seconds: done.seconds,
      cpuShare: (after.cpu - before.cpu) / done.seconds,
      peak: after.peak,
    });
  }
  return rows;
}

/** Waits until a process has nothing left to do. */
async function settled(pid: number): Promise<void> {
  for (let last = -1; ; ) {
    const { cpu } = await usage(pid);
    if (cpu - last < 0.05) return;
    last = cpu;
    await wait(1000);
  }
}

async function watching(server: ChildProcess): Promise<void> {
  for (;;) if ((await answer<{ watching: string[] }>(server, 'watching')).watching.length === 2) return;
}

async function withServer<T>(work: string, run: (server: ChildProcess, kubeconfig: string) => Promise<T>): Promise<T> {
  const server = child('load-server-process.ts', [String(pods)]);
  try {
    const { port } = await answer<{ port: number }>(server, 'port');
    const kubeconfig = join(work, `kubeconfig-${port}`);
    const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
    await writeFile(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'bench',
        clusters: [{ name: 'bench', cluster }],
        users: [{ name: 'bench', user: {} }],
        contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
      }),
    ); // prettier-ignore
    return await run(server, kubeconfig);
  } finally {
    server.disconnect();
  }
}

async function benchRecord(work: string): Promise<{ rows: Row[]; lost: number }> {
  const out = join(work, 'capture');
  return withServer(work, async (server, kubeconfig) => {
    const bin = here('../../bin/run.js');
    const both = watching(server);
    const args = [
      bin,
      'record',
      '--kubeconfig',
      kubeconfig,
      '--out',
      out,
      '--resource',
      'pods,events',
      '--logs',
      'none',
      '--metrics-interval',
      '0',
    ];
    const recorder = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    await both;
    await settled(recorder.pid as number);
    const rows = await load(server, recorder.pid as number);
    recorder.kill('SIGINT');
    await once(recorder, 'exit');
    let kept = 0;
    for await (const batch of readBatches(out)) kept += batch.filter(({ kind }) => kind === 'resource').length;
    return { rows, lost: pods + rows.reduce((sum, { sent }) => sum + sent, 0) - kept };
  });
}

async function benchClientNode(work: string): Promise<{ rows: Row[]; lost: number }> {
  return withServer(work, async (server, kubeconfig) => {
    const both = watching(server);
    const client = child('client-node-process.ts', [kubeconfig, join(work, 'client-node.gz')]);
    await both;
    await settled(client.pid as number);
    const rows = await load(server, client.pid as number);
    client.send('count');
    const { events } = await answer<{ events: number }>(client, 'events');
    client.disconnect();
    return { rows, lost: rows.reduce((sum, { sent }) => sum + sent, 0) - events };
  });
}

function table(title: string, { rows, lost }: { rows: Row[]; lost: number }): string {
  const line = ({ phase, sent, seconds, cpuShare, peak }: Row) =>
    `${title.padEnd(18)} ${phase.padEnd(10)} ${String(sent).padStart(7)} events  ${String(Math.round(sent / seconds)).padStart(6)}/s  ` +
    `${(100 * cpuShare).toFixed(1).padStart(6)} % of a core  peak ${peak.toFixed(0).padStart(4)} MiB`;
  return [...rows.map(line), `${title.padEnd(18)} lost ${lost}`].join('\n');
}

const work = await mkdtemp(join(tmpdir(), 'k8s-labeler-bench-'));
try {
  process.stdout.write(`${table('k8s-labeler record', await benchRecord(work))}\n`);
  process.stdout.write(`${table('client-node Watch', await benchClientNode(work))}\n`);
} finally {
  await rm(work, { recursive: true, force: true });
}
