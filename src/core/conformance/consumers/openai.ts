import { pointerOf } from '../../model/pointer.ts';
import type { Conformance, LateProblem } from '../conformance.ts';
import { dialogueOf } from '../dialogue.ts';
import { described, type Fields, isFields, keysText, named, type Problem, problem } from '../finding.ts';
import { type MessageRules, messageProblems, roleAt } from '../messages.ts';
import type { DataFile } from '../rows.ts';
import { declaredTools, type ToolRules, toolCallProblems } from '../tool-calls.ts';

const topKeys = ['messages', 'tools', 'parallel_tool_calls'];
const fewest = 10;

export const openaiMessages: MessageRules = {
  roles: ['system', 'developer', 'user', 'assistant', 'tool'],
  keys: (role) => {
    if (role === 'assistant') return ['role', 'content', 'name', 'weight', 'tool_calls', 'refusal'];
    return role === 'tool' ? ['role', 'content', 'tool_call_id'] : ['role', 'content', 'name'];
  },
  parts: 'error',
  consequence: 'OpenAI refuses the whole file',
};

const toolRules: ToolRules = { arguments: 'text', ids: true, textTools: false };

/**
 * OpenAI's chat format for supervised fine-tuning: openai-openapi (FineTuneChatCompletionRequestAssistantMessage), the guide, the cookbook's
 * checks, and refusals that people reported.
 */
export const openai: Conformance = {
  formats: ['jsonl', 'json'],
  linesOnly: true,
  typed: false,
  forgives: [],
  views: [],
  open: (file) => {
    const uniform = uniformKeys();
    return {
      row: (row) => [...unknownKeys(row, topKeys, []), ...uniform(row), ...conversation(row)],
      end: (rows) => tooFew(file, rows),
    };
  },
  dialogue: (row) => dialogueOf(row.messages, row.tools),
};

function conversation(row: Fields): Problem[] {
  const shape = messageProblems(row.messages, ['messages'], openaiMessages);
  const { schemas, problems } = declaredTools(row.tools, ['tools'], toolRules);
  const { messages } = row;
  if (!Array.isArray(messages) || messages.length === 0) return [...shape, ...problems];
  return [
    ...shape,
    ...problems,
    ...orderProblems(messages),
    ...messages.flatMap(weightProblems),
    ...unusual(messages, ['messages']),
    ...toolCallProblems(messages, ['messages'], schemas, toolRules),
  ];
}

function orderProblems(messages: unknown[]): Problem[] {
  const last = messages.length - 1;
  const found: Problem[] = [];
  const ending: unknown = messages[last];
  if (roleAt(messages, last) !== 'assistant') {
    const message = `the last message has the role ${named(roleAt(messages, last))}, expected assistant; nothing would be learnt`;
    found.push(problem('LAST_NOT_ASSISTANT', pointerOf('messages', last), message));
  } else if (isFields(ending) && ending.weight === 0) {
    found.push(problem('LAST_NOT_TRAINED', pointerOf('messages', last, 'weight'), 'the last message has weight 0, expected 1 or none'));
  }
  if (!messages.slice(0, last).some((_, index) => roleAt(messages, index) === 'user')) {
    found.push(problem('NO_USER', '/messages', `found no user message before the last of ${messages.length}, expected at least one`));
  }
  for (let index = 1; index <= last; index += 1) {
    if (roleAt(messages, index) !== 'assistant' || roleAt(messages, index - 1) !== 'assistant') continue;
    const message = 'found two assistant messages in a row; Azure refuses the file as "invalid schema (20)" without a line';
    found.push(problem('ASSISTANT_TWICE', pointerOf('messages', index), message));
  }
  return found;
}

function weightProblems(message: unknown, index: number): Problem[] {
  if (!isFields(message) || message.weight === undefined || message.weight === null) return [];
  const right = message.role === 'assistant' && (message.weight === 0 || message.weight === 1);
  if (right) return [];
  const text = `found weight ${described(message.weight)} on the role ${named(message.role)}, expected 0 or 1 on an assistant message`;
  return [problem('WEIGHT', pointerOf('messages', index, 'weight'), text)];
}

/** What is accepted today but should not be relied on. */
export function unusual(messages: readonly unknown[], path: readonly (string | number)[]): Problem[] {
  return messages.flatMap((message, index) => {
    if (!isFields(message)) return [];
    const found: Problem[] = [];
    if (message.role === 'developer') {
      const text = 'the role developer is not documented for training files, expected system';
      found.push(problem('ROLE_UNSURE', pointerOf(...path, index, 'role'), text));
    }
    if (isFields(message.function_call)) {
      found.push(problem('KEY_DEPRECATED', pointerOf(...path, index, 'function_call'), 'function_call is deprecated, expected tool_calls'));
    }
    return found;
  });
}

/** Keys of an object that the API does not take. */
export function unknownKeys(object: Fields, known: readonly string[], path: readonly (string | number)[]): Problem[] {
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const message = `found ${keysText([key])}, expected only ${known.join(', ')}; OpenAI refuses the whole file ("contains an extra …")`;
      return problem('KEY_UNKNOWN', pointerOf(...path, key), message);
    });
}

/** Every row has the top-level keys of the first one; tools have a code of their own, because that refusal was seen most. */
function uniformKeys(): (row: Fields) => Problem[] {
  let first: { keys: string[]; tools: boolean } | undefined;
  return (row) => {
    const now = {
      keys: Object.keys(row)
        .filter((key) => key !== 'tools')
        .sort(),
      tools: row.tools !== undefined,
    };
    first ??= now;
    const found: Problem[] = [];
    if (now.tools !== first.tools) {
      const message = `the row has ${now.tools ? '' : 'no '}tools, but the first row has ${first.tools ? 'some' : 'none'}`;
      found.push(problem('TOOLS_SOME_ROWS', '/tools', `${message}; OpenAI refuses the whole file`));
    }
    if (now.keys.join() !== first.keys.join()) {
      found.push(problem('KEYS_DIFFER', '', `found ${keysText(now.keys)}, expected ${keysText(first.keys)} as in the first row`));
    }
    return found;
  };
}

/** The training file needs ten rows; files for validation and test may be shorter. */
export function tooFew({ split }: DataFile, rows: number): LateProblem[] {
  if (rows === 0 || rows >= fewest || (split !== undefined && split !== 'train')) return [];
  return [{ line: 0, problem: problem('FEW_ROWS', '', `the file has ${rows} rows, expected at least ${fewest}; OpenAI refuses the job`) }];
}
