import chalk from 'chalk';
import { type RuleStats, type RulesStats, silentStats } from '../core/rules-stats.ts';
import { cell, counted } from './text.ts';

const columns: [title: string, show: (rule: RuleStats) => string][] = [
  ['VOTES', ({ votes }) => String(votes)],
  ['COVERAGE', ({ coverage }) => `${(coverage * 100).toFixed(1)} %`],
  ['OVERLAPS', ({ overlaps }) => String(overlaps)],
  ['CONFLICTS', ({ conflicts }) => String(conflicts)],
  ['UNIQUE', ({ unique }) => String(unique)],
  ['WINS', ({ wins }) => String(wins)],
  ['VETOES', ({ vetoes }) => String(vetoes)],
  ['ABSTAINED', ({ abstained }) => String(abstained)],
  [' CONF', ({ meanConfidence }) => (meanConfidence === null ? '-' : meanConfidence.toFixed(3))],
];

const reviewColumns: typeof columns = [
  ['RIGHT', ({ right }) => String(right)],
  ['WRONG', ({ wrong }) => String(wrong)],
  [
    '95 % PRECISION',
    ({ precision }) => (precision === null ? '-' : `${(precision.low * 100).toFixed(0)}–${(precision.high * 100).toFixed(0)} %`),
  ],
];

/** One line per rule, numbers aligned to the right, what people found if they reviewed any, then how many rules claimed nothing; with `all` these have lines too. */
export function rulesStatsTable({ incidents, rules, silent }: RulesStats, width: number, all: boolean): string {
  const shown = all ? [...rules, ...silent.map(silentStats)] : rules;
  const titled = shown.some(({ precision }) => precision !== null) ? [...columns, ...reviewColumns] : columns;
  const idWidth = Math.min(24, Math.max(4, ...shown.map(({ id }) => id.length)));
  const numbers = titled.reduce((sum, [title]) => sum + title.length, 0);
  const gap = idWidth + numbers + 2 * titled.length <= width ? '  ' : ' ';
  const row = (id: string, values: string[]) =>
    [cell(id, idWidth), ...values.map((value, index) => value.padStart(titled[index]?.[0].length ?? 0))].join(gap);
  const titles = row(
    'RULE',
    titled.map(([title]) => title),
  );
  const lines = shown.map((rule) =>
    row(
      rule.id,
      titled.map(([, show]) => show(rule)),
    ),
  );
  const summary = `${counted(rules.length, 'rule')} claimed something in ${counted(incidents, 'incident')}`;
  const rest = silent.length === 0 ? '' : `; ${counted(silent.length, 'rule')} never did${all ? '' : ' (--all lists them)'}`;
  return [...(lines.length === 0 ? [] : [chalk.dim(titles), ...lines, '']), `${summary}${rest}.`].join('\n');
}
