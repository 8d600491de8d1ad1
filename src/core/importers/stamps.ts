/** A time found in a log line. `zoned`: the text named its zone; otherwise UTC was assumed. */
export type Stamp = { ms: number; zoned: boolean };

const criStamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))(?: |$)/;

const isoParts = String.raw`(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|[+-]\d\d:?\d\d)(?!\d))?`;
const leading = new RegExp(String.raw`^[\s[("<]{0,4}(?:[A-Z]{4,8}[\s:\]]{1,3})?${isoParts}`);
const keyed = new RegExp(String.raw`(?:^|[\s,{"])(?:@?timestamp|time|ts|date)"?\s?[=:]\s?"?${isoParts}`);
const epoch = /"(?:ts|time|timestamp)"\s?:\s?"?(\d{10}(?:\.\d{1,9})?|\d{13})(?![\d.])/;
const access = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})\]/;
const klog = /^[IWEF](\d\d)(\d\d) (\d\d:\d\d:\d\d)\.(\d{3})/;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The timestamp the kubelet or `kubectl logs --timestamps` puts before a line, and the line without it. */
export function splitCriStamp(line: string): { timestamp: string; ms: number; message: string } | undefined {
  const timestamp = criStamp.exec(line)?.[1];
  if (timestamp === undefined) return undefined;
  const ms = Date.parse(timestamp);
  return Number.isNaN(ms) ? undefined : { timestamp, ms, message: line.slice(timestamp.length + 1) };
}

/**
 * The time a program wrote at the head of its own line: ISO dates first or as `time=`/`"ts":`, epoch numbers, access logs, klog.
 * klog has no year: the one that puts the line last before `referenceMs`; without a reference klog lines have no time.
 */
export function textStamp(line: string, referenceMs?: number): Stamp | undefined {
  const head = line.slice(0, 256);
  const iso = leading.exec(head) ?? keyed.exec(head);
  if (iso !== null) return fromIso(iso);
  const [, seconds] = epoch.exec(head) ?? [];
  if (seconds !== undefined) return { ms: Math.floor(Number(seconds) * (/^\d{13}$/.test(seconds) ? 1 : 1000)), zoned: true };
  const [, day, month = '', year, clock, zone] = access.exec(head) ?? [];
  if (day !== undefined) return stamp(`${year}-${pad(months.indexOf(month) + 1)}-${day}T${clock}${colon(zone)}`, true);
  return referenceMs === undefined ? undefined : fromKlog(head, referenceMs);
}

function fromIso([, year, month, day, clock, fraction = '', zone]: RegExpExecArray): Stamp | undefined {
  const ms = fraction === '' ? '' : `.${fraction.slice(0, 3).padEnd(3, '0')}`;
  return stamp(`${year}-${month}-${day}T${clock}${ms}${zone === undefined ? 'Z' : colon(zone)}`, zone !== undefined);
}

function fromKlog(head: string, referenceMs: number): Stamp | undefined {
  const [, month, day, clock, ms] = klog.exec(head) ?? [];
  if (month === undefined) return undefined;
  const dayAhead = referenceMs + 86_400_000;
  const year = new Date(dayAhead).getUTCFullYear();
  const inYear = (candidate: number) => stamp(`${candidate}-${month}-${day}T${clock}.${ms}Z`, false);
  const found = inYear(year);
  return found !== undefined && found.ms > dayAhead ? inYear(year - 1) : found;
}

function stamp(iso: string, zoned: boolean): Stamp | undefined {
  const ms = Date.parse(iso);
  return ms > 0 ? { ms, zoned } : undefined;
}

function colon(zone = ''): string {
  return zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
