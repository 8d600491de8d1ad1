import type { Evidence } from '../model/event.ts';
import type { Label, LabelEvidence, QualityCheck } from '../model/label.ts';
import { literalsOf } from '../model/literals.ts';
import { checksOf, type Finding, mean, shareOf } from './check.ts';
import { carries, citedIds, isAblated, statements } from './citations.ts';
import { evidenceFault, type RecordsBySeq } from './evidence.ts';
import { belongsTo } from './graph.ts';
import { objectNames, plainText } from './texts.ts';

/** How direct a kind of evidence is as proof. */
export const directness: Readonly<Record<Evidence['type'], number>> = {
  status: 1,
  event: 0.9,
  metric: 0.8,
  spec: 0.8,
  change: 0.8,
  log: 0.6,
  absence: 0.4,
};

const structuredLogDirectness = 0.7;

/**
 * Evidence quality: recall 0.30, precision 0.25, directness 0.20, independence 0.10 of what applies (docs/quality.md §4). Evidence that
 * does not hold counts as none.
 */
export function groundingChecks(label: Label, records: RecordsBySeq): QualityCheck[] {
  const holding = label.evidence.filter((item) => evidenceFault(item, records) === undefined);
  const supporting = holding.filter((item) => item.role === 'supports');
  const own = supporting.filter(belongsTo(label, records));
  const sources = new Set(own.map((item) => `${item.type} ${item.ref}`)).size;
  return checksOf('evidence_quality', [
    recall(label, holding, supporting),
    precision(label, supporting),
    { id: 'directness', weight: 0.2, score: directnessOf(label, own) },
    { id: 'independence', weight: 0.1, score: 1 - Math.exp(-sources / 2), detail: `${sources} sources` },
  ]);
}

/** How well the statements are grounded × how much of the supporting evidence they speak of. */
function recall(label: Label, holding: readonly LabelEvidence[], supporting: readonly LabelEvidence[]): Finding {
  const byId = new Map(holding.map((item) => [item.id, item]));
  const names = objectNames(label);
  const grounded = statements(label).map(({ text, evidence_ids }) => {
    const cited = evidence_ids.flatMap((id) => byId.get(id) ?? []);
    return cited.length === 0 ? 0 : 0.5 + 0.5 * literalShare(text, cited, names);
  });
  const said = citedIds(label);
  const facts = supporting.filter(({ id }) => said.has(id)).length;
  const citing = grounded.filter((score) => score > 0).length;
  return {
    id: 'recall',
    weight: 0.3,
    score: (mean(grounded) ?? 0) * (supporting.length === 0 ? 1 : facts / supporting.length),
    detail: `${citing} of ${grounded.length} statements cite evidence, ${facts} of ${supporting.length} supporting facts are told`,
  };
}

/** Share of the cited supporting items that the claim needs or gains from; does not apply where no rule was run again. */
function precision(label: Label, supporting: readonly LabelEvidence[]): Finding {
  if (!isAblated(label)) return { id: 'precision', score: undefined };
  const said = citedIds(label);
  const cited = supporting.filter(({ id }) => said.has(id));
  const idle = cited.filter((item) => !carries(item)).map(({ id, ablation }) => `${id} ${ablation ?? 'not tried'}`);
  return { id: 'precision', weight: 0.25, score: shareOf(cited, carries) ?? 0, ...(idle.length === 0 ? {} : { detail: idle.join(', ') }) };
}

/** Mean over the statements of the most direct thing that each cites: more proof never counts as less. */
function directnessOf(label: Label, own: readonly LabelEvidence[]): number {
  const byId = new Map(own.map((item) => [item.id, item]));
  const best = statements(label).map(({ evidence_ids }) => Math.max(0, ...evidence_ids.map((id) => strengthOf(byId.get(id)))));
  return mean(best) ?? 0;
}

function strengthOf(item: LabelEvidence | undefined): number {
  if (item === undefined) return 0;
  return item.type === 'log' && isStructured(item.value) ? structuredLogDirectness : directness[item.type];
}

/** A log line with fields: a JSON object, or at least two `key=value` pairs. */
function isStructured(line: unknown): boolean {
  if (typeof line !== 'string') return false;
  const text = line.trim();
  const json = text.startsWith('{') && text.endsWith('}') && text.includes('":');
  return json || (line.match(/(?:^|\s)[A-Za-z_][\w.]*=(?:"|[^\s"=])/g) ?? []).length > 1;
}

/** Share of the numbers and quoted words of a text that occur in what it cites or name an object of the label; 1 without any. */
function literalShare(text: string, cited: readonly LabelEvidence[], names: readonly string[]): number {
  const known = [...names, ...cited.flatMap((item) => [item.ref, item.observed_at, plainText(item.value)])].join('\n');
  const literals = literalsOf(text);
  return literals.length === 0 ? 1 : literals.filter((literal) => known.includes(literal)).length / literals.length;
}
