import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiClient } from '../../../../src/core/cluster/api.ts';
import { newAgent, send } from '../../../../src/core/cluster/transport.ts';
import type { Clock } from '../../../../src/core/model/clock.ts';

/** One request as the server saw it: `GET path`, its query, and when it came on the test's clock. */
export type Asked = { path: string; query: Record<string, string>; atMs: number; response: ServerResponse };

export type TestServer = { client: ApiClient; asked: Asked[]; renewed: () => number; close: () => Promise<void> };

/** A server on a real socket that answers as the test says, and a client of it. */
export async function serve(clock: Clock, answer: (asked: Asked, count: number) => void): Promise<TestServer> {
  const asked: Asked[] = [];
  let renewals = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://server');
    const one = { path: url.pathname, query: Object.fromEntries(url.searchParams), atMs: clock.now(), response };
    asked.push(one);
    answer(one, asked.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const access = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, headers: {}, tls: {} };
  const agent = newAgent(access);
  const client: ApiClient = {
    name: 'test',
    server: access.server,
    request: (request) => send(access, agent, request),
    renew: async () => {
      renewals += 1;
    },
    close: () => agent.destroy(),
  };
  return {
    client,
    asked,
    renewed: () => renewals,
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A meta/v1 Status, as a refusal. */
export function refuse(response: ServerResponse, code: number, message: string, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason: 'BadRequest', code }));
}

/** Time that stands still until the test moves it. */
export function manualClock(startMs: number): Clock & { advance(ms: number): void; sleeping(): number[] } {
  let now = startMs;
  const sleepers = new Set<{ atMs: number; wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { atMs: now + ms, wake };
        function wake() {
          signal?.removeEventListener('abort', stop);
          resolve();
        }
        function stop() {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        }
        sleepers.add(sleeper);
        signal?.addEventListener('abort', stop);
      }),
    advance(ms) {
      now += ms;
      for (const sleeper of [...sleepers].filter(({ atMs }) => atMs <= now)) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
    sleeping: () => [...sleepers].map(({ atMs }) => atMs - now).toSorted((a, b) => a - b),
  };
}

/** Waits for a condition, in real time. */
export async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`never became true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
