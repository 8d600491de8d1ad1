/** A log line as the kubelet serves it with `timestamps=true`. `timestamp` is as served, '' if the line has none. */
export type LogLine = { timestamp: string; message: string };

const space = 0x20;
/** `2026-11-23T20:57:40.284118836+02:00` has 35 characters. */
const longestTimestamp = 35;
const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Splits the runtime's timestamp from the message. Bytes that are no UTF-8 become U+FFFD; a `\r` stays. */
export function lineOf(bytes: Buffer): LogLine {
  const end = bytes.subarray(0, longestTimestamp + 1).indexOf(space);
  const timestamp = bytes.toString('latin1', 0, end === -1 ? Math.min(bytes.length, longestTimestamp + 1) : end);
  if (!rfc3339.test(timestamp)) return { timestamp: '', message: bytes.toString('utf8') };
  return { timestamp, message: end === -1 ? '' : bytes.toString('utf8', end + 1) };
}

/** An RFC 3339 time as UTC with nine digits and without zone, so that times compare as texts; undefined for anything else. */
export function comparableTime(timestamp: string): string | undefined {
  const [, seconds = '', fraction = '', zone = ''] = rfc3339.exec(timestamp) ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  const utc = zone === 'Z' ? seconds : new Date(ms).toISOString().slice(0, 19);
  return `${utc}.${fraction.padEnd(9, '0')}`;
}
