import { createHash } from 'node:crypto';
import { chmod, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validate, writeReport } from '../../../src/core/validate.ts';
import { folder, found, jsonl } from './check.ts';

const row = (prompt: string) => ({ prompt, completion: 'b' });
const message = (role: string, content: string) => ({ role, content });
const chat = (prompt: string) => ({ messages: [message('user', prompt), message('assistant', 'b')] });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a folder', () => {
  it('has its splits by the names of its files', async () => {
    const dir = await folder({
      'train-00000-of-00002.jsonl': [row('a')],
      'train-00001-of-00002.jsonl': [row('b')],
      'my_dev.jsonl': [row('c')],
      'notes.md': 'x',
    });
    expect(await validate(dir, { consumer: 'trl' })).toMatchObject({ passed: true, rows: 3, splits: { train: 2, validation: 1 } });
  });

  it('with equal prompts in two splits is an error that names both places', async () => {
    const dir = await folder({ 'train.jsonl': [row('x'), row('Why  is it\ndown?')], 'test.jsonl': [row('y'), row(' Why is it down? ')] });
    const { findings } = await validate(dir, { consumer: 'trl' });
    expect(findings.map(({ code, file, line, message: text }) => [code, file, line, text])).toEqual([
      [
        'SPLIT_LEAK',
        'test.jsonl',
        2,
        'the prompt is that of train.jsonl:2 (train), and this row is in test: the test would measure memory',
      ],
    ]);
  });

  it('with a prompt twice in one split is none, if the answers differ', async () => {
    expect(await found(await folder({ 'train.jsonl': [row('x'), { ...row('x'), completion: 'c' }] }), 'trl')).toEqual([]);
  });

  it('fits its manifest: checksums, rows, and no file that is missing', async () => {
    const train = jsonl([row('a')]);
    const files = [
      { file: 'train.jsonl', sha256: sha256(train), rows: 1 },
      { file: 'test.jsonl', sha256: sha256('other'), rows: 5 },
      { file: 'validation.jsonl', sha256: sha256('') },
      { file: '../secret', sha256: sha256('') },
    ];
    const dir = await folder({ 'train.jsonl': train, 'test.jsonl': [row('b')], 'manifest.json': { to: 'trl', files } });
    expect(await found(dir, 'trl')).toEqual([
      'MANIFEST_MISMATCH manifest.json /files/1/sha256',
      'FILE_MISSING manifest.json /files/2/file',
      'FILE_MISSING manifest.json /files/3/file',
      'MANIFEST_MISMATCH manifest.json /files/1/rows',
    ]);
    expect(await found(await folder({ 'train.jsonl': train, 'manifest.json': '{' }), 'trl')).toEqual(['MANIFEST_INVALID manifest.json']);
  });

  it('for another consumer says what it holds and what would fit', async () => {
    const dir = await folder({ 'train.jsonl': [row('a')], 'notes.txt': 'x' });
    const empty = await folder({ 'notes.txt': 'x' });
    await expect(validate(empty, { consumer: 'trl' })).rejects.toMatchObject({
      code: 'NOTHING_TO_VALIDATE',
      exitCode: 2,
      message: expect.stringContaining('found notes.txt'),
    });
    expect(await found(dir, 'openai')).toContain('COLUMN_MISSING train.jsonl:1 /messages');
    const info = await folder({ 'a.json': [], 'dataset_info.json': { a: { hf_hub_url: 'x/y' } } });
    await expect(validate(info, { consumer: 'hf' })).resolves.toMatchObject({ for: 'hf' });
  });

  it('tells its consumer where that is clear, and asks where it is not', async () => {
    const consumerOf = async (files: Record<string, unknown>) => (await validate(await folder(files))).for;
    expect(await consumerOf({ 'train.jsonl': [row('a')] })).toBe('trl');
    expect(await consumerOf({ 'train.jsonl': [chat('a')], 'manifest.json': { to: 'axolotl' } })).toBe('axolotl');
    expect(await consumerOf({ 'train.json': [{ instruction: 'a', input: '', output: 'b' }] })).toBe('alpaca');
    expect(await consumerOf({ 'train.json': [{ instruction: 'a', input: '', output: 'b' }], 'dataset_info.json': {} })).toBe(
      'llama-factory',
    );
    expect(await consumerOf({ 'train.jsonl': [{ conversations: [] }] })).toBe('sharegpt');
    expect(await consumerOf({ 'train.jsonl': [{ input: {}, preferred_output: [] }] })).toBe('openai-dpo');
    expect(await consumerOf({ 'README.md': '---\nconfigs:\n- config_name: a\n  data_files: a.jsonl\n---\n', 'a.jsonl': [chat('a')] })).toBe(
      'hf',
    );
    await expect(consumerOf({ 'train.jsonl': [chat('a')] })).rejects.toMatchObject({
      code: 'CONSUMER_UNCLEAR',
      exitCode: 2,
      suggestions: ['--for openai', '--for trl', '--for axolotl'],
    });
    await expect(consumerOf({ 'train.jsonl': [{ x: 1 }] })).rejects.toMatchObject({ code: 'CONSUMER_UNCLEAR' });
  });

  it('may hold links to files, as a cache of the Hub does', async () => {
    const dir = await folder({ 'blobs/x': jsonl([row('a')]) });
    await symlink(join(dir, 'blobs/x'), join(dir, 'train.jsonl'));
    expect(await validate(dir, { consumer: 'trl' })).toMatchObject({ rows: 1, passed: true });
  });
});

describe('a file', () => {
  it('of a format that the consumer does not read is a finding', async () => {
    const dir = await folder({ 'train.csv': 'messages\nx\n' });
    expect(await found(join(dir, 'train.csv'), 'openai')).toEqual(['FORMAT_UNREAD train.csv']);
  });

  it('of no dataset format, and a path that does not exist, are refused', async () => {
    const dir = await folder({ 'train.txt': 'x', 'config.json': '{}' });
    await expect(validate(join(dir, 'train.txt'), { consumer: 'trl' })).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN', exitCode: 2 });
    await expect(validate(join(dir, 'none'), { consumer: 'trl' })).rejects.toMatchObject({ code: 'PATH_UNREADABLE', exitCode: 2 });
    await expect(validate('/dev/null', { consumer: 'trl' })).rejects.toMatchObject({ code: 'PATH_UNREADABLE' });
  });

  it.skipIf(process.getuid?.() === 0)('that may not be read is refused', async () => {
    const dir = await folder({ 'train.jsonl': [row('a')] });
    await chmod(join(dir, 'train.jsonl'), 0);
    await expect(validate(dir, { consumer: 'trl' })).rejects.toMatchObject({ code: 'PATH_UNREADABLE', exitCode: 2 });
  });
});

describe('a report', () => {
  it('counts exactly what it does not list', async () => {
    const dir = await folder({ 'train.jsonl': [...Array.from({ length: 60 }, () => row('')), { prompt: 'a', completion: '' }] });
    const report = await validate(dir, { consumer: 'trl', limit: 30 });
    expect(report.counts.map(({ code, count }) => [code, count])).toEqual([
      ['EMPTY_ANSWER', 1],
      ['EMPTY_PROMPT', 60],
      ['DUPLICATE_ROW', 59],
    ]);
    expect(report.findings.length + report.findingsLeftOut).toBe(120);
    expect(report.findings.filter(({ code }) => code === 'EMPTY_ANSWER')).toHaveLength(1);
    expect(report.findings.filter(({ code }) => code === 'DUPLICATE_ROW')).toHaveLength(20);
  });

  it('passes with warnings, unless they count', async () => {
    const dir = await folder({ 'train.jsonl': [row('a'), row('a')] });
    expect(await validate(dir, { consumer: 'trl' })).toMatchObject({ passed: true, errors: 0, warnings: 1 });
    expect((await validate(dir, { consumer: 'trl', strict: true })).passed).toBe(false);
  });

  it('is the same for the same files, and is written whole', async () => {
    const dir = await folder({ 'train.jsonl': [row(''), row('a')], 'test.jsonl': [row('a')] });
    const report = await validate(dir, { consumer: 'trl' });
    expect(await validate(dir, { consumer: 'trl' })).toEqual(report);
    await writeReport(report, join(dir, 'report.json'));
    expect(JSON.parse(await readFile(join(dir, 'report.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));
    await expect(writeReport(report, join(dir, 'none/report.json'))).rejects.toMatchObject({ code: 'REPORT_WRITE_FAILED', exitCode: 5 });
  });
});
