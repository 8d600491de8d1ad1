import chalk from 'chalk';
import { placeOf, type ValidationReport } from '../core/validate.ts';
import { clip, counted, wrap } from './text.ts';

const shownPerCode = 20;

/** The report for people: what was read, the findings by code (the first 20 of each) with their advice, token lengths, then the verdict. */
export function validationPage(report: ValidationReport, width: number): string {
  const parts = [
    heading(report),
    ...report.counts.flatMap((count) => codeLines(report, count, width)),
    ...tokenLines(report),
    ...templateLines(report),
  ];
  return [...parts, verdict(report)].join('\n');
}

function heading({ path, for: consumer, rows, files, splits }: ValidationReport): string {
  const named = Object.entries(splits).map(([split, count]) => `${clip(split, 40)} ${count}`);
  const parts = named.length === 0 ? '' : ` (${named.join(', ')})`;
  return `${clip(path, 200)} for ${consumer}: ${counted(rows, 'row')} in ${counted(files.length, 'file')}${parts}`;
}

function codeLines(
  { findings }: ValidationReport,
  { code, severity, count, fix }: ValidationReport['counts'][number],
  width: number,
): string[] {
  const mark = severity === 'error' ? chalk.red('✖ error  ') : chalk.yellow('! warning');
  const own = findings.filter((one) => one.code === code && one.severity === severity).slice(0, shownPerCode);
  const places = own.flatMap((finding) => {
    const [first = '', ...rest] = wrap(`${placeOf(finding)}: ${finding.message}`, width - 4);
    return [`  - ${first}`, ...rest.map((line) => `    ${line}`)];
  });
  const more = count > own.length ? [chalk.dim(`  … ${count - own.length} more`)] : [];
  return [`${mark} ${chalk.bold(code)} ${counted(count, 'time')}`, ...places, ...more, `  ${chalk.cyan('→')} ${clip(fix, width - 4)}`];
}

function tokenLines({ tokens }: ValidationReport): string[] {
  if (tokens === undefined) return [];
  const name = (upTo: number) => (upTo < 1024 ? String(upTo) : `${upTo / 1024}k`);
  const rows = tokens.buckets.map(({ upTo, rows: count }) => `${upTo === undefined ? 'more' : `≤${name(upTo)}`} ${count}`);
  return [`tokens (${tokens.encoding}): ${rows.join(', ')}; median ${tokens.median}, max ${tokens.max}`];
}

function templateLines({ template }: ValidationReport): string[] {
  if (template === undefined) return [];
  const skipped = template.skipped === 0 ? '' : `, ${template.skipped} left out after three rows at its limits`;
  return [`chat template: ${counted(template.rendered, 'row')} rendered${skipped}`];
}

function verdict({ passed, errors, warnings, for: consumer }: ValidationReport): string {
  if (errors + warnings === 0) return chalk.green(`✔ fine for ${consumer}`);
  const found = `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`;
  return passed ? chalk.green(`✔ no errors for ${consumer}`) + chalk.dim(` (${found})`) : chalk.red(`✖ ${found}`);
}
