import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BaseCommand } from '../../src/base-command.ts';
import IncidentList from '../../src/commands/incident/list.ts';
import IncidentShow from '../../src/commands/incident/show.ts';
import { runCommand } from './cli.ts';

const root = join(import.meta.dirname, '../..');

class Shown extends BaseCommand {
  async run(): Promise<unknown> {
    await this.parse(Shown);
    return { big: 2n ** 60n, text: '\u001b[2J \u009b31m \u202e' };
  }
}

class Broken extends BaseCommand {
  async run(): Promise<unknown> {
    await this.parse(Broken);
    throw new TypeError('x is undefined');
  }
}

it('--json keeps integers beyond 2^53 and holds nothing that a terminal would obey', async () => {
  const { stdout } = await runCommand(Shown, '--json');
  expect(stdout).toContain('1152921504606846976');
  expect(stdout.trim()).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(JSON.parse(stdout)).toMatchObject({ text: '\u001b[2J \u009b31m \u202e' });
});

it.each([
  [IncidentShow, [], /Missing 1 required arg/],
  [IncidentList, ['--severty', 'high'], /Nonexistent flag: --severty/],
  [IncidentList, ['--severity', 'bad'], /to be one of: critical, high/],
])('--json tells a mistake in the command line as an object, with exit code 2', async (command, args, message) => {
  const { stdout, exitCode } = await runCommand(command, ...args, '--json');
  const { error } = JSON.parse(stdout);
  expect(error).toEqual({
    code: 'USAGE',
    message: expect.stringMatching(message),
    suggestions: expect.arrayContaining([expect.stringMatching(/--help$/)]),
  });
  expect(exitCode).toBe(2);
});

it('--json tells a bug as an object too, with exit code 1', async () => {
  const { stdout, exitCode } = await runCommand(Broken, '--json');
  expect(JSON.parse(stdout)).toEqual({ error: { code: 'INTERNAL', message: 'x is undefined', suggestions: [] } });
  expect(exitCode).toBe(1);
});

it('a reader that has seen enough is no failure', () => {
  const command = `"${process.execPath}" --import tsx bin/dev.js rules list | head -n 1; echo "exit codes \${PIPESTATUS[@]}"`;
  const child = spawnSync('bash', ['-c', command], { cwd: root });
  expect(String(child.stderr)).toBe('');
  expect(String(child.stdout)).toMatch(/^OOM-1 .*\nexit codes 0 0\n$/);
});

it.runIf(existsSync('/dev/full'))('an output without room is an error in one line, with exit code 5', () => {
  const full = openSync('/dev/full', 'w');
  const child = spawnSync(process.execPath, ['--import', 'tsx', 'bin/dev.js', 'rules', 'list'], {
    cwd: root,
    stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);
  expect(String(child.stderr)).toMatch(/^Error cannot write to standard output: ENOSPC.* \[OUTPUT_FAILED\]\n$/);
  expect(child.status).toBe(5);
});
