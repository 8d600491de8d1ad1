import { fieldsOf, itemsOf } from '../model/fields.ts';
import { parseJson } from '../model/json.ts';
import { oneLine } from '../model/text.ts';
import type { ApiResponse } from './api.ts';

/**
 * What an API server says of a failure (meta/v1 Status). `code` is the HTTP status, `continueToken` comes with an expired list page.
 * `foreign`: the answer is no Status at all, such as the login page of a proxy; `message` is then its beginning.
 */
export type ApiStatus = {
  code: number;
  reason: string;
  message: string;
  retryAfterSeconds?: number;
  causes: string[];
  continueToken?: string;
  foreign?: true;
};

const mostBytes = 64 * 1024;

/** Reads an answer that is no success, up to 64 KiB of it. Never throws for what the answer holds. */
export async function readStatus(response: ApiResponse, nowMs = 0): Promise<ApiStatus> {
  const text = await readText(response);
  const after = retryAfter(response.headers['retry-after'], nowMs);
  const status = parsed(text);
  if (status === undefined) {
    return { code: response.status, reason: '', message: oneLine(text, 120), causes: [], foreign: true, ...after };
  }
  const known = statusOf(status);
  return { ...after, ...known, code: known.code || response.status };
}

/** A Status object, as an ERROR event of a watch carries it. */
export function statusOf(object: unknown): ApiStatus {
  const { code, reason, message, details, metadata } = fieldsOf(object);
  const { retryAfterSeconds, causes } = fieldsOf(details);
  const token = fieldsOf(metadata).continue;
  return {
    code: typeof code === 'number' ? code : 0,
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? oneLine(message, 500) : '',
    causes: itemsOf(causes).map(({ reason: cause }) => String(cause ?? '')),
    ...(typeof retryAfterSeconds === 'number' && retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
    ...(typeof token === 'string' && token !== '' ? { continueToken: token } : {}),
  };
}

/** The resourceVersion or continue token is older than what the server remembers: list again (reasons Expired, formerly Gone). */
export function isExpired({ code, reason }: ApiStatus): boolean {
  return code === 410 || reason === 'Expired' || reason === 'Gone';
}

/** The server has not caught up with the resourceVersion yet: ask again, do not list (k8s.io/apiserver storage errors). */
export function isTooLarge({ message, causes }: ApiStatus): boolean {
  return causes.includes('ResourceVersionTooLarge') || message.includes('Too large resource version');
}

/** The server does not know an option of the request. */
export function isInvalid({ code }: ApiStatus): boolean {
  return code === 400 || code === 422;
}

export const isUnauthorized = ({ code }: ApiStatus): boolean => code === 401;
export const isForbidden = ({ code }: ApiStatus): boolean => code === 403;

/** The server does not serve the resource: a Status, or the bare text that Go's mux answers for the paths of a CRD that is gone. */
export function isNotFound({ code, foreign, message }: ApiStatus): boolean {
  return code === 404 && (foreign === undefined || message === '404 page not found');
}

async function readText(response: ApiResponse): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= mostBytes) break;
    }
  } catch {
    // A body that breaks off says as much as arrived.
  } finally {
    response.close();
  }
  return Buffer.concat(chunks).toString('utf8', 0, Math.min(size, mostBytes));
}

function parsed(text: string): unknown {
  try {
    const value = parseJson(text);
    return fieldsOf(value).kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds of a Retry-After header: a number, or a date (RFC 9110 §10.2.3). */
function retryAfter(header: string | undefined, nowMs: number): { retryAfterSeconds?: number } {
  if (header === undefined) return {};
  const seconds = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - nowMs) / 1000);
  return seconds > 0 ? { retryAfterSeconds: seconds } : {};
}
