import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConsumerName } from '../../../src/core/conformance/consumers/consumers.ts';
import { foundInRows } from './check.ts';

const message = (role: string, content: unknown = `${role} text`, more: object = {}) => ({ role, content, ...more });
const chat = { messages: [message('system'), message('user'), message('assistant')] };
const turn = (from: string, value: unknown = `${from} text`) => ({ from, value });
const share = { conversations: [turn('system'), turn('human'), turn('gpt')] };
const alpaca = { instruction: 'a', input: '', output: 'b', system: 's' };
const tools = [{ type: 'function', function: { name: 'get', parameters: { properties: { n: { type: 'integer' } } } } }];
const calls = (args: unknown) => message('assistant', null, { tool_calls: [{ function: { name: 'get', arguments: args } }] });

const first = async (row: unknown, consumer: ConsumerName) =>
  (await foundInRows([row], consumer)).map((line) => line.replace('rows.jsonl:1', '@').replace('@ ', '@'));

describe('axolotl rows', () => {
  it.each<[string, object, string[]]>([
    ['messages', chat, []],
    ['alpaca', alpaca, []],
    ['arguments as an object', { messages: [message('user'), calls({ n: 1 })], tools }, []],
    ['arguments as text', { messages: [message('user'), calls('{"n":1}')], tools }, []],
    ['human and gpt as roles', { messages: [message('human'), message('gpt')] }, []],
    ['train and weight', { messages: [message('user', 'a', { train: false }), message('assistant', 'b', { weight: 1 })] }, []],
    ['ShareGPT columns', share, ['TYPE_DEPRECATED-W @/conversations']],
    ['no known column', { prompt: 'a' }, ['COLUMN_MISSING @']],
    ['an unknown role', { messages: [message('observer'), message('assistant')] }, ['ROLE_UNKNOWN @/messages/0/role']],
    ['an empty turn', { messages: [message('user', ''), message('assistant')] }, ['CONTENT_EMPTY @/messages/0/content']],
    [
      'an empty ShareGPT turn',
      { conversations: [turn('human', ''), turn('gpt')] },
      ['CONTENT_EMPTY @/conversations/0/value', 'TYPE_DEPRECATED-W @/conversations'],
    ],
    ['no answer', { messages: [message('user')] }, ['LAST_NOT_ASSISTANT @/messages/0']],
    ['a question last', { messages: [...chat.messages, message('user')] }, ['LAST_NOT_ASSISTANT-W @/messages/3']],
    [
      'train that is a text',
      { messages: [message('user'), message('assistant', 'b', { train: 'yes' })] },
      ['COLUMN_TYPE @/messages/1/train'],
    ],
    ['weight 2', { messages: [message('user'), message('assistant', 'b', { weight: 2 })] }, ['WEIGHT @/messages/1/weight']],
    [
      'arguments that are no JSON',
      { messages: [message('user'), calls('n=1')], tools },
      ['TOOL_ARGUMENTS @/messages/1/tool_calls/0/function/arguments'],
    ],
    [
      'arguments off the schema',
      { messages: [message('user'), calls({ n: 'x' })], tools },
      ['TOOL_SCHEMA @/messages/1/tool_calls/0/function/arguments/n'],
    ],
    ['an empty alpaca answer', { ...alpaca, output: '' }, ['EMPTY_ANSWER @/output']],
  ])('are checked: %s', async (_, row, expected) => {
    expect(await first(row, 'axolotl')).toEqual(expected);
  });

  it('of one file have one type', async () => {
    expect(await foundInRows([chat, alpaca], 'axolotl')).toEqual(['KEYS_DIFFER rows.jsonl:2']);
  });
});

describe('Alpaca rows', () => {
  it.each<[string, object, string[]]>([
    ['a good row', alpaca, []],
    ['an input', { ...alpaca, input: 'context' }, []],
    ['only an input', { ...alpaca, instruction: '', input: 'context' }, []],
    ['a preference', { instruction: 'a', input: '', chosen: 'bbbb', rejected: 'cccc' }, []],
    ['no instruction', { input: '', output: 'b' }, ['COLUMN_MISSING @/instruction']],
    ['no output', { instruction: 'a', input: '' }, ['COLUMN_MISSING @/output']],
    ['no input', { instruction: 'a', output: 'b' }, ['COLUMN_MISSING-W @/input']],
    ['an empty prompt', { ...alpaca, instruction: ' ' }, ['EMPTY_PROMPT @/instruction']],
    ['an empty answer', { ...alpaca, output: '' }, ['EMPTY_ANSWER @/output']],
    ['an answer that is null', { ...alpaca, output: null }, ['EMPTY_ANSWER @/output']],
    ['an answer that is an object', { ...alpaca, output: {} }, ['COLUMN_TYPE @/output']],
    ['equal answers', { instruction: 'a', input: '', chosen: 'b', rejected: 'b' }, ['PAIR_EQUAL @/rejected']],
  ])('are checked: %s', async (_, row, expected) => {
    expect(await first(row, 'alpaca')).toEqual(expected);
  });
});

describe('ShareGPT rows', () => {
  it.each<[string, object, string[]]>([
    ['a good row', share, []],
    [
      'a call and its observation',
      {
        conversations: [turn('human'), turn('function_call', '{"name":"a","arguments":{}}'), turn('observation'), turn('gpt')],
        tools: '[]',
      },
      [],
    ],
    ['a preference', { conversations: [turn('human')], chosen: turn('gpt', 'aaaa'), rejected: turn('gpt', 'bbbb') }, []],
    ['no conversations', { messages: [] }, ['COLUMN_MISSING @/conversations']],
    ['conversations that are empty', { conversations: [] }, ['COLUMN_TYPE @/conversations']],
    [
      'a system turn in the middle',
      { conversations: [turn('human'), turn('system'), turn('human'), turn('gpt')] },
      ['ROLE_ORDER @/conversations/1/from'],
    ],
    ['a role of chat messages', { conversations: [turn('user'), turn('gpt')] }, ['ROLE_UNKNOWN @/conversations/0/from']],
    ['a question last', { conversations: [turn('human'), turn('gpt'), turn('human')] }, ['ROLE_ORDER @/conversations']],
    ['a turn without from', { conversations: [{ value: 'a' }, turn('gpt')] }, ['ROW_FAILS @/conversations/0']],
    ['a turn that is a text', { conversations: ['a', 'b'] }, ['MESSAGE_TYPE @/conversations/0', 'MESSAGE_TYPE @/conversations/1']],
    ['an empty turn', { conversations: [turn('human', ''), turn('gpt')] }, ['CONTENT_EMPTY @/conversations/0/value']],
    [
      'a value that is no text',
      { conversations: [turn('human', 5), turn('gpt')] },
      ['CONTENT_TYPE @/conversations/0/value', 'COLUMN_TYPE_CHANGES @/conversations/1/value'],
    ],
    ['tools as a list', { ...share, tools: [] }, ['TOOLS @/tools']],
    ['a system column that is no text', { ...share, system: {} }, ['COLUMN_TYPE @/system']],
    ['answers as lists', { conversations: [turn('human')], chosen: [turn('gpt')], rejected: turn('gpt') }, ['COLUMN_TYPE @/chosen']],
  ])('are checked: %s', async (_, row, expected) => {
    expect(await first(row, 'sharegpt')).toEqual(expected);
  });

  it('that alternate pass, and do not when one turn is taken out or doubled', async () => {
    const text = fc.string({ minLength: 1 }).filter((one) => /[a-z]/.test(one) && !/undefined|NaN|None|\{/.test(one));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, text), { minLength: 2, maxLength: 5 }),
        fc.nat(3),
        fc.boolean(),
        async (pairs, at, double) => {
          const turns = pairs.flatMap(([a, b]) => [turn('human', a), turn('gpt', b)]);
          const errors = (lines: string[]) => lines.filter((line) => !line.includes('-W '));
          expect(errors(await first({ conversations: turns }, 'sharegpt'))).toEqual([]);
          const broken = double ? turns.toSpliced(at, 0, turns[at]!) : turns.toSpliced(at, 1);
          expect((await first({ conversations: broken }, 'sharegpt')).some((line) => line.startsWith('ROLE_ORDER'))).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});
