import { pointerOf } from '../model/pointer.ts';
import { parsedJson } from './dialogue.ts';
import { described, type Fields, isFields, named, type Problem, problem } from './finding.ts';
import { misfits } from './json-schema.ts';

type Path = readonly (string | number)[];

/** `arguments`: how the consumer reads them. `ids`: whether calls and answers must be tied by id. `textTools`: tools may be JSON text. */
export type ToolRules = { arguments: 'text' | 'object' | 'either'; ids: boolean; textTools: boolean };

const functionName = /^[A-Za-z0-9_-]{1,64}$/;

/** The declared functions by name, and what is wrong with the declaration. Undefined if there are no tools. */
export function declaredTools(tools: unknown, path: Path, rules: ToolRules): { schemas?: Map<string, unknown>; problems: Problem[] } {
  if (tools === undefined || tools === null) return { problems: [] };
  const list = typeof tools === 'string' && rules.textTools ? parsedJson(tools) : tools;
  if (!Array.isArray(list)) {
    const expected = rules.textTools ? 'a list of functions, or JSON text of one' : 'a list of functions';
    return { problems: [problem('TOOLS', pointerOf(...path), `found ${described(tools)}, expected ${expected}`)] };
  }
  const schemas = new Map<string, unknown>();
  const problems = list.flatMap((tool, index) => {
    const at = typeof tools === 'string' ? path : [...path, index];
    const declared = isFields(tool) && isFields(tool.function) ? tool.function : rules.textTools && isFields(tool) ? tool : undefined;
    if (declared === undefined || typeof declared.name !== 'string' || (declared !== tool && (tool as Fields).type !== 'function')) {
      return [problem('TOOLS', pointerOf(...at), `found ${described(tool)}, expected type function with function.name`)];
    }
    const twice = schemas.has(declared.name);
    schemas.set(declared.name, declared.parameters);
    if (twice) return [problem('TOOLS', pointerOf(...at), `the function ${named(declared.name)} is declared twice`)];
    return nameProblems(declared.name, [...at, 'function', 'name']);
  });
  return { schemas, problems };
}

function nameProblems(name: unknown, path: Path): Problem[] {
  if (typeof name === 'string' && functionName.test(name)) return [];
  return [problem('TOOL_NAME', pointerOf(...path), `the function name is ${named(name)}, expected 1 to 64 of A-Z a-z 0-9 _ -`)];
}

/**
 * Checks the calls of a conversation: shape, declared names, arguments against the schema, and that each call is answered by exactly one tool
 * message before the next assistant message. Calls of the last message need no answer: they are what is learnt.
 */
export function toolCallProblems(
  messages: readonly unknown[],
  path: Path,
  schemas: Map<string, unknown> | undefined,
  rules: ToolRules,
): Problem[] {
  const found: Problem[] = [];
  let open = new Map<string, Path>();
  let unnamed = 0;
  for (const [index, message] of messages.entries()) {
    if (!isFields(message)) continue;
    const at = [...path, index];
    if (message.role === 'tool') {
      const id = message.tool_call_id;
      if (rules.ids || typeof id === 'string') {
        if (typeof id !== 'string' || !open.delete(id)) found.push(strayAnswer(id, [...at, 'tool_call_id'], open));
      } else if (unnamed > 0) unnamed -= 1;
      else if (open.size > 0) open.delete([...open.keys()][0] as string);
      else found.push(strayAnswer(id, at, open));
      continue;
    }
    found.push(...unanswered(open));
    open = new Map();
    unnamed = 0;
    if (message.role !== 'assistant' || message.tool_calls === undefined || message.tool_calls === null) continue;
    if (!Array.isArray(message.tool_calls) || message.tool_calls.length === 0) {
      const text = `found ${described(message.tool_calls)}, expected a list of calls, or no tool_calls`;
      found.push(problem('TOOL_CALL', pointerOf(...at, 'tool_calls'), text));
      continue;
    }
    for (const [position, call] of message.tool_calls.entries()) {
      const place = [...at, 'tool_calls', position];
      found.push(...oneCall(call, place, schemas, rules));
      const id = isFields(call) ? call.id : undefined;
      if (typeof id !== 'string') unnamed += 1;
      else if (open.has(id)) found.push(problem('TOOL_CALL', pointerOf(...place, 'id'), `the id ${named(id)} is used twice`));
      else if (index < messages.length - 1) open.set(id, place);
    }
  }
  return [...found, ...unanswered(open)];
}

function strayAnswer(id: unknown, path: Path, open: Map<string, Path>): Problem {
  const expected =
    open.size === 0
      ? 'no call is open'
      : `open are ${[...open.keys()]
          .slice(0, 5)
          .map((one) => named(one))
          .join(', ')}`;
  return problem('TOOL_ANSWER_STRAY', pointerOf(...path), `the tool message answers ${described(id)}, but ${expected}`);
}

function unanswered(open: Map<string, Path>): Problem[] {
  return [...open].map(([id, path]) =>
    problem('TOOL_UNANSWERED', pointerOf(...path), `no tool message answers the call ${named(id)} before the next turn`),
  );
}

function oneCall(call: unknown, path: Path, schemas: Map<string, unknown> | undefined, rules: ToolRules): Problem[] {
  if (!isFields(call) || !isFields(call.function) || (rules.ids && (typeof call.id !== 'string' || call.type !== 'function'))) {
    return [
      problem('TOOL_CALL', pointerOf(...path), `found ${described(call)}, expected id, type function and function with name, arguments`),
    ];
  }
  const { name } = call.function;
  const found = nameProblems(name, [...path, 'function', 'name']);
  const declared = typeof name === 'string' && schemas?.has(name) === true;
  if (found.length === 0 && !declared) {
    const known = schemas === undefined ? 'the row declares no tools' : `declared are ${[...schemas.keys()].slice(0, 8).join(', ')}`;
    found.push(problem('TOOL_UNDECLARED', pointerOf(...path, 'function', 'name'), `the function is ${named(name)}, but ${known}`));
  }
  const given = argumentsOf(call.function.arguments, [...path, 'function', 'arguments'], rules.arguments);
  if ('problem' in given) return [...found, given.problem];
  return [...found, ...(declared ? schemaProblems(given.value, schemas?.get(name), [...path, 'function', 'arguments']) : [])];
}

/** The arguments as an object, or why they are none that the consumer reads. */
function argumentsOf(value: unknown, path: Path, wanted: ToolRules['arguments']): { value: Fields } | { problem: Problem } {
  const wrong = (expected: string) => ({
    problem: problem('TOOL_ARGUMENTS', pointerOf(...path), `found ${described(value)}, expected ${expected}`),
  });
  if (typeof value === 'string') {
    if (wanted === 'object') return wrong('an object: text is encoded a second time by chat templates');
    const parsed = parsedJson(value);
    return isFields(parsed) ? { value: parsed } : wrong('JSON text of an object');
  }
  if (wanted === 'text') return wrong('JSON text of an object');
  return isFields(value) ? { value } : wrong('an object');
}

function schemaProblems(value: Fields, schema: unknown, path: Path): Problem[] {
  return misfits(value, schema).map((misfit) => problem('TOOL_SCHEMA', pointerOf(...path) + misfit.pointer, misfit.message));
}
