import type { LogLevel } from './words.ts';

/** pino and bunyan: 10 trace … 60 fatal. */
export function pinoLevel(number: number): LogLevel | undefined {
  return ({ 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' } as Record<number, LogLevel>)[number];
}

/** Python `levelno`: 10 debug … 50 critical. */
export function pythonLevel(number: number): LogLevel | undefined {
  return ({ 10: 'debug', 20: 'info', 30: 'warn', 40: 'error', 50: 'fatal' } as Record<number, LogLevel>)[number];
}

/** Syslog severity (RFC 5424): 0 emergency … 7 debug. */
export function syslogLevel(number: number): LogLevel | undefined {
  return (['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'] as LogLevel[])[number];
}

/** OpenTelemetry SeverityNumber: 1–4 trace … 21–24 fatal. */
export function otelLevel(number: number): LogLevel | undefined {
  return number >= 1 && number <= 24
    ? (['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as LogLevel[])[Math.ceil(number / 4) - 1]
    : undefined;
}

const PYTHON_KEYS = ['levelno', 'lineno', 'funcName', 'pathname', 'processName', 'threadName', 'logger_name', 'levelname', 'taskName'];

/**
 * The level behind a number, by the field's name and its neighbours: `severityNumber` is OpenTelemetry, GELF fields or 0..7 are syslog,
 * Python's own fields tell its scale from pino's, which is the default for 10..60.
 */
export function numericLevel(key: string, number: number, fields: Record<string, unknown>): LogLevel | undefined {
  if (/severity_?number/i.test(key)) return otelLevel(number);
  if (PYTHON_KEYS.some((name) => name in fields) || key === 'levelno') return pythonLevel(number);
  const gelf = 'short_message' in fields || ('version' in fields && 'host' in fields && 'timestamp' in fields && !('pid' in fields));
  if (gelf || (number < 8 && /severity|priority|prio|^level$/i.test(key))) return syslogLevel(number);
  return pinoLevel(number);
}
