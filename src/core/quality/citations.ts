import type { Label, LabelEvidence } from '../model/label.ts';
import type { LabelProblem } from './problem.ts';

type Segment = Label['segments'][number];

/** What the answer claims: its observations and inferences. */
export function statements({ segments }: Label): Segment[] {
  return segments.filter(({ kind }) => kind === 'observation' || kind === 'inference');
}

/** The claims about the cause: those that the root cause consists of; all of them if it has none of its own. */
export function causeStatements(label: Label): Segment[] {
  const all = statements(label);
  const cause = label.type === 'troubleshooting' ? label.root_cause : '';
  const own = all.filter(({ text }) => text.trim() !== '' && cause.includes(text.trim()));
  return own.length === 0 ? all : own;
}

/** Ids of the evidence that claims cite. With an observed resolution its steps count: they tell what was seen to help. */
export function citedIds(label: Label): Set<string> {
  const steps = label.type === 'troubleshooting' && label.resolution.observed ? label.resolution.steps : [];
  return new Set([...statements(label), ...steps].flatMap(({ evidence_ids }) => evidence_ids));
}

/** Whether running the rule again told what the label's evidence is worth. */
export function isAblated({ evidence }: Label): boolean {
  return evidence.some(({ ablation }) => ablation !== undefined);
}

/** Whether the claim needs the item or gains from it. */
export function carries({ ablation }: LabelEvidence): boolean {
  return ablation !== undefined && ablation !== 'redundant';
}

/**
 * A label whose evidence is known to carry its claim must say so: some statement about the cause cites an item that is necessary or
 * corroborating. Labels without ablation have no such problem.
 */
export function groundingProblems(label: Label): LabelProblem[] {
  if (!isAblated(label)) return [];
  const carrying = new Set(label.evidence.filter(carries).map(({ id }) => id));
  const cause = causeStatements(label);
  if (cause.some(({ evidence_ids }) => evidence_ids.some((id) => carrying.has(id)))) return [];
  const message = 'no statement about the cause cites evidence that carries the claim';
  return [{ code: 'GROUNDING_MISSING', pointer: '/segments', message }];
}
