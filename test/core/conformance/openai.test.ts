import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folder, found, foundInRows, jsonl } from './check.ts';

type Message = Record<string, unknown>;
const user = (content: unknown = 'Why is the pod down?'): Message => ({ role: 'user', content });
const assistant = (content: unknown = 'It was OOM-killed.', more: Message = {}): Message => ({ role: 'assistant', content, ...more });
const chat = (...messages: unknown[]) => ({ messages });

const call = (args: unknown = '{"name":"cart"}', more: Message = {}) => ({
  id: 'call_1',
  type: 'function',
  function: { name: 'get_pod', arguments: args, ...more },
});
const tools = [
  {
    type: 'function',
    function: {
      name: 'get_pod',
      description: 'Reads a pod',
      parameters: {
        type: 'object',
        properties: { name: { type: 'string' }, lines: { type: 'integer' }, kind: { enum: ['Pod', 'Node'] } },
        required: ['name'],
        additionalProperties: false,
      },
    },
  },
];
const asks = (...calls: unknown[]) => ({ role: 'assistant', tool_calls: calls });
const answers = (id: unknown = 'call_1', content: unknown = 'Running'): Message => ({ role: 'tool', tool_call_id: id, content });
const withTools = (...messages: unknown[]) => ({ messages, tools });

/** The row among nine good ones of the same shape, at line 10. */
async function atLineTen(row: Record<string, unknown>): Promise<string[]> {
  const filler = (index: number) => ('tools' in row ? withTools(user(`q${index}`), assistant()) : chat(user(`q${index}`), assistant()));
  const rows = Array.from({ length: 9 }, (_, index) => filler(index));
  return (await foundInRows([...rows, row], 'openai')).map((line) => line.replace('rows.jsonl:10', '@').replace('@ ', '@'));
}

describe('OpenAI chat rows', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['a good row', chat({ role: 'system', content: 's' }, user(), assistant()), []],
    ['no messages', { messages: [] }, ['COLUMN_TYPE @/messages']],
    ['messages that are a text', { messages: 'hi' }, ['COLUMN_TYPE @/messages']],
    ['a message that is a text', chat('hi', user(), assistant()), ['MESSAGE_TYPE @/messages/0']],
    ['an unknown role', chat({ role: 'human', content: 'x' }, user(), assistant()), ['ROLE_UNKNOWN @/messages/0/role']],
    ['the role developer', chat({ role: 'developer', content: 'x' }, user(), assistant()), ['ROLE_UNSURE-W @/messages/0/role']],
    ['content parts', chat(user([{ type: 'text', text: 'x' }]), assistant()), ['CONTENT_TYPE @/messages/0/content']],
    ['empty content', chat(user(''), assistant()), ['CONTENT_EMPTY @/messages/0/content']],
    ['null content without calls', chat(user(), assistant(null)), ['CONTENT_EMPTY @/messages/1/content']],
    ['white space as content', chat(user(' \n'), assistant()), ['CONTENT_EMPTY @/messages/0/content']],
    ['a user message last', chat(user(), assistant(), user()), ['LAST_NOT_ASSISTANT @/messages/2']],
    ['a last message with weight 0', chat(user(), assistant('x', { weight: 0 })), ['LAST_NOT_TRAINED @/messages/1/weight']],
    ['weight 0 before', chat(user(), assistant('x', { weight: 0 }), user(), assistant('y', { weight: 1 })), []],
    ['weight 0.5', chat(user(), assistant('x', { weight: 0.5 })), ['WEIGHT @/messages/1/weight']],
    ['weight on a user message', chat({ ...user(), weight: 1 }, assistant()), ['WEIGHT @/messages/0/weight']],
    ['no user message', chat({ role: 'system', content: 's' }, assistant()), ['NO_USER @/messages']],
    ['two assistant messages in a row', chat(user(), assistant(), assistant('b')), ['ASSISTANT_TWICE @/messages/2']],
    ['a key of its own', { ...chat(user(), assistant()), id: 7 }, ['KEY_UNKNOWN @/id', 'KEYS_DIFFER @']],
    ['a key in a message', chat({ ...user(), id: 7 }, assistant()), ['KEY_UNKNOWN @/messages/0/id']],
    [
      'function_call',
      chat(user(), { role: 'assistant', function_call: { name: 'a', arguments: '{}' } }),
      ['KEY_DEPRECATED-W @/messages/1/function_call'],
    ],
  ])('are checked: %s', async (_, row, expected) => {
    expect(await atLineTen(row)).toEqual(expected);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['a call with its answer', withTools(user(), asks(call()), answers(), assistant()), []],
    ['a call as the last message', withTools(user(), asks(call())), []],
    ['two calls with two answers', withTools(user(), asks(call(), { ...call(), id: 'b' }), answers('b'), answers(), assistant()), []],
    [
      'no answer',
      withTools(user(), asks(call()), assistant()),
      ['ASSISTANT_TWICE @/messages/2', 'TOOL_UNANSWERED @/messages/1/tool_calls/0'],
    ],
    [
      'one answer for two calls',
      withTools(user(), asks(call(), { ...call(), id: 'b' }), answers(), assistant()),
      ['TOOL_UNANSWERED @/messages/1/tool_calls/1'],
    ],
    ['two answers', withTools(user(), asks(call()), answers(), answers(), assistant()), ['TOOL_ANSWER_STRAY @/messages/3/tool_call_id']],
    ['an answer to no call', withTools(user(), answers(), assistant()), ['TOOL_ANSWER_STRAY @/messages/1/tool_call_id']],
    [
      'an answer without id',
      withTools(user(), asks(call()), answers(null), assistant()),
      ['TOOL_ANSWER_STRAY @/messages/2/tool_call_id', 'TOOL_UNANSWERED @/messages/1/tool_calls/0'],
    ],
    ['an id twice', withTools(user(), asks(call(), call()), answers(), assistant()), ['TOOL_CALL @/messages/1/tool_calls/1/id']],
    [
      'an undeclared function',
      withTools(user(), asks(call('{}', { name: 'delete' }))),
      ['TOOL_UNDECLARED @/messages/1/tool_calls/0/function/name'],
    ],
    [
      'a name with a space',
      withTools(user(), asks(call('{}', { name: 'get pod' }))),
      ['TOOL_NAME @/messages/1/tool_calls/0/function/name'],
    ],
    [
      'a name of 65 characters',
      withTools(user(), asks(call('{}', { name: 'a'.repeat(65) }))),
      ['TOOL_NAME @/messages/1/tool_calls/0/function/name'],
    ],
    [
      'arguments as an object',
      withTools(user(), asks(call({ name: 'x' }))),
      ['TOOL_ARGUMENTS @/messages/1/tool_calls/0/function/arguments'],
    ],
    [
      'arguments that are no JSON',
      withTools(user(), asks(call('{name}'))),
      ['TOOL_ARGUMENTS @/messages/1/tool_calls/0/function/arguments'],
    ],
    ['a missing argument', withTools(user(), asks(call('{}'))), ['TOOL_SCHEMA @/messages/1/tool_calls/0/function/arguments']],
    [
      'an argument of another type',
      withTools(user(), asks(call('{"name":"x","lines":"5"}'))),
      ['TOOL_SCHEMA @/messages/1/tool_calls/0/function/arguments/lines'],
    ],
    [
      'an argument out of its list',
      withTools(user(), asks(call('{"name":"x","kind":"Job"}'))),
      ['TOOL_SCHEMA @/messages/1/tool_calls/0/function/arguments/kind'],
    ],
    [
      'an argument that is not declared',
      withTools(user(), asks(call('{"name":"x","z":1}'))),
      ['TOOL_SCHEMA @/messages/1/tool_calls/0/function/arguments/z'],
    ],
    ['a call without function', withTools(user(), asks({ id: 'a', type: 'function' })), ['TOOL_CALL @/messages/1/tool_calls/0']],
    ['no calls in tool_calls', withTools(user(), { ...asks(), content: 'x' }), ['TOOL_CALL @/messages/1/tool_calls']],
    ['tools that are an object', { messages: [user(), assistant()], tools: {} }, ['TOOLS @/tools']],
    ['a tool without type', { messages: [user(), assistant()], tools: [{ function: { name: 'a' } }] }, ['TOOLS @/tools/0']],
  ])('with tools are checked: %s', async (_, row, expected) => {
    expect(await atLineTen(row)).toEqual(expected);
  });

  it('need ten examples for training, and no number of them for validation', async () => {
    const rows = Array.from({ length: 9 }, (_, index) => chat(user(`q${index}`), assistant()));
    expect(await foundInRows(rows, 'openai')).toEqual(['FEW_ROWS rows.jsonl']);
    expect(await foundInRows(rows, 'openai', 'validation.jsonl')).toEqual([]);
  });

  it('have tools in every line or in none', async () => {
    const rows = Array.from({ length: 10 }, (_, index) => chat(user(`q${index}`), assistant()));
    expect(await foundInRows([...rows, withTools(user(), assistant())], 'openai')).toEqual(['TOOLS_SOME_ROWS rows.jsonl:11 /tools']);
  });

  it('are told as JSON Lines only, without mark and with LF', async () => {
    const rows = Array.from({ length: 10 }, (_, index) => chat(user(`q${index}`), assistant()));
    expect(await foundInRows(JSON.stringify(rows), 'openai')).toEqual(['NOT_JSONL rows.jsonl:1']);
    expect(await foundInRows(`\ufeff${jsonl(rows).replaceAll('\n', '\r\n')}`, 'openai')).toEqual(['BOM rows.jsonl:1', 'CRLF rows.jsonl:1']);
  });

  it('that are equal are told, and equal prompts in two splits are an error', async () => {
    const rows = Array.from({ length: 10 }, (_, index) => chat(user(`q${index}`), assistant()));
    const dir = await folder({
      'train.jsonl': [...rows, rows[3]],
      'validation.jsonl': [chat(user('other'), assistant()), chat(user(' q5 '), assistant('b'))],
    });
    expect(await found(dir, 'openai')).toEqual(['DUPLICATE_ROW-W train.jsonl:11', 'SPLIT_LEAK validation.jsonl:2']);
  });
});

/** Good conversations with any texts, with tools and without. */
const text = fc.string({ minLength: 1, unit: 'grapheme' }).filter((one) => one.trim() !== '' && !/\{\{|\{%|undefined|NaN|None/.test(one));
const goodRow = fc
  .array(fc.tuple(text, text), { minLength: 1, maxLength: 4 })
  .map((turns) => chat(...turns.flatMap(([a, b]) => [user(a), assistant(b)])));
const toolRow = fc
  .tuple(text, text, text)
  .map(([a, b, c]) => withTools(user(a), asks(call(JSON.stringify({ name: b }))), answers('call_1', c), assistant(a)));

const errors = (lines: string[]) => lines.filter((line) => !line.includes('-W '));

describe('OpenAI rows that are made as the rules say', () => {
  it('pass, whatever their texts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(goodRow, toolRow).chain((row) => fc.array(row, { minLength: 10, maxLength: 15 })),
        async (rows) => {
          expect(errors(await foundInRows(rows, 'openai'))).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  });

  type Row = { messages: Message[]; tools: unknown };
  const mutations: [string, (row: Row) => unknown][] = [
    ['LAST_NOT_ASSISTANT', (row) => row.messages.pop()],
    ['ROLE_UNKNOWN', (row) => Object.assign(row.messages[0]!, { role: 'human' })],
    ['CONTENT_TYPE', (row) => Object.assign(row.messages[0]!, { content: 5 })],
    ['CONTENT_EMPTY', (row) => Object.assign(row.messages.at(-1)!, { content: '' })],
    ['TOOL_UNANSWERED', (row) => row.messages.splice(2, 1)],
    ['TOOL_ANSWER_STRAY', (row) => Object.assign(row.messages[2]!, { tool_call_id: 'other' })],
    ['TOOL_UNDECLARED', (row) => Object.assign(row, { tools: [] })],
    ['TOOL_ARGUMENTS', (row) => Object.assign((row.messages[1]!.tool_calls as [{ function: object }])[0].function, { arguments: {} })],
    [
      'TOOL_SCHEMA',
      (row) => Object.assign((row.messages[1]!.tool_calls as [{ function: object }])[0].function, { arguments: '{"name":1}' }),
    ],
    ['NO_USER', (row) => row.messages.shift()],
    ['KEY_UNKNOWN', (row) => Object.assign(row, { label: 1 })],
    ['COLUMN_MISSING', (row) => Object.assign(row, { messages: undefined })],
  ];
  it.each(mutations)('do not pass when one thing is changed: %s', async (code, mutate) => {
    await fc.assert(
      fc.asyncProperty(fc.array(toolRow, { minLength: 10, maxLength: 12 }), fc.nat(9), async (rows, index) => {
        const copy = JSON.parse(JSON.stringify(rows)) as Row[];
        mutate(copy[index]!);
        expect((await foundInRows(copy, 'openai')).map((line) => line.split('/')[0])).toContain(`${code} rows.jsonl:${index + 1} `);
      }),
      { numRuns: 8 },
    );
  });
});
