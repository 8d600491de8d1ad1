import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import Validate from '../../src/commands/validate.ts';
import { exportDataset } from '../../src/core/dataset.ts';
import { type ConsumerName, consumers } from '../../src/core/export/consumers/consumers.ts';
import { datasetOptionsFor, demoStore } from '../core/dataset/demo-store.ts';
import { runCommand } from './cli.ts';

const names = Object.keys(consumers) as ConsumerName[];
let dir: string;
let close: () => Promise<void>;

beforeAll(async () => {
  const demo = await demoStore();
  ({ dir, close } = demo);
  for (const to of names) await exportDataset(demo.store, await datasetOptionsFor(to, join(dir, to)));
}, 120_000);
afterAll(() => close());

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes of the terminal
const plain = (text: string) => text.replace(/\u001b\[\d+m/g, '');

describe('validate', () => {
  it.each(names)('finds nothing wrong with what export --to %s writes, and with the same rows in the folder for the Hub', async (to) => {
    for (const folder of [to, 'hf']) {
      const { stdout, exitCode } = await runCommand(Validate, join(dir, folder), '--for', to);
      expect(plain(stdout)).toMatch(new RegExp(`✔ fine for ${to}\n$`));
      expect(exitCode).toBe(0);
    }
  });

  it('takes the consumer from the folder', async () => {
    const { stdout, exitCode } = await runCommand(Validate, join(dir, 'axolotl'));
    expect(plain(stdout)).toContain('for axolotl');
    expect(exitCode).toBe(0);
  });

  it('finds that an exported file was changed', async () => {
    const text = await readFile(join(dir, 'trl/train.jsonl'), 'utf8');
    await writeFile(join(dir, 'trl/train.jsonl'), `${text}{"prompt":[],"completion":"x"}\n`);
    const { stdout, exitCode } = await runCommand(Validate, join(dir, 'trl'), '--for', 'trl', '--json');
    await writeFile(join(dir, 'trl/train.jsonl'), text);
    const report = JSON.parse(stdout) as { passed: boolean; findings: { code: string; line: number; pointer: string }[] };
    const line = text.split('\n').length;
    expect(report.findings.map((one) => [one.code, one.line, one.pointer])).toEqual([
      ['MANIFEST_MISMATCH', 0, expect.any(String)],
      ['COLUMN_TYPE', line, '/prompt'],
      ['COLUMN_TYPE', line, '/completion'],
      ['COLUMN_TYPE_CHANGES', line, '/completion'],
      ['MANIFEST_MISMATCH', 0, '/files/0/rows'],
    ]);
    expect([report.passed, exitCode]).toEqual([false, 6]);
  });

  it('shows the first twenty findings of a code with its count and what to do, and nothing a terminal would obey', async () => {
    const path = join(dir, 'bad.jsonl');
    const rows = Array.from({ length: 30 }, (_, index) => ({ messages: [{ role: `\u001b[2Jrole${index}`, content: `q${index}` }] }));
    await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { stdout, exitCode } = await runCommand(Validate, path, '--for', 'axolotl', '--out', join(dir, 'report.json'));
    const text = plain(stdout);
    expect(exitCode).toBe(6);
    expect(text).toContain('✖ error   ROLE_UNKNOWN 30 times');
    expect(text).toContain('bad.jsonl:1 /messages/0/role: the role is "\\\\x1b[2Jrole0"');
    expect(text).toContain('  … 10 more\n  → use a role that the consumer knows');
    expect(text).not.toContain('\u001b');
    expect((JSON.parse(await readFile(join(dir, 'report.json'), 'utf8')) as { errors: number }).errors).toBe(60);
  });

  it('lets warnings pass, unless --strict', async () => {
    const path = join(dir, 'twice.jsonl');
    await writeFile(path, '{"prompt":"a","completion":"b"}\n'.repeat(2));
    expect((await runCommand(Validate, path, '--for', 'trl')).exitCode).toBe(0);
    expect((await runCommand(Validate, path, '--for', 'trl', '--strict')).exitCode).toBe(6);
  });

  it('shows how long rows are, and renders a template', async () => {
    const template = join(dir, 'template.jinja');
    await writeFile(template, '{% for m in messages %}{{ m.content }}{% endfor %}');
    const { stdout, exitCode } = await runCommand(Validate, join(dir, 'axolotl'), '--tokens', '--chat-template', template);
    expect(plain(stdout)).toMatch(
      /tokens \(o200k_base\): ≤128 \d+, .*≤1k \d+, .*more 0; median \d+, max \d+\nchat template: \d+ rows rendered\n/,
    );
    expect(exitCode).toBe(0);
  });

  it('refuses a path that is not there with exit code 2, and an empty folder with what it holds', async () => {
    const missing = await runCommand(Validate, join(dir, 'none.jsonl'), '--for', 'trl');
    expect([missing.exitCode, plain(missing.stderr)]).toEqual([2, expect.stringContaining('[PATH_UNREADABLE]')]);
    const nothing = await runCommand(Validate, await mkdtemp(join(dir, 'empty-')), '--for', 'trl');
    expect([nothing.exitCode, plain(nothing.stderr)]).toEqual([
      2,
      expect.stringContaining('found nothing, expected jsonl, json, csv, parquet files [NOTHING_TO_VALIDATE]'),
    ]);
  });
});
