import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foundInRows } from './check.ts';

const message = (role: string, content: unknown = `${role} text`) => ({ role, content });
const prompt = [message('system'), message('user')];
const completion = [message('assistant')];
const pair = { prompt, chosen: [message('assistant', 'aaaa')], rejected: [message('assistant', 'bbbb')] };
const tools = [{ type: 'function', function: { name: 'get', parameters: { type: 'object', properties: {} } } }];
const calls = (args: unknown) => ({ role: 'assistant', tool_calls: [{ type: 'function', function: { name: 'get', arguments: args } }] });

const first = async (row: unknown) => (await foundInRows([row], 'trl')).map((line) => line.replace('rows.jsonl:1', '@').replace('@ ', '@'));

describe('TRL rows', () => {
  it.each<[string, object, string[]]>([
    ['messages', { messages: [...prompt, ...completion] }, []],
    ['prompt and completion', { prompt, completion }, []],
    ['prompt and completion as texts', { prompt: 'a', completion: 'b' }, []],
    ['a preference', pair, []],
    [
      'a preference with an implicit prompt',
      { chosen: [message('user'), message('assistant', 'aaaa')], rejected: [message('user'), message('assistant', 'bbbb')] },
      ['PROMPT_IMPLICIT-W @/chosen'],
    ],
    ['KTO', { prompt, completion, label: true }, []],
    ['plain text', { text: 'a' }, []],
    ['harmless columns', { prompt, completion, id: 1, skill: 'plan' }, []],
    ['tools as a list', { messages: [message('user'), calls({}), message('tool'), message('assistant')], tools }, []],
    ['tools as JSON text', { messages: [message('user'), calls({})], tools: JSON.stringify(tools) }, []],
  ])('pass: %s', async (_, row, expected) => {
    expect(await first(row)).toEqual(expected);
  });

  it.each<[string, object, string[]]>([
    ['no known column', { question: 'a' }, ['COLUMN_MISSING @']],
    ['messages beside prompt and completion', { messages: [...prompt, ...completion], prompt, completion }, ['KEYS_CONFLICT @']],
    ['a column called label', { messages: [...prompt, ...completion], label: 'OOMKilled' }, ['SIDE_COLUMN @/label']],
    ['a label that is no truth value', { prompt, completion, label: 'OOMKilled' }, ['SIDE_COLUMN @/label']],
    ['a column called text', { prompt, completion, text: 'x' }, ['SIDE_COLUMN @/text']],
    ['a preference with label', { ...pair, label: 1 }, ['SIDE_COLUMN @/label']],
    ['chosen without rejected', { prompt, chosen: pair.chosen }, ['COLUMN_MISSING @/rejected']],
    ['completion without prompt', { completion }, ['COLUMN_MISSING @/prompt']],
    ['a prompt that ends with an answer', { prompt: [...prompt, ...completion], completion }, ['PROMPT_END @/prompt/2']],
    ['a prompt that ends with system', { prompt: [message('system')], completion }, ['PROMPT_END @/prompt/0']],
    ['a prompt as text and a completion as messages', { prompt: 'a', completion }, ['COLUMN_TYPE @/completion']],
    ['an empty text prompt', { prompt: '', completion: 'a' }, ['EMPTY_PROMPT @/prompt']],
    ['an empty text completion', { prompt: 'a', completion: ' ' }, ['EMPTY_ANSWER @/completion']],
    ['an empty list of messages', { messages: [] }, ['COLUMN_TYPE @/messages']],
    ['an unknown role', { messages: [message('human'), ...completion] }, ['ROLE_UNKNOWN @/messages/0/role']],
    ['empty content', { prompt, completion: [message('assistant', '')] }, ['CONTENT_EMPTY @/completion/0/content']],
    ['a completion of the user', { prompt, completion: [message('user')] }, ['LAST_NOT_ASSISTANT @/completion/0']],
    ['messages without an answer', { messages: prompt }, ['LAST_NOT_ASSISTANT @/messages/1']],
    ['messages that end with a question', { messages: [...prompt, ...completion, message('user')] }, ['LAST_NOT_ASSISTANT-W @/messages/3']],
    ['equal answers', { ...pair, rejected: pair.chosen }, ['PAIR_EQUAL @/rejected']],
    [
      'arguments as text',
      { messages: [message('user'), calls('{}')], tools },
      ['TOOL_ARGUMENTS @/messages/1/tool_calls/0/function/arguments'],
    ],
    ['a call without tools', { messages: [message('user'), calls({})] }, ['TOOL_UNDECLARED @/messages/1/tool_calls/0/function/name']],
    [
      'a call in a completion',
      { prompt: [message('user')], completion: [calls('{}')], tools },
      ['TOOL_ARGUMENTS @/completion/0/tool_calls/0/function/arguments'],
    ],
    ['a tool message without a call', { prompt: [message('user'), message('tool')], completion }, ['TOOL_ANSWER_STRAY @/prompt/1']],
    ['tools that are no JSON', { messages: [message('user'), ...completion], tools: 'get' }, ['TOOLS @/tools']],
    [
      'answers of very different length',
      { ...pair, chosen: [message('assistant', 'much longer than the other')] },
      ['LENGTH_RATIO-W rows.jsonl'],
    ],
  ])('are findings: %s', async (_, row, expected) => {
    expect(await first(row)).toEqual(expected);
  });

  it('of one file have the same columns', async () => {
    expect(await foundInRows([{ prompt, completion }, { messages: [...prompt, ...completion] }], 'trl')).toEqual([
      'KEYS_DIFFER rows.jsonl:2',
      'DUPLICATE_ROW-W rows.jsonl:2',
    ]);
  });

  it('that are made as the rules say pass, and never with one of the reserved columns beside them', async () => {
    const text = fc.string({ minLength: 1 }).filter((one) => /[a-z]/.test(one) && !/undefined|NaN|None|\{/.test(one));
    const row = fc.tuple(text, text).map(([a, b]) => ({ prompt: [message('user', a)], completion: [message('assistant', b)] }));
    const reserved = fc.constantFrom('messages', 'chosen', 'rejected', 'label', 'text');
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), reserved, async (rows, name) => {
        const errors = (lines: string[]) => lines.filter((line) => !line.includes('-W '));
        expect(errors(await foundInRows(rows, 'trl'))).toEqual([]);
        expect(
          errors(
            await foundInRows(
              rows.map((one) => ({ ...one, [name]: 'x' })),
              'trl',
            ),
          ).length,
        ).toBeGreaterThanOrEqual(rows.length);
      }),
      { numRuns: 20 },
    );
  });
});
