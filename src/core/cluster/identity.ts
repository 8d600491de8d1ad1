import { randomBytes, randomUUID } from 'node:crypto';

/** The id of a new recording. */
export function newCaptureId(): string {
  return randomUUID();
}

/** The key with which a recording digests what it does not keep; it is never written. */
export function newDigestKey(): Buffer {
  return randomBytes(32);
}
