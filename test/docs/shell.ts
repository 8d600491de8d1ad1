import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { placeholders, type Statement, toolRuns } from './pages.ts';

/** What a statement did: its exit code, what it printed, and the runs of the tool in it. */
export type Outcome = Statement & { code: number; output: string; runs: string[] };

/** Runs statements one after the other in one shell, as a reader pastes them. Each is bounded, and the next runs whatever became of it. */
export async function runStatements(statements: Statement[], cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome[]> {
  const log = await mkdtemp(join(cwd, '.docs-'));
  const parts = statements.map(({ text }, index) => {
    const to = join(log, String(index));
    const stays = /--serve\b.*&\s*(?:#.*)?$/.test(text);
    const lines = [
      `export DOCS_RAN='${to}.ran' DOCS_STAY=${stays ? 'yes' : 'no'}`,
      `{\n${placeholders(text)}\n} >'${to}.out' 2>'${to}.err' </dev/null`,
      `echo $? >'${to}.code'`,
    ];
    return [...lines, ...(stays ? [`await-serving '${to}.err' || echo 1 >'${to}.code'`] : [])].join('\n');
  });
  const script = join(log, 'script');
  await writeFile(script, `set -o pipefail\n${parts.join('\n')}\nkill $(jobs -p) 2>/dev/null\nwait\n`);
  await new Promise<void>((resolve, reject) => {
    const shell = spawn('bash', [script], { cwd, env, stdio: 'ignore', timeout: 200_000, detached: true });
    shell.on('error', reject).on('exit', () => resolve());
  });
  const read = (index: number, kind: string) => readFile(join(log, `${index}.${kind}`), 'utf8').catch(() => '');
  return Promise.all(
    statements.map(async (statement, index) => ({
      ...statement,
      code: Number.parseInt((await read(index, 'code')) || '-1', 10),
      output: `${await read(index, 'out')}\n${await read(index, 'err')}`,
      runs: (await read(index, 'ran')).split('\n').filter((line) => line !== ''),
    })),
  );
}

/** What is wrong with an outcome, as a page's author needs it: where, what, and what was printed last. */
export function failureOf(page: string, { line, text, exitCode, code, output, runs }: Outcome): string | undefined {
  const found = code === exitCode ? undefined : `exit code ${code} instead of ${exitCode}`;
  const missed = runs.length === toolRuns(text) ? undefined : `${runs.length} of ${toolRuns(text)} commands ran`;
  if (found === undefined && missed === undefined) return undefined;
  return `${page}:${line}: ${text}\n  ${[found, missed].filter(Boolean).join(', ')}\n${output.trim().slice(-800)}`;
}
