import chalk from 'chalk';
import type { PackTestResult } from '../core/pack-tests.ts';
import { clip, counted, wrap } from './text.ts';

/** One line per test, below a failed one what was expected and what was claimed; then what is broken, and how many passed. */
export function packTestPage(results: PackTestResult[], problems: string[], width: number): string {
  const lines = results.flatMap(({ passed, name, file, line, expected, claimed, failures }) => [
    `${passed ? chalk.green('✔') : chalk.red('✖')} ${clip(name, width - 2)}`,
    ...(passed
      ? []
      : [
          `  ${chalk.dim(clip(`${file}:${line}`, width - 2))}`,
          ...wrap(`expected ${expected.join(', ') || 'nothing'}`, width - 2).map((text) => `  ${text}`),
          ...wrap(`found    ${claimed.join(', ') || 'nothing'}`, width - 2).map((text) => `  ${text}`),
          ...failures.flatMap((text) => wrap(text, width - 2).map((part) => `  ${chalk.red(part)}`)),
        ]),
  ]);
  const failed = results.filter(({ passed }) => !passed).length;
  const broken = problems.flatMap((text) => wrap(text, width).map((part) => chalk.red(part)));
  const total = `${counted(results.length, 'test')}, ${failed} failed${problems.length > 0 ? `; ${counted(problems.length, 'problem')}` : ''}`;
  return [...lines, ...broken, '', total].join('\n');
}
