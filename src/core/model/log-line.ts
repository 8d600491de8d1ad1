const time = String.raw`\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|GMT|CES?T|[ECMP][SD]T|[+-]\d\d:?\d\d))?`;
const klog = String.raw`[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+`;
const stamp = String.raw`[[(]?(?:${time}|${klog})[\])]?[\s:,|]+(?:\[\d+\] )?`;
const leading = new RegExp(`^\\s*${stamp}`);
const quoted = new RegExp(`"${stamp}`, 'g');

/** A log line as people read it: without its own timestamp and process id; of a JSON line its level, message and error. */
export function readableLine(line: string): string {
  return jsonMessage(line) ?? line.replace(leading, '');
}

/** A text without the timestamps of the log lines that it quotes. */
export function withoutQuotedTimes(text: string): string {
  return text.replace(leading, '').replace(quoted, '"');
}

function jsonMessage(line: string): string | undefined {
  if (!/^\s*\{.*\}\s*$/s.test(line)) return undefined;
  try {
    const fields = JSON.parse(line) as Record<string, unknown>;
    const first = (...names: string[]) => names.map((name) => fields[name]).find((value) => typeof value === 'string' && value !== '');
    const message = [first('msg', 'message'), first('error', 'err')].filter(Boolean).join(': ');
    return message === '' ? undefined : [first('level', 'severity', 'lvl'), message].filter(Boolean).join(' ');
  } catch {
    return undefined;
  }
}
