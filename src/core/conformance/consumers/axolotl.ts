import { pointerOf } from '../../model/pointer.ts';
import { type Conformance, datasetsLoader, type FileChecks, has } from '../conformance.ts';
import { dialogueOf } from '../dialogue.ts';
import { described, type Fields, isFields, keysText, named, type Problem, problem } from '../finding.ts';
import { type MessageRules, messageProblems, roleAt } from '../messages.ts';
import { declaredTools, type ToolRules, toolCallProblems } from '../tool-calls.ts';
import { defaultTags, turnDialogue } from '../turns.ts';
import { alpacaDialogue, alpacaProblems } from './alpaca.ts';

const rules: MessageRules = {
  roles: ['system', 'user', 'human', 'assistant', 'gpt', 'tool'],
  parts: 'warning',
  consequence: 'axolotl passes it to the chat template as it is',
};
const toolRules: ToolRules = { arguments: 'either', ids: false, textTools: true };
const sharegptRoles = ['system', 'human', 'gpt', 'user', 'assistant', 'tool'];

/** Axolotl: `type: chat_template` over messages, `type: alpaca`, and the deprecated ShareGPT columns (docs/dataset-formats). */
export const axolotl: Conformance = {
  ...datasetsLoader,
  views: ['chat', 'chat_tools', 'alpaca'],
  open: () => fileChecks(),
  dialogue: (row) => {
    if (has(row, 'messages')) return dialogueOf(plainRoles(row.messages), row.tools);
    return has(row, 'conversations') ? turnDialogue(row, 'conversations', { ...defaultTags, observation: 'tool' }) : alpacaDialogue(row);
  },
};

type Shape = 'messages' | 'conversations' | 'alpaca' | 'none';

function shapeOf(row: Fields): Shape {
  if (row.messages !== undefined) return 'messages';
  if (row.conversations !== undefined) return 'conversations';
  return row.instruction !== undefined || row.output !== undefined ? 'alpaca' : 'none';
}

function fileChecks(): FileChecks {
  let first: { shape: Shape; line: number } | undefined;
  let deprecated = 0;
  return {
    row: (row, line) => {
      const shape = shapeOf(row);
      if (shape === 'none') {
        const message = `found ${keysText(Object.keys(row))}, expected messages, or instruction and output`;
        return [problem('COLUMN_MISSING', '', message)];
      }
      first ??= { shape, line };
      if (shape === 'conversations') deprecated ||= line;
      const mixed = `found the columns of ${shape}, expected those of ${first.shape} as in line ${first.line}: one dataset has one type`;
      const differs = shape === first.shape ? [] : [problem('KEYS_DIFFER', '', mixed)];
      const inside = { messages: chatProblems, conversations: sharegptTurns, alpaca: alpacaProblems }[shape](row);
      return [...differs, ...inside];
    },
    end: () =>
      deprecated === 0
        ? []
        : [
            {
              line: deprecated,
              problem: problem('TYPE_DEPRECATED', '/conversations', 'found ShareGPT columns: type: sharegpt is no longer supported'),
            },
          ],
  };
}

function chatProblems(row: Fields): Problem[] {
  const { schemas, problems } = declaredTools(row.tools, ['tools'], toolRules);
  const found = [...messageProblems(row.messages, ['messages'], rules), ...problems];
  const { messages } = row;
  if (!Array.isArray(messages) || messages.length === 0) return found;
  return [
    ...found,
    ...messages.flatMap(trainProblems),
    ...lastProblems(
      messages.map((_, index) => roleAt(messages, index)),
      'messages',
    ),
    ...toolCallProblems(messages, ['messages'], schemas, toolRules),
  ];
}

/** `train` and `weight` say per message whether it is learnt. */
function trainProblems(message: unknown, index: number): Problem[] {
  if (!isFields(message)) return [];
  const found: Problem[] = [];
  const { train, weight } = message;
  if (train !== undefined && train !== null && typeof train !== 'boolean') {
    found.push(problem('COLUMN_TYPE', pointerOf('messages', index, 'train'), `found ${described(train)}, expected true or false`));
  }
  if (weight !== undefined && weight !== null && weight !== 0 && weight !== 1) {
    found.push(problem('WEIGHT', pointerOf('messages', index, 'weight'), `found ${described(weight)}, expected 0 or 1`));
  }
  return found;
}

function lastProblems(roles: string[], column: string): Problem[] {
  const answers = ['assistant', 'gpt'];
  const last = roles.length - 1;
  if (answers.includes(roles[last] ?? '')) return [];
  const none = !roles.some((role) => answers.includes(role));
  const effect = none ? 'nothing would be learnt, axolotl drops the row' : 'the turn is not learnt';
  const message = `the last turn has the role ${named(roles[last])}, expected assistant; ${effect}`;
  return [problem('LAST_NOT_ASSISTANT', pointerOf(column, last), message, { severity: none ? 'error' : 'warning' })];
}

function sharegptTurns(row: Fields): Problem[] {
  const { conversations } = row;
  if (!Array.isArray(conversations))
    return [problem('COLUMN_TYPE', '/conversations', `found ${described(conversations)}, expected a list of turns`)];
  const turns = conversations.map((turn) => (isFields(turn) ? { ...turn, role: turn.from, content: turn.value } : turn));
  const renamed = messageProblems(turns, ['conversations'], { ...rules, roles: sharegptRoles });
  const roles = turns.map((_, index) => roleAt(turns, index));
  return [
    ...renamed.map((one) => ({ ...one, pointer: one.pointer.replace(/\/role$/, '/from').replace(/\/content$/, '/value') })),
    ...(turns.length === 0 ? [] : lastProblems(roles, 'conversations')),
  ];
}

const ownRoles = new Map<unknown, string>([
  ['human', 'user'],
  ['gpt', 'assistant'],
]);

/** The names of axolotl's own roles. */
function plainRoles(messages: unknown): unknown {
  if (!Array.isArray(messages)) return messages;
  return messages.map((one) => (isFields(one) ? { ...one, role: ownRoles.get(one.role) ?? one.role } : one));
}
