import { pointerOf } from '../../model/pointer.ts';
import { described, type Fields, isFields, named, type Problem, problem } from '../finding.ts';
import type { LlamaLayout } from '../llama-info.ts';

/**
 * `formatting: openai` of LLaMA-Factory (OpenAIDatasetConverter): it adds a system text of its own where there are no tools, joins tool
 * messages, and encodes arguments of calls itself.
 */
export function openaiRow(row: Fields, { columns, tags, ranking }: LlamaLayout, drops: string): Problem[] {
  const column = columns.messages ?? 'messages';
  const messages = row[column];
  if (!Array.isArray(messages) || messages.length === 0) {
    return [
      problem(
        messages === undefined ? 'COLUMN_MISSING' : 'COLUMN_TYPE',
        pointerOf(column),
        `found ${described(messages)}, expected a list of messages`,
      ),
    ];
  }
  const found = systemAdded(row, columns);
  const roles = [tags.user, tags.assistant, tags.observation, tags.function, tags.system];
  const places: { role: string; index: number }[] = [];
  for (const [index, message] of messages.entries()) {
    if (!isFields(message) || message[tags.role] === undefined || message[tags.content] === undefined) {
      const missing = isFields(message) ? [tags.role, tags.content].find((key) => message[key] === undefined) : tags.role;
      return [...found, problem('ROW_FAILS', pointerOf(column, index), `the message has no ${missing}: LLaMA-Factory stops with KeyError`)];
    }
    const role = message[tags.role];
    if (!roles.includes(role as string)) {
      const text = `no tag names the role ${named(role)} (tags that are not listed are none): LLaMA-Factory stops with KeyError`;
      return [
        ...found,
        problem('ROW_FAILS', pointerOf(column, index, tags.role), text, { fix: 'list observation_tag and function_tag too' }),
      ];
    }
    if (index === 0 && role === tags.system) continue;
    const calls = Array.isArray(message.tool_calls) ? message.tool_calls : [];
    if (calls.length > 0 && tags.function === undefined) {
      const text = 'tags lists no function_tag for the tool calls: LLaMA-Factory stops with KeyError';
      return [
        ...found,
        problem('ROW_FAILS', pointerOf(column, index, 'tool_calls'), text, { fix: 'list observation_tag and function_tag too' }),
      ];
    }
    found.push(...calls.flatMap((call, position) => argumentProblems(call, [column, index, 'tool_calls', position])));
    const joined = role === tags.observation && places.at(-1)?.role === tags.observation;
    if (!joined) places.push({ role: String(role), index });
  }
  return [...found, ...orderProblems(places, { column, tags, ranking, drops })];
}

function systemAdded(row: Fields, columns: LlamaLayout['columns']): Problem[] {
  const tools = columns.tools === undefined ? undefined : row[columns.tools];
  const given = Array.isArray(tools) ? tools.length > 0 : tools !== undefined && tools !== null && tools !== '';
  if (given) return [];
  const text = 'formatting openai without tools: LLaMA-Factory adds "detailed thinking off" to the system text of this row';
  return [problem('SYSTEM_ADDED', pointerOf(columns.messages ?? 'messages'), text)];
}

function argumentProblems(call: unknown, path: (string | number)[]): Problem[] {
  if (!isFields(call) || !isFields(call.function)) {
    return [
      problem('ROW_FAILS', pointerOf(...path), `found ${described(call)}, expected a function in it: LLaMA-Factory stops with KeyError`),
    ];
  }
  if (isFields(call.function.arguments)) return [];
  const text = `found ${described(call.function.arguments)}, expected an object: text is encoded a second time`;
  return [problem('TOOL_ARGUMENTS', pointerOf(...path, 'function', 'arguments'), text)];
}

type Order = { column: string; tags: LlamaLayout['tags']; ranking: boolean; drops: string };

function orderProblems(places: { role: string; index: number }[], { column, tags, ranking, drops }: Order): Problem[] {
  for (const [position, { role, index }] of places.entries()) {
    const expected = position % 2 === 0 ? [tags.user, tags.observation] : [tags.assistant, tags.function];
    if (expected.includes(role)) continue;
    const text = `turn ${position + 1} has the role ${role}, expected ${expected.filter((tag) => tag !== undefined).join(' or ')}; ${drops}`;
    return [problem('ROLE_ORDER', pointerOf(column, index, tags.role), text)];
  }
  if (places.length % 2 === (ranking ? 1 : 0)) return [];
  return [
    problem('ROLE_ORDER', pointerOf(column), `found ${places.length} turns, expected an ${ranking ? 'odd' : 'even'} number; ${drops}`),
  ];
}
