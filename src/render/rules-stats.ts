import chalk from 'chalk';
import { type RuleStats, type RulesStats, silentStats } from '../core/rules-stats.ts';
import { cell, counted, wrap } from './text.ts';

type Column = { title: string; show: (rule: RuleStats) => string; keep: number };

/** Where a terminal is narrow, columns of the lowest `keep` give way. */
const columns: Column[] = [
  { title: 'VOTES', show: ({ votes }) => String(votes), keep: 9 },
  { title: 'COVERAGE', show: ({ coverage }) => `${(coverage * 100).toFixed(1)} %`, keep: 1 },
  { title: 'OVERLAPS', show: ({ overlaps }) => String(overlaps), keep: 2 },
  { title: 'CONFLICTS', show: ({ conflicts }) => String(conflicts), keep: 5 },
  { title: 'UNIQUE', show: ({ unique }) => String(unique), keep: 0 },
  { title: 'WINS', show: ({ wins }) => String(wins), keep: 8 },
  { title: 'VETOES', show: ({ vetoes }) => String(vetoes), keep: 3 },
  { title: 'ABSTAINED', show: ({ abstained }) => String(abstained), keep: 4 },
  { title: ' CONF', show: ({ meanConfidence }) => (meanConfidence === null ? '-' : meanConfidence.toFixed(3)), keep: 6 },
];

const reviewColumns: Column[] = [
  { title: 'RIGHT', show: ({ right }) => String(right), keep: 10 },
  { title: 'WRONG', show: ({ wrong }) => String(wrong), keep: 10 },
  {
    title: '95 % PRECISION',
    show: ({ precision }) => (precision === null ? '-' : `${(precision.low * 100).toFixed(0)}–${(precision.high * 100).toFixed(0)} %`),
    keep: 7,
  },
];

/** The columns that fit beside an id of that width, in their order. */
function fitting(all: readonly Column[], room: number): Column[] {
  const widthOf = (some: readonly Column[]) => some.reduce((sum, { title }) => sum + title.length + 1, 0);
  const [least] = [...all].sort((a, b) => a.keep - b.keep);
  return least === undefined || all.length === 1 || widthOf(all) <= room
    ? [...all]
    : fitting(
        all.filter((column) => column !== least),
        room,
      );
}

/** One line per rule, numbers aligned to the right, what people found if they reviewed any, then how many rules claimed nothing; with `all` these have lines too. */
export function rulesStatsTable({ incidents, rules, silent }: RulesStats, width: number, all: boolean): string {
  const shown = all ? [...rules, ...silent.map(silentStats)] : rules;
  const wanted = shown.some(({ precision }) => precision !== null) ? [...columns, ...reviewColumns] : columns;
  const idWidth = Math.min(24, Math.max(4, ...shown.map(({ id }) => id.length)));
  const titled = fitting(wanted, width - idWidth);
  const numbers = titled.reduce((sum, { title }) => sum + title.length, 0);
  const gap = idWidth + numbers + 2 * titled.length <= width ? '  ' : ' ';
  const row = (id: string, values: string[]) =>
    [cell(id, idWidth), ...values.map((value, index) => value.padStart(titled[index]?.title.length ?? 0))].join(gap);
  const titles = row(
    'RULE',
    titled.map(({ title }) => title),
  );
  const lines = shown.map((rule) =>
    row(
      rule.id,
      titled.map(({ show }) => show(rule)),
    ),
  );
  const summary = `${counted(rules.length, 'rule')} claimed something in ${counted(incidents, 'incident')}`;
  const rest = silent.length === 0 ? '' : `; ${counted(silent.length, 'rule')} never did${all ? '' : ' (--all lists them)'}`;
  const hidden = wanted.length - titled.length;
  const narrow = hidden === 0 ? '' : ` ${counted(hidden, 'column')} had no room; --json has all.`;
  return [...(lines.length === 0 ? [] : [chalk.dim(titles), ...lines, '']), ...wrap(`${summary}${rest}.${narrow}`, width)].join('\n');
}
