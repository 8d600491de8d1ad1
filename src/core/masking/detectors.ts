import { saysSecret } from './names.ts';

/** What stands where a secret stood. */
export const mask = '***';

/**
 * Finds secrets in text. `hint` is a cheap test that every match passes; `pattern` is linear in the length of the text (bounded
 * repetitions, or ones that cannot fail after they ran); `replace` gets the match and its groups and returns the text to write, the match itself where it is no secret.
 */
export type TextDetector = { id: string; hint: RegExp; pattern: RegExp; replace: (match: string, ...groups: string[]) => string };

const secretHint = /passw|passphrase|secret|token|credential|key|auth|pass|pwd|cred|pat/i;

const path = /^\/(?:etc|var|run|tmp|usr|opt|home|root|mnt|srv|data|app|config|vault|certs?|secrets?|credentials?|keys)(?:\/[\w.-]+)+\/?$/;

const reference = /^(?:\$[({]|\$[A-Z_][A-Z0-9_]*$|\{\{|<[a-z]|%[a-z(])/;

/** A value that is no secret whatever its name says: empty, a reference (`$(NAME)`, `${NAME}`, `{{ }}`), a truth value, a file's path. */
export function isHarmlessValue(value: string): boolean {
  return reference.test(value) || /^(?:\*{3}.*|true|false|null|none|yes|no|)$/i.test(value) || path.test(value);
}

/** A value that is a plain word (`failed`, `not`), empty, a reference (`$(NAME)`, `{{ }}`) or masked already is kept. */
function plainValue(value: string): boolean {
  return (
    /^[a-z]*$|^[$<{%]|^\*{3}/.test(value) || /^(?:null|nil|none|true|false|undefined|bearer|basic|digest|negotiate|token)$/i.test(value)
  );
}

/** `namespace/name` of an object, as klog prints it. */
const objectName = /^[a-z0-9.-]+\/[a-z0-9.-]+$/;

function assigned(match: string, before: string, name: string, between: string, value: string, after = ''): string {
  if (!saysSecret(name) || isHarmlessValue(value)) return match;
  if (/secrets?$/i.test(name) && objectName.test(value)) return match;
  if (!/pass|pwd|secret|key/i.test(name) && /^[a-z]{1,10}$/.test(value)) return match;
  return `${before}${name}${between}${mask}${after}`;
}

/** The text detectors, in the order they are applied. Ids are stable: they name the counts in a capture's manifest. */
export const textDetectors: TextDetector[] = [
  {
    id: 'private-key',
    hint: /PRIVATE KEY/,
    // Up to the next dashes, or to the end where the block is cut off.
    pattern: /(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)[^-]*(?:-(?!----)[^-]*)*(-----END [A-Z0-9 ]{0,40}-----)?/g,
    replace: (match, begin, end) => (match.slice(begin?.length).trim().startsWith(mask) ? match : `${begin}${mask}${end ?? ''}`),
  },
  {
    id: 'url-credentials',
    hint: /@/,
    pattern: /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)([^\s/"'<>?#\\]{1,512})@(?!sha\d{3}:)/gi,
    replace: (_match, scheme, user) => `${scheme}${user?.includes(':') ? `${mask}:${mask}` : mask}@`,
  },
  {
    id: 'jwt',
    hint: /eyJ/,
    pattern: /(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?/g,
    replace: () => mask,
  },
  {
    id: 'aws-key',
    hint: /A(?:KI|SI)A/,
    pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
    replace: () => mask,
  },
  {
    id: 'provider-token',
    hint: /gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AIza|sk-|sk_live_|hvs\./,
    pattern:
      /\b(?:gh[pousr]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{18,}|xox[abprs]-[\w-]{10,}|AIza[\w-]{30,}|sk-[\w-]{20,}|sk_live_\w{16,}|hvs\.[\w-]{20,})/g,
    replace: () => mask,
  },
  {
    id: 'authorization',
    hint: /authorization|bearer|basic /i,
    pattern:
      /\b((?:authorization["'\\]{0,3}\s{0,3}[:=]\s{0,3}["'\\]{0,3}(?:[a-z]{4,12}\s{1,3})?)|(?:bearer|basic)\s{1,3})([\w.~+/=-]{6,})/gi,
    replace: (match, before, value) => (plainValue(value ?? '') ? match : `${before}${mask}`),
  },
  {
    id: 'secret-assignment',
    hint: secretHint,
    pattern:
      /(^|[^\w.-])(-{0,2}[A-Za-z_][\w.-]{0,63})(\\{0,3}["']?\s{0,2}[:=]>?\s{0,2})("[^"\\\n]*(?:\\.[^"\\\n]*)*"?|'[^'\\\n]*(?:\\.[^'\\\n]*)*'?|\\{1,3}"[^"\\\n]*(?:\\{1,3}")?)/g,
    replace: (match, before = '', name = '', between = '', quoted = '') => {
      const open = /^\\*["']/.exec(quoted)?.[0] ?? '';
      const close = quoted.length > open.length && quoted.endsWith(open) ? open : '';
      return assigned(match, before, name, `${between}${open}`, quoted.slice(open.length, quoted.length - close.length), close);
    },
  },
  {
    id: 'secret-assignment',
    hint: secretHint,
    pattern: /(^|[^\w.-])(-{0,2}[A-Za-z_][\w.-]{0,63})(=)([^\s"',;&<>\\]+)/g,
    replace: (match, before = '', name = '', between = '', value = '') => assigned(match, before, name, between, value),
  },
  {
    id: 'secret-assignment',
    hint: /passw|passphrase|api_?key|secret_?key|access_?key|token/i,
    pattern: /\b(passw(?:or)?d|passphrase|api_?key|secret_?key|access_?key(?:_id)?|token)(:\s{1,2})([^\s"',;&<>\\]{4,})/gi,
    replace: (match, name, between, value) => (/\d/.test(value ?? '') && !plainValue(value ?? '') ? `${name}${between}${mask}` : match),
  },
];

/** One of these must match before any detector is tried: most strings pass none. */
export const anyHint =
  /:\/\/|eyJ|PRIVATE KEY|A(?:KI|SI)A|gh[pousr]_|github_pat|glpat-|xox|AIza|sk[-_]|hvs\.|passw|passphrase|secret|token|credential|key|auth|bearer|basic|pass|pwd|cred|pat/i;

/** `name: secret` lines of a configuration file (YAML, properties). Only where a whole file is known to be a configuration. */
export const configLine: TextDetector = {
  id: 'secret-assignment',
  hint: secretHint,
  pattern: /^([ \t-]{0,80})([A-Za-z_][\w.-]{0,63})([ \t]{0,4}(?::[ \t]{1,4}|=[ \t]{0,4}))([^\s{[|>&*#"'][^\n]*)$/gm,
  replace: (match, before = '', name = '', between = '', value = '') => assigned(match, before, name, between, value),
};

/** A value that follows its flag after a space, in a shell line: `--password hunter2`. */
export const flagThenValue: TextDetector = {
  id: 'secret-argument',
  hint: secretHint,
  pattern: /(^|\s)(--[A-Za-z][\w.-]{0,63})(\s{1,4})([^\s"'-][^\s"']*|"[^"\n]*"?|'[^'\n]*'?)/g,
  replace: (match, before = '', name = '', between = '', value = '') => assigned(match, before, name, between, value.replace(/^["']/, '')),
};

/** A log line that is one line of a PEM body: 64 or 76 base64 characters and nothing else (a hex digest is none). */
export const pemBodyLine = /^(?=[A-Za-z0-9+/=]*[A-Z])(?=[A-Za-z0-9+/=]*[g-z+/])(?:[A-Za-z0-9+/=]{64}|[A-Za-z0-9+/=]{76})$/;
