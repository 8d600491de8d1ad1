import { stringifyJson } from '../../model/json.ts';
import { pointerOf } from '../../model/pointer.ts';
import { type Conformance, datasetsLoader, type FileChecks, isFilled } from '../conformance.ts';
import { type Dialogue, dialogueOf, messagesOf, plainDialogue, toolsOf } from '../dialogue.ts';
import { described, type Fields, isFields, keysText, named, type Problem, problem } from '../finding.ts';
import { type MessageRules, messageProblems, roleAt } from '../messages.ts';
import { lengthRatio } from '../pairs.ts';
import { declaredTools, type ToolRules, toolCallProblems } from '../tool-calls.ts';

/** Names that mean something to TRL; every other column is harmless. */
const columns = ['messages', 'prompt', 'completion', 'chosen', 'rejected', 'label', 'text'];
const allowed = ['messages', 'text', 'prompt', 'completion,prompt', 'chosen,prompt,rejected', 'chosen,rejected', 'completion,label,prompt'];

const rules: MessageRules = {
  roles: ['system', 'developer', 'user', 'assistant', 'tool'],
  parts: 'warning',
  consequence: 'TRL passes it to the chat template as it is',
};
const toolRules: ToolRules = { arguments: 'object', ids: false, textTools: true };

/** TRL: docs/source/dataset_formats.md, trl/data_utils.py, the SFT and DPO trainers. */
export const trl: Conformance = {
  ...datasetsLoader,
  views: ['prompt_completion', 'preference', 'chat', 'chat_tools'],
  open: () => fileChecks(),
  dialogue,
};

function fileChecks(): FileChecks {
  const ratio = lengthRatio();
  let first: { set: string; line: number } | undefined;
  let implicit = 0;
  return {
    row: (row, line) => {
      const set = columns
        .filter((name) => row[name] !== undefined)
        .sort()
        .join(',');
      first ??= { set, line };
      ratio.add(row.chosen, row.rejected);
      if (set === 'chosen,rejected') implicit ||= line;
      const found = [...setProblems(row, set), ...shapeProblems(row)];
      if (set !== first.set && found.length === 0) {
        const message = `found ${keysText(set.split(','))}, expected ${keysText(first.set.split(','))} as in line ${first.line}`;
        found.push(problem('KEYS_DIFFER', '', `${message}: datasets fills the rest with null`));
      }
      return found;
    },
    end: () => [
      ...ratio.end(),
      ...(implicit > 0
        ? [
            {
              line: implicit,
              problem: problem('PROMPT_IMPLICIT', '/chosen', 'found no prompt column: TRL takes what both answers start with'),
            },
          ]
        : []),
    ],
  };
}

/** The sets of columns that `apply_chat_template` and the trainers take; others raise KeyError, or are silently read as something else. */
function setProblems(row: Fields, set: string): Problem[] {
  if (set === '')
    return [
      problem(
        'COLUMN_MISSING',
        '',
        `found ${keysText(Object.keys(row))}, expected messages, or prompt and completion, or prompt, chosen and rejected`,
      ),
    ];
  const kto = set === 'completion,label,prompt';
  if (allowed.includes(set) && !(kto && typeof row.label !== 'boolean')) return [];
  const side = ['label', 'text'].filter((name) => row[name] !== undefined);
  const rest = set
    .split(',')
    .filter((name) => !side.includes(name))
    .join(',');
  if (side.length > 0 && (allowed.includes(rest) || kto)) {
    return side.map((name) =>
      problem('SIDE_COLUMN', pointerOf(name), `found the column ${name} = ${described(row[name])}: TRL takes it as part of its own format`),
    );
  }
  const missing =
    set === 'completion'
      ? 'prompt'
      : set === 'chosen' || set === 'chosen,prompt'
        ? 'rejected'
        : set === 'rejected' || set === 'prompt,rejected'
          ? 'chosen'
          : undefined;
  if (missing !== undefined)
    return [problem('COLUMN_MISSING', pointerOf(missing), `found ${keysText(set.split(','))}, expected ${missing} too`)];
  return [problem('KEYS_CONFLICT', '', `found ${keysText(set.split(','))} together: TRL raises KeyError, or reads one of them only`)];
}

function shapeProblems(row: Fields): Problem[] {
  const found: Problem[] = [];
  const { schemas, problems } = declaredTools(row.tools, ['tools'], toolRules);
  found.push(...problems);
  const turns = (name: string, given: unknown[]) => {
    const list = row[name];
    if (Array.isArray(list)) {
      const inside = toolCallProblems([...given, ...list], [], schemas, toolRules);
      found.push(...inside.flatMap((one) => moved(one, name, given.length)));
    }
  };
  if (row.messages !== undefined) {
    found.push(...messageProblems(row.messages, ['messages'], rules), ...endProblems(row.messages, 'messages'));
    turns('messages', []);
  }
  if (row.text !== undefined && Object.keys(row).every((key) => key === 'text' || !columns.includes(key)) && !isFilled(row.text)) {
    found.push(problem('CONTENT_EMPTY', '/text', `found ${described(row.text)}, expected text`));
  }
  const given = Array.isArray(row.prompt) ? row.prompt : [];
  if (row.prompt !== undefined) found.push(...promptProblems(row.prompt));
  for (const name of ['completion', 'chosen', 'rejected']) {
    if (row[name] === undefined) continue;
    found.push(...answerProblems(row, name));
    turns(name, given);
  }
  if (row.chosen !== undefined && stringifyJson(row.chosen) === stringifyJson(row.rejected)) {
    found.push(problem('PAIR_EQUAL', '/rejected', 'chosen and rejected are equal, expected two different answers'));
  }
  return found;
}

/** A problem of a list that was looked at behind the prompt, at its own place. */
function moved(one: Problem, name: string, before: number): Problem[] {
  const [, index = '', ...rest] = one.pointer.split('/');
  const own = Number(index) - before;
  if (own < 0) return name === 'rejected' ? [] : [{ ...one, pointer: ['', 'prompt', index, ...rest].join('/') }];
  return [{ ...one, pointer: ['', name, own, ...rest].join('/') }];
}

function promptProblems(prompt: unknown): Problem[] {
  if (typeof prompt === 'string') return isFilled(prompt) ? [] : [problem('EMPTY_PROMPT', '/prompt', 'the prompt is empty, expected text')];
  const found = messageProblems(prompt, ['prompt'], rules);
  if (!Array.isArray(prompt) || prompt.length === 0) return found;
  const last = prompt.length - 1;
  const role = roleAt(prompt, last);
  if (role === 'user' || role === 'tool') return found;
  const effect = role === 'assistant' ? 'TRL lets the completion continue that message' : 'TRL raises ValueError';
  return [
    ...found,
    problem('PROMPT_END', pointerOf('prompt', last), `the prompt ends with the role ${named(role)}, expected user or tool; ${effect}`),
  ];
}

function answerProblems(row: Fields, name: string): Problem[] {
  const answer = row[name];
  const plain = row.prompt === undefined ? typeof answer === 'string' : typeof row.prompt === 'string';
  if (plain !== (typeof answer === 'string')) {
    const message = `found ${described(answer)} beside ${described(row.prompt)} as prompt, expected both as text or both as lists of messages`;
    return [problem('COLUMN_TYPE', pointerOf(name), message)];
  }
  if (typeof answer === 'string')
    return isFilled(answer) ? [] : [problem('EMPTY_ANSWER', pointerOf(name), `${name} is empty, expected text`)];
  return [...messageProblems(answer, [name], rules), ...endProblems(answer, name)];
}

function endProblems(messages: unknown, name: string): Problem[] {
  if (!Array.isArray(messages) || messages.length === 0 || roleAt(messages, -1) === 'assistant') return [];
  const none = !messages.some((_, index) => roleAt(messages, index) === 'assistant');
  const message = `${name} ends with the role ${named(roleAt(messages, -1))}, expected assistant${none ? '; nothing would be learnt' : ''}`;
  return [
    problem('LAST_NOT_ASSISTANT', pointerOf(name, messages.length - 1), message, {
      severity: none || name !== 'messages' ? 'error' : 'warning',
    }),
  ];
}

function dialogue(row: Fields): Dialogue | undefined {
  if (row.messages !== undefined) return dialogueOf(row.messages, row.tools);
  const answers = [row.completion, row.chosen, row.rejected].filter((one) => one !== undefined && one !== null);
  if (typeof row.prompt === 'string')
    return plainDialogue(
      row.prompt,
      answers.filter((one) => typeof one === 'string'),
    );
  const prompt = row.prompt === undefined ? [] : messagesOf(row.prompt);
  const lists = answers.map(messagesOf);
  if (prompt === undefined || lists.some((list) => list === undefined)) return undefined;
  if (prompt.length === 0) return implicitPrompt(lists as never, row.tools);
  return { prompt, answers: lists as never, tools: toolsOf(row.tools), conversational: true };
}

/** What both answers start with is the prompt. */
function implicitPrompt(answers: NonNullable<ReturnType<typeof messagesOf>>[], tools: unknown): Dialogue | undefined {
  const [one = [], other = one] = answers;
  if (one.length === 0) return undefined;
  let shared = 0;
  while (shared < Math.min(one.length, other.length) - 1 && stringifyJson(one[shared]) === stringifyJson(other[shared])) shared += 1;
  return {
    prompt: one.slice(0, shared),
    answers: answers.map((list) => list.slice(shared)),
    tools: toolsOf(tools),
    conversational: isFields(one[0]),
  };
}
