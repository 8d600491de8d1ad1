import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https, { type AgentOptions, type RequestOptions } from 'node:https';
import { createGunzip } from 'node:zlib';
import { systemCode } from '../errors.ts';
import { toolVersion } from '../version.ts';
import { ApiFailure, type ApiRequest, type ApiResponse } from './api.ts';

/** Where and as whom to ask, as of now: `tls` is what the agent is made of, `agent` replaces ours when a proxy stands between. */
export type Access = { server: string; headers: Record<string, string | string[]>; tls: AgentOptions; agent?: http.Agent };

/** Tells a cluster's operators who asks, and how often. */
const userAgent = `k8s-labeler/${toolVersion} (${process.platform}/${process.arch})`;

const headersTimeoutMs = 30_000;
const idleTimeoutMs = 60_000;
const keepAliveMs = 30_000;

/** One agent, and thus one pool of connections, for one server and one set of certificates. */
export function newAgent({ server, tls }: Pick<Access, 'server' | 'tls'>): http.Agent {
  const options = { keepAlive: true, keepAliveMsecs: keepAliveMs, maxFreeSockets: 4 };
  return server.startsWith('https:') ? new https.Agent({ ...options, ...tls }) : new http.Agent(options);
}

/** Sends one request and yields its answer as soon as the headers are there. Errors: ApiFailure, or the signal's reason. */
export async function send(access: Access, agent: http.Agent, request: ApiRequest): Promise<ApiResponse> {
  const { signal } = request;
  signal?.throwIfAborted();
  const url = urlOf(access.server, request);
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers = {
    'User-Agent': userAgent,
    Accept: request.accept ?? 'application/json',
    // A watch is small pieces; compressing them would only hold them back.
    'Accept-Encoding': request.query?.watch === true || request.query?.follow === true ? 'identity' : 'gzip',
    ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
    ...access.headers,
  };
  const options = { method: request.method ?? 'GET', headers, agent, ...(access.agent === undefined ? {} : { agent: access.agent }) };
  const sent = started(url, options);
  const onAbort = () => sent.destroy(asError(signal?.reason));
  const late = () => sent.destroy(new ApiFailure('idle', 'no answer in time'));
  const timer = setTimeout(late, request.headersTimeoutMs ?? headersTimeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  const release = () => signal?.removeEventListener('abort', onAbort);
  sent.on('socket', (socket) => socket.setKeepAlive(true, keepAliveMs));
  const answer = new Promise<IncomingMessage>((resolve, reject) => sent.on('response', resolve).on('error', reject));
  sent.end(body);
  try {
    return responseOf(await answer, request, release);
  } catch (error) {
    release();
    signal?.throwIfAborted();
    throw failureOf(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Certificates that cannot be read, or a token that no header can hold, fail at once. */
function started(url: URL, options: RequestOptions): ClientRequest {
  try {
    return (url.protocol === 'https:' ? https : http).request(url, options);
  } catch (error) {
    throw failureOf(error);
  }
}

function urlOf(server: string, { path, query = {} }: ApiRequest): URL {
  // A server may live below a path, as behind a proxy for many clusters.
  const url = new URL(server.replace(/\/+$/, '') + path);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

function responseOf(message: IncomingMessage, request: ApiRequest, done: () => void): ApiResponse {
  const close = () => {
    done();
    message.destroy();
  };
  return { status: message.statusCode ?? 0, headers: message.headers, body: bodyOf(message, request, close), close };
}

/** The bytes at the pace of the consumer; the connection is closed when it stops early, and kept for the next request otherwise. */
async function* bodyOf(message: IncomingMessage, request: ApiRequest, close: () => void): AsyncGenerator<Buffer> {
  const limit = request.idleTimeoutMs ?? idleTimeoutMs;
  const idle = () => message.destroy(new ApiFailure('idle', `nothing for ${Math.round(limit / 1000)} s`));
  let timer = setTimeout(idle, limit);
  const unzipped = message.headers['content-encoding'] === 'gzip' ? message.pipe(createGunzip()) : message;
  if (unzipped !== message) message.on('error', (error) => unzipped.destroy(error));
  try {
    for await (const chunk of unzipped) {
      // While the consumer is busy with a chunk the silence is ours, not the server's.
      clearTimeout(timer);
      yield chunk as Buffer;
      timer = setTimeout(idle, limit);
    }
  } catch (error) {
    request.signal?.throwIfAborted();
    throw failureOf(error);
  } finally {
    clearTimeout(timer);
    close();
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

const refusedCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
  'ENOENT',
]);

const tlsWords: Record<string, string> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody that is trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody that is trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by nobody that is trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by nobody that is trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS (https where it should be http?)',
};

/** What a failure of the connection amounts to. */
export function failureOf(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  const code = systemCode(error);
  const message = error instanceof Error ? error.message : String(error);
  const words = tlsWords[code];
  if (code === 'ERR_INVALID_CHAR')
    return new ApiFailure('credentials', 'a token with characters that no header may hold', { cause: error });
  if (words !== undefined) return new ApiFailure('tls', words, { cause: error });
  if (/^(?:ERR_SSL|ERR_TLS|EPROTO|CERT_|ERR_OSSL)/.test(code)) return new ApiFailure('tls', message, { cause: error });
  // A name that resolves to several addresses fails with all their errors.
  const codes = error instanceof AggregateError ? error.errors.map(systemCode) : [code];
  if (codes.every((one) => refusedCodes.has(one))) return new ApiFailure('refused', codes[0] ?? message, { cause: error });
  return new ApiFailure('reset', code === '' ? message : code, { cause: error });
}
