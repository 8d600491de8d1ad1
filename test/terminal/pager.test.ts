import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pagerFor } from '../../src/terminal/pager.ts';

const screen = { isTTY: true, rows: 3, columns: 10 };
const long = 'one\ntwo\nthree';

describe('the pager', () => {
  it.each([
    ['less where nothing is named', long, screen, {}, 'linux' as const, 'less'],
    ['what $PAGER names', long, screen, { PAGER: 'more -s' }, 'linux' as const, 'more -s'],
    ['what $K8S_LABELER_PAGER names, before $PAGER', long, screen, { PAGER: 'more', K8S_LABELER_PAGER: 'bat' }, 'linux' as const, 'bat'],
    ['none if it is empty', long, screen, { PAGER: 'more', K8S_LABELER_PAGER: '' }, 'linux' as const, undefined],
    ['none if it is cat', long, screen, { PAGER: 'cat' }, 'linux' as const, undefined],
    ['none where the output is no terminal', long, { rows: 3, columns: 10 }, {}, 'linux' as const, undefined],
    ['none where the terminal has room', 'one\ntwo', screen, {}, 'linux' as const, undefined],
    ['less for one line that wraps into three', 'x'.repeat(30), screen, {}, 'linux' as const, 'less'],
    ['none for colours that take no room', `\u001b[31m${'x'.repeat(10)}\u001b[39m`, screen, {}, 'linux' as const, undefined],
    ['none on a dumb terminal', long, screen, { TERM: 'dumb' }, 'linux' as const, undefined],
    ['none on Windows, unless one is named', long, screen, {}, 'win32' as const, undefined],
  ])('is %s', (_, text, on, env, platform, expected) => {
    expect(pagerFor(text, on, env, platform)).toBe(expected);
  });
});

/** `rules list`, on a pseudo-terminal of 10 rows. */
function onTerminal(pager: string) {
  const command = `stty rows 10 cols 80; "${process.execPath}" --import tsx bin/dev.js rules list; echo "exit code $?"`;
  const env = { ...process.env, K8S_LABELER_PAGER: pager, NO_COLOR: '1', SHELL: '/bin/sh' };
  return String(spawnSync('script', ['-qec', command, '/dev/null'], { cwd: join(import.meta.dirname, '../..'), env }).stdout);
}

describe.runIf(existsSync('/usr/bin/script'))('on a terminal that is too short', () => {
  it('a long result goes through the pager', () => {
    expect(onTerminal('wc -l')).toMatch(/^\s*\d{3,}\s+exit code 0\s*$/);
  });

  it('a pager that is left early is no failure', () => {
    expect(onTerminal('head -n 1')).toMatch(/^OOM-1 .*\s+exit code 0\s*$/);
  });

  it('a pager that is not there costs nothing but its own message', () => {
    expect(onTerminal('no-such-pager')).toMatch(/no-such-pager[\s\S]*OOM-1 [\s\S]*fault reasons[\s\S]*exit code 0/);
  });
});
