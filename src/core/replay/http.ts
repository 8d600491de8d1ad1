import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemCode, usageError } from '../errors.ts';
import { type Answer, type Served, statusAnswer } from './answer.ts';
import { handle } from './handle.ts';
import { isoTime } from './moment.ts';
import { badRequest, failure } from './status.ts';

/** One answered request, for a log line. */
export type ServedRequest = { method: string; path: string; status: number };

/** A server that listens; `closed` resolves when the signal has ended it and every connection is gone. */
export type Listening = { port: number; closed: Promise<void> };

const mostBodyBytes = 1_048_576;

/** Listens on 127.0.0.1 until the signal aborts. REPLAY_PORT_IN_USE (usage) if the port is not to be had. */
export async function listen(
  served: Served,
  port: number,
  signal: AbortSignal,
  onRequest: (request: ServedRequest) => void = () => undefined,
): Promise<Listening> {
  const server = createServer((request, response) => {
    respond(served, request, response, onRequest).catch(() => response.destroy());
  });
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw usageError('REPLAY_PORT_IN_USE', `port ${port} ${code === 'EACCES' ? 'may not be used' : 'is in use'}`, {
      suggestions: ['name another port, or 0 for any free one'],
      cause: error,
    });
  }
  return { port: (server.address() as AddressInfo).port, closed: closedWith(server, signal) };
}

async function closedWith(server: Server, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function respond(
  served: Served,
  request: IncomingMessage,
  response: ServerResponse,
  onRequest: (request: ServedRequest) => void,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const ended = gone.signal;
  const { method = 'GET', url = '/' } = request;
  const answer = await answerOf(served, request, { method, url, signal: ended });
  response.writeHead(answer.status, {
    'content-type': answer.type ?? 'application/json',
    'cache-control': 'no-cache, private',
    'k8s-labeler-replay': `at=${isoTime(served.playback.now())}; speed=${served.playback.speed()}`,
    ...answer.headers,
  });
  onRequest({ method, path: url, status: answer.status });
  if (method === 'HEAD') response.end();
  else await send(response, answer, ended);
}

async function answerOf(
  served: Served,
  request: IncomingMessage,
  { method, url, signal }: { method: string; url: string; signal: AbortSignal },
): Promise<Answer> {
  const question = url.indexOf('?');
  const path = question === -1 ? url : url.slice(0, question);
  const query = new URLSearchParams(question === -1 ? '' : url.slice(question + 1));
  try {
    refuseForeign(request);
    const body = await bodyOf(request);
    return handle(served, { method, path, query, accept: request.headers.accept, body, signal });
  } catch (error) {
    return statusAnswer(error);
  }
}

/** Sends at the pace of the client; a body that comes in pieces is read no faster than it is taken. */
async function send(response: ServerResponse, { body }: Answer, ended: AbortSignal): Promise<void> {
  if (typeof body === 'string') {
    response.end(body);
    return;
  }
  response.flushHeaders();
  for await (const piece of body) {
    if (ended.aborted) break;
    if (!response.write(piece)) await once(response, 'drain', { signal: ended }).catch(() => undefined);
  }
  response.end();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= mostBodyBytes) chunks.push(chunk);
  }
  if (bytes > mostBodyBytes) throw badRequest('the body of the request is too large');
  return Buffer.concat(chunks);
}

/** A page in a browser could reach a local port under a name of its own (DNS rebinding); only local names are answered. */
function refuseForeign({ headers }: IncomingMessage): void {
  const host = (headers.host ?? 'localhost').replace(/:\d+$/, '');
  if (['localhost', '127.0.0.1', '[::1]'].includes(host)) return;
  throw failure(403, 'Forbidden', 'this server answers to 127.0.0.1 and localhost only');
}
