import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openCapture } from '../../../src/core/capture/index.ts';
import type { CaptureRecord, Coverage } from '../../../src/core/model/capture.ts';
import type { Clock } from '../../../src/core/model/clock.ts';
import { type ServedCapture, type ServeOptions, serveCapture } from '../../../src/core/replay/serve.ts';
import { time } from '../records.ts';

/** Captures in a temporary folder and servers of them, for the tests of one file; everything is closed and removed at its end. */
const directories: string[] = [];
const servers: ServedCapture[] = [];

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await Promise.all(directories.map((dir) => rm(dir, { recursive: true, force: true })));
});

/** Kind by resource, for what was looked at besides the objects that are there. */
const covers: Record<string, string> = { pods: 'Pod', events: 'Event', services: 'Service', deployments: 'Deployment', nodes: 'Node' };

/** A capture of records in the order given. `covered`: resources that were looked at in all namespaces. */
export async function captureOf(records: CaptureRecord[], covered: string[] = Object.keys(covers)): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'replay-'));
  directories.push(root);
  const dir = join(root, 'capture');
  const clusters = [...new Set(['c01', ...records.map(({ cluster }) => cluster)])].map((alias) => ({
    alias,
    name: `cluster-${alias}`,
    version: 'v1.33.1',
  }));
  const writer = await openCapture(dir, { source: { type: 'bench' }, clusters, tool: 'test', createdAt: time(0), memberBytes: 4000 });
  const coverage: Coverage[] = covered.map((resource) => ({
    cluster: 'c01',
    resource,
    kind: covers[resource] ?? resource,
    namespaces: ['*'],
    from: time(0),
    to: time(3600),
  }));
  const streams = covered.map((resource) => ({ id: `c01/${resource}`, cluster: 'c01', resource, source: 'test' }));
  writer.setManifest({ coverage, streams });
  for (const { seq: _seq, ...draft } of records) await writer.write(draft);
  await writer.close();
  return dir;
}

/** A server of a capture, at its end unless said otherwise, on any free port. */
export async function serve(dir: string, options: Partial<ServeOptions> = {}): Promise<ServedCapture> {
  const served = await serveCapture(dir, { port: 0, moment: { type: 'at', at: 'end' }, clock: manualClock(), ...options });
  servers.push(served);
  return served;
}

/** The record with another resourceVersion and, if given, of another stream. */
export function versioned(
  record: CaptureRecord & { kind: 'resource' },
  version: string,
  stream = record.stream,
): CaptureRecord & { kind: 'resource' } {
  const { event } = record;
  const metadata = { ...event.object.metadata, resourceVersion: version };
  return { ...record, stream, event: { ...event, resourceVersion: version, object: { ...event.object, metadata } } };
}

// biome-ignore lint/suspicious/noExplicitAny: answers are open-ended JSON
export type Reply = { status: number; headers: Headers; text: string; json: () => any };

/** GET, or another method, with headers. */
export async function ask(served: ServedCapture, path: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(`${served.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

/** Asks with an Accept header. */
export function accepting(accept: string): RequestInit {
  return { headers: { accept } };
}

export const tableV1 = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

// biome-ignore lint/suspicious/noExplicitAny: answers are open-ended JSON
export type WatchEvent = { type: string; object: any };

/** An open stream of lines. `begun`: the server has answered. `next(n)` waits for n more; `rest` for all until the server ends it. */
export type Stream = { begun: Promise<void>; next(count: number): Promise<string[]>; rest(): Promise<string[]>; close(): void };

/** Opens a GET whose answer comes in lines. */
export function open({ url }: ServedCapture, path: string, accept = 'application/json'): Stream {
  const lines: string[] = [];
  let partial = '';
  let ended = false;
  let wake = () => {};
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const sent = request(`${url}${path}`, { headers: { accept } }, (response) => {
    begin();
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const parts = (partial + chunk).split('\n');
      partial = parts.pop() ?? '';
      lines.push(...parts);
      wake();
    });
    response.on('close', () => {
      ended = true;
      wake();
    });
  });
  sent.on('error', () => undefined);
  sent.end();
  const until = async (enough: () => boolean) => {
    while (!enough() && !ended) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    begun,
    async next(count) {
      await until(() => lines.length >= count);
      return lines.splice(0, count);
    },
    async rest() {
      await until(() => false);
      return lines.splice(0);
    },
    close: () => sent.destroy(),
  };
}

/** The events of lines of a watch. */
export function eventsIn(lines: string[]): WatchEvent[] {
  return lines.map((line) => JSON.parse(line) as WatchEvent);
}

/** `ADDED cart-1`: type and name of each event. */
export function brief(lines: string[]): string[] {
  return eventsIn(lines).map(({ type, object }) => `${type} ${object.metadata?.name ?? object.code ?? object.metadata?.resourceVersion}`);
}

export type ManualClock = Clock & { advance(ms: number): Promise<void> };

/** A clock that stands still until it is advanced; whoever sleeps wakes in the order of the times. */
export function manualClock(): ManualClock {
  let now = 0;
  const sleepers = new Set<{ due: number; wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        const sleeper = { due: now + ms, wake };
        if (signal?.aborted === true) return abort();
        sleepers.add(sleeper);
        signal?.addEventListener('abort', abort, { once: true });
      }),
    async advance(ms) {
      const end = now + ms;
      while (true) {
        await new Promise((resolve) => setImmediate(resolve));
        const [next] = [...sleepers].sort((a, b) => a.due - b.due);
        if (next === undefined || next.due > end) break;
        now = Math.max(now, next.due);
        sleepers.delete(next);
        next.wake();
      }
      now = end;
    },
  };
}
