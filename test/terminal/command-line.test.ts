import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const dev = join(import.meta.dirname, '../../bin/dev.js');
const home = mkdtempSync(join(tmpdir(), 'home-'));
afterAll(() => rmSync(home, { recursive: true }));

/** Runs the command line as a user would, in an empty folder. */
function cli(args: string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env;
  const tsx = import.meta.resolve('tsx');
  const child = spawnSync(process.execPath, ['--import', tsx, dev, ...args], { cwd: home, env: { PATH, HOME: home, ...env } });
  return { stdout: String(child.stdout), stderr: String(child.stderr), exitCode: child.status };
}

describe('a command that does not exist', () => {
  it.each([
    [['genrate', '--demo'], 'did you mean k8s-labeler generate?'],
    [['incident', 'lst'], 'did you mean k8s-labeler incident list?'],
    [['rules', 'expalin'], 'did you mean k8s-labeler rules explain?'],
    [['list'], 'did you mean k8s-labeler rules list?'],
    [['genrate', '--help'], 'did you mean k8s-labeler generate?'],
    [['help', 'genrate'], 'did you mean k8s-labeler generate?'],
    [['frobnicate'], 'all of them: k8s-labeler --help'],
  ])('%j is told with what was meant, as a usage error', (args, expected) => {
    const { stdout, stderr, exitCode } = cli(args);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/^Error there is no command .* \[COMMAND_NOT_FOUND\]\n/);
    expect(stderr).toContain(`→ ${expected}\n`);
  });

  it('is asked for where there are only flags', () => {
    expect(cli(['--quiet']).stderr).toMatch(/^Error --quiet is a flag of no command: name a command first \[COMMAND_NOT_FOUND\]\n/);
  });

  it('is an object with --json', () => {
    const { stdout, stderr, exitCode } = cli(['incident', 'lst', '--json']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 2 });
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'COMMAND_NOT_FOUND', message: 'there is no command incident lst' });
  });
});

describe('help', () => {
  it('without a command says where to begin', () => {
    const { stdout, exitCode } = cli([]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/GET STARTED\n {2}k8s-labeler generate --demo /);
  });

  it.each([[['help', 'incident', 'show']], [['incident', 'show', '--help']], [['incident', 'show', 'x', '-h']]])(
    '%j is that of the command',
    (args) => {
      expect(cli(args).stdout).toMatch(/^Show one incident/);
    },
  );
});

describe('a wrong flag', () => {
  it('is told in three lines, with the flag that was meant', () => {
    const { stdout, stderr, exitCode } = cli(['generate', '--stor', 'x']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toBe('Error Nonexistent flag: --stor [USAGE]\n  → did you mean --store?\n  → k8s-labeler generate --help\n');
  });
});

describe('--quiet', () => {
  it('silences progress and warnings, not results', () => {
    const recording = join(import.meta.dirname, '../../recordings/oomkilled-leak/capture');
    const args = ['generate', recording, '--store', 'labels.duckdb'];
    const loud = cli(args);
    const quiet = cli([...args, '--quiet']);
    expect(loud.stderr).not.toBe('');
    expect(quiet).toMatchObject({ stderr: '', exitCode: 0 });
    const untimed = (text: string) => text.replace(/\d+\.\d s/, 's');
    expect(untimed(quiet.stdout)).toBe(untimed(loud.stdout));
  });

  it('does not silence errors', () => {
    expect(cli(['stats', '-q', '--store', 'nowhere.duckdb']).stderr).toMatch(/^Error there is no label store /);
  });
});

describe('colours', () => {
  it.each([
    ['none where the output is no terminal', {}, false],
    ['where FORCE_COLOR asks for them', { FORCE_COLOR: '1' }, true],
    ['none where NO_COLOR forbids them', { NO_COLOR: '1' }, false],
  ])('%s', (_, env, expected) => {
    expect(cli(['rules', 'explain', 'OOM-1'], env).stdout.includes('\u001b[')).toBe(expected);
  });
});

describe('completion', () => {
  const complete = (...words: string[]) => {
    const functions = join(home, '.cache/k8s-labeler/autocomplete/functions/bash/k8s-labeler.bash');
    const script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _k8s-labeler_autocomplete; echo "$COMPREPLY"';
    const child = spawnSync('bash', ['-c', script, 'bash', functions, 'k8s-labeler', ...words], { env: { PATH: process.env.PATH ?? '' } });
    return String(child.stdout).trim();
  };

  it('knows commands and flags in bash', () => {
    expect(cli(['autocomplete', 'bash']).exitCode).toBe(0);
    expect(complete('inc', 'sh')).toBe('');
    expect(complete('incident', 'sh')).toBe('show');
    expect(complete('generate', '--st')).toBe('--store');
  });
});
