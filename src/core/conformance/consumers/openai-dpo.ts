import { pointerOf } from '../../model/pointer.ts';
import { type Conformance, isFilled } from '../conformance.ts';
import { messagesOf, toolsOf } from '../dialogue.ts';
import { described, type Fields, isFields, named, type Problem, problem } from '../finding.ts';
import { messageProblems, roleAt } from '../messages.ts';
import { declaredTools, toolCallProblems } from '../tool-calls.ts';
import { openaiMessages, tooFew, unknownKeys, unusual } from './openai.ts';

const outputs = ['preferred_output', 'non_preferred_output'] as const;
const toolRules = { arguments: 'text', ids: true, textTools: false } as const;

/** OpenAI's preference format (DPO guide): one input, one preferred and one other assistant text. */
export const openaiDpo: Conformance = {
  formats: ['jsonl', 'json'],
  linesOnly: true,
  typed: false,
  forgives: [],
  views: [],
  open: (file) => ({ row: pairProblems, end: (rows) => tooFew(file, rows) }),
  dialogue: (row) => {
    const input = isFields(row.input) ? row.input : {};
    const prompt = messagesOf(input.messages);
    const answers = outputs.map((name) => messagesOf(row[name]) ?? []);
    return prompt === undefined ? undefined : { prompt, answers, tools: toolsOf(input.tools), conversational: true };
  },
};

function pairProblems(row: Fields): Problem[] {
  const found = unknownKeys(row, ['input', ...outputs], []);
  if (isFields(row.input)) found.push(...inputProblems(row.input));
  else
    found.push(
      problem(
        row.input === undefined ? 'COLUMN_MISSING' : 'COLUMN_TYPE',
        '/input',
        `found ${described(row.input)}, expected an object with messages`,
      ),
    );
  found.push(...outputs.flatMap((name) => outputProblems(row[name], name)));
  const [preferred, other] = outputs.map((name) => answerText(row[name]));
  if (preferred !== undefined && preferred === other) {
    found.push(problem('PAIR_EQUAL', '/non_preferred_output/0/content', 'both outputs say the same, expected two different texts'));
  }
  return found;
}

function inputProblems(input: Fields): Problem[] {
  const path = ['input', 'messages'];
  const { schemas, problems } = declaredTools(input.tools, ['input', 'tools'], toolRules);
  const found = [
    ...unknownKeys(input, ['messages', 'tools', 'parallel_tool_calls'], ['input']),
    ...messageProblems(input.messages, path, openaiMessages),
    ...problems,
  ];
  const { messages } = input;
  if (!Array.isArray(messages) || messages.length === 0) return found;
  const last = messages.length - 1;
  if (!['user', 'tool'].includes(roleAt(messages, last))) {
    const message = `the input ends with the role ${named(roleAt(messages, last))}, expected user or tool`;
    found.push(problem('PROMPT_END', pointerOf(...path, last), message));
  }
  if (!messages.some((_, index) => roleAt(messages, index) === 'user')) {
    found.push(problem('NO_USER', '/input/messages', 'found no user message, expected at least one'));
  }
  return [...found, ...unusual(messages, path), ...toolCallProblems(messages, path, schemas, toolRules)];
}

function outputProblems(value: unknown, name: string): Problem[] {
  if (value === undefined) return [problem('COLUMN_MISSING', pointerOf(name), `${name} is missing, expected one assistant message`)];
  if (!Array.isArray(value))
    return [problem('COLUMN_TYPE', pointerOf(name), `found ${described(value)}, expected a list with one assistant message`)];
  if (value.length !== 1)
    return [problem('OUTPUT_COUNT', pointerOf(name), `found ${described(value)}, expected exactly one assistant message`)];
  const [message] = value as unknown[];
  const rules = { ...openaiMessages, roles: ['assistant'] };
  const found = messageProblems(value, [name], rules);
  if (isFields(message) && message.tool_calls !== undefined) {
    found.push(problem('TOOL_CALL', pointerOf(name, 0, 'tool_calls'), 'found tool_calls, expected text only: preferences are about texts'));
  }
  return found;
}

function answerText(value: unknown): string | undefined {
  const message: unknown = Array.isArray(value) ? value[0] : undefined;
  return isFields(message) && isFilled(message.content) ? message.content : undefined;
}
