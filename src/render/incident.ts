import chalk from 'chalk';
import { incidentOf, type ShownIncident, shortId } from '../core/incidents.ts';
import type { Fate } from '../core/model/event.ts';
import type { Label } from '../core/model/label.ts';
import { withoutQuotedTimes } from '../core/model/log-line.ts';
import { formatRef } from '../core/model/resource.ts';
import { categoryOf } from '../core/model/taxonomy.ts';
import { printable } from '../core/model/text.ts';
import { bandOf } from '../core/quality/bands.ts';
import { severityBadge } from './severity.ts';
import { clip, textWidth, wrap } from './text.ts';
import { timelineLines } from './timeline.ts';

/** One label of an incident as a page: what happened, why, what to do, what else was considered. */
export function incidentPage({ label, timeline }: ShownIncident, width: number): string {
  const sections: [string, string[]][] = [
    ['', header(label, width)],
    ['What happened', timelineLines(timeline, label.resource.namespace, width)],
    [label.type === 'troubleshooting' ? 'Root cause' : 'Finding', paragraph(withoutQuotedTimes(incidentOf(label).cause), width)],
    ['Rests on', reasons(label, width)],
    ['Impact', paragraph(capitalized(label.type === 'troubleshooting' ? label.impact : label.impact.summary), width)],
    ...resolution(label, width),
    ['Also considered', hypotheses(label, width)],
    ['Not known', unknowns(label, width)],
  ];
  const shown = sections.filter(([, lines]) => lines.length > 0);
  return shown.map(([title, lines]) => (title === '' ? lines : [chalk.bold(title), ...lines]).join('\n')).join('\n\n');
}

function header(label: Label, width: number): string[] {
  const { resource, quality } = label;
  const changes = label.modifiers.length === 0 ? '' : ` after ${label.modifiers.join(', ')}`;
  const title = clip(`${label.reason}${changes}`, width - 12);
  const object = clip(formatRef(resource), width - 12 - textWidth(title));
  const facts = [
    `incident ${shortId(label.incident_id)}`,
    `cluster ${label.cluster_id}`,
    `confidence ${label.confidence.toFixed(2)} by ${label.rule_ids.join(', ')}`,
    `quality ${quality.overall_score.toFixed(2)} ${bandOf(quality.overall_score)}`,
  ];
  const scores = Object.entries(quality)
    .filter(([name]) => name !== 'overall_score')
    .map(([name, score]) => `${name.replace('_', ' ')} ${score.toFixed(2)}`);
  return [
    `${severityBadge(label.severity)}  ${chalk.bold(title)}  ${object}`,
    ...wrap(`${facts.join(' · ')} (${scores.join(', ')})`, width).map((line) => chalk.dim(line)),
    '',
    ...wrap(label.question, width - 2).map((line, index) => chalk.italic(`${index === 0 ? '? ' : '  '}${line}`)),
  ];
}

function resolution(label: Label, width: number): [string, string[]][] {
  if (label.type === 'resource_optimization') return [['Suggestion', paragraph(label.suggestion.patch, width)]];
  const { observed, steps } = label.resolution;
  const lines = steps.flatMap(({ step, action, command, verify, risk }) => {
    const number = `  ${step}. `;
    const pad = ' '.repeat(number.length);
    const below = (text: string, lead: string) =>
      wrap(text, width - pad.length - lead.length).map((line, index) => `${pad}${index === 0 ? lead : ' '.repeat(lead.length)}${line}`);
    const dangerous = risk === 'medium' || risk === 'high' ? [chalk.yellow(`${pad}risk: ${risk}`)] : [];
    return [
      ...wrap(action, width - pad.length).map((line, index) => `${index === 0 ? number : pad}${line}`),
      // A command is there to be copied: its lines are not broken.
      ...(command === '' ? [] : printable(command.replaceAll('\t', ' ')).split('\n')).map((line, index) =>
        chalk.cyan(`${pad}${index === 0 ? '$' : ' '} ${line}`),
      ),
      ...dangerous,
      ...(verify === '' ? [] : below(verify, 'check: ').map((line) => chalk.dim(line))),
    ];
  });
  return [[observed ? 'Resolution, as observed in the recording' : 'Resolution, advised', lines]];
}

function hypotheses(label: Label, width: number): string[] {
  return label.hypotheses.flatMap(({ confidence, reason, subject, rule_id, fate }) => {
    const text = [`${reason}, ${subject} (${rule_id})`, fateText(fate, label)].filter(Boolean).join(': ');
    return wrap(text, width - 8).map((line, index) => `  ${index === 0 ? confidence.toFixed(2) : '    '}  ${line}`);
  });
}

function fateText(fate: Fate | undefined, { reason, confidence }: Label): string {
  const words: Record<Fate, string> = {
    explained: `what ${reason} looks like from here`,
    weaker: `less sure than ${reason}, ${confidence.toFixed(2)}`,
    faded: 'stood no more at the end',
    'too-weak': 'too unsure to be an answer',
    'too-close': 'another one is as likely',
    healed: 'over before it was proven',
  };
  return fate === undefined ? '' : words[fate];
}

/** Why this is the answer: what each piece of evidence shows, and how near the next one came. */
function reasons({ evidence, hypotheses: others, reason, rule_ids, confidence }: Label, width: number): string[] {
  const supporting = evidence.filter(({ role }) => role === 'supports');
  const rival = others.find(({ fate }) => fate === 'weaker' || fate === 'faded');
  const nearest =
    rival === undefined
      ? 'no other cause is left'
      : `the next other cause is ${rival.reason} at ${rival.confidence.toFixed(2)}, ${(confidence - rival.confidence).toFixed(2)} below`;
  if (categoryOf(reason) === 'none') return [];
  const lines = [`rule ${rule_ids.join(', ')}: ${supporting.map(({ id, note }) => `${id} ${note}`).join('; ')}`, nearest];
  return lines.flatMap((text) => wrap(text, width - 4).map((line, index) => `  ${index === 0 ? '- ' : '  '}${line}`));
}

/** Objects that are referred to but not recorded, gaps, and evidence against the diagnosis. */
function unknowns({ context, evidence }: Label, width: number): string[] {
  const absent = context.related
    .filter(({ exists }) => !exists)
    .map(({ relation, ref }) => `${formatRef(ref)} (${relation}) is not in the recording`);
  const gaps = context.gaps.map(({ from, to, reason }) => `nothing was recorded from ${from} to ${to}: ${reason}`);
  const against = evidence.filter(({ role }) => role === 'refutes').map(({ id, note }) => `${id} speaks against it: ${note}`);
  const needed = (context.missing ?? []).map((text) => `not recorded, and it would tell more: ${text}`);
  return [...against, ...needed, ...absent, ...gaps].flatMap((text) =>
    wrap(text, width - 4).map((line, index) => `  ${index === 0 ? '- ' : '  '}${line}`),
  );
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function paragraph(text: string, width: number): string[] {
  return text === '' ? [] : wrap(text, width - 2).map((line) => `  ${line}`);
}
