import { type DetectedLevel, type LogLevel, levelOfWord } from './words.ts';

type Format = { source: string; pattern: RegExp; level: (word: string) => LogLevel | undefined; confidence: number };

const WORDS =
  'TRACE|TRCE|TRC|DEBUG|DBUG|DBG|INFO|INFORMATION|NOTICE|WARN|WARNING|WRN|INF|ERR|EROR|ERROR|SEVERE|CRITICAL|CRIT|FATAL|FTL|PANIC|DPANIC|EMERG|EMERGENCY|ALERT|FINEST|FINER|FINE|CONFIG';
// Words that only java.util.logging uses as levels stand alone there; elsewhere they are ordinary.
const BRACKETED = WORDS.replace('|FINEST|FINER|FINE|CONFIG', '');
const DATE = String.raw`(?:\d{4}[-/]\d{2}[-/]\d{2}|\d{2}[-/]\w{2,3}[-/]\d{4}|\w{3} \w{3} {1,2}\d{1,2}|\d{1,2} \w{3} \d{4})`;
const TIME = String.raw`\d{2}:\d{2}:\d{2}(?:[.,:]\d{1,9})?(?: ?(?:Z|[A-Z]{3,4}|[+-]\d{2}:?\d{2}))?`;
const STAMP = String.raw`\[?(?:${DATE}[T ])?${TIME}(?: \d{4})?\]?`;

const redis: Record<string, LogLevel> = { '.': 'debug', '-': 'debug', '*': 'info', '#': 'warn' };
const dotnet: Record<string, LogLevel> = { trce: 'trace', dbug: 'debug', info: 'info', warn: 'warn', fail: 'error', crit: 'fatal' };
const letters: Record<string, LogLevel> = { V: 'trace', D: 'debug', I: 'info', W: 'warn', E: 'error', F: 'fatal', C: 'fatal' };
// PostgreSQL: LOG and STATEMENT inform; DETAIL, HINT and CONTEXT belong to the message before them.
const postgres: Record<string, LogLevel> = {
  LOG: 'info',
  INFO: 'info',
  NOTICE: 'info',
  DEBUG: 'debug',
  WARNING: 'warn',
  ERROR: 'error',
  FATAL: 'fatal',
  PANIC: 'fatal',
  STATEMENT: 'info',
  DETAIL: 'info',
  HINT: 'info',
  CONTEXT: 'info',
};

// In the order they are tried: the most telling shapes first.
const formats: Format[] = [
  {
    source: 'nginx',
    pattern: /^\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2} \[(debug|info|notice|warn|error|crit|alert|emerg)\] \d/,
    level: levelOfWord,
    confidence: 0.98,
  },
  {
    source: 'postgres',
    pattern: new RegExp(
      String.raw`^(?:${STAMP}(?: \w{3,4})? (?:\[[^\]\n]{1,60}\] ?){0,3}(?:[\w.@\[\]-]{1,120} )?)?(LOG|INFO|NOTICE|DEBUG\d?|WARNING|ERROR|FATAL|PANIC|STATEMENT|DETAIL|HINT|CONTEXT):  `,
    ),
    level: (word) => postgres[word.replace(/\d$/, '')],
    confidence: 0.97,
  },
  {
    source: 'redis',
    pattern: /^\d{1,9}:[XCSM] \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2}\.\d{3} ([.*#-]) /,
    level: (word) => redis[word],
    confidence: 0.9,
  },
  {
    source: 'mysql',
    pattern: /^\d{4}-\d{2}-\d{2}[T ]{1,2}\d{1,2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})? \d{1,20} \[(Note|Warning|ERROR|System)\]/i,
    level: levelOfWord,
    confidence: 0.98,
  },
  {
    source: 'apache',
    pattern: new RegExp(
      String.raw`^\[${DATE} ${TIME}(?: \d{4})?\] \[(?:[\w-]{1,40}:)?(trace\d?|debug|info|notice|warn|error|crit|alert|emerg)\]`,
    ),
    level: (word) => levelOfWord(word.replace(/\d$/, '')),
    confidence: 0.98,
  },
  {
    source: 'dotnet',
    pattern: /^(trce|dbug|info|warn|fail|crit): [\w.]{1,200}\[\d{1,10}\]/,
    level: (word) => dotnet[word],
    confidence: 0.97,
  },
  { source: 'dotnet', pattern: /^(trce|dbug|fail|crit): /, level: (word) => dotnet[word], confidence: 0.85 },
  {
    source: 'env_logger',
    pattern: new RegExp(
      String.raw`^\[(?:${STAMP.replaceAll('\\[?', '').replaceAll('\\]?', '')} )?(TRACE|DEBUG|INFO|WARN|ERROR) {1,2}[\w:-]{1,120}\]`,
    ),
    level: levelOfWord,
    confidence: 0.97,
  },
  { source: 'python', pattern: /^(DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.-]{1,120}:/, level: levelOfWord, confidence: 0.97 },
  {
    source: 'python',
    pattern: new RegExp(`^${STAMP} - (?:[\\w.\\- ]{1,120} - )?(DEBUG|INFO|WARNING|ERROR|CRITICAL) - `),
    level: levelOfWord,
    confidence: 0.97,
  },
  { source: 'uvicorn', pattern: /^(DEBUG|INFO|WARNING|ERROR|CRITICAL): {1,8}\S/, level: levelOfWord, confidence: 0.93 },
  {
    source: 'zap',
    pattern: /^[^\t\n]{0,40}\t(debug|info|warn|error|dpanic|panic|fatal|DEBUG|INFO|WARN|ERROR|DPANIC|PANIC|FATAL)\t/,
    level: levelOfWord,
    confidence: 0.97,
  },
  {
    source: 'ruby',
    pattern: /^([DIWEFA]), \[\d{4}-\d{2}-\d{2}T[\d:.]{8,16} #\d{1,9}\]/,
    level: (word) => (word === 'A' ? 'unknown' : letters[word]),
    confidence: 0.97,
  },
  {
    source: 'etcd',
    pattern: /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3,9} ([DINWECF]) \| /,
    level: (word) => (word === 'N' ? 'info' : letters[word]),
    confidence: 0.96,
  },
  {
    source: 'celery',
    pattern: new RegExp(String.raw`^\[${DATE} ${TIME}: (DEBUG|INFO|WARNING|ERROR|CRITICAL)\/[\w-]{1,60}\]`),
    level: levelOfWord,
    confidence: 0.97,
  },
  {
    source: 'nats',
    pattern: new RegExp(String.raw`^\[\d{1,9}\] ${DATE} ${TIME} \[(TRC|DBG|INF|WRN|ERR|FTL)\] `),
    level: levelOfWord,
    confidence: 0.97,
  },
  {
    source: 'clickhouse',
    pattern: /^[\d.]{10} [\d:.]{8,15} \[ \d{1,9} \] \{[^}\n]{0,80}\} <(Fatal|Critical|Error|Warning|Notice|Information|Debug|Trace)> /,
    level: levelOfWord,
    confidence: 0.97,
  },
  {
    source: 'monolog',
    pattern: new RegExp(String.raw`^${STAMP} [\w-]{1,40}\.(DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY): `),
    level: levelOfWord,
    confidence: 0.97,
  },
  { source: 'zerolog', pattern: /^\d{1,2}:\d{2}[AP]M (TRC|DBG|INF|WRN|ERR|FTL) /, level: levelOfWord, confidence: 0.95 },
  {
    source: 'mongodb',
    pattern: /^\d{4}-\d{2}-\d{2}T[\d:.]{12}[+-]\d{4} ([DIWEF])\d? {1,2}[A-Z]{1,12} {1,10}\[/,
    level: (word) => letters[word],
    confidence: 0.96,
  },
  { source: 'php', pattern: /^PHP (Notice|Warning): {2}/, level: levelOfWord, confidence: 0.95 },
  { source: 'gin', pattern: /^\[GIN-(debug|warning|error)\] /i, level: levelOfWord, confidence: 0.85 },
  {
    source: 'positional',
    pattern: new RegExp(
      String.raw`^(?:${STAMP}|${DATE}T${TIME})[ \t|-]{1,4}(?:\[?[\w./:#-]{1,60}\]? ){0,3}?[[<(]?(${WORDS})[\])>]?(?=[\s:|,-]|$)`,
    ),
    level: levelOfWord,
    confidence: 0.93,
  },
  {
    source: 'bracketed',
    pattern: new RegExp(
      String.raw`^(?:[\w.-]{1,40}: )?(?:${STAMP} {0,3})?(?:\[[^\]\n]{1,80}\] ?){0,4}?\[ ?(${BRACKETED}) ?\](?=[\s:\[-]|$)`,
      'i',
    ),
    level: levelOfWord,
    confidence: 0.93,
  },
  {
    source: 'leading',
    pattern: new RegExp(String.raw`^[[(<]?(${WORDS})[\])>]?(?:[:|]| {1,8}[-|] | {1,8}(?=\[|\d{4}[-/])|\t| {1,4}(?=\S))`),
    level: levelOfWord,
    confidence: 0.85,
  },
  {
    source: 'leading',
    pattern: /^(error|fatal|warning|warn|critical|panic|info|debug)(?: \[\w{1,60}\])?: \S/i,
    level: levelOfWord,
    confidence: 0.85,
  },
  {
    source: 'named',
    pattern: /^[\w./-]{1,60}(?:\[\d{1,9}\])?: (error|fatal|warning|panic|critical|notice|info|debug): \S/i,
    level: levelOfWord,
    confidence: 0.88,
  },
  {
    source: 'nest',
    pattern: /^\[Nest\] \d{1,9} {1,3}- [^\n]{8,40}? {2,8}(LOG|ERROR|WARN|DEBUG|VERBOSE|FATAL) /,
    level: levelOfWord,
    confidence: 0.95,
  },
  {
    source: 'spring',
    pattern: new RegExp(`^.{0,80}?[ \\]](${WORDS}) {1,3}(?:\\d{1,9} --- )?\\[[^\\]\\n]{0,60}\\] {1,3}[\\w.$]{2,120} {0,40}[:-]`),
    level: levelOfWord,
    confidence: 0.93,
  },
];

// What every one of the formats contains; most lines without a level end here.
const HINT =
  /\b(?:TRACE|TRCE|TRC|DEBUG|DBUG|DBG|INFO|INF|NOTICE|NOTE|LOG|WARN|WRN|ERR|EROR|ERROR|SEVERE|CRIT|FATAL|FTL|D?PANIC|EMERG|ALERT|FINE|CONFIG|STATEMENT|DETAIL|HINT|CONTEXT|VERBOSE|SYSTEM|FAIL)|^\d{1,9}:[XCSM] |^[DIWEFA], \[|\d [DINWECF] \| |[+-]\d{4} [DIWEF]\d? {1,2}[A-Z]/i;

/** The level from a word, letter or sign in the place where a known logger puts it; undefined for other lines. */
export function positionalLevel(line: string): DetectedLevel | undefined {
  const head = line.length > 320 ? line.slice(0, 320) : line;
  if (!HINT.test(head)) return undefined;
  for (const { source, pattern, level, confidence } of formats) {
    const word = pattern.exec(head)?.[1];
    const found = word === undefined ? undefined : level(word);
    if (found !== undefined) return { level: demoted(found, head), source, confidence };
  }
  return undefined;
}

// "ERROR: 0" and the like: the word is a label of a count.
const COUNT = /^(?:errors?|warnings?|fatals?|failures?|panics?|critical)(?: ?\(s\))?[:=] ?(?:0|(?:none|null|nil|no)$)(?![\w.])/i;

function demoted(level: LogLevel, line: string): LogLevel {
  return COUNT.test(line) ? 'info' : level;
}

const STRONG: { pattern: RegExp; level: LogLevel }[] = [
  {
    pattern: /^panic: |^fatal error: |^thread '[^'\n]{1,120}'(?: \(\d{1,20}\))? panicked at |^goroutine \d{1,9} \[running\]/m,
    level: 'fatal',
  },
  {
    pattern:
      /^Traceback \(most recent call last\):|^Exception in thread "|^Unhandled (?:exception|promise rejection)|^Uncaught |^(?:[\w$]{1,60}\.){1,10}[A-Z][\w$]{0,80}(?:Exception|Error)(?::|$)|^[A-Z]\w{1,60}(?:Error|Exception)(?: \[\w{1,60}\])?(?:: |$)|^Caused by: [\w.$]{3,200}/m,
    level: 'error',
  },
  {
    pattern:
      /^Segmentation fault|^Aborted(?: \(core dumped\))?$|^Killed$|\bSIGSEGV\b|^\*\*\* (?:FATAL|stack smashing)|^FATAL ERROR: |^(?:PHP )?Fatal error: |^terminate called after|^runtime: out of memory|^PHP Parse error: /m,
    level: 'fatal',
  },
  {
    pattern:
      /^npm ERR! |^(?:curl|wget|sh|bash|\/bin\/\w{2,5}|\/[\w./-]{1,80}\.sh): (?:\(\d{1,3}\) |(?:line )?\d{1,5}: |can't |bad |unable |cannot |.{1,120}: (?:not found|command not found|No such file|Permission denied))|^exec [^\n]{1,200}: (?:exec format error|no such file)|^UnhandledPromiseRejection/m,
    level: 'error',
  },
];

/** The level of texts that are errors in themselves: panics, stack traces, fatal signals, a shell's complaint. */
export function strongLevel(text: string): DetectedLevel | undefined {
  const head = text.length > 4096 ? text.slice(0, 4096) : text;
  for (const { pattern, level } of STRONG) if (pattern.test(head)) return { level, source: 'pattern', confidence: 0.85 };
  return undefined;
}
