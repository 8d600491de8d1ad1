import chalk from 'chalk';
import type { CheckReport } from '../core/check.ts';
import { shortId } from '../core/incidents.ts';
import { clip, counted, inline, wrap } from './text.ts';

/** Each check as ✔ or ✖ with what was found and what is allowed, below it the incidents that missed it, then the verdict. */
export function checkLines({ passed, labels, checks }: CheckReport, width: number): string {
  const lines = checks.flatMap((check) => {
    const mark = check.passed ? chalk.green('✔ pass') : chalk.red('✖ FAIL');
    const [first = '', ...rest] = wrap(`${check.name}: ${check.found}, allowed ${check.allowed}`, width - 8);
    const offenders = check.offenders.map(({ id, severity, reason, resource }) =>
      chalk.dim(clip(`${shortId(id)} ${severity} ${reason}, ${resource}`, width - 10)),
    );
    return [`${mark}  ${first}`, ...rest.map((line) => `        ${line}`), ...offenders.map((line) => `        - ${line}`)];
  });
  const missed = checks.filter((check) => !check.passed).length;
  const verdict = passed ? chalk.green('passed') : chalk.red(`${missed} of ${counted(checks.length, 'check')} missed`);
  return [...lines, inline([verdict, chalk.dim(`(${counted(labels, 'label')} looked at)`)], ' ', width)].join('\n');
}
