import { accessSignatures } from './families/access.ts';
import { configSignatures } from './families/config.ts';
import { dependencySignatures } from './families/dependency.ts';
import { dnsSignatures } from './families/dns.ts';
import { environmentSignatures } from './families/environment.ts';
import { filesystemSignatures } from './families/filesystem.ts';
import { listeningSignatures } from './families/listening.ts';
import { networkSignatures } from './families/network.ts';
import { runtimeSignatures } from './families/runtime.ts';
import { scriptSignatures } from './families/script.ts';
import { anchorHits, newPrefilter } from './prefilter.ts';
import type { Signature, SignatureMatch } from './signature.ts';

export type { Signature, SignatureMatch } from './signature.ts';

/** The closed signature library, most specific rows of an id first. Several rows may share an id. */
export const signatures: Signature[] = [
  ...accessSignatures,
  ...dependencySignatures,
  ...networkSignatures,
  ...dnsSignatures,
  ...environmentSignatures,
  ...configSignatures,
  ...scriptSignatures,
  ...runtimeSignatures,
  ...filesystemSignatures,
  ...listeningSignatures,
];

/** Every id of the library, once, in library order. */
export const signatureIds: string[] = [...new Set(signatures.map((signature) => signature.id))];

/** A pattern sees at most this many characters around its anchor, so the cost of a line grows linearly with its length. */
export const windowLimit = 4096;

const anchorLimit = 4;
const prefilter = newPrefilter(signatures.map((signature) => signature.anchors));

// "0 connection refused errors", "without permission denied", "retry on timeout": the words are there, the failure is not.
const NEGATED =
  /\b(?:no|not|without|zero|0|never|any|avoids?|prevents?|ignor\w{1,4}|retry(?:ing)? on|in case of|fix(?:e[sd])?)(?: \w{1,20})? (?:\w{1,20} )?["'`(]?$/i;
const PLURAL_NONE = /^[^\n]{0,24}\b(?:errors?|count|total|failures?)[ "']{0,2}[:=][ "']{0,2}(?:0|null|nil|none|false|"")(?![\w.])/i;
// Source code that mentions a message (a stack trace quotes the failing line).
const SOURCE_CODE =
  /(?:console\.\w{2,8}|fmt\.(?:Errorf|Print\w{0,3}|Sprintf)|errors\.(?:New|Is|As)|log(?:ger|ging)?\.\w{3,10}|println!?|printf|panic!?|eprintln!?|bail!|print)\(["'`f]|^\s{0,20}(?:raise \w{2,80}\(|throw new \w|throw \w{1,40};|except \w|if (?:err|error)\b|return \w{0,20}[Ee]rr(?:or)?\b|\/\/ )|=> ?\{ ?(?:throw|console)/;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/nrt]))/g;
const PLAIN: Record<string, string> = { n: '\n', r: '\n', t: '\t' };

/** JSON string escapes read back (`\"`, `\n`, `\u003e`), twice where a string holds an escaped one; other text is returned as it is. */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  const once = text.replace(ESCAPE, (_, hex: string | undefined, character: string | undefined) =>
    hex === undefined ? (PLAIN[character ?? ''] ?? character ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return once.includes('\\"') ? once.replaceAll('\\"', '"') : once;
}

function windowAround(text: string, hit: number): string {
  const from = Math.max(0, hit - windowLimit / 4);
  return unescaped(text.slice(from, from + windowLimit));
}

// "X is not set, using default 10": the program goes on without it.
const DEFAULTED =
  /^[^\n]{0,40}?\b(?:using|(?<!a )default(?:s|ing|ed)?|fall(?:ing|s)? ?back|ignor\w{1,4}|skipp\w{1,4}|assum\w{1,4}|disabl\w{1,4})\b/i;

function lookAlike(text: string, start: number, end: number): boolean {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', end);
  const line = text.slice(lineStart, newline < 0 ? text.length : newline);
  return (
    NEGATED.test(text.slice(Math.max(lineStart, start - 48), start)) ||
    PLURAL_NONE.test(text.slice(end, end + 48)) ||
    SOURCE_CODE.test(line)
  );
}

// The address a structured log names beside the message: `"addr":"cache:6379"`, `upstream=http://quotes/`.
const TARGET =
  /[\s{,"'](?:addr|address|dependency|target|upstream|endpoint|host|hostname|server|broker|url|uri|dsn|peer)(?:" ?: ?"|="?)(?:[a-z][a-z0-9+]{1,20}:\/\/)?(?:[^\s/@"]{1,80}@)?(?:tcp\()?([A-Za-z_][A-Za-z0-9_.-]{0,252}(?::\d{2,5})?)(?=["\s,/)}]|$)/i;
const ADDRESSED = new Set(['network', 'dns', 'dependency', 'control-plane', 'tls']);

function fieldsOf(signature: Signature, found: RegExpExecArray, text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(found.groups ?? {})) if (value !== undefined && value !== '') fields[name] = value;
  if (fields.target === undefined && ADDRESSED.has(signature.family)) {
    const target = TARGET.exec(text)?.[1];
    if (target !== undefined) fields.target = target;
  }
  return fields;
}

const SPEAKING = /^(?:msg|message|err|error|exception|exc_info|stack|stack_?trace|reason|detail|cause|log|event)$/i;

// What a JSON line says, without its syntax: patterns that look at the start of a line need it.
function spoken(message: string): string {
  if (!message.startsWith('{') || message.length > windowLimit) return '';
  try {
    const entries = Object.entries(JSON.parse(message) as object).filter(([key, value]) => SPEAKING.test(key) && typeof value === 'string');
    return entries.map(([, value]) => value as string).join('\n');
  } catch {
    return '';
  }
}

function examine(signature: Signature, text: string, raw: string, context: string): SignatureMatch | undefined {
  let weight = signature.weight;
  if (signature.context?.pattern.test(context)) weight = Math.max(weight, signature.context.weight);
  if (weight === 0) return undefined;
  const found = signature.pattern.exec(text);
  if (found === null || lookAlike(text, found.index, found.index + found[0].length)) return undefined;
  if (signature.id === 'env-missing' && DEFAULTED.test(text.slice(found.index + found[0].length))) return undefined;
  return { id: signature.id, family: signature.family, level: signature.level, weight, fields: fieldsOf(signature, found, raw) };
}

// More captured fields make a row of equal weight the better one: it says where.
function better(left: SignatureMatch, right: SignatureMatch | undefined): boolean {
  if (right === undefined || left.weight !== right.weight) return right === undefined || left.weight > right.weight;
  return Object.keys(left.fields).length > Object.keys(right.fields).length;
}

/**
 * Every id that a line or block matches, most specific first, one match per id.
 * `context` is the block around a line (default: the text itself); rows that are ambiguous alone are decided by it.
 */
export function matchAll(message: string, context: string = message): SignatureMatch[] {
  const hits = anchorHits(prefilter, message, anchorLimit);
  if (hits === undefined) return [];
  const surroundings = context.length > 65_536 ? context.slice(-65_536) : context;
  const said = spoken(message);
  const whole = message.length <= windowLimit ? unescaped(message) : undefined;
  const best = new Map<string, SignatureMatch>();
  for (const [owner, offsets] of hits) {
    const signature = signatures[owner];
    if (signature === undefined) continue;
    for (const offset of whole === undefined ? offsets : [0]) {
      const raw = whole ?? windowAround(message, offset);
      const match = (said === '' ? undefined : examine(signature, said, raw, surroundings)) ?? examine(signature, raw, raw, surroundings);
      if (match !== undefined && better(match, best.get(match.id))) best.set(match.id, match);
    }
  }
  return [...best.values()].sort(
    (left, right) => right.weight - left.weight || signatureIds.indexOf(left.id) - signatureIds.indexOf(right.id),
  );
}

/** The most specific signature of a line or block, or undefined; arguments as `matchAll`. */
export function matchSignature(message: string, context: string = message): SignatureMatch | undefined {
  return matchAll(message, context)[0];
}
