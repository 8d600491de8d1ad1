import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readBase } from '../../../src/core/dataset/base.ts';
import { type DatasetOptions, exportDataset } from '../../../src/core/dataset.ts';
import { type ConsumerName, consumers } from '../../../src/core/export/consumers/consumers.ts';
import type { Label, StoredEvent } from '../../../src/core/model/label.ts';
import { openStore } from '../../../src/core/store/open.ts';
import type { CaptureSource, LabelStore } from '../../../src/core/store/store.ts';
import { datasetOptionsFor, demoStore } from './demo-store.ts';

let dir: string;
let store: LabelStore;
let close: () => Promise<void>;
let folders = 0;

beforeAll(async () => {
  ({ dir, store, close } = await demoStore());
}, 120_000);
afterAll(() => close());

async function labelsOf(reason: Label['reason']): Promise<Label[]> {
  const found: Label[] = [];
  for await (const label of store.select({ reason })) found.push(label);
  return found;
}

const newFolder = () => join(dir, `out-${folders++}`);

async function exported(to: ConsumerName, more: Partial<DatasetOptions> = {}, from = store) {
  const out = more.out ?? newFolder();
  const summary = await exportDataset(from, { ...(await datasetOptionsFor(to, out)), ...more });
  return { out, summary };
}

const jsonRows = async (path: string) => {
  const text = await readFile(path, 'utf8');
  return (
    path.endsWith('.jsonl')
      ? text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      : JSON.parse(text)
  ) as Record<string, unknown>[];
};

describe('a dataset', () => {
  it.each(Object.keys(consumers) as ConsumerName[])('for %s is a folder of whole files, and says what is in it', async (to) => {
    const { out, summary } = await exported(to);
    expect(summary.files.length).toBeGreaterThan(0);
    expect(summary.files.every(({ rows }) => rows > 0)).toBe(true);
    const names = await readdir(out, { recursive: true });
    expect(names.filter((name) => name.includes('partial'))).toEqual([]);
    for (const { file } of summary.files) expect(names).toContain(file);
    const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ dataset_id: summary.datasetId, labels: summary.labels, to });
    expect(manifest.captures[0]).toEqual({ capture_id: expect.any(String), manifest_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('is the same bytes every time, and from a store that was filled the other way round', async () => {
    const labels: Label[] = [];
    for await (const label of store.select()) labels.push(label);
    const other = await openStore(join(dir, 'other.duckdb'));
    const sources = new Map<string, CaptureSource>();
    for await (const { captureId, ...source } of store.captureSources()) sources.set(captureId, source);
    for (const captureId of [...new Set(labels.map(({ capture_id }) => capture_id))].reverse()) {
      const events: StoredEvent[] = [];
      for await (const event of store.events(captureId)) events.push(event);
      await other.replaceCapture(
        captureId,
        { labels: labels.filter(({ capture_id }) => capture_id === captureId).reverse(), events, source: sources.get(captureId) },
        '2020-01-01T00:00:00Z',
      );
    }
    const [first, again] = [
      await exported('hf', { out: join(dir, 'a', 'ds') }),
      await exported('hf', { out: join(dir, 'b', 'ds') }, other),
    ];
    await other.close();
    expect(again.summary.files).toEqual(first.summary.files);
    for (const name of ['README.md', 'manifest.json', 'validation.json', 'splits.jsonl', 'croissant.json']) {
      expect(await readFile(join(again.out, name), 'utf8'), name).toBe(await readFile(join(first.out, name), 'utf8'));
    }
  }, 30_000);

  it('has another id with another seed', async () => {
    const [first, other] = [await exported('trl'), await exported('trl', { seed: 9 })];
    expect(other.summary.datasetId).not.toBe(first.summary.datasetId);
  });

  it('has no prompt and no group in two splits, and proves it', async () => {
    const { out, summary } = await exported('trl');
    expect(summary.proof).toMatchObject({ sharedGroups: 0, equalPrompts: 0 });
    expect(Object.keys(summary.examples)).toEqual(['train', 'validation', 'test']);
    const prompts = await Promise.all(
      ['train', 'validation', 'test'].map(
        async (split) => new Set((await jsonRows(join(out, `${split}.jsonl`))).map(({ prompt }) => JSON.stringify(prompt))),
      ),
    );
    const all = prompts.flatMap((some) => [...some]);
    expect(new Set(all).size).toBe(all.length);
    const rows = await jsonRows(join(out, 'splits.jsonl'));
    const homes = new Map<unknown, unknown>();
    for (const { group_id: group, split } of rows) {
      expect(homes.get(group) ?? split).toBe(split);
      homes.set(group, split);
    }
    expect(rows).toHaveLength(summary.labels);
  });

  it('that grows keeps its rows where they were, and names its parent', async () => {
    const small = await exported('trl', { filter: { type: 'troubleshooting', minQuality: 0.9 } });
    const base = await readBase(small.out);
    const grown = await exported('trl', { base, seed: 77 });
    expect(grown.summary.labels).toBeGreaterThan(small.summary.labels);
    expect(grown.summary.parentId).toBe(small.summary.datasetId);
    const homes = new Map((await jsonRows(join(grown.out, 'splits.jsonl'))).map(({ label_id: id, split }) => [id, split]));
    for (const { label_id: id, split } of await jsonRows(join(small.out, 'splits.jsonl'))) expect(homes.get(id)).toBe(split);
  });

  it('replaces an earlier one as a whole, and never other files', async () => {
    const { out } = await exported('trl');
    await exported('openai', { out });
    expect(await readdir(out)).not.toContain('README.md');
    const mine = newFolder();
    await mkdir(mine);
    await writeFile(join(mine, 'thesis.txt'), 'x');
    await expect(exported('trl', { out: mine })).rejects.toMatchObject({ code: 'OUT_NOT_EMPTY', exitCode: 2 });
    expect(await readdir(mine)).toEqual(['thesis.txt']);
  });

  it('that cannot be written leaves nothing behind', async () => {
    const file = join(newFolder());
    await writeFile(file, 'x');
    await expect(exported('trl', { out: join(file, 'below') })).rejects.toMatchObject({ exitCode: expect.any(Number) });
    expect(await readFile(file, 'utf8')).toBe('x');
    expect((await readdir(dir)).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('without a label says which filter removed how many', async () => {
    await expect(exported('trl', { filter: { cluster: 'nowhere' } })).rejects.toMatchObject({
      code: 'EXPORT_EMPTY',
      message: expect.stringMatching(/cluster nowhere removed \d+/),
    });
  });

  it('leaves out what holds a credential, and counts it', async () => {
    const other = await openStore(join(dir, 'secret.duckdb'));
    const [label] = await labelsOf('ConfigFileInvalid');
    const events: StoredEvent[] = [];
    for await (const event of store.events(label?.capture_id ?? '')) {
      const detail = { reason: 'BackOff', message: `login with ghp_${'a1B2'.repeat(9)} refused` };
      events.push(event.type === 'event' ? { ...event, data: { ...event.data, detail, first_detail: detail } } : event);
    }
    await other.replaceCapture(label?.capture_id ?? '', { labels: label === undefined ? [] : [label], events }, '2020-01-01T00:00:00Z');
    const { out, summary } = await exported('trl', {}, other);
    await other.close();
    expect(summary.dropped.secret).toBeGreaterThan(0);
    for (const { file } of summary.files) expect(await readFile(join(out, file), 'utf8')).not.toContain('ghp_');
  });

  it('with JSON answers has nothing else in its completions', async () => {
    const { out } = await exported('alpaca', { json: true });
    for (const { output } of await jsonRows(join(out, 'train.json'))) expect(() => JSON.parse(String(output))).not.toThrow();
  });
});

describe('a base', () => {
  it.each([
    ['BASE_NOT_FOUND', undefined, /has no splits\.jsonl/],
    ['BASE_INVALID', '{"label_id":"a","split":"train","keys":[]}\nnonsense\n', /splits\.jsonl:2: expected a JSON object, found nonsense/],
    ['BASE_INVALID', '{"label_id":"a","split":"dev","keys":[]}\n', /splits\.jsonl:1: split: expected train, validation, test, found dev/],
    ['BASE_INVALID', '{"split":"train","keys":[]}\n', /splits\.jsonl:1: label_id: expected a text/],
  ])('that is none is refused: %s', async (code, content, message) => {
    const folder = newFolder();
    await mkdir(folder);
    if (content !== undefined) {
      await writeFile(join(folder, 'splits.jsonl'), content);
      await writeFile(join(folder, 'manifest.json'), '{}');
    }
    await expect(readBase(folder)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('the rows', () => {
  const first = async (to: ConsumerName, file = 'train') => (await jsonRows(join((await exported(to)).out, file)))[0];
  const message = (role: string) => ({ role, content: expect.stringMatching(/\S/) });

  it('have the shape that each consumer reads', async () => {
    expect(await first('openai', 'train.jsonl')).toEqual({ messages: [message('system'), message('user'), message('assistant')] });
    expect(await first('axolotl', 'train.jsonl')).toEqual({ messages: [message('system'), message('user'), message('assistant')] });
    expect(await first('trl', 'train.jsonl')).toEqual({ prompt: [message('system'), message('user')], completion: [message('assistant')] });
    expect(await first('trl', 'preference_train.jsonl')).toEqual({
      prompt: [message('system'), message('user')],
      chosen: [message('assistant')],
      rejected: [message('assistant')],
    });
    expect(await first('openai-dpo', 'train.jsonl')).toEqual({
      input: { messages: [message('system'), message('user')], tools: [], parallel_tool_calls: true },
      preferred_output: [message('assistant')],
      non_preferred_output: [message('assistant')],
    });
    expect(await first('sharegpt', 'train.json')).toMatchObject({ conversations: [{ from: 'human' }, { from: 'gpt' }] });
    expect(Object.keys((await first('alpaca', 'train.json')) as object).sort()).toEqual(['input', 'instruction', 'output', 'system']);
  });

  it('are named to LLaMA-Factory, preferences as a ranking', async () => {
    const { out } = await exported('llama-factory');
    const info = JSON.parse(await readFile(join(out, 'dataset_info.json'), 'utf8'));
    expect(info.k8s_labeler_train).toEqual({
      file_name: 'train.json',
      formatting: 'alpaca',
      columns: { prompt: 'instruction', query: 'input', response: 'output', system: 'system' },
    });
    expect(info.k8s_labeler_preference_train).toMatchObject({ file_name: 'preference_train.json', ranking: true });
  });
});

describe('the folder for the Hub', () => {
  const card = async (out: string) => parse((await readFile(join(out, 'README.md'), 'utf8')).split('---\n')[1] ?? '') as Card;
  type Card = { configs: { config_name: string; default?: boolean; data_files: { split: string; path: string }[] }[] };

  it('has a card with one configuration for each Parquet view, one of them the default', async () => {
    const { out, summary } = await exported('hf');
    const { configs } = await card(out);
    expect(configs.map(({ config_name }) => config_name)).toEqual([
      'labels',
      'chat',
      'chat_tools',
      'prompt_completion',
      'preference',
      'alpaca',
    ]);
    expect(configs.filter((config) => config.default === true)).toHaveLength(1);
    for (const { data_files: files } of configs) {
      for (const { split, path } of files) {
        expect(summary.files.some(({ file, split: own }) => own === split && file.startsWith(path.replace('*.parquet', '')))).toBe(true);
      }
    }
  });

  it('has only types that datasets reads without loss, and no column that a trainer takes for its own', async () => {
    const { out, summary } = await exported('hf');
    const allowed = new Set(['UTF8', 'JSON', 'LIST', 'INT_64', undefined]);
    for (const { file } of summary.files.filter((one) => one.file.endsWith('.parquet'))) {
      const { schema } = await parquetMetadataAsync(await asyncBufferFromFile(join(out, file)));
      for (const { name, type, converted_type: converted } of schema) {
        expect(allowed.has(converted), `${file} ${name} ${converted}`).toBe(true);
        expect(['INT96', 'FIXED_LEN_BYTE_ARRAY']).not.toContain(type);
      }
      const names = schema.slice(1).map(({ name }) => name);
      if (file.startsWith('chat/'))
        for (const name of ['prompt', 'completion', 'chosen', 'rejected', 'label', 'text']) expect(names).not.toContain(name);
    }
  });

  it('has chat rows with messages as JSON, and tool calls with arguments as objects', async () => {
    const { out } = await exported('hf');
    const rows = await parquetReadObjects({
      file: await asyncBufferFromFile(join(out, 'chat_tools/train-00000-of-00001.parquet')),
      compressors,
    });
    const messages = rows[0]?.messages as { role: string; tool_calls?: { function: { arguments: unknown } }[] }[];
    expect(messages.map(({ role }) => role).slice(0, 4)).toEqual(['system', 'user', 'assistant', 'tool']);
    expect(messages[2]?.tool_calls?.[0]?.function.arguments).toBeTypeOf('object');
    expect(rows[0]).toMatchObject({ group_id: expect.any(String), reason: expect.any(String), quality_score: expect.any(Number) });
  });

  it('has no file that keeps datasets from loading it', async () => {
    const { out } = await exported('hf');
    const names = await readdir(out);
    for (const name of ['state.json', 'dataset_infos.json']) expect(names).not.toContain(name);
  });
});
