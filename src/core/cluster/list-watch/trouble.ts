import { oneLine } from '../../model/text.ts';
import type { ApiFailure } from '../api.ts';
import { type ApiStatus, isExpired, isForbidden, isInvalid, isNotFound, isTooLarge, isUnauthorized } from '../status.ts';

/**
 * Why a list or watch did not go on, as far as it decides what to do. `reason` is for the record. `silent` says that there was nothing to
 * hear: not a byte for too long, or a resourceVersion that the server has yet to reach.
 */
export type Trouble =
  | { kind: 'expired' | 'gone' | 'invalid' | 'unauthorized' | 'forbidden'; code: number; reason: string }
  | { kind: 'retry'; code?: number; reason: string; retryAfterMs: number; silent?: 'idle' | 'unknown-version' };

const longestRetryMs = 600_000;

/** What a refusal means: as an HTTP status, or as the Status of an ERROR event. */
export function troubleOf(status: ApiStatus): Trouble {
  const { code } = status;
  const words = [status.reason, status.message].filter(Boolean).join(': ') || `HTTP ${code}`;
  const reason = status.foreign === true ? `no answer of Kubernetes: ${words}` : words;
  const retryAfterMs = Math.min(longestRetryMs, (status.retryAfterSeconds ?? 0) * 1000);
  if (isTooLarge(status)) return { kind: 'retry', code, reason, retryAfterMs, silent: 'unknown-version' };
  if (isExpired(status)) return { kind: 'expired', code, reason };
  if (isUnauthorized(status)) return { kind: 'unauthorized', code, reason };
  if (isForbidden(status) && status.foreign === undefined) return { kind: 'forbidden', code, reason };
  if (isNotFound(status)) return { kind: 'gone', code, reason };
  if (isInvalid(status) && status.foreign === undefined) return { kind: 'invalid', code, reason };
  return { kind: 'retry', code, reason, retryAfterMs };
}

/** A connection that failed: asked again, never listed anew for it, so that an API server that restarts is spared. */
export function troubleOfFailure({ kind, message }: ApiFailure): Trouble {
  return { kind: 'retry', reason: oneLine(`${kind}: ${message}`), retryAfterMs: 0, ...(kind === 'idle' ? { silent: kind } : {}) };
}
