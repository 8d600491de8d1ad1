import chalk from 'chalk';
import type { Coverage } from '../core/rules/catalog.ts';
import type { Rule } from '../core/rules/rule.ts';
import { cell, clip, wrap } from './text.ts';

export type RuleInfo = Pick<
  Rule,
  'id' | 'version' | 'title' | 'reasons' | 'maturity' | 'kinds' | 'references' | 'falsePositives' | 'knownGaps'
>;

/** Rules as a table (reasons below the title where it is narrow), then how much of the taxonomy they cover. */
export function ruleTable(rules: RuleInfo[], coverage: Coverage, width: number): string {
  const idWidth = Math.max(4, ...rules.map(({ id }) => id.length));
  const indent = ' '.repeat(idWidth + 2);
  const rows = rules.flatMap(({ id, maturity, title, reasons }) => {
    const mark = maturity === 'experimental' ? chalk.yellow(' experimental') : '';
    return [
      `${chalk.cyan(cell(id, idWidth))}  ${clip(title, width - indent.length - (mark === '' ? 0 : 13))}${mark}`,
      ...wrap(reasons.join(', '), width - indent.length).map((line) => indent + chalk.dim(line)),
    ];
  });
  return [...rows, '', ...wrap(coverageLine(coverage), width)].join('\n');
}

/** `58 of 140 fault reasons have a rule`. */
export function coverageLine({ reasons, covered }: Coverage): string {
  return `${covered} of ${reasons} fault reasons of the taxonomy have a rule`;
}

/** Reasons that no rule claims, and why. */
export function missingTable(coverage: Coverage, width: number): string {
  const rows = coverage.missing.flatMap(({ category, reason, why }) => [
    `${chalk.cyan(reason)} ${chalk.dim(`(${category})`)}`,
    ...wrap(why, width - 2).map((line) => `  ${line}`),
  ]);
  const title = coverage.missing.length === 0 ? [] : ['Not implemented:', ...rows, ''];
  return [...title, ...wrap(coverageLine(coverage), width)].join('\n');
}

/** Everything a rule says about itself. */
export function rulePage(rule: RuleInfo, width: number): string {
  const list = (title: string, items: string[]) =>
    items.length === 0
      ? []
      : [
          '',
          chalk.bold(title),
          ...items.flatMap((item) => wrap(item, width - 4).map((line, index) => `  ${index === 0 ? '- ' : '  '}${line}`)),
        ];
  return [
    `${chalk.cyan.bold(clip(rule.id, 40))}  ${chalk.bold(clip(rule.title, width - 12))}`,
    chalk.dim(`version ${rule.version}, ${rule.maturity}, looks at ${clip(rule.kinds.join(', '), width - 40)}`),
    ...list('Says', rule.reasons),
    ...list('May be wrong when', rule.falsePositives),
    ...list('Cannot see', rule.knownGaps),
    ...list('Rests on', rule.references),
  ].join('\n');
}
