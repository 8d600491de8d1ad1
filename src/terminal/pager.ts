import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { textWidth } from '../render/text.ts';

type Screen = { isTTY?: boolean; rows?: number; columns?: number };
type Environment = Record<string, string | undefined>;

/**
 * The pager that a text needs: `$K8S_LABELER_PAGER`, else `$PAGER`, else less. Undefined where the output is no terminal or has room for
 * all lines, and where the pager is `cat` or empty. On Windows only a pager that is named.
 */
export function pagerFor(text: string, screen: Screen, env: Environment, platform: NodeJS.Platform): string | undefined {
  if (screen.isTTY !== true || env.TERM === 'dumb' || linesOf(text, screen) < (screen.rows ?? Number.POSITIVE_INFINITY)) return undefined;
  const named = (env.K8S_LABELER_PAGER ?? env.PAGER ?? (platform === 'win32' ? '' : 'less')).trim();
  return named === '' || named === 'cat' ? undefined : named;
}

/**
 * Shows text through a pager, as git does: `LESS=FRX` unless it is set. False if there is no such program; then nothing was shown.
 * The pager is a command of the user's own environment, run by the shell.
 */
export async function throughPager(pager: string, text: string, env: Environment): Promise<boolean> {
  const child = spawn(pager, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env: { LESS: 'FRX', LV: '-c', ...env } });
  // Ctrl-C belongs to the pager while it is open.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  try {
    // A pager that is left early closes its input; that is no failure.
    child.stdin.on('error', ignore);
    child.stdin.end(`${text}\n`);
    const code = await new Promise<number | null>((resolve) => child.on('error', () => resolve(127)).on('close', resolve));
    return code !== 126 && code !== 127;
  } finally {
    process.removeListener('SIGINT', ignore);
  }
}

/** Rows that a text takes: a line that is wider than the screen takes several. */
function linesOf(text: string, { columns = Number.POSITIVE_INFINITY }: Screen): number {
  return text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(stripVTControlCharacters(line)) / columns)), 0);
}
