import { pointerOf } from '../model/pointer.ts';
import { isFilled } from './conformance.ts';
import { type Message, parsedJson, toolsOf } from './dialogue.ts';
import { described, type Fields, isFields, named, type Problem, problem } from './finding.ts';

/** Names in ShareGPT conversations. A tag that is undefined stands for no role at all. */
export type Tags = {
  role: string;
  content: string;
  user?: string;
  assistant?: string;
  observation?: string;
  function?: string;
  system?: string;
};

export const defaultTags: Required<Tags> = {
  role: 'from',
  content: 'value',
  user: 'human',
  assistant: 'gpt',
  observation: 'observation',
  function: 'function_call',
  system: 'system',
};

/** `drops`: what the consumer does with a row whose turns do not alternate. */
export type TurnRules = { tags: Tags; ranking: boolean; drops: string; column: string };

/**
 * Strict alternation as LLaMA-Factory's ShareGPT converter wants it (data/converter.py): after a system turn, user or observation on odd
 * places, assistant or function call on even ones; an even number of turns, an odd one in preference data.
 */
export function turnProblems(value: unknown, { tags, ranking, drops, column }: TurnRules): Problem[] {
  const path = pointerOf(column);
  if (value === undefined || value === null)
    return [problem('COLUMN_MISSING', path, `found ${described(value)}, expected a list of turns`)];
  if (!Array.isArray(value) || value.length === 0)
    return [problem('COLUMN_TYPE', path, `found ${described(value)}, expected a list of turns`)];
  const found: Problem[] = [];
  const start = tags.system !== undefined && isFields(value[0]) && value[0][tags.role] === tags.system ? 1 : 0;
  let ordered = true;
  for (const [index, turn] of value.entries()) {
    found.push(...oneTurn(turn, [column, index], tags));
    if (!isFields(turn) || index < start) continue;
    const role = turn[tags.role];
    const places = (index - start) % 2 === 0 ? [tags.user, tags.observation] : [tags.assistant, tags.function];
    if (role === undefined || places.includes(role as string) || !ordered) continue;
    ordered = false;
    const known = Object.values({ ...tags, role: undefined, content: undefined }).includes(role as string);
    const expected = `expected ${places.filter((tag) => tag !== undefined).join(' or ')}`;
    const message = `turn ${index - start + 1} has the role ${named(role)}, ${expected}; ${drops}`;
    found.push(problem(known ? 'ROLE_ORDER' : 'ROLE_UNKNOWN', pointerOf(column, index, tags.role), message));
  }
  const turns = value.length - start;
  if (ordered && turns % 2 !== (ranking ? 1 : 0)) {
    const message = `found ${turns} turns${start === 1 ? ' after the system turn' : ''}, expected an ${ranking ? 'odd' : 'even'} number; ${drops}`;
    found.push(problem('ROLE_ORDER', path, message));
  }
  return found;
}

function oneTurn(turn: unknown, path: [string, number], tags: Tags): Problem[] {
  const pointer = pointerOf(...path);
  if (!isFields(turn))
    return [problem('MESSAGE_TYPE', pointer, `found ${described(turn)}, expected an object with ${tags.role} and ${tags.content}`)];
  const found: Problem[] = [];
  for (const key of [tags.role, tags.content]) {
    if (turn[key] !== undefined) continue;
    found.push(problem('ROW_FAILS', pointer, `the turn has no ${key}, expected ${tags.role} and ${tags.content}: KeyError`));
  }
  const text = turn[tags.content];
  const at = pointerOf(...path, tags.content);
  if (text !== undefined && typeof text !== 'string') found.push(problem('CONTENT_TYPE', at, `found ${described(text)}, expected text`));
  else if (typeof text === 'string' && !isFilled(text)) found.push(problem('CONTENT_EMPTY', at, 'the turn is empty, expected text'));
  else if (typeof text === 'string' && tags.function !== undefined && turn[tags.role] === tags.function)
    found.push(...callProblems(text, at));
  return found;
}

/** A function call is JSON text of {name, arguments: object}, or of a list of them. */
function callProblems(text: string, pointer: string): Problem[] {
  const parsed = parsedJson(text);
  const calls = Array.isArray(parsed) ? parsed : [parsed];
  for (const call of calls) {
    if (!isFields(call) || typeof call.name !== 'string') {
      return [
        problem(
          'TOOL_CALL',
          pointer,
          `found ${described(text)}, expected JSON text of {"name", "arguments"}; LLaMA-Factory raises RuntimeError`,
        ),
      ];
    }
    if (!isFields(call.arguments)) {
      return [
        problem(
          'TOOL_ARGUMENTS',
          pointer,
          `found ${described(call.arguments)} as arguments, expected an object: text is encoded a second time`,
        ),
      ];
    }
  }
  return [];
}

/** Tools stand in a column as JSON text of a list. */
export function toolTextProblems(tools: unknown, column: string): Problem[] {
  if (tools === undefined || tools === null || tools === '') return [];
  if (typeof tools === 'string' && Array.isArray(parsedJson(tools))) return [];
  const expected = 'expected JSON text of a list of functions';
  return [problem('TOOLS', pointerOf(column), `found ${described(tools)}, ${expected}`, { fix: 'write JSON.stringify(tools)' })];
}

/** Turns as messages: function calls become assistant messages with tool calls. Undefined if a turn has no text. */
export function turnMessages(value: unknown, tags: Tags): Message[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const list: Message[] = [];
  for (const turn of value) {
    if (!isFields(turn)) return undefined;
    const [tag, text] = [turn[tags.role], turn[tags.content]];
    if (typeof tag !== 'string' || typeof text !== 'string') return undefined;
    if (tag === tags.function) list.push({ role: 'assistant', content: '', tool_calls: callsOf(text) });
    else list.push({ role: roleOf(tag, tags), content: text });
  }
  return list;
}

function callsOf(text: string): Fields[] {
  const parsed = parsedJson(text);
  return (Array.isArray(parsed) ? parsed : [parsed]).filter(isFields).map((call) => ({ type: 'function', function: call }));
}

function roleOf(tag: string, tags: Tags): string {
  if (tag === tags.user) return 'user';
  if (tag === tags.assistant) return 'assistant';
  if (tag === tags.observation) return 'tool';
  return tag === tags.system ? 'system' : tag;
}

/** What a ShareGPT row means: the last turn is learnt, or the two answers of a preference row. */
export function turnDialogue(row: Fields, column: string, tags: Tags, pair?: [chosen: unknown, rejected: unknown]) {
  const messages = turnMessages(row[column], tags);
  if (messages === undefined || messages.length === 0) return undefined;
  const system = isFilled(row.system) && messages[0]?.role !== 'system' ? [{ role: 'system', content: row.system }] : [];
  const given = [...system, ...messages];
  const answers = pair?.map((answer) => turnMessages([answer], tags) ?? []);
  const tools = toolsOf(row.tools);
  if (answers !== undefined) return { prompt: given, answers, tools, conversational: true };
  return { prompt: given.slice(0, -1), answers: [given.slice(-1)], tools, conversational: true };
}
