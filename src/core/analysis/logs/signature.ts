/** What a signature speaks about; one file of `families/` each, or a part of one. */
export type SignatureFamily =
  | 'network'
  | 'dns'
  | 'environment'
  | 'config'
  | 'script'
  | 'module'
  | 'exception'
  | 'memory'
  | 'filesystem'
  | 'access'
  | 'tls'
  | 'dependency'
  | 'migration'
  | 'control-plane'
  | 'listening'
  | 'pack';

/**
 * One wording of one known log message. Several rows may share an id: they say the same thing in the words of different runtimes.
 * `anchors`: lower-case literals (≥ 5 characters), one of which every matching text contains; only then is `pattern` tried.
 * `weight` 0..1 is how specific the row is. `context` raises or, from weight 0, allows a match when the whole block speaks for it.
 */
export type Signature = {
  id: string;
  family: SignatureFamily;
  pattern: RegExp;
  anchors: string[];
  fields?: string[];
  languages: string[];
  level: 'error' | 'warn' | 'info';
  weight: number;
  context?: { pattern: RegExp; weight: number };
};

/**
 * A signature found in a text; `fields` are the captured named groups. Network families add `target`: the `name[:port]` that the
 * program itself wrote beside the error (a Go URL, a JSON or logfmt field such as addr), where `host` may be an IP.
 */
export type SignatureMatch = {
  id: string;
  family: SignatureFamily;
  level: Signature['level'];
  weight: number;
  fields: Record<string, string>;
};

type Row = Pick<Signature, 'pattern' | 'anchors' | 'weight'> & Partial<Pick<Signature, 'context' | 'languages' | 'level'>>;

/** Rows of one id. Fields are read from the pattern's named groups; the level is `error` unless a row says otherwise. */
export function rowsOf(id: string, family: SignatureFamily, rows: Row[]): Signature[] {
  return rows.map((row) => {
    const fields = [...row.pattern.source.matchAll(/\(\?<(\w+)>/g)].map((group) => group[1] ?? '');
    return { id, family, level: 'error', languages: ['any'], ...row, ...(fields.length > 0 ? { fields } : {}) };
  });
}

/** A case-insensitive pattern from a template whose parts may be fragments such as ENDPOINT; `^` and `$` mean a line. */
export function loose(parts: TemplateStringsArray, ...fragments: string[]): RegExp {
  return new RegExp(String.raw(parts, ...fragments), 'im');
}

/** Like `loose`, but letters must match their case (names of variables and exceptions). */
export function exact(parts: TemplateStringsArray, ...fragments: string[]): RegExp {
  return new RegExp(String.raw(parts, ...fragments), 'm');
}

/** An IPv4 address, bracketed IPv6 address or name, as group `host`. */
export const HOST = String.raw`(?<host>\[[0-9a-fA-F:.%]{2,60}\]|[A-Za-z0-9_][A-Za-z0-9_.-]{0,252})`;

/** `host:port` as groups `host` and `port`; also an IPv6 address without brackets, as Node prints it. */
export const ENDPOINT = String.raw`(?<host>\[[0-9a-fA-F:.%]{2,60}\]|[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:]{1,39}):(?<port>\d{1,5})(?!\d)`;

/** The URL that a Go client quotes before its dial error: group `target` holds host and port as the program wrote them. */
export const GO_URL = String.raw`(?:"[a-z]{2,10}://(?<target>[^/"\s]{1,253})[^"\n]{0,400}": )?`;

/** The name of an environment variable, as group `name`. */
export const ENV_NAME = '(?<name>[A-Z][A-Z0-9_]{1,80})';

/** Anchors of an HTTP status that a program reports: `status=401`, `status code: 401`, `error 401`, `returned 401`, `HTTP 401`. */
export function statusAnchors(...codes: number[]): string[] {
  const endings = ['us', 'de', 'or', 'se', 'ed', 'th', 'tp'];
  const separators = [' ', '=', ': '];
  return codes.flatMap((code) => endings.flatMap((ending) => separators.map((separator) => `${ending}${separator}${code}`)));
}
