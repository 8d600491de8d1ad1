import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { matches } from '../../../src/core/conformance/listing.ts';
import { validate } from '../../../src/core/validate.ts';
import { folder, found } from './check.ts';

const view = (config: string, splits = ['train'], more: object = {}) => ({
  config_name: config,
  data_files: splits.map((split) => ({ split, path: `${config}/${split}-*.parquet` })),
  ...more,
});

/** A README.md whose front matter is this, as JSON, which is YAML. */
const card = (fields: object | string) => `---\n${typeof fields === 'string' ? fields : JSON.stringify(fields, null, 1)}\n---\n# Data\n`;

/** A folder with a card and with Parquet files of these SELECTs. */
async function dataset(files: Record<string, unknown>, parquet: Record<string, string>): Promise<string> {
  const dir = await folder(files);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const [name, select] of Object.entries(parquet)) {
    await mkdir(join(dir, name, '..'), { recursive: true });
    await connection.run(`COPY (${select}) TO '${join(dir, name)}' (FORMAT parquet)`);
  }
  connection.disconnectSync();
  instance.closeSync();
  return dir;
}

const shard = (config: string, split = 'train') => `${config}/${split}-00000-of-00001.parquet`;
const messages = (user: string) => `SELECT '[{"role":"user","content":"${user}"},{"role":"assistant","content":"b"}]'::JSON AS messages`;

describe('a folder for the Hugging Face Hub', () => {
  it('passes with Parquet configs, one of them the default', async () => {
    const dir = await dataset(
      {
        'README.md': card({ configs: [view('labels', ['train', 'test'], { default: true }), view('chat')] }),
        'formats/trl/train.jsonl': [{}],
      },
      { [shard('labels')]: "SELECT 'a' AS id", [shard('labels', 'test')]: "SELECT 'b' AS id", [shard('chat')]: messages('a') },
    );
    const report = await validate(dir, { consumer: 'hf' });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ passed: true, rows: 3, splits: { train: 2, test: 1 } });
  });

  it.each<[string, object | string, string[]]>([
    ['no default', { configs: [view('a'), view('b')] }, ['CARD_DEFAULT README.md:3 /configs']],
    [
      'two defaults',
      { configs: [view('a', ['train'], { default: true }), view('b', ['train'], { default: true })] },
      ['CARD_DEFAULT README.md:3 /configs'],
    ],
    ['a config called default', { configs: [view('a'), { ...view('b'), config_name: 'default' }] }, []],
    ['a config without a name', { configs: [{ data_files: [] }] }, ['CARD_CONFIG README.md:4 /configs/0']],
    [
      'a config listed twice',
      { configs: [view('a', ['train'], { default: true }), view('a')] },
      ['CARD_CONFIG README.md:15 /configs/1/config_name'],
    ],
    [
      'a key too many',
      { configs: [{ config_name: 'a', data_files: [{ split: 'train', path: 'a/*', rows: 1 }] }] },
      ['CARD_CONFIG README.md:7 /configs/0/data_files/0'],
    ],
    ['no path', { configs: [{ config_name: 'a', data_files: [{ split: 'train' }] }] }, ['CARD_CONFIG README.md:7 /configs/0/data_files/0']],
    [
      'a split with a dash',
      { configs: [{ config_name: 'a', data_files: [{ split: 'hold-out', path: 'a/*' }] }] },
      ['SPLIT_NAME README.md:8 /configs/0/data_files/0/split'],
    ],
    ['a split with a dot', { configs: [{ config_name: 'a', data_files: [{ split: 'hold_out.v1', path: 'a/*' }] }] }, []],
    ['files that do not exist', { configs: [view('a', ['train', 'test'])] }, ['FILE_MISSING README.md:13 /configs/0/data_files/1/path']],
    [
      'files above the folder',
      { configs: [{ config_name: 'a', data_files: [{ split: 'train', path: '../*.parquet' }] }] },
      ['FILE_MISSING README.md:9 /configs/0/data_files/0/path'],
    ],
    ['configs that are no list', { configs: {} }, ['CARD_CONFIG README.md:3 /configs']],
    ['no YAML', 'configs: [', ['CARD_INVALID README.md:1']],
    ['equal keys, of which the last counts', 'license: a\nlicense: b', []],
    [
      'a wrong count',
      { configs: [view('a')], dataset_info: { config_name: 'a', splits: [{ name: 'train', num_examples: 7 }] } },
      ['CARD_INFO README.md:1 /dataset_info/0/splits/0/num_examples'],
    ],
    ['a right count', { configs: [view('a')], dataset_info: { config_name: 'a', splits: [{ name: 'train', num_examples: 1 }] } }, []],
  ])('has a card that load_dataset takes: %s', async (_, fields, expected) => {
    const dir = await dataset({ 'README.md': card(fields) }, { [shard('a')]: 'SELECT 1 AS x', [shard('b')]: 'SELECT 1 AS x' });
    expect(await found(dir, 'hf')).toEqual(expected);
  });

  it('may have a card with CR LF', async () => {
    const text = card({ configs: [view('a')] }).replaceAll('\n', '\r\n');
    expect(await found(await dataset({ 'README.md': text }, { [shard('a')]: 'SELECT 1 AS x' }), 'hf')).toEqual([]);
  });

  it('has no split without rows, no state.json and no dataset_infos.json', async () => {
    const files = { 'README.md': card({ configs: [view('a', ['train', 'test'])] }), 'state.json': {}, 'dataset_infos.json': {} };
    const dir = await dataset(files, { [shard('a')]: 'SELECT 1 AS x', [shard('a', 'test')]: 'SELECT 1 AS x WHERE false' });
    expect(await found(dir, 'hf')).toEqual(['LEGACY_FILE state.json', 'LEGACY_FILE-W dataset_infos.json', `EMPTY ${shard('a', 'test')}`]);
  });

  it('has one file format in its configs', async () => {
    const both = {
      configs: [view('a', ['train'], { default: true }), { config_name: 'b', data_files: [{ split: 'train', path: 'b/*.jsonl' }] }],
    };
    const dir = await dataset({ 'README.md': card(both), 'b/train.jsonl': [{ x: 1 }] }, { [shard('a')]: 'SELECT 1 AS x' });
    expect(await found(dir, 'hf')).toEqual(['MIXED_FORMATS b/train.jsonl']);
    const lines = { configs: [{ config_name: 'b', data_files: [{ split: 'train', path: 'b/*.jsonl' }] }] };
    const own = await folder({ 'README.md': card(lines), 'b/train.jsonl': [{ x: 'never' }, { x: 5 }] });
    expect(await found(own, 'hf')).toEqual(['CARD_FORMAT-W README.md:1 /configs', 'COLUMN_TYPE_CHANGES b/train.jsonl:2 /x']);
  });

  it('has columns of types that load without loss', async () => {
    const select = `SELECT 'a' AS text, 1::BIGINT AS number, 0.5::DOUBLE AS score, true AS flag, now() AS at, '{}'::JSON AS any, [1] AS list,
      {'uuid': 'x', 'map(': 1} AS struct, uuid() AS id, MAP {'a': 1} AS labels, INTERVAL 1 DAY AS age, [{'id': uuid()}] AS deep`;
    const dir = await dataset({ 'README.md': card({ configs: [view('a')] }) }, { [shard('a')]: select });
    const { findings } = await validate(dir, { consumer: 'hf' });
    expect(findings.map(({ code, message }) => `${code} ${/"(\w+)"/.exec(message)?.[1]}`)).toEqual([
      'PARQUET_TYPE id',
      'PARQUET_TYPE labels',
      'PARQUET_TYPE age',
      'PARQUET_TYPE deep',
    ]);
  });

  it('without a card is read by file names, with a warning', async () => {
    const dir = await dataset(
      {},
      { 'data/train-00000-of-00001.parquet': messages('a'), 'data/test-00000-of-00001.parquet': messages(' a') },
    );
    expect(await found(dir, 'hf')).toEqual(['CARD_MISSING-W README.md', 'SPLIT_LEAK data/test-00000-of-00001.parquet:1']);
  });

  it('gives a trainer its own files under formats/, else the views that it reads', async () => {
    const files = {
      'README.md': card({ configs: [view('labels', ['train'], { default: true }), view('chat', ['train', 'test']), view('alpaca')] }),
    };
    const parquet = {
      [shard('labels')]: "SELECT 'a' AS id",
      [shard('chat')]: messages('a'),
      [shard('chat', 'test')]: messages('b'),
      [shard('alpaca')]: "SELECT 'a' AS instruction, '' AS input, 'b' AS output",
    };
    const dir = await dataset(files, parquet);
    expect((await validate(dir, { consumer: 'trl' })).files.map(({ file }) => file)).toEqual([shard('chat'), shard('chat', 'test')]);
    expect((await validate(dir, { consumer: 'alpaca' })).files.map(({ file }) => file)).toEqual([shard('alpaca')]);
    const own = await dataset({ ...files, 'formats/trl/train.jsonl': [{ prompt: 'a', completion: 'b' }] }, parquet);
    expect((await validate(own, { consumer: 'trl' })).files.map(({ file }) => file)).toEqual(['formats/trl/train.jsonl']);
    await expect(validate(dir, { consumer: 'sharegpt' })).rejects.toMatchObject({
      code: 'NOTHING_TO_VALIDATE',
      suggestions: [`k8s-labeler validate ${dir} --for hf`],
    });
  });

  it('may have names that are patterns to DuckDB', async () => {
    const dir = await dataset(
      { 'data/train-[0].jsonl': 'x' },
      { 'data/train-[0]*.parquet': messages('a'), 'data/train-0x.parquet': messages('b') },
    );
    const report = await validate(join(dir, 'data/train-[0]*.parquet'), { consumer: 'trl' });
    expect(report).toMatchObject({ passed: true, rows: 1 });
  });

  it('that is damaged is told, not thrown', async () => {
    const dir = await folder({ 'README.md': card({ configs: [view('a')] }), [shard('a')]: 'PAR1 no' });
    expect(await found(dir, 'hf')).toEqual([`PARQUET_INVALID ${shard('a')}`]);
  });
});

describe('patterns of a card', () => {
  it.each([
    ['labels/train-*.parquet', 'labels/train-00000-of-00001.parquet', true],
    ['labels/train-*.parquet', 'other/train-0.parquet', false],
    ['data/*', 'data/sub/a.parquet', false],
    ['data/**', 'data/sub/a.parquet', true],
    ['**/train.jsonl', 'train.jsonl', true],
    ['**/train.jsonl', 'a/b/train.jsonl', true],
    ['**/b/*.json', 'a/b/c/b/d.json', true],
    ['t?st.csv', 'test.csv', true],
    ['./a.csv', 'a.csv', true],
    [`${'*a'.repeat(40)}b`, 'a'.repeat(5000), false],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });
});
