import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import Review from '../../src/commands/review.ts';
import type { LabelerError } from '../../src/core/errors.ts';
import { openStore } from '../../src/core/store/open.ts';
import { reviewImportText, sessionText } from '../../src/render/review.ts';
import { edited, terminalPort } from '../../src/render/review-prompts.ts';
import { labelId, troubleshootingLabel } from '../core/label-arbitrary.ts';
import { review } from '../core/review-rows.ts';
import { runCommand } from './cli.ts';

let directory: string;
let store: string;

async function newStore(name: string): Promise<string> {
  const path = join(directory, name);
  const open = await openStore(path);
  const labels = [
    troubleshootingLabel(1),
    troubleshootingLabel(2, { resource: { kind: 'Pod', namespace: 'shop', name: 'x\u001b[2J', uid: '' } }),
  ];
  await open.replaceCapture('cap-a', { labels }, '2026-03-02T00:00:00.000Z');
  await open.close();
  return path;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'review-command-'));
  store = await newStore('s.duckdb');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const run = (...args: string[]) => runCommand(Review, '--store', store, '--reviewer', 'ada', ...args);

describe('review', () => {
  it('prints the queue, without terminal escapes', async () => {
    const { stdout } = await run('--list');
    expect(stdout).toMatch(/LABEL +WHY +REASON +MARGIN +QUALITY +RESOURCE/);
    expect(stdout).toContain('2 of 2 labels that wait for ada.');
    expect(stdout).not.toContain('\u001b[2J');
    const { queue, waiting } = JSON.parse((await run('--list', '--json', '--limit', '1')).stdout);
    expect([queue.length, waiting]).toEqual([1, 2]);
    expect((await run('--list', '--reason', 'ImageNotFound')).stdout).toContain('Nothing waits for ada.');
  });

  it('without a terminal says what to use instead, with exit code 2', async () => {
    const { stderr, exitCode } = await run();
    expect(stderr).toContain('REVIEW_NEEDS_TERMINAL');
    expect(stderr).toContain('review --list --json');
    expect(exitCode).toBe(2);
  });

  it('exports reviews and merges them into another store, twice with the same result', async () => {
    const open = await openStore(store);
    const current = { content_hash: (await open.judged(labelId(1))) ?? '' };
    await open.addReviews([review(current), review({ ...current, sequence: 1, verdict: 'reject', reason: 'unclear', comment: 'why?' })]);
    await open.close();
    const file = join(directory, 'reviews.jsonl');
    expect((await run('--export', file)).stdout).toContain(`2 reviews → ${file}`);
    const other = await newStore('other.duckdb');
    const merged = await runCommand(Review, '--store', other, '--import', file);
    expect(merged).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('2 added, 0 known') });
    const again = await runCommand(Review, '--store', other, '--import', file, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ added: 0, known: 2, stale: 0, unknown: 0, refusedCount: 0 });
    await runCommand(Review, '--store', other, '--export', `${file}.2`);
    expect(await readFile(`${file}.2`, 'utf8')).toBe(await readFile(file, 'utf8'));
  });

  it('refuses lines that are no reviews by file and line, reports stale and unknown ones, and adds the others, with exit code 6', async () => {
    const other = await newStore('third.duckdb');
    const file = join(directory, 'mixed.jsonl');
    const lines = [
      JSON.stringify(review()),
      'not json',
      JSON.stringify({ ...review({ sequence: 3 }), verdict: 'maybe' }),
      JSON.stringify({ ...review({ sequence: 4 }), reviewer: 'mallory' }),
      JSON.stringify(review({ sequence: 5, edits: { severity: 'low' } as never })),
      '',
      JSON.stringify(review({ label_id: labelId(77) })),
      JSON.stringify({ ...review(), comment: 'says something else' }),
      JSON.stringify(review({ label_id: labelId(1).replace(/^./, 'A') })),
      JSON.stringify(review({ sequence: 2 ** 31 })),
      JSON.stringify(review({ sequence: 6, seconds: 1e300 })),
      JSON.stringify(review({ sequence: 7, verdict: 'undone', undoes: review().id.toUpperCase() })),
    ];
    await writeFile(file, lines.join('\n'));
    const { stdout, stderr, exitCode } = await runCommand(Review, '--store', other, '--import', file);
    expect(exitCode).toBe(6);
    for (const line of [
      `${file}:2 it is no JSON`,
      `${file}:3 /verdict`,
      `${file}:4 /id`,
      `${file}:5 /edits`,
      `${file}:9 /label_id`,
      `${file}:10 /sequence`,
    ])
      expect(stderr).toContain(line);
    for (const line of [`${file}:11 /seconds`, `${file}:12 /undoes`]) expect(stderr).toContain(line);
    expect(stderr).toMatch(/:5 .*\n.*mixed\.jsonl:8 id .* says something else\n.*:9 /);
    expect(stdout).toContain('2 added');
    expect(stdout).toContain('1 stale');
    expect(stdout).toContain('1 of labels that are not in this store');
  });

  it('writes large numbers as all pages do', () => {
    const counts = { reviews: 5000, added: 4000, known: 1000, stale: 1200, unknown: 2000, refused: [], refusedCount: 0 };
    expect(reviewImportText({ file: 'f', ...counts })).toMatch(
      /^5,000 reviews in f: 4,000 added, 1,000 known already\n1,200 stale.*\n2,000 of/,
    );
  });

  it('names a file that cannot be read, and a store that is not there', async () => {
    expect(await run('--import', join(directory, 'none'))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('REVIEWS_UNREADABLE'),
    });
    const missing = await runCommand(Review, '--store', join(directory, 'none'), '--list');
    expect(missing).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('STORE_NOT_FOUND') });
  });
});

describe('what could not be stored', () => {
  it('stands in a file beside the store that can be imported, until it is stored', async () => {
    const path = await newStore('kept.duckdb');
    const port = await terminalPort(path);
    const file = port.keep(review());
    expect(file).toBe(`${path}.review-${process.pid}.jsonl`);
    expect(await runCommand(Review, '--store', path, '--import', file)).toMatchObject({ stdout: expect.stringContaining('1 added') });
    const written = { accept: 0, reject: 0, skip: 0, undone: 0 };
    expect(sessionText({ reviewer: 'ada', written, edited: 0, left: 1, kept: file }, 100)).toContain(`--import '${file}'`);
    port.keep(undefined);
    expect(existsSync(file)).toBe(false);
  });

  it('stands in a temporary file where nothing may be written beside the store', async () => {
    const port = await terminalPort(join(directory, 'no-folder', 's.duckdb'));
    const file = port.keep(review());
    expect(file.startsWith(tmpdir())).toBe(true);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(review());
    await rm(dirname(file), { recursive: true });
  });
});

describe('a prompt that the reviewer leaves', () => {
  const ctrlC = '\u0003';
  const ctrlD = '\u0004';
  const shows = (text: string) => vi.waitFor(() => expect(screen).toContain(text), 3000);
  let screen = '';
  let input: PassThrough;
  let port: Awaited<ReturnType<typeof terminalPort>>;

  beforeEach(async () => {
    screen = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      screen += text;
      return true;
    });
    input = new PassThrough();
    port = await terminalPort(store, input);
  });
  afterEach(() => void vi.restoreAllMocks());

  it.each([ctrlC, ctrlD])('with %j gives no choice, and the next question can be asked', async (key) => {
    const first = port.choose(['accept', 'quit'], '');
    await shows('Is this label right?');
    input.write(key);
    expect(await first).toBeUndefined();
    screen = '';
    const second = port.choose(['accept', 'quit'], '');
    await shows('Is this label right?');
    input.write('a\r');
    expect(await second).toBe('accept');
  });

  it.each([ctrlC, ctrlD])('with %j gives no reason, at the reason as at its comment', async (key) => {
    const first = port.reason();
    await shows('What is wrong?');
    input.write(key);
    expect(await first).toBeUndefined();
    const second = port.reason();
    input.write('\r');
    await shows('Comment');
    input.write(key);
    expect(await second).toBeUndefined();
  });

  it.each([ctrlC, ctrlD])('with %j does not edit again; what failed and what to do is said', async (key) => {
    const { failed } = edited('a', { PATH: process.env.PATH, EDITOR: 'false' });
    const asked = port.again(failed as LabelerError);
    await shows('Edit again?');
    expect(screen).toContain('set EDITOR to an editor that waits');
    input.write(key);
    expect(await asked).toBe(false);
  });
});

describe('the editor of a reviewer', () => {
  it('may have arguments, and gives back what it saved', () => {
    expect(edited('a: 1\n', { PATH: process.env.PATH, EDITOR: 'sed -i s/1/2/' })).toEqual({ text: 'a: 2\n' });
  });

  it('that ends with an error is named, and what it saved is kept', () => {
    const { text, failed } = edited('a: 1\n', { PATH: process.env.PATH, EDITOR: 'f() { sed -i s/1/2/ "$1"; return 3; }; f' });
    expect(text).toBe('a: 2\n');
    expect(failed).toMatchObject({ code: 'EDITOR_FAILED', message: expect.stringContaining('exit code 3') });
  });

  it('has Ctrl-C for itself', () => {
    const { text, failed } = edited('a: 1\n', { PATH: process.env.PATH, EDITOR: 'sed -i s/1/2/ "$1"; kill -INT $PPID; true' });
    expect({ text, failed }).toEqual({ text: 'a: 2\n', failed: undefined });
  });

  it('that leaves no file is named, and the text stays', () => {
    const { text, failed } = edited('a', { PATH: process.env.PATH, EDITOR: 'rm' });
    expect(text).toBe('a');
    expect(failed).toMatchObject({ code: 'EDITOR_FAILED', message: expect.stringContaining('left no file to read') });
  });
});
