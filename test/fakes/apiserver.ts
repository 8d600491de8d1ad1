import { readFileSync } from 'node:fs';
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ApiClient } from '../../src/core/cluster/api.ts';
import { newAgent, send } from '../../src/core/cluster/transport.ts';

/** What the server does next on a connection. Bytes are one HTTP chunk each, wherever they cut a line or a code point. */
export type Step = string | Buffer | { step: 'hang' | 'reset' };

/**
 * One answer; it ends well after its last step. Without `status` the steps are everything that goes over the connection, the status line
 * included: `{ writes: [hang] }` never answers. A `content-length` among the headers turns chunking off, and need not be true.
 */
export type Script = { status?: number; headers?: Record<string, string | string[]>; writes?: Step[] };

/** A request as it came. `sentBytes` is what the client has taken of the answer so far, `gone` is set once its connection is closed. */
export type Asked = {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  body: string;
  atMs: number;
  sentBytes: number;
  gone: boolean;
};

/** Chooses an answer; `count` is 1 for the first request. */
export type Handler = (request: Asked, count: number) => Script | Promise<Script>;

/** Say nothing more, and keep the connection open. */
export const hang: Step = { step: 'hang' };
/** RST, as from a peer that crashed. What the client has not read yet may be lost with it. */
export const reset: Step = { step: 'reset' };

/** A running server: everything that was asked, how many connections were made, a client of it, and how often that client renewed. */
export type ApiServer = {
  url: string;
  asked: Asked[];
  connections(): number;
  client: ApiClient;
  renewals(): number;
  close(): Promise<void>;
};

/** A server on 127.0.0.1 that does what its scripts say, byte by byte. `now` stamps the requests, and is real time unless given. */
export async function startApiServer(
  handler: Handler,
  { tls, now = () => performance.now() }: { tls?: https.ServerOptions; now?: () => number } = {},
): Promise<ApiServer> {
  const asked: Asked[] = [];
  const sockets = new Map<number | undefined, Socket>();
  let connections = 0;
  const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
    const one = requestOf(request, now());
    asked.push(one);
    const count = asked.length;
    request.socket.once('close', () => {
      one.gone = true;
    });
    for await (const chunk of request) one.body += String(chunk);
    await play(await handler(one, count), one, response, sockets.get(request.socket.remotePort) ?? request.socket);
  };
  const server = tls === undefined ? http.createServer(onRequest) : https.createServer(tls, onRequest);
  server.on('connection', (socket: Socket) => {
    connections += 1;
    const port = socket.remotePort;
    sockets.set(port, socket.setNoDelay(true).setMaxListeners(0));
    socket.on('error', () => undefined).on('close', () => sockets.delete(port));
  });
  // A client that does not trust the certificate hangs up.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http${tls === undefined ? '' : 's'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { client, renewals } = clientOf(url);
  return {
    url,
    asked,
    connections: () => connections,
    client,
    renewals,
    close: () =>
      new Promise((resolve) => {
        client.close();
        server.close(() => resolve());
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
}

/**
 * Answers by path, `/api/v1/pods?watch` for the watches of a path. Each path has its answers in order, of which the last is repeated;
 * anything else is 404.
 */
export function byPath(scripts: Record<string, Script[]>): Handler {
  const left = new Map(Object.entries(scripts).map(([path, queue]) => [path, [...queue]]));
  return ({ path, query }) => {
    const watched = query.watch === 'true' || query.watch === '1';
    const queue = left.get(watched ? `${path}?watch` : path) ?? [];
    return (queue.length > 1 ? queue.shift() : queue[0]) ?? failure(404, 'NotFound', 'the server could not find the requested resource');
  };
}

/** An answer that was recorded from a real API server: `test/fakes/protocol/<name>.http`, headers and body as they were sent. */
export function recorded(name: string): Required<Script> & { writes: Buffer[] } {
  const bytes = readFileSync(new URL(`protocol/${name}.http`, import.meta.url));
  const [gap = ''] = /\r?\n\r?\n/.exec(bytes.toString('latin1')) ?? [];
  const end = bytes.indexOf(gap);
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split(/\r?\n/);
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
  return { status: Number(statusLine.split(' ')[1]), headers, writes: [bytes.subarray(end + gap.length)] };
}

/** A JSON answer. */
export function json(object: unknown, status = 200, headers: Record<string, string> = {}): Script {
  return { status, headers: { 'content-type': 'application/json', ...headers }, writes: [JSON.stringify(object)] };
}

/** A meta/v1 Status as the answer to a request; `more` are further fields of it, such as `details`. */
export function failure(code: number, reason: string, message: string, more: object = {}, headers: Record<string, string> = {}): Script {
  return json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code, ...more }, code, headers);
}

/** One line of a watch. */
export function event(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR', object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** The answer to a watch, which ends cleanly unless its last step says otherwise. */
export function watch(...writes: Step[]): Script {
  return { status: 200, headers: { 'content-type': 'application/json' }, writes };
}

/** The same bytes in pieces of `size`: 1 cuts every line and every code point. */
export function pieces(bytes: Buffer | string, size: number): Buffer[] {
  const all = Buffer.from(bytes);
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.subarray(at * size, (at + 1) * size));
}

function requestOf({ method = '', url = '', headers, rawHeaders }: IncomingMessage, atMs: number): Asked {
  const { pathname, searchParams } = new URL(url, 'http://server');
  const query = Object.fromEntries(searchParams);
  return { method, path: pathname, query, headers, rawHeaders, body: '', atMs, sentBytes: 0, gone: false };
}

async function play({ status, headers, writes = [] }: Script, asked: Asked, response: ServerResponse, socket: Socket): Promise<void> {
  const out = status === undefined ? response.socket : response;
  if (out === null) return;
  if (status !== undefined) {
    response.writeHead(status, headers);
    response.flushHeaders();
  }
  for (const step of writes) {
    if (socket.destroyed) return;
    if (typeof step === 'string' || Buffer.isBuffer(step)) {
      await new Promise<unknown>((resolve) => {
        socket.once('close', resolve);
        out.write(step, () => {
          socket.off('close', resolve);
          // The event loop turns once between two writes, or they would arrive as one.
          setImmediate(resolve);
        });
      });
      asked.sentBytes += Buffer.byteLength(step);
    } else {
      if (step.step === 'reset') socket.resetAndDestroy();
      return;
    }
  }
  out.end();
}

function clientOf(server: string): { client: ApiClient; renewals: () => number } {
  const access = { server, headers: {}, tls: {} };
  const agent = newAgent(access);
  let renewals = 0;
  const client: ApiClient = {
    name: 'test',
    server,
    request: (request) => send(access, agent, request),
    renew: async () => {
      renewals += 1;
    },
    close: () => agent.destroy(),
  };
  return { client, renewals: () => renewals };
}
