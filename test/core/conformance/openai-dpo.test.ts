import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foundInRows } from './check.ts';

type Row = {
  input: { messages: Record<string, unknown>[] };
  preferred_output: Record<string, unknown>[];
  non_preferred_output: Record<string, unknown>[];
};

const pair = (question: string, good: string, bad: string): Row => ({
  input: { messages: [{ role: 'user', content: question }] },
  preferred_output: [{ role: 'assistant', content: good }],
  non_preferred_output: [{ role: 'assistant', content: bad }],
});
const rows = () => Array.from({ length: 10 }, (_, index) => pair(`q${index}`, 'good', 'bad'));

describe('OpenAI preference rows', () => {
  it.each<[string, (row: Row) => unknown, string[]]>([
    ['a good row', () => 0, []],
    ['with tools in the input', (row) => Object.assign(row.input, { tools: [], parallel_tool_calls: true }), []],
    ['another key', (row) => Object.assign(row, { id: 1 }), ['KEY_UNKNOWN @/id']],
    ['another key in the input', (row) => Object.assign(row.input, { id: 1 }), ['KEY_UNKNOWN @/input/id']],
    ['no input', (row) => Object.assign(row, { input: undefined }), ['COLUMN_MISSING @/input']],
    [
      'messages at the top',
      (row) => Object.assign(row, { messages: [], input: undefined }),
      ['KEY_UNKNOWN @/messages', 'COLUMN_MISSING @/input'],
    ],
    [
      'an input that ends with an answer',
      (row) => row.input.messages.push({ role: 'assistant', content: 'x' }),
      ['PROMPT_END @/input/messages/1'],
    ],
    [
      'an input without a question',
      (row) => Object.assign(row.input, { messages: [{ role: 'system', content: 'x' }] }),
      ['PROMPT_END @/input/messages/0', 'NO_USER @/input/messages'],
    ],
    ['two outputs', (row) => row.preferred_output.push({ role: 'assistant', content: 'x' }), ['OUTPUT_COUNT @/preferred_output']],
    ['no output', (row) => row.non_preferred_output.pop(), ['OUTPUT_COUNT @/non_preferred_output']],
    ['a missing output', (row) => Object.assign(row, { preferred_output: undefined }), ['COLUMN_MISSING @/preferred_output']],
    ['an output that is a text', (row) => Object.assign(row, { preferred_output: 'good' }), ['COLUMN_TYPE @/preferred_output']],
    [
      'an output of the user',
      (row) => Object.assign(row.preferred_output[0]!, { role: 'user' }),
      ['ROLE_UNKNOWN @/preferred_output/0/role'],
    ],
    ['an empty output', (row) => Object.assign(row.preferred_output[0]!, { content: '' }), ['CONTENT_EMPTY @/preferred_output/0/content']],
    [
      'calls in an output',
      (row) => Object.assign(row.preferred_output[0]!, { tool_calls: [] }),
      ['TOOL_CALL @/preferred_output/0/tool_calls'],
    ],
    [
      'equal outputs',
      (row) => Object.assign(row.preferred_output[0]!, { content: 'bad' }),
      ['PAIR_EQUAL @/non_preferred_output/0/content'],
    ],
  ])('are checked: %s', async (_, mutate, expected) => {
    const list = rows();
    mutate(list[4]!);
    expect((await foundInRows(list, 'openai-dpo')).map((line) => line.replace('rows.jsonl:5 ', '@'))).toEqual(expected);
  });

  it('need ten examples', async () => {
    expect(await foundInRows(rows().slice(1), 'openai-dpo')).toEqual(['FEW_ROWS rows.jsonl']);
  });

  it('that are made as the rules say pass, whatever their texts', async () => {
    const text = fc.string({ minLength: 1 }).filter((one) => /[a-z]/.test(one) && !/undefined|NaN|None|\{/.test(one));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(text, { minLength: 10, maxLength: 12 }), text, async (questions, good) => {
        const found = await foundInRows(
          questions.map((question) => pair(question, good, `${good}!`)),
          'openai-dpo',
        );
        expect(found.filter((line) => !line.includes('-W '))).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});
