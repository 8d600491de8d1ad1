export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'unknown';

/** `source` is the format that gave the level away; `confidence` 0..1. */
export type DetectedLevel = { level: LogLevel; source: string; confidence: number };

const ALIASES: Record<string, LogLevel> = {
  trace: 'trace',
  trce: 'trace',
  finest: 'trace',
  finer: 'trace',
  verbose: 'trace',
  silly: 'trace',
  debug: 'debug',
  dbug: 'debug',
  dbg: 'debug',
  fine: 'debug',
  config: 'debug',
  info: 'info',
  information: 'info',
  informational: 'info',
  notice: 'info',
  log: 'info',
  normal: 'info',
  note: 'info',
  system: 'info',
  warn: 'warn',
  warning: 'warn',
  wrn: 'warn',
  err: 'error',
  eror: 'error',
  error: 'error',
  severe: 'error',
  fail: 'error',
  critical: 'fatal',
  crit: 'fatal',
  fatal: 'fatal',
  ftl: 'fatal',
  panic: 'fatal',
  dpanic: 'fatal',
  emerg: 'fatal',
  emergency: 'fatal',
  alert: 'fatal',
  inf: 'info',
  trc: 'trace',
};

/** The level that a word means (`eror`, `notice`, `crit` …), or undefined. */
export function levelOfWord(word: string): LogLevel | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(ALIASES, lower) ? ALIASES[lower] : undefined;
}

/** Whether a level is of the error class. */
export function isErrorLevel(level: LogLevel): boolean {
  return level === 'error' || level === 'fatal';
}
