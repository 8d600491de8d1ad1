import chalk from 'chalk';
import { shortId } from '../core/incidents.ts';
import type { QualityCheck, QualityMetrics } from '../core/model/label.ts';
import type { Band } from '../core/quality/bands.ts';
import type { QualityTrace } from '../core/quality-trace.ts';
import type { RescoreReport } from '../core/rescore.ts';
import { clip, counted, inline, textWidth, wrap } from './text.ts';

const dimensions = ['completeness', 'consistency', 'relevance', 'evidence_quality'] as const satisfies (keyof QualityMetrics)[];
const shownMissing = 10;
const colours: Record<Band, (text: string) => string> = { accept: chalk.green, review: chalk.yellow, hold: chalk.red };

/** How a label got its scores: the gates, then each dimension with its checks as `weight × score  check  detail`. */
export function qualityPage(trace: QualityTrace, width: number): string {
  const { labelId, reason, resource, quality, band, qualityVersion, checks } = trace;
  const overall = `${quality.overall_score.toFixed(4)} ${band}`;
  const head = [
    `${chalk.bold(reason)}  ${clip(resource, width - reason.length - 2)}`,
    inline(
      [`label ${shortId(labelId)} · overall ${colours[band](overall)}`, `formulas of version ${clip(qualityVersion, 20)}`],
      ' · ',
      width,
    ),
  ];
  if (checks.length === 0) {
    return [...head, ...wrap('The label was stored without a trace; k8s-labeler quality rescore makes one.', width)].join('\n');
  }
  const idWidth = Math.max(...checks.map(({ id }) => textWidth(clip(id, 40))));
  const gates = checks.filter(({ dimension }) => dimension === 'gate');
  return [
    ...head,
    '',
    chalk.bold('gates'),
    ...gates.flatMap((gate) => gateLines(gate, idWidth, width)),
    ...dimensions.flatMap((dimension) => [
      '',
      `${chalk.bold(dimension.replace('_', ' '))} ${quality[dimension].toFixed(4)}`,
      ...checks.filter((check) => check.dimension === dimension).flatMap((check) => checkLines(check, idWidth, width)),
    ]),
  ].join('\n');
}

function gateLines({ id, score, detail = '' }: QualityCheck, idWidth: number, width: number): string[] {
  const mark = score === 1 ? chalk.green('✔ passed') : chalk.red('✖ FAILED');
  return besides(`  ${mark}       `, 17, id, detail, idWidth, width);
}

function checkLines({ id, weight = 1, score, detail = '' }: QualityCheck, idWidth: number, width: number): string[] {
  const sum = `  ${weight.toFixed(3).padStart(6)} × ${score.toFixed(4)}`;
  return besides(`${score < 1 ? chalk.yellow(sum) : sum}`, sum.length, id, detail, idWidth, width);
}

/** The id after the lead, the detail wrapped beside it, or below it where that is narrow. */
function besides(lead: string, leadWidth: number, id: string, detail: string, idWidth: number, width: number): string[] {
  const beside = leadWidth + idWidth + 4;
  const pad = width - beside < 30 ? leadWidth + 2 : beside;
  const name = clip(id, 40);
  const lines = detail === '' ? [] : wrap(detail, width - pad);
  const [first = '', ...rest] = pad === beside ? lines : ['', ...lines];
  const start = `${lead}  ${name}${' '.repeat(idWidth - textWidth(name) + 2)}`;
  return [`${start}${chalk.dim(first)}`.trimEnd(), ...rest.map((line) => `${' '.repeat(pad)}${chalk.dim(line)}`)];
}

/** What scoring again did, or would do: how many labels changed, means, moves between bands, what a gate rejects, what is missing. */
export function rescorePage(report: RescoreReport, width: number): string {
  const { labels, changed, mean, moves, fallen, captures, missing, dryRun, qualityVersion } = report;
  const verb = dryRun ? 'would change' : 'changed';
  const lines = wrap(
    `${counted(labels, 'label')} of ${counted(captures.length, 'capture')} scored with formulas of version ${qualityVersion}: ${changed} ${verb}`,
    width,
  );
  if (mean !== null) lines.push(`mean overall score ${mean.before.toFixed(4)} → ${mean.after.toFixed(4)}`);
  for (const { from, to, labels: moved } of moves) lines.push(`  ${from} → ${to}: ${counted(moved, 'label')}`);
  for (const { id, reason, before, problems } of fallen) {
    const text = `${shortId(id)} ${reason} (${before.toFixed(2)}) fails a gate now and ${dryRun ? 'would get' : 'has'} 0: ${problems.join('; ')}`;
    lines.push(...hanging(`${chalk.red('✖')} `, text, width));
  }
  lines.push(...missingLines(missing, width));
  if (labels === 0 && missing.length === 0) lines.push('no label of these captures is stored');
  return lines.join('\n');
}

function missingLines(missing: RescoreReport['missing'], width: number): string[] {
  if (missing.length === 0) return [];
  const left = counted(
    missing.reduce((sum, { labels }) => sum + labels, 0),
    'label',
  );
  const absent = missing.filter(({ why }) => why === 'not-found').length;
  const pruned = missing.length - absent;
  const reasons = [
    ...(absent === 0 ? [] : [`${counted(absent, 'capture')} not found (name them, or --demo for the bundled recordings)`]),
    ...(pruned === 0 ? [] : [`records pruned from ${counted(pruned, 'capture')}`]),
  ];
  const text = `${left} left as they are: ${reasons.join(', ')}`;
  return [
    ...hanging(`${chalk.yellow('!')} `, text, width),
    ...missing
      .slice(0, shownMissing)
      .map(({ captureId, cluster, labels, why }) =>
        clip(`    ${captureId}  ${counted(labels, 'label')}, cluster ${cluster}, ${why.replace('-', ' ')}`, width),
      ),
    ...(missing.length > shownMissing ? [`    and ${missing.length - shownMissing} more, with --json all`] : []),
  ];
}

function hanging(mark: string, text: string, width: number): string[] {
  return wrap(text, width - 2).map((line, index) => `${index === 0 ? mark : '  '}${line}`);
}
