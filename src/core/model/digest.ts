/** What stands where a value was masked or left out. */
export const withheldMark = '***';

const pattern = /^hmac-sha256:([0-9a-f]{8}):[0-9a-f]{16}$/;

/** A value of which only a keyed digest was kept: it is there, but what it says is unknown. */
export function isDigest(value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

/** A value that is there, but not in the records: masked, left out, or kept as a digest. */
export function isWithheld(value: unknown): boolean {
  return value === withheldMark || isDigest(value);
}

/** Whether a JSON value is withheld, or any part of it. */
export function holdsWithheld(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.values(value).some(holdsWithheld) : isWithheld(value);
}

/** Whether two digests can be compared: only those of one key say whether the values behind them are equal. */
export function sameDigestKey(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && pattern.exec(a)?.[1] === pattern.exec(b)?.[1];
}
