import { bareLine, detectLevel, isErrorLevel, type LogLevel } from './level.ts';
import { matchSignature } from './signatures.ts';

/** One line as it came; `at` RFC 3339. */
export type BlockLine = { message: string; at: string; seq: number };

/** Lines that belong together (a stack trace with its head). `at`/`seq` are of the first line, `lastAt`/`lastSeq` of the last. */
export type LogBlock = { message: string; at: string; seq: number; lastAt: string; lastSeq: number; lines: BlockLine[]; level: LogLevel };

/** A block holds at most this many lines and characters; what follows starts a new one. */
export const blockLimits = { lines: 200, characters: 65_536 };

const STARTS_LIKE_A_HEAD =
  /^(?:\[?\d{4}[-/]\d{2}[-/]\d{2}|\[?\d{2}:\d{2}:\d{2}|[IWEF]\d{4} \d{2}:|\{"|<\d{1,3}>|\d{1,9}:[XCSM] \d{2} |(?:ts|time|level|t|timestamp)=|[A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}|\w{3}, \d{2} )/;
const CONTINUES =
  /^(?:\s+\S|at |Caused by: |Suppressed: |\.\.\. ?\d|--- End of|goroutine \d+ \[|\[signal |created by |exit status \d|[\w./()*-]{1,200}\([^\n]{0,200}\)$|\}\s*$|\]\s*$|Stack(?: trace|trace)?:|stack backtrace:|note: run with|Traceback |During handling of|The above exception|DETAIL: |HINT: |CONTEXT: |Node\.js v\d)/;
const EXCEPTION_LINE = /^(?:[A-Za-z_]\w{0,80}\.){0,10}[A-Z]\w{0,80}(?:Error|Exception|Exit|Interrupt|Warning)?(?:: |$| \[\w)/;
const OPENS_TRACE =
  /^(?:Traceback \(most recent call last\)|panic: |fatal error: |thread '|Exception in thread|Unhandled exception|Uncaught )|Traceback \(most recent call last\):\s*$/;
const NODE_SOURCE = /^(?:node:[\w/]{1,80}|\/[^\s:]{1,300}|file:\/\/[^\s:]{1,300}):\d{1,7}$/;

type Open = { lines: BlockLine[]; texts: string[]; characters: number; trace: 'python' | 'node' | undefined; stamped: boolean };

function opened(line: BlockLine, text: string): Open {
  const trace = text.includes('Traceback (most recent call last)') ? 'python' : NODE_SOURCE.test(text) ? 'node' : undefined;
  return { lines: [line], texts: [text], characters: text.length, trace, stamped: STARTS_LIKE_A_HEAD.test(text) };
}

function closed(block: Open): LogBlock {
  const [first, last] = [block.lines[0], block.lines.at(-1)];
  const message = block.texts.join('\n');
  const level = detectLevel(message).level;
  return { message, at: first?.at ?? '', seq: first?.seq ?? 0, lastAt: last?.at ?? '', lastSeq: last?.seq ?? 0, lines: block.lines, level };
}

function belongs(block: Open, text: string): boolean {
  if (block.lines.length >= blockLimits.lines || block.characters + text.length > blockLimits.characters) return false;
  if (STARTS_LIKE_A_HEAD.test(text)) return false;
  if (OPENS_TRACE.test(text)) return block.stamped && detectLevel(block.texts[0] ?? '').level === 'error' && block.lines.length === 1;
  const previous = block.texts.at(-1) ?? '';
  // The line that ends a Python traceback, and the code, blank and error lines of Node's report before its stack.
  if (block.trace === 'python') return CONTINUES.test(text) || text.trim() === '' || (/^\s/.test(previous) && EXCEPTION_LINE.test(text));
  if (block.trace === 'node' && block.lines.length < 8 && !block.texts.some((line) => /^\s+at /.test(line))) return true;
  if (text.trim() === '') return /^(?:panic: |\[signal |fatal error: )/.test(previous) || /^\s+\S/.test(previous);
  if (CONTINUES.test(text)) return true;
  return /^(?:goroutine \d+ \[|created by |[\w./()*-]{1,200}\([^\n]{0,200}\)$)/.test(text) && block.texts.length > 1;
}

/** Joins lines of one container, in order, into blocks; terminal colours and CRI prefixes are removed from `message`. */
export function joinMultiline(lines: Iterable<BlockLine>): LogBlock[] {
  const blocks: LogBlock[] = [];
  let current: Open | undefined;
  for (const line of lines) {
    const text = bareLine(line.message).replace(/\r$/, '');
    if (current !== undefined && belongs(current, text)) {
      current.lines.push(line);
      current.texts.push(text);
      current.characters += text.length + 1;
      if (current.trace === undefined && text.includes('Traceback (most recent call last)')) current.trace = 'python';
      continue;
    }
    if (current !== undefined) blocks.push(closed(current));
    current = opened(line, text);
  }
  if (current !== undefined) blocks.push(closed(current));
  return blocks;
}

/**
 * The last block before `time` (RFC 3339; exclusive of later ones) that speaks of a failure: error or fatal level, or a signature that is
 * not informational. Looks back over at most 50 blocks; undefined when none of them does.
 */
export function lastBlockBefore(blocks: LogBlock[], time: string): LogBlock | undefined {
  const limit = Date.parse(time);
  const before = blocks.filter((block) => !(Date.parse(block.at) > limit)).slice(-50);
  return before.findLast((block) => isErrorLevel(block.level) || (matchSignature(block.message)?.level ?? 'info') !== 'info');
}
