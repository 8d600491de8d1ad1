import { jsonFields, logfmtFields } from './fields.ts';
import { numericLevel, syslogLevel } from './numeric.ts';
import { positionalLevel, strongLevel } from './position.ts';
import { type DetectedLevel, type LogLevel, levelOfWord } from './words.ts';

export { type DetectedLevel, isErrorLevel, type LogLevel } from './words.ts';

const KEYS = [
  'level',
  'lvl',
  'severity',
  'severityText',
  'severity_text',
  'log.level',
  '@l',
  'loglevel',
  'log_level',
  'logLevel',
  'LogLevel',
  'levelname',
  'level_name',
  'LEVEL',
  'Level',
  'SEVERITY',
  'Severity',
  'severityNumber',
  'severity_number',
  'levelno',
  'priority',
  's',
];

function fromFields(fields: Record<string, unknown>, source: string): DetectedLevel | undefined {
  for (const key of KEYS) {
    const value = fields[key];
    const found =
      typeof value === 'string'
        ? wordOrNumber(key, value, fields)
        : typeof value === 'number'
          ? numericLevel(key, value, fields)
          : undefined;
    if (found !== undefined) return { level: found, source, confidence: 0.98 };
  }
  const nested = fields.log;
  if (typeof nested === 'object' && nested !== null) return fromFields(nested as Record<string, unknown>, source);
  return undefined;
}

function wordOrNumber(key: string, value: string, fields: Record<string, unknown>): LogLevel | undefined {
  if (/^\d{1,2}$/.test(value)) return numericLevel(key, Number(value), fields);
  // mongod writes `"s":"I"`; no other field is a single letter.
  if (key === 's') return ({ F: 'fatal', E: 'error', W: 'warn', I: 'info', D: 'debug' } as Record<string, LogLevel>)[value.slice(0, 1)];
  return levelOfWord(value);
}

// The usual field of the usual loggers, found without parsing; an escaped quote inside a string cannot look like it.
const QUICK = /^\{(?:[^{}]{0,300},)?\s?"(?:level|severity|lvl)":\s?"([A-Za-z]{3,11})"[,}]/;

function fromJson(message: string): DetectedLevel | undefined {
  if (!message.startsWith('{')) return undefined;
  const word = QUICK.exec(message)?.[1];
  const quick = word === undefined ? undefined : levelOfWord(word);
  if (quick !== undefined) return { level: quick, source: 'json', confidence: 0.98 };
  const fields = jsonFields(message);
  if (fields === undefined) return undefined;
  const found = fromFields(fields, 'json');
  if (found !== undefined) return found;
  // Serilog's compact format leaves the level out when it is Information.
  if ('@t' in fields && ('@mt' in fields || '@m' in fields)) return { level: 'info', source: 'json', confidence: 0.9 };
  return { level: 'unknown', source: 'json', confidence: 0.5 };
}

const KLOG = /^([IWEF])\d{4} \d{2}:\d{2}:\d{2}\.\d{3,6}\s{1,8}\d{1,10} [^\s\]:]{1,100}:\d{1,6}\]/;
const KLOG_LEVELS: Record<string, LogLevel> = { I: 'info', W: 'warn', E: 'error', F: 'fatal' };

function fromKlog(message: string): DetectedLevel | undefined {
  const letter = KLOG.exec(message)?.[1];
  return letter === undefined ? undefined : { level: KLOG_LEVELS[letter] ?? 'unknown', source: 'klog', confidence: 0.99 };
}

function fromLogfmt(message: string): DetectedLevel | undefined {
  const fields = logfmtFields(message);
  return fields === undefined ? undefined : fromFields(fields, 'logfmt');
}

const PRI = /^<(\d{1,3})>(?:\d{1,2} \d{4}-|[A-Z][a-z]{2} |\d{4}-|\w)/;

function fromSyslog(message: string): DetectedLevel | undefined {
  const number = Number(PRI.exec(message)?.[1] ?? Number.NaN);
  if (!(number <= 191)) return undefined;
  return { level: syslogLevel(number % 8) ?? 'unknown', source: 'syslog', confidence: 0.95 };
}

const DECORATION = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{1,9}(?:Z|[+-]\d{2}:\d{2}) (?:stdout|stderr) [FP] /;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal are what is removed
const ANSI = /\u001b\[[0-9;?]{0,20}[A-Za-z]/g;

/** A line without its CRI prefix (`time stdout F `) and without terminal colours. */
export function bareLine(message: string): string {
  const plain = message.includes('\u001b') ? message.replace(ANSI, '') : message;
  return plain.replace(DECORATION, '');
}

/**
 * The level of a log line or block (its first line decides, unless that says nothing): JSON, klog, syslog, logfmt, a level word in the
 * place where a logger puts it, then strong patterns such as a panic. `unknown` when nothing says so; stderr alone is no error.
 */
export function detectLevel(message: string): DetectedLevel {
  const line = bareLine(message.length > 65_536 ? message.slice(0, 65_536) : message).trim();
  const newline = line.indexOf('\n');
  const first = newline < 0 ? line : line.slice(0, newline);
  return (
    fromJson(first) ??
    fromKlog(first) ??
    fromSyslog(first) ??
    fromLogfmt(first) ??
    positionalLevel(first) ??
    (newline < 0 ? undefined : positionalLevel(line.slice(newline + 1).split('\n', 1)[0] ?? '')) ??
    strongLevel(line) ?? { level: 'unknown', source: 'none', confidence: 0 }
  );
}
