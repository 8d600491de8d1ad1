import chalk from 'chalk';
import type { CaptureResult } from '../core/generate.ts';
import { type Incident, type LabelSummary, shortId } from '../core/incidents.ts';
import { severities } from '../core/model/event.ts';
import { isFault } from '../core/model/label.ts';
import type { Category } from '../core/model/taxonomy.ts';
import { quoted } from '../core/model/text.ts';
import { captureName } from './generate-progress.ts';
import { incidentBlocks, incidentLines } from './incidents.ts';
import { clip, counted, wrap } from './text.ts';

export type GenerateSummary = { captures: CaptureResult[]; labels: LabelSummary; store: string; seconds: number };

const maxFaults = 40;
const maxLines = 12;
const maxNotes = 3;

/** What `generate` ends with: the incidents, how good the labels are, what was left out, where they are and what to do next. */
export function generateSummary(summary: GenerateSummary, width: number): string {
  const faults = summary.labels.incidents.filter(isFault);
  const sizing = summary.labels.incidents.filter(({ category }) => category === 'sizing');
  const quiet = summary.labels.incidents.filter(({ category }) => category === 'none');
  const names = new Map(summary.captures.map(({ captureId, dir }) => [captureId, captureName(dir)]));
  const from = ({ captureId }: Incident) => (names.size > 1 ? (names.get(captureId) ?? '') : '');
  const sections = [
    [chalk.bold(clip(headline(summary), width)), ...found(faults, width)],
    summary.labels.incidents.length === 0 ? [chalk.dim(clip(nothing(summary.captures), width))] : [],
    incidentBlocks(faults.slice(0, maxFaults), width, from),
    faults.length > maxFaults ? [chalk.dim(clip(`… and ${faults.length - maxFaults} more: k8s-labeler incident list`, width))] : [],
    block('Sizing advice', 'sizing', sizing, width, from),
    block('No fault to report: recovered, intended, in progress or not decidable', 'none', quiet, width, from),
    qualityBlock(summary, width),
    nextBlock(summary, faults[0] ?? sizing[0] ?? quiet[0], width),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function headline({ captures, labels, seconds }: GenerateSummary): string {
  const sum = (count: (capture: CaptureResult) => number) => captures.reduce((total, capture) => total + count(capture), 0);
  const parts = [
    counted(captures.length, 'capture'),
    counted(
      sum(({ records }) => records),
      'record',
    ),
    counted(
      sum(({ incidents }) => incidents),
      'incident',
    ),
    counted(labels.incidents.length, 'label'),
  ];
  return `${parts.join(' · ')} · ${seconds.toFixed(1)} s`;
}

/** `17 faults: 5 critical, 8 high`, and what the mark below means. */
function found(faults: Incident[], width: number): string[] {
  if (faults.length === 0) return [];
  const counts = severities.map((severity) => [faults.filter((fault) => fault.severity === severity).length, severity] as const);
  const parts = counts.filter(([count]) => count > 0).map(([count, severity]) => `${count} ${severity}`);
  return wrap(`${counted(faults.length, 'fault')}: ${parts.join(', ')}; └ is the strongest proof`, width).map((line) => chalk.dim(line));
}

function nothing(captures: CaptureResult[]): string {
  const left = captures.reduce((sum, { below, rejected }) => sum + below + rejected.length, 0);
  return left === 0 ? 'Nothing abnormal was found.' : 'No label was stored; below is what was left out.';
}

function block(title: string, category: Category, incidents: Incident[], width: number, from: (incident: Incident) => string): string[] {
  if (incidents.length === 0) return [];
  const rows = incidentLines(incidents.slice(0, maxLines), width, from, category === 'sizing');
  const more = incidents.length - maxLines;
  const hint = more > 0 ? [chalk.dim(clip(`… and ${more} more: k8s-labeler incident list --category ${category}`, width))] : [];
  return [chalk.dim(clip(title, width)), ...rows, ...hint];
}

function qualityBlock({ labels, captures }: GenerateSummary, width: number): string[] {
  const lines: string[] = [];
  const say = (name: string, text: string, colour = (line: string) => line) => {
    wrap(text, width - 10).forEach((line, index) => void lines.push(`${chalk.bold((index === 0 ? name : '').padEnd(10))}${colour(line)}`));
  };
  const { quality, bands } = labels;
  if (quality !== null) {
    const { overall_score, ...others } = quality;
    const dimensions = Object.entries({ overall: overall_score, ...others }).map(
      ([name, { mean, min }]) => `${name.replace('_', ' ')} ${mean.toFixed(2)} (${min.toFixed(2)})`,
    );
    say('Quality', `${dimensions.join(', ')}; means, and the lowest in brackets`);
    say(
      '',
      bands
        .map(
          ({ from, labels: count }, index) =>
            `${counted(count, 'label')} ${index === bands.length - 1 ? `below ${bands[index - 1]?.from}` : `from ${from}`}`,
        )
        .join(' · '),
      chalk.dim,
    );
  }
  for (const { name, text, warning } of remarks(captures)) say(name, text, warning ? chalk.yellow : chalk.dim);
  return lines;
}

type Remark = { name: string; text: string; warning: boolean };

/** What was left out, and why. */
function remarks(captures: CaptureResult[]): Remark[] {
  const rejected = captures.flatMap((capture) => capture.rejected);
  const failures = captures.flatMap((capture) => capture.ruleFailures);
  const torn = captures.flatMap((capture) => capture.torn.map(({ message }) => `${captureName(capture.dir)}: ${message}`));
  const unsized = summed(captures.flatMap((capture) => capture.unsized));
  const below = captures.reduce((sum, capture) => sum + capture.below, 0);
  const removed = captures.reduce((sum, capture) => sum + capture.stored.removed, 0);
  const gaps = captures.reduce((sum, capture) => sum + capture.gaps, 0);
  return [
    ...listed(
      'Rejected',
      rejected.map(({ id, problems }) => `label ${shortId(id)}: ${problems.join('; ')}`),
      true,
    ),
    ...listed(
      'Failed',
      failures.map(({ ruleId, message }) => `rule ${ruleId} threw: ${message}`),
      true,
    ),
    ...listed('Torn', torn, true),
    ...(below > 0 ? [{ name: 'Left out', text: `${counted(below, 'label')} below the minimum quality`, warning: false }] : []),
    ...(removed > 0
      ? [{ name: 'Replaced', text: `${counted(removed, 'label')} of earlier runs no longer apply and were removed`, warning: false }]
      : []),
    ...(gaps > 0 ? [{ name: 'Gaps', text: `${counted(gaps, 'gap')} in the recording: what happened then is unknown`, warning: true }] : []),
    ...listed('Unsized', unsized, false),
  ];
}

/** What containers lack, added up over captures, the most frequent first. */
function summed(all: CaptureResult['unsized']): string[] {
  const sums = new Map<string, number>();
  for (const { missing, containers } of all) sums.set(missing, (sums.get(missing) ?? 0) + containers);
  return [...sums].sort(([, a], [, b]) => b - a).map(([missing, containers]) => `${counted(containers, 'container')}: ${missing}`);
}

function listed(name: string, texts: string[], warning: boolean): Remark[] {
  const shown = texts.slice(0, maxNotes).map((text, index) => ({ name: index === 0 ? name : '', text, warning }));
  return texts.length > maxNotes
    ? [...shown, { name: '', text: `… and ${texts.length - maxNotes} more (--json has all)`, warning }]
    : shown;
}

function nextBlock({ store, labels }: GenerateSummary, first: Incident | undefined, width: number): string[] {
  const option = store === './k8s-labeler.duckdb' ? '' : ` --store ${/^[\w./-]+$/.test(store) ? store : quoted(store)}`;
  const next: [string, string][] = [];
  if (first !== undefined)
    next.push([`k8s-labeler incident show ${shortId(first.id).replace(/[^\w-]/g, '')}${option}`, 'its timeline, proof and fix']);
  if (labels.incidents.length > 0)
    next.push(
      [`k8s-labeler export --format jsonl${option}`, 'a dataset to train on'],
      [`k8s-labeler check${option}`, 'a gate for a pipeline'],
    );
  else
    next.push(
      ['k8s-labeler generate --demo', 'what it finds in recordings of real faults'],
      ['k8s-labeler rules list', 'what it looks for'],
    );
  const longest = Math.max(...next.map(([command]) => command.length));
  return [
    `${chalk.bold('Labels'.padEnd(10))}${clip(store, width - 10)}`,
    ...next.map(([command, why], index) => {
      const comment = longest + why.length + 14 > width ? '' : `${' '.repeat(longest - command.length)}  ${chalk.dim(`# ${why}`)}`;
      return `${chalk.bold((index === 0 ? 'Next' : '').padEnd(10))}${chalk.cyan(clip(command, 1000))}${comment}`;
    }),
  ];
}
