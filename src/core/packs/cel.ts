import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';

/** A compiled expression. Undefined when it speaks of a field that is not there; throws for anything else that goes wrong. */
export type Expression = (variables: Record<string, unknown>) => unknown;

/** What an expression can see; nothing else exists for it. */
export const variables = ['signal', 'object', 'owner', 'incident'] as const;

const limits = { maxAstNodes: 300, maxDepth: 40, maxListElements: 100, maxMapEntries: 50, maxCallArguments: 8 };
const macros = new Set(['exists', 'exists_one', 'all', 'filter', 'map']);
/** Each of them walks a list, and nested they multiply. */
const mostMacros = 2;
const longestText = 20_000;

const environment = new Environment({ unlistedVariablesAreDyn: false, enableOptionalTypes: true, limits });
for (const name of variables) environment.registerVariable(name, 'dyn');
environment.registerFunction('string.matches_re2(string): bool', (text: string, pattern: string) =>
  regex(pattern).matcher(text.slice(0, longestText)).find(),
);

/** Compiles a CEL expression (https://cel.dev). Throws SyntaxError with what is wrong. `matches` is RE2: it runs in linear time. */
export function compileExpression(source: string): Expression {
  if (source.length > 4000) throw new SyntaxError('an expression has 4,000 characters at most');
  let parsed: ReturnType<typeof environment.parse>;
  try {
    parsed = environment.parse(withRe2(source));
  } catch (error) {
    throw new SyntaxError(firstLine(error));
  }
  const names = new Set(identifiersOf(parsed.ast));
  for (const { name, calls } of callsOf(parsed.ast)) {
    if (name === 'matches_re2') for (const pattern of calls) regex(pattern);
  }
  const count = [...callsOf(parsed.ast)].filter(({ name }) => macros.has(name)).length;
  if (count > mostMacros) throw new SyntaxError(`${count} of ${[...macros].join(', ')} in one expression; ${mostMacros} are the most`);
  const check = parsed.check();
  if (!check.valid && ![...names].some((name) => (variables as readonly string[]).includes(name))) {
    throw new SyntaxError(firstLine(check.error));
  }
  return (values) => {
    try {
      return parsed(values);
    } catch (error) {
      if (/^No such key/.test(firstLine(error))) return undefined;
      throw new Error(firstLine(error));
    }
  };
}

/** A regular expression in RE2's syntax, which has no backtracking. Throws SyntaxError. */
export function regex(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  try {
    const made = RE2JS.compile(pattern);
    if (compiled.size < 1000) compiled.set(pattern, made);
    return made;
  } catch (error) {
    throw new SyntaxError(firstLine(error));
  }
}

const compiled = new Map<string, RE2JS>();

const mostItems = 200;
const converted = new WeakMap<object, unknown>();

/** A value as CEL knows it: whole numbers are ints, null-prototype maps, and of long lists the first 200 items. */
export function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value ?? null;
  const known = converted.get(value);
  if (known !== undefined) return known;
  const made = Array.isArray(value)
    ? value.slice(0, mostItems).map(toCel)
    : Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, toCel(item)]])));
  converted.set(value, made);
  return made;
}

/** `x.matches(…)` of CEL is implemented with a backtracking engine; ours is called in its place. */
function withRe2(source: string): string {
  return source.replace(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\.\s*matches\s*\(/g, (whole, quoted) =>
    quoted === undefined ? '.matches_re2(' : whole,
  );
}

function* nodesOf(node: unknown): Generator<ASTNode> {
  if (Array.isArray(node)) for (const item of node) yield* nodesOf(item);
  else if (typeof node === 'object' && node !== null && 'op' in node && 'args' in node) {
    yield node as ASTNode;
    yield* nodesOf(node.args);
  }
}

function identifiersOf(ast: ASTNode): string[] {
  return [...nodesOf(ast)].flatMap((node) => (node.op === 'id' ? [node.args] : []));
}

/** Functions that are called, with their arguments that are texts. */
function callsOf(ast: ASTNode): { name: string; calls: string[] }[] {
  return [...nodesOf(ast)].flatMap((node) => {
    if (node.op !== 'call' && node.op !== 'rcall') return [];
    const given = (node.op === 'call' ? node.args[1] : node.args[2]) as ASTNode[];
    return [{ name: node.args[0], calls: given.flatMap(({ op, args }) => (op === 'value' && typeof args === 'string' ? [args] : [])) }];
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
