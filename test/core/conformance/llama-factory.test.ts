import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validate } from '../../../src/core/validate.ts';
import { folder, found } from './check.ts';

const alpacaRow = { instruction: 'Why?', input: '', output: 'OOM', system: 'You are an SRE' };
const allColumns = { prompt: 'instruction', query: 'input', response: 'output', system: 'system' };
const turn = (from: string, value: unknown) => ({ from, value });
const shareRow = { conversations: [turn('human', 'Why?'), turn('gpt', 'OOM')], system: 'You are an SRE' };
const shareInfo = { formatting: 'sharegpt', columns: { messages: 'conversations', system: 'system', tools: 'tools' } };
const openaiTags = { role_tag: 'role', content_tag: 'content', user_tag: 'user', assistant_tag: 'assistant', system_tag: 'system' };
const message = (role: string, content: unknown, more: object = {}) => ({ role, content, ...more });
const tools = '[{"name":"get","parameters":{}}]';
const call = JSON.stringify({ name: 'get', arguments: { name: 'cart' } });

/** Findings of one row under one entry of dataset_info.json; `@` is the row, `i` the dataset_info.json. */
async function check(row: unknown, entry: object): Promise<string[]> {
  const dir = await folder({ 'data.json': [row], 'dataset_info.json': { set: { file_name: 'data.json', ...entry } } });
  return (await found(dir, 'llama-factory')).map((line) =>
    line.replace('data.json:2', '@').replace('@ ', '@').replace('dataset_info.json ', 'i'),
  );
}

/** The table of what its converters do, each case run with the converter itself. */
describe('LLaMA-Factory', () => {
  it.each<[string, unknown, object, string[]]>([
    ['alpaca with all columns named', alpacaRow, { columns: allColumns }, []],
    [
      'a response column that is not listed',
      alpacaRow,
      { columns: { ...allColumns, response: undefined } },
      ['INFO_COLUMN i/set/columns', 'EMPTY_ANSWER @/output'],
    ],
    [
      'default columns and a row without input',
      { instruction: 'a', output: 'b' },
      {},
      ['SYSTEM_EMPTY-W i/set/columns', 'ROW_FAILS @/input'],
    ],
    [
      'sharegpt with system, tools as text, a function call and an observation',
      {
        conversations: [turn('human', 'Why?'), turn('function_call', call), turn('observation', 'x'), turn('gpt', 'OOM')],
        system: 's',
        tools,
      },
      shareInfo,
      [],
    ],
    [
      'two human turns in a row',
      { ...shareRow, tools, conversations: [turn('human', 'a'), turn('human', 'b'), turn('gpt', 'c')] },
      shareInfo,
      ['ROLE_ORDER @/conversations/1/from'],
    ],
    [
      'an odd number of turns',
      { ...shareRow, tools, conversations: [turn('human', 'a'), turn('gpt', 'b'), turn('human', 'c')] },
      shareInfo,
      ['ROLE_ORDER @/conversations'],
    ],
    [
      'a tool role without observation_tag',
      { messages: [message('user', 'a'), message('assistant', 'b'), message('tool', 'c'), message('assistant', 'd')] },
      { formatting: 'sharegpt', columns: { messages: 'messages' }, tags: openaiTags },
      ['ROLE_UNKNOWN @/messages/2/role'],
    ],
    [
      'formatting openai without system and tools',
      { messages: [message('user', 'a'), message('assistant', 'b')] },
      { formatting: 'openai', columns: { messages: 'messages' }, tags: openaiTags },
      ['SYSTEM_ADDED @/messages'],
    ],
    [
      'formatting openai with a system text and no tools',
      { messages: [message('system', 's'), message('user', 'a'), message('assistant', 'b')] },
      { formatting: 'openai', columns: { messages: 'messages' }, tags: openaiTags },
      ['SYSTEM_ADDED @/messages'],
    ],
    [
      'formatting openai with tools and only the five documented tags',
      { messages: [message('user', 'a'), message('assistant', 'b'), message('tool', 'c'), message('assistant', 'd')], tools },
      { formatting: 'openai', columns: { messages: 'messages', tools: 'tools' }, tags: openaiTags },
      ['ROW_FAILS @/messages/2/role'],
    ],
    [
      'formatting openai and a tool call without content',
      { messages: [message('user', 'a'), { role: 'assistant', tool_calls: [] }], tools },
      { formatting: 'openai', columns: { messages: 'messages', tools: 'tools' }, tags: openaiTags },
      ['ROW_FAILS @/messages/1'],
    ],
    [
      'formatting openai and arguments as text',
      {
        messages: [message('user', 'a'), message('assistant', '', { tool_calls: [{ function: { name: 'get', arguments: '{}' } }] })],
        tools,
      },
      {
        formatting: 'openai',
        columns: { messages: 'messages', tools: 'tools' },
        tags: { ...openaiTags, function_tag: 'function_call', observation_tag: 'tool' },
      },
      ['TOOL_ARGUMENTS @/messages/1/tool_calls/0/function/arguments'],
    ],
    [
      'format instead of formatting',
      shareRow,
      { format: 'sharegpt', columns: { messages: 'conversations' } },
      [
        'INFO_KEY i/set/format',
        'INFO_COLUMN i/set/columns',
        'INFO_COLUMN i/set/columns',
        'SYSTEM_EMPTY-W i/set/columns',
        'EMPTY_PROMPT @/instruction',
        'EMPTY_ANSWER @/output',
      ],
    ],
    [
      'a preference as alpaca texts',
      { instruction: 'a', input: '', chosen: 'b', rejected: 'c', system: 's' },
      { ranking: true, columns: { prompt: 'instruction', query: 'input', chosen: 'chosen', rejected: 'rejected', system: 'system' } },
      [],
    ],
    [
      'a preference as sharegpt with one object each',
      { conversations: [turn('human', 'a')], chosen: turn('gpt', 'b'), rejected: turn('gpt', 'c') },
      { formatting: 'sharegpt', ranking: true, columns: { messages: 'conversations', chosen: 'chosen', rejected: 'rejected' } },
      [],
    ],
    [
      'a preference with the lists of TRL',
      { conversations: [turn('human', 'a')], chosen: [turn('gpt', 'b')], rejected: [turn('gpt', 'c')] },
      { formatting: 'sharegpt', ranking: true, columns: { messages: 'conversations', chosen: 'chosen', rejected: 'rejected' } },
      ['COLUMN_TYPE @/chosen', 'COLUMN_TYPE @/rejected'],
    ],
  ])('%s', async (_, row, entry, expected) => {
    expect(await check(row, entry)).toEqual(expected);
  });

  it.each<[string, unknown, object, string[]]>([
    ['an empty answer', { ...alpacaRow, output: '' }, { columns: allColumns }, ['EMPTY_ANSWER @/output']],
    ['an answer that is no text', { ...alpacaRow, output: 5 }, { columns: allColumns }, ['EMPTY_ANSWER @/output']],
    ['an empty prompt', { ...alpacaRow, instruction: '' }, { columns: allColumns }, ['EMPTY_PROMPT @/instruction']],
    ['an empty system text', { ...alpacaRow, system: '' }, { columns: allColumns }, ['SYSTEM_EMPTY-W @/system']],
    ['tools as a list', { ...shareRow, tools: [] }, shareInfo, ['TOOLS @/tools']],
    [
      'a call that is no JSON',
      { ...shareRow, tools, conversations: [turn('human', 'a'), turn('function_call', 'get()')] },
      shareInfo,
      ['TOOL_CALL @/conversations/1/value'],
    ],
    [
      'a call with arguments as text',
      { ...shareRow, tools, conversations: [turn('human', 'a'), turn('function_call', '{"name":"get","arguments":"{}"}')] },
      shareInfo,
      ['TOOL_ARGUMENTS @/conversations/1/value'],
    ],
    [
      'a turn without value',
      { ...shareRow, tools, conversations: [{ from: 'human' }, turn('gpt', 'b')] },
      shareInfo,
      ['ROW_FAILS @/conversations/0'],
    ],
    ['a column name that is none', alpacaRow, { columns: { ...allColumns, answer: 'output' } }, ['INFO_COLUMN i/set/columns/answer']],
    ['an unknown formatting', alpacaRow, { formatting: 'chatml', columns: allColumns }, ['INFO_INVALID i/set/formatting']],
    [
      'an unknown tag',
      shareRow,
      {
        ...shareInfo,
        columns: { messages: 'conversations', system: 'system' },
        tags: { role_tag: 'from', content_tag: 'value', user_tag: 'human', assistant_tag: 'gpt', tool_tag: 'x' },
      },
      ['INFO_KEY i/set/tags/tool_tag'],
    ],
  ])('finds %s', async (_, row, entry, expected) => {
    expect(await check(row, entry)).toEqual(expected);
  });

  it('says what happens to a row that it drops', async () => {
    const dir = await folder({
      'data.jsonl': [{ ...shareRow, conversations: [turn('gpt', 'a'), turn('human', 'b')] }],
      'dataset_info.json': { set: { file_name: 'data.jsonl', ...shareInfo, columns: { messages: 'conversations' } } },
    });
    const { findings } = await validate(dir, { consumer: 'llama-factory' });
    expect(findings[0]?.message).toBe(
      'turn 1 has the role "gpt", expected human or observation; LLaMA-Factory drops this row with only a log warning',
    );
  });

  it('needs a dataset_info.json that names the files', async () => {
    expect(await found(await folder({ 'train.json': [alpacaRow] }), 'llama-factory')).toEqual(['INFO_MISSING dataset_info.json']);
    const entry = { file_name: 'other.json', columns: allColumns };
    expect(await found(await folder({ 'train.json': [alpacaRow], 'dataset_info.json': { a: entry } }), 'llama-factory')).toEqual([
      'FILE_MISSING dataset_info.json /a/file_name',
      'FILE_UNLISTED-W train.json',
    ]);
    expect(await found(await folder({ 'train.json': [alpacaRow], 'dataset_info.json': '{' }), 'llama-factory')).toEqual([
      'INFO_INVALID dataset_info.json',
    ]);
    expect(await found(await folder({ 'train.json': [alpacaRow], 'dataset_info.json': { a: {} } }), 'llama-factory')).toEqual([
      'INFO_INVALID dataset_info.json /a',
      'SYSTEM_EMPTY-W dataset_info.json /a/columns',
      'FILE_UNLISTED-W train.json',
    ]);
  });

  it('never opens a file outside of the folder, whatever dataset_info.json names', async () => {
    const outside = await folder({ 'secret.json': [alpacaRow] });
    const dir = await folder({
      'train.json': [alpacaRow],
      'dataset_info.json': { a: { file_name: join('..', outside.split('/').at(-1)!, 'secret.json'), columns: allColumns } },
    });
    const report = await validate(dir, { consumer: 'llama-factory' });
    expect(report.rows).toBe(0);
    expect(report.counts.map(({ code }) => code)).toEqual(['FILE_MISSING', 'FILE_UNLISTED']);
  });

  it('reads a folder of files as one dataset, if all have one type', async () => {
    const info = { a: { file_name: 'parts', columns: allColumns } };
    expect(
      await found(
        await folder({ 'parts/1.json': [alpacaRow], 'parts/2.json': [{ ...alpacaRow, instruction: 'b' }], 'dataset_info.json': info }),
        'llama-factory',
      ),
    ).toEqual([]);
    expect(
      await found(
        await folder({ 'parts/1.json': [alpacaRow], 'parts/2.jsonl': [{ ...alpacaRow, instruction: 'b' }], 'dataset_info.json': info }),
        'llama-factory',
      ),
    ).toEqual(['FILE_TYPES dataset_info.json /a/file_name']);
  });

  it('reads CSV, whose empty and NA cells are missing', async () => {
    const csv = 'instruction,input,output,system\r\n"Why,\nwhen?",,OOM,s\r\nb,,NA,s\r\n';
    const dir = await folder({ 'train.csv': csv, 'dataset_info.json': { a: { file_name: 'train.csv', columns: allColumns } } });
    expect(await found(dir, 'llama-factory')).toEqual(['EMPTY_ANSWER train.csv:4 /output']);
  });
});
