import { incidentOf } from '../incidents.ts';
import { severities } from '../model/event.ts';
import { stringifyJson } from '../model/json.ts';
import type { Label, LabelEvidence, LabelResolution } from '../model/label.ts';
import { withoutQuotedTimes } from '../model/log-line.ts';
import { formatRef } from '../model/resource.ts';
import type { TimelineEntry } from '../timeline.ts';
import { shownText } from './data-block.ts';
import { pictureOf } from './picture.ts';
import type { reviewRows } from './reviews.ts';

/**
 * A label in the list of a page, short because there may be many: incident id, label id, index of its severity, category, reason, culprit,
 * cluster, time, confidence, quality, cause, index of what people say of it (`reviewWords`), index of its split (-1: in none).
 */
export function rowOf(label: Label, review: number, split: number): (string | number)[] {
  const { id, labelId, severity, category, reason, resource, cluster, timestamp, confidence, quality, cause } = incidentOf(label);
  const line = withoutQuotedTimes(cause).replace(/\s+/g, ' ');
  const text = (value: string, limit: number) => shownText(value, limit);
  const named = [text(resource, 200), text(cluster, 80), timestamp];
  return [id, labelId, severities.indexOf(severity), category, reason, ...named, confidence, quality, text(line, 160), review, split];
}

/** What a page shows of an opened label; `split` is the split in words. Texts are cut to what a reader takes in; the store has them whole. */
export function detailOf(
  label: Label,
  timeline: readonly TimelineEntry[],
  { reviews, split }: { reviews: ReturnType<typeof reviewRows>; split: string },
) {
  const { question, modifiers, rule_ids, context, quality, capture_id, tool_version, rules_version, quality_version } = label;
  return {
    question: shownText(question),
    cause: shownText(withoutQuotedTimes(incidentOf(label).cause), 2000),
    cites: causeCites(label),
    // Only where a reviewer wrote another one: it repeats root cause and plan.
    ...(reviews.some(({ edits }) => edits.some(([name]) => name === 'Answer')) ? { answer: shownText(label.answer, 2000) } : {}),
    impact: shownText(label.type === 'troubleshooting' ? label.impact : label.impact.summary),
    modifiers,
    reviews,
    facts: [
      ['Namespace', context.namespace],
      ['Workload', context.workload === undefined ? '' : `${context.workload.kind} ${context.workload.name}`],
      ['Kubernetes', context.kubernetesVersion ?? ''],
      ['Rules', rule_ids.join(', ')],
      ['Capture', capture_id],
      ['Split', split],
      ['Versions', `tool ${tool_version}, rules ${rules_version}, quality ${quality_version}`],
    ]
      .filter(([, value]) => value !== '')
      .map(([name = '', value = '']) => [name, shownText(value, 200)]),
    quality,
    ...planOf(label),
    evidence: label.evidence.map(evidenceRow),
    hypotheses: label.hypotheses.map(({ reason, subject, confidence, rule_id, fate }) => [
      reason,
      shownText(subject, 200),
      confidence,
      shownText(rule_id, 60),
      fate ?? '',
    ]),
    unknown: unknowns(label),
    picture: pictureOf(label, timeline),
  };
}

/** The evidence that the sentences of the root cause cite. */
function causeCites(label: Label): string[] {
  if (label.type !== 'troubleshooting') return [];
  const cited = label.segments.filter(({ text }) => text.trim() !== '' && label.root_cause.includes(text.trim()));
  return [...new Set(cited.flatMap(({ evidence_ids }) => evidence_ids))];
}

function planOf(label: Label) {
  if (label.type === 'resource_optimization')
    return { patch: shownText(label.suggestion.patch, 2000), notes: label.analysis.notes.map((text) => shownText(text)) };
  return { observed: label.resolution.observed, steps: stepRows(label.resolution) };
}

/** The steps of a plan: action, command, how to check it, risk, evidence ids. */
export function stepRows({ steps }: LabelResolution) {
  return steps.map(({ action, command, verify, risk, evidence_ids }) => [
    shownText(action),
    shownText(command, 2000),
    shownText(verify),
    risk,
    evidence_ids,
  ]);
}

function evidenceRow({ id, type, ref, pointer, value, note, role, observed_at, ablation }: LabelEvidence): string[] {
  const shown = typeof value === 'string' ? value : stringifyJson(value);
  return [
    id,
    type,
    shownText(ref, 200),
    shownText(pointer, 300),
    shownText(shown, 500),
    shownText(note, 300),
    role,
    observed_at,
    ablation ?? '',
  ];
}

/** Objects that are referred to but not recorded, gaps, and what would have told more. */
function unknowns({ context }: Label): string[] {
  const absent = context.related.filter(({ exists }) => !exists);
  return [
    ...(context.missing ?? []).map((text) => `not recorded, and it would tell more: ${text}`),
    ...absent.map(({ relation, ref }) => `${formatRef(ref)} (${relation}) is not in the recording`),
    ...context.gaps.map(({ from, to, reason }) => `nothing was recorded from ${from} to ${to}: ${reason}`),
  ].map((text) => shownText(text, 300));
}
