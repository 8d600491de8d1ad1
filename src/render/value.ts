import { stringifyJson } from '../core/model/json.ts';
import { readableLine } from '../core/model/log-line.ts';

/** Fields that say what a status means; the rest of it is for machines. */
const telling = ['type', 'status', 'phase', 'reason', 'exitCode', 'signal', 'message'];

/**
 * A cited value as people read it: a log line without its timestamp, other texts as they are, a container state as `OOMKilled, exit 137`, a condition as
 * `Ready False, ContainersNotReady: …`, everything else as JSON. Not yet safe for a terminal: `clip` or `wrap` it.
 */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return readableLine(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return stringifyJson(value);
  const fields = value as Record<string, unknown>;
  const parts = telling.filter((name) => isScalar(fields[name])).map((name) => [name, String(fields[name])] as const);
  const known = parts.some(([name]) => name === 'reason' || name === 'exitCode' || name === 'phase');
  return known ? statusText(Object.fromEntries(parts)) : stringifyJson(value);
}

function statusText({ type, status, phase, reason, exitCode, signal, message }: Record<string, string>): string {
  const condition = [type, status, phase].filter(Boolean).join(' ');
  const exit = exitCode === undefined ? '' : `exit ${exitCode}`;
  const killed = signal === undefined || signal === '0' ? '' : `signal ${signal}`;
  const head = [condition, reason, exit, killed].filter(Boolean).join(', ');
  return message ? `${head}: ${message}` : head;
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value) && value !== '';
}
