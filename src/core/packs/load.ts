import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { systemCode, usageError } from '../errors.ts';
import { oneLine } from '../model/text.ts';
import type { Rule } from '../rules/rule.ts';
import { regex } from './cel.ts';
import { compileRule } from './rule.ts';
import {
  entrySchemas,
  type PackCondition,
  type PackSignature,
  type PackTest,
  type PackThresholds,
  type PackWording,
  packSchema,
} from './schema.ts';

/** A loaded rule pack. `problems` are `file:line:column: what` of entries that were left out; the others work. */
export type Pack = {
  file: string;
  name: string;
  /** Of the file's bytes: labels say which rules they come from. */
  hash: string;
  signatures: PackSignature[];
  conditions: PackCondition[];
  rules: Rule[];
  wording: PackWording[];
  tests: (PackTest & { line: number })[];
  disable: string[];
  thresholds: PackThresholds;
  problems: string[];
};

const mostBytes = 2 ** 20;
const mostAliases = 100;

/**
 * Reads a rule pack. Throws PACK_NOT_FOUND and PACK_INVALID (exit code 2) where the file as a whole cannot be used; a broken entry is a
 * problem, and the rest goes on.
 */
export async function loadPack(file: string): Promise<Pack> {
  return parsePack(file, await textOf(file));
}

/** A pack from its text; see `loadPack`. */
export function parsePack(file: string, source: string): Pack {
  const counter = new LineCounter();
  const document = parseDocument(source, { lineCounter: counter, uniqueKeys: true });
  const at = (offset: number, what: string) => {
    const { line, col } = counter.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}: ${oneLine(what, 300)}`;
  };
  if (document.errors.length > 0) throw invalid(document.errors.map(({ pos, message }) => at(pos[0], message.split('\n')[0] ?? message)));
  const offsetOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length) as string[], true) as { range?: [number, number, number] } | undefined;
      if (node?.range !== undefined) return node.range[0];
    }
    return 0;
  };
  const content = contentOf(document, (what) => invalid([at(0, what)]));
  const whole = packSchema.safeParse(content);
  if (!whole.success)
    throw invalid(whole.error.issues.map(({ path, message }) => at(offsetOf(path), `${path.join('.') || 'the file'}: ${message}`)));
  const problems: string[] = [];
  const read = <T>(list: keyof typeof entrySchemas, use: (entry: never, line: number) => T): T[] =>
    whole.data[list].flatMap((raw, index) => {
      const entry = entrySchemas[list].safeParse(raw);
      const name = `${list}[${index}]`;
      if (!entry.success) {
        problems.push(
          ...entry.error.issues.map(({ path, message }) => at(offsetOf([list, index, ...path]), `${name}.${path.join('.')}: ${message}`)),
        );
        return [];
      }
      try {
        return [use(entry.data as never, counter.linePos(offsetOf([list, index])).line)];
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const field = /^([a-z]\w*)(?:\.(\w+))?: /.exec(message);
        const path = field === null ? [] : [field[1] as string, ...(field[2] === undefined ? [] : [field[2]])];
        problems.push(at(offsetOf([list, index, ...path]), `${name}.${message}`));
        return [];
      }
    });
  const hash = createHash('sha256').update(source).digest('hex').slice(0, 12);
  return {
    file,
    name: whole.data.pack,
    hash,
    signatures: read('signatures', (entry: PackSignature) => {
      try {
        regex(entry.pattern);
      } catch (error) {
        throw new SyntaxError(`pattern: ${error instanceof Error ? error.message : String(error)}`);
      }
      return entry;
    }),
    conditions: read('conditions', (entry: PackCondition) => entry),
    rules: read('rules', (entry: Parameters<typeof compileRule>[0]) => compileRule(entry, Number.parseInt(hash.slice(0, 8), 16))),
    wording: read('wording', (entry: PackWording) => entry),
    tests: read('tests', (entry: PackTest, line) => ({ ...entry, line })),
    disable: whole.data.disable,
    thresholds: whole.data.thresholds,
    problems,
  };
}

function contentOf(document: ReturnType<typeof parseDocument>, fail: (what: string) => Error): unknown {
  if (!isMap(document.contents))
    throw fail(`expected a mapping, found ${isScalar(document.contents) ? 'a single value' : 'something else'}`);
  try {
    return document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error));
  }
}

async function textOf(file: string): Promise<string> {
  const unreadable = (error: unknown) => {
    throw usageError('PACK_NOT_FOUND', `cannot read the rule pack ${file} (${systemCode(error)})`, { cause: error });
  };
  const { size } = await stat(file).catch(unreadable);
  if (size > mostBytes) throw invalid([`${file}: ${size} bytes; a rule pack has 1 MiB at most`]);
  return readFile(file, 'utf8').catch(unreadable);
}

function invalid(problems: string[]): Error {
  const [first = '', ...rest] = problems;
  return usageError('PACK_INVALID', first, {
    suggestions: [...rest.slice(0, 9), 'docs/rule-packs.md and schemas/rule-pack.schema.json say what a pack may hold'],
  });
}
