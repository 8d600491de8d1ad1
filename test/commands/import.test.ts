import { join } from 'node:path';
import { expect, it } from 'vitest';
import Import from '../../src/commands/import.ts';
import { fixtures, folder, pod } from '../core/importers/folder.ts';
import { troubleshootingLabel } from '../core/label-arbitrary.ts';
import { runCommand } from './cli.ts';

const at = '2026-03-01T10:01:00Z';

it('import prints what it made and the next command', async () => {
  const out = join(folder(), 'c');
  const { stdout, exitCode } = await runCommand(Import, join(fixtures, 'watch'), '--out', out, '--cluster', 'staging');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/format .*watch/);
  expect(stdout).toMatch(/records .*resource.*log/);
  expect(stdout).toMatch(/time .*2026-\S+Z to 2026-\S+Z/);
  expect(stdout).toMatch(/cluster .*staging/);
  expect(stdout).toMatch(/masked .*last-applied/);
  expect(stdout).toContain(`generate ${out}`);
});

it('import --json gives the result as one object', async () => {
  const out = join(folder(), 'c');
  const { stdout } = await runCommand(Import, join(fixtures, 'dump-pods'), '--out', out, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ out, format: 'dump', records: { resource: 10, log: 2 }, skipped: [] });
});

it('import reports malformed files on stderr without terminal escapes, imports the rest and ends with exit code 6', async () => {
  const root = folder({ 'pod.json': JSON.stringify(pod('cart', 1, at)), 'bad.json': '{"kind": \u001b[2J}', 'values.yaml': 'a: 1\n' });
  const { stdout, stderr, exitCode } = await runCommand(Import, root, '--out', join(folder(), 'c'));
  expect(exitCode).toBe(6);
  expect(stderr).toMatch(/bad\.json:1: found .*expected a complete JSON document/);
  expect(stderr).toContain('\\x1b[2J');
  expect(stderr).not.toContain('\u001b[2J');
  expect(stdout).toMatch(/ignored .*1 document without apiVersion/);
  expect(stdout).toMatch(/records .*1 resource/);
});

it('import ends with exit code 0 when files were only ignored', async () => {
  const root = folder({ 'pod.json': JSON.stringify(pod('cart', 1, at)), 'values.yaml': 'a: 1\n' });
  expect((await runCommand(Import, root, '--out', join(folder(), 'c'))).exitCode).toBe(0);
});

it('import of nothing names what it looked for, with exit code 3', async () => {
  const { stderr, exitCode } = await runCommand(Import, folder({ 'notes.txt': 'x' }), '--out', join(folder(), 'c'));
  expect(exitCode).toBe(3);
  expect(stderr).toContain('IMPORT_EMPTY');
});

it('import of exported labels writes them into the store and says what changed there', async () => {
  const root = folder({ 'labels.jsonl': `${JSON.stringify(troubleshootingLabel(1))}\n` });
  const store = join(root, 's.duckdb');
  const first = await runCommand(Import, join(root, 'labels.jsonl'), '--store', store);
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(first.stdout).toMatch(/files .*labels\.jsonl \(jsonl, 1\)/);
  expect(first.stdout).toMatch(/labels .*1 new, 0 changed, 0 as they were/);
  const { stdout } = await runCommand(Import, join(root, 'labels.jsonl'), '--store', store, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ format: 'labels', store, captures: [{ inserted: 0, updated: 0, unchanged: 1 }] });
});

it('import names malformed labels by file, line and pointer, without terminal escapes, and ends with exit code 6', async () => {
  const bad = JSON.stringify({ ...troubleshootingLabel(2), reason: '\u009b2J' });
  const root = folder({ 'labels.jsonl': `${JSON.stringify(troubleshootingLabel(1))}\n${bad}\n` });
  const { stderr, exitCode } = await runCommand(Import, join(root, 'labels.jsonl'), '--store', join(root, 's.duckdb'));
  expect(exitCode).toBe(6);
  expect(stderr).toMatch(/labels\.jsonl:2: \/reason: found .*, expected one of/);
  expect(stderr).not.toContain('\u009b2J');
});

it.each([
  ['--out', 'labels'],
  ['--cluster', 'labels'],
  ['--store', 'dump'],
])('import refuses %s for %s', async (flag, what) => {
  const content = what === 'labels' ? troubleshootingLabel(1) : pod('cart', 1, at);
  const root = folder({ 'a.json': JSON.stringify(content) });
  const { stderr, exitCode } = await runCommand(Import, join(root, 'a.json'), flag, 'x');
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`${flag} does not fit ${what}`);
});

it('import refuses labels beside files of another format', async () => {
  const root = folder({ 'a.json': JSON.stringify(troubleshootingLabel(1)), 'b.json': JSON.stringify(pod('cart', 1, at)) });
  const { stderr, exitCode } = await runCommand(Import, join(root, 'a.json'), join(root, 'b.json'));
  expect(exitCode).toBe(2);
  expect(stderr).toContain('IMPORT_FORMAT');
});
