import chalk from 'chalk';
import type { Check } from '../core/cluster/checks.ts';
import type { ClusterReport, DoctorReport } from '../core/doctor.ts';
import { printable } from '../core/model/text.ts';
import { clip, wrap } from './text.ts';

const marks = { ok: chalk.green('✔'), warning: chalk.yellow('⚠'), failed: chalk.red('✖') };
const nameWidth = 12;
const indent = ' '.repeat(4 + nameWidth);

/** Every check as a line, below what is wrong its cost and the way out; then what grants missing rights, and the verdict. */
export function doctorPage(report: DoctorReport, width: number): string {
  const { machine, clusters } = report;
  const blocks = [
    ['this machine', ...machine.flatMap((check) => checkLines(check, width))],
    ...clusters.map((cluster) => clusterLines(cluster, width)),
    ...clusters.flatMap((cluster) => grantLines(cluster, width)),
    [verdict(report)],
  ];
  return blocks.map((lines) => lines.join('\n')).join('\n\n');
}

function clusterLines({ name, server, checks }: ClusterReport, width: number): string[] {
  const title = clip(name, 40);
  return [`${title}  ${chalk.dim(clip(server, width - title.length - 2))}`, ...checks.flatMap((check) => checkLines(check, width))];
}

function checkLines({ name, status, found, cost, fix = [] }: Check, width: number): string[] {
  const beside = (text: string, first: string, rest: string) =>
    wrap(text, width - indent.length - rest.length).map((line, index) => `${indent}${index === 0 ? first : rest}${line}`);
  const lines = [
    ...beside(found, '', ''),
    ...(cost === undefined ? [] : beside(`costs: ${cost}`, '', '       ').map((line) => chalk.dim(line))),
    ...fix.flatMap((text) => beside(text, `${chalk.cyan('→')} `, '  ')),
  ];
  const [first = '', ...rest] = lines;
  return [`  ${marks[status]} ${name.padEnd(nameWidth)}${first.slice(indent.length)}`, ...rest];
}

/** The role and how to apply it, where rights are missing; lines are not wrapped, so that they can be copied. */
function grantLines({ name, checks, grant }: ClusterReport, width: number): string[][] {
  const missing = checks.some((check) => check.name === 'rights' && check.status === 'failed');
  if (!missing || grant === undefined) return [];
  const { manifests, commands } = grant;
  const apply = ["kubectl apply -f - <<'EOF'", ...manifests.trimEnd().split('\n'), 'EOF', ...commands];
  const title = `The role that ${clip(name, 40)} lacks, to be created by an administrator (k8s-labeler doctor --print-rbac prints it alone):`;
  return [[...wrap(title, width), '', ...apply.map(printable)]];
}

function verdict({ passed, machine, clusters }: DoctorReport): string {
  const all = [...machine, ...clusters.flatMap(({ checks }) => checks)];
  const failed = all.filter(({ status }) => status === 'failed').length;
  const warned = all.filter(({ status }) => status === 'warning').length;
  const warnings = warned === 0 ? '' : chalk.yellow(`, ${warned} to look at`);
  return passed ? `${chalk.green('everything can be recorded')}${warnings}` : `${chalk.red(`${failed} failed`)}${warnings}`;
}
