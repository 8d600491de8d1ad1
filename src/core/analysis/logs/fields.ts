/** The object of a JSON log line, or undefined. */
export function jsonFields(message: string): Record<string, unknown> | undefined {
  if (!message.startsWith('{') || !message.endsWith('}')) return undefined;
  try {
    return JSON.parse(message) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

const PAIR = /(?:^|\s)([A-Za-z_][\w.@-]{0,60})=(?:"((?:[^"\\]|\\.){0,4000})"|([^\s"]{0,4000}))(?=\s|$)/g;

/** The key=value pairs of a logfmt line, or undefined when there are fewer than two of them. */
export function logfmtFields(message: string): Record<string, string> | undefined {
  const first = message.indexOf('=');
  if (first < 0 || message.indexOf('=', first + 1) < 0) return undefined;
  const fields: Record<string, string> = {};
  let count = 0;
  for (const [, key, quoted, bare] of message.slice(0, 8192).matchAll(PAIR)) {
    if (key === undefined || count >= 64) break;
    fields[key] ??= quoted ?? bare ?? '';
    count += 1;
  }
  return count >= 2 ? fields : undefined;
}
